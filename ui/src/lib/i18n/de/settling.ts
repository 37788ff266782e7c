import type { Messages } from '../messages';

export const settling = {
  'cart.state_count': (p) => `${p.many} ${p.state}`,
  'exception_way.already_made': 'Was wurde aus dem Essen: weggeworfen oder doch verwendet? Oder das Storno aufheben.',
  'exception_way.cancelled_after_handover': 'Der Gast hat einen Teil und zahlt nur diesen.',
  'exception_way.refund_due': 'Dieses Geld gehört dem Gast. Erst zurückgeben, dann als geklärt vermerken.',
  'exception_way.overpaid': 'Es wurde doppelt kassiert. Die zweite Zahlung zurückgeben, dann als geklärt vermerken.',
  'exception_way.changed_after_firing': 'Die Küche macht die Fassung, die sie hat. Für die andere eine neue Position buchen.',
  'exception_way.conflicting_edit': 'Den Gast fragen, welche Fassung stimmt, und die Position ändern, wenn es nicht diese ist.',
  'exception_way.item_after_close': 'Die Bestellung an der Kasse öffnen: den Rest kassieren oder die Position stornieren.',
  'resolution.keep_food': 'Essen wird verwendet',
  'resolution.keep_guest': 'Der Gast behält es',
  'resolution.keep_money': 'Mit dem Gast geklärt',
  'settle.none': 'Nichts ist zu klären.',
  'settle.by_manager': 'Das klärt die Leitung.',
  'do.settle': 'Zeigen, was zu klären ist',
} satisfies Partial<Messages<'de'>>;
