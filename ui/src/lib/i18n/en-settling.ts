// English: what of an order is in which state, what there is to settle, and money that goes back.

import type { ExceptionKind } from '../ipc';

const ways: { [K in ExceptionKind as `exception_way.${K}`]: string } = {
  'exception_way.already_made': 'What became of the food: thrown away, or used after all? Or put the order back on.',
  'exception_way.cancelled_after_handover': 'The guest has a part of it and owes for that part only. What was paid for it can go back, or it stays so.',
  'exception_way.refund_due': 'This money belongs to the guest. Give it back here. If it went back in another way, mark it as settled.',
  'exception_way.overpaid': 'It was taken twice. Give the second payment back here. If it went back in another way, mark it as settled.',
  'exception_way.changed_after_firing': 'The kitchen makes the version that it has. For the other one, add a new line.',
  'exception_way.conflicting_edit': 'Ask the guest which version is right, and correct the line if it is not this one.',
  'exception_way.item_after_close': 'Open the order at the till: take the rest, or void the item.',
};

export const settling = {
  ...ways,
  'cart.state_count': (p: { many: string; state: string }) => `${p.many} ${p.state}`,
  'resolution.keep_food': 'The food is used',
  'resolution.keep_guest': 'The guest keeps it',
  'resolution.keep_money': 'Settled with the guest',
  'settle.none': 'Nothing is to settle.',
  'settle.by_manager': 'A manager settles this.',
  'do.settle': 'Show what is to settle',
  'action.refund': 'Give money back…',
  'refund.title': (p: { label: string }) => `Give money back: order ${p.label}`,
  'refund.from': 'From which payment?',
  'refund.amount': 'To give back',
  'refund.owed': (p: { amount: string }) => `Owed ${p.amount}`,
  'refund.all': (p: { amount: string }) => `All ${p.amount}`,
  'refund.give': 'Give back',
  'refund.stored': 'It is stored. Take it out of the drawer.',
  'refund.none': 'Nothing is left to give back.',
  'refund.reason_quality': 'Not as it should be',
  'refund.reason_twice': 'Paid twice',
  'order.refund': (p: { receipt: string; time: string; reason: string }) => `Given back from receipt ${p.receipt}, ${p.time}: ${p.reason}`,
  'totals.refunded': 'Given back',
};
