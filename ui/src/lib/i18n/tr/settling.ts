import type { Messages } from '../messages';

export const settling = {
  'cart.state_count': (p) => `${p.many} ${p.state}`,
  'exception_way.already_made': 'Yemek ne oldu: atıldı mı, yine de kullanıldı mı? Ya da siparişi geri alın.',
  'exception_way.cancelled_after_handover': 'Misafir bir kısmını aldı, yalnız onu öder.',
  'exception_way.refund_due': 'Bu para misafirin. Önce geri verin, sonra çözüldü diye işaretleyin.',
  'exception_way.overpaid': 'İki kez alındı. İkinci ödemeyi geri verin, sonra çözüldü diye işaretleyin.',
  'exception_way.changed_after_firing': 'Mutfak kendindekini yapar. Diğeri için yeni satır ekleyin.',
  'exception_way.conflicting_edit': 'Hangisinin doğru olduğunu misafire sorun, bu değilse satırı düzeltin.',
  'exception_way.item_after_close': 'Siparişi kasada açın: kalanı alın ya da ürünü iptal edin.',
  'resolution.keep_food': 'Yemek kullanıldı',
  'resolution.keep_guest': 'Misafirde kalır',
  'resolution.keep_money': 'Misafirle çözüldü',
  'settle.none': 'Çözülecek bir şey yok.',
  'settle.by_manager': 'Bunu yönetici çözer.',
  'do.settle': 'Çözülecekleri göster',
} satisfies Partial<Messages<'tr'>>;
