import type { Messages } from '../messages';

export const settling = {
  'cart.state_count': (p) => `${p.state}: ${p.many}`,
  'exception_way.already_made': '¿Qué pasó con la comida: se tiró o se aprovechó? O reactivar el pedido.',
  'exception_way.cancelled_after_handover': 'El cliente tiene una parte y solo debe esa.',
  'exception_way.refund_due': 'Este dinero es del cliente. Devolverlo y después marcarlo como resuelto.',
  'exception_way.overpaid': 'Se cobró dos veces. Devolver el segundo pago y después marcarlo como resuelto.',
  'exception_way.changed_after_firing': 'La cocina hace la versión que tiene. Para la otra, añadir una línea.',
  'exception_way.conflicting_edit': 'Preguntar al cliente cuál es la correcta y corregir la línea si no es esta.',
  'exception_way.item_after_close': 'Abrir el pedido en la caja: cobrar el resto o anular el artículo.',
  'resolution.keep_food': 'La comida se aprovecha',
  'resolution.keep_guest': 'El cliente se lo queda',
  'resolution.keep_money': 'Resuelto con el cliente',
  'settle.none': 'No hay nada por resolver.',
  'settle.by_manager': 'Lo resuelve un encargado.',
  'do.settle': 'Mostrar lo que hay por resolver',
} satisfies Partial<Messages<'es'>>;
