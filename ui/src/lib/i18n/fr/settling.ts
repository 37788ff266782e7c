import type { Messages } from '../messages';

export const settling = {
  'cart.state_count': (p) => `${p.state} : ${p.many}`,
  'exception_way.already_made': 'Que devient le plat : jeté, ou servi quand même ? Ou rétablir la commande.',
  'exception_way.cancelled_after_handover': 'Le client en a reçu une partie et ne doit que celle-ci.',
  'exception_way.refund_due': 'Cet argent est au client. Le rendre, puis marquer comme réglé.',
  'exception_way.overpaid': 'Encaissé deux fois. Rendre le second paiement, puis marquer comme réglé.',
  'exception_way.changed_after_firing': 'La cuisine fait la version qu’elle a. Pour l’autre, ajouter une ligne.',
  'exception_way.conflicting_edit': 'Demander au client quelle version est la bonne, et corriger la ligne si ce n’est pas celle-ci.',
  'exception_way.item_after_close': 'Ouvrir la commande à la caisse : encaisser le reste ou annuler l’article.',
  'resolution.keep_food': 'Le plat est utilisé',
  'resolution.keep_guest': 'Le client le garde',
  'resolution.keep_money': 'Réglé avec le client',
  'settle.none': 'Rien à régler.',
  'settle.by_manager': 'C’est au responsable de régler.',
  'do.settle': 'Montrer ce qui est à régler',
} satisfies Partial<Messages<'fr'>>;
