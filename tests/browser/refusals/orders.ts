// Commands that act on an order as a whole: what it is called, where it stands, what was paid.

import { set, STRANGER, type Refusals, type Stage } from './case';
import { CANCELLED, COMPLETED, EMPTY, NEW, PAID, SENT, SERVED, to, toEmptied } from './states';

const LONG = 'x'.repeat(600);

const toPage = ({ screen, order }: Stage) => screen.goto(`#/orders/${order.orderId}`);
const tap = (...testids: readonly string[]) => async ({ screen }: Stage) => {
  for (const testid of testids) await screen.id(testid).click();
};

/** Opens a dialog, writes into its fields, and sends it. */
const write = (open: string, fields: Readonly<Record<string, string>>, submit: string) => async ({ screen }: Stage) => {
  await screen.id(open).click();
  for (const [field, text] of Object.entries(fields)) await screen.id(field).fill(text);
  await screen.id(submit).click();
};

const LABELS: readonly Refusals[] = [
  {
    command: 'set_type',
    order: NEW,
    arrive: ({ screen }) => screen.line('Cheesecake').waitFor(),
    press: tap('type-take_away'),
    cases: [{ code: 'status_forbids', bent: to(CANCELLED) }],
  },
  {
    command: 'set_table',
    order: { ...NEW, type: 'dine_in' },
    arrive: ({ screen }) => screen.line('Cheesecake').waitFor(),
    press: write('table', { 'table-name': '7' }, 'table-submit'),
    cases: [
      { code: 'text_too_long', press: write('table', { 'table-name': LONG }, 'table-submit') },
      { code: 'status_forbids', bent: to(CANCELLED) },
    ],
  },
  {
    command: 'set_note',
    order: NEW,
    arrive: toPage,
    press: write('act-set_note', { 'order-note': 'by the window' }, 'note-submit'),
    cases: [
      { code: 'text_too_long', press: write('act-set_note', { 'order-note': LONG }, 'note-submit') },
      { code: 'status_forbids', bent: to(CANCELLED) },
    ],
  },
  {
    command: 'set_covers',
    order: NEW,
    arrive: toPage,
    press: write('act-set_covers', { covers: '4' }, 'covers-submit'),
    cases: [
      { code: 'covers_out_of_range', press: write('act-set_covers', { covers: '1000' }, 'covers-submit') },
      { code: 'status_forbids', bent: to(CANCELLED) },
    ],
  },
  {
    command: 'set_rush',
    order: NEW,
    arrive: toPage,
    press: tap('act-set_rush'),
    cases: [{ code: 'status_forbids', bent: to(CANCELLED) }],
  },
  {
    command: 'set_customer',
    order: NEW,
    arrive: toPage,
    press: write('act-set_customer', { 'guest-name': 'Ada' }, 'guest-submit'),
    cases: [
      { code: 'text_too_long', press: write('act-set_customer', { 'guest-name': LONG }, 'guest-submit') },
      { code: 'status_forbids', bent: to(CANCELLED) },
    ],
  },
];

const STATUS: readonly Refusals[] = [
  {
    command: 'place',
    order: NEW,
    arrive: toPage,
    press: tap('act-place'),
    cases: [{ code: 'order_empty', bent: to(EMPTY) }, { code: 'status_forbids', bent: to(CANCELLED) }],
  },
  {
    command: 'confirm',
    sentAs: 'send',
    order: NEW,
    arrive: toPage,
    press: tap('act-send'),
    cases: [{ code: 'order_empty', bent: toEmptied }, { code: 'status_forbids', bent: to({ ...NEW, lines: ['Espresso'] }) }],
  },
  {
    command: 'send',
    order: NEW,
    arrive: toPage,
    press: tap('act-send'),
    cases: [{ code: 'order_empty', bent: to(EMPTY) }, { code: 'status_forbids', bent: to(CANCELLED) }],
  },
  {
    command: 'cancel',
    order: SENT,
    arrive: toPage,
    press: write('act-cancel', { reason: 'guest left' }, 'reason-submit'),
    cases: [
      { code: 'reason_required', press: tap('act-cancel', 'reason-submit') },
      { code: 'text_too_long', press: write('act-cancel', { reason: LONG }, 'reason-submit') },
      { code: 'order_completed', bent: anyVersion(to(COMPLETED)) },
      { code: 'payment_captured', bent: anyVersion(to(PAID)) },
      { code: 'part_handed_over', bent: anyVersion(to(SERVED)) },
    ],
  },
  {
    command: 'reinstate',
    order: CANCELLED,
    arrive: toPage,
    press: write('act-reinstate', {}, 'reason-submit'),
    cases: [
      { code: 'text_too_long', press: write('act-reinstate', { reason: LONG }, 'reason-submit') },
      { code: 'nothing_to_do', bent: anyVersion(to(SENT)) },
    ],
  },
  {
    command: 'close_exception',
    order: SENT,
    arrive: async (stage) => {
      await drawException(stage);
      await toPage(stage);
    },
    press: tap('resolve-waste'),
    cases: [{ code: 'exception_not_found' }],
  },
];

const MONEY: readonly Refusals[] = [
  {
    command: 'pay_cash',
    order: NEW,
    arrive: ({ screen }) => screen.line('Cheesecake').waitFor(),
    press: tap('exact-cash'),
    cases: [
      { code: 'payment_amount', press: tap('pay', 'key-0', 'cash-submit') },
      { code: 'too_many_decimals', press: tap('pay', 'key-9', 'key-point', 'key-1', 'key-2', 'key-3', 'cash-submit') },
      { code: 'amount_invalid', press: tap('pay', 'key-point', 'cash-submit') },
      { code: 'tendered_too_small', bend: ({ input }) => Object.assign(input, { tendered: '1.00', amount: '2.00' }) },
      { code: 'currency_mismatch', bend: set('currency', 'USD') },
      { code: 'nothing_to_pay', bent: to(PAID) },
      { code: 'payment_exists', bent: samePayment },
      { code: 'order_empty', bent: to(EMPTY) },
      { code: 'status_forbids', bent: to(CANCELLED) },
    ],
  },
  {
    command: 'refund',
    order: PAID,
    arrive: toPage,
    press: write('act-refund', { 'refund-reason': 'cold' }, 'refund-submit'),
    cases: [
      { code: 'reason_required', press: tap('act-refund', 'refund-submit') },
      { code: 'text_too_long', press: write('act-refund', { 'refund-reason': LONG }, 'refund-submit') },
      { code: 'refund_amount', press: tap('act-refund', 'key-0', 'refund-submit') },
      { code: 'too_many_decimals', press: tap('act-refund', 'key-1', 'key-point', 'key-1', 'key-2', 'key-3', 'refund-submit') },
      { code: 'amount_invalid', press: tap('act-refund', 'key-point', 'refund-submit') },
      { code: 'currency_mismatch', bend: set('currency', 'USD') },
      { code: 'payment_not_found', bend: set('payment_id', STRANGER) },
      { code: 'payment_refunded', bent: anyVersion(toRefunded) },
      { code: 'refund_exists', bend: ({ input }) => Object.assign(input, { refund_id: input['payment_id'] }) },
    ],
  },
  {
    command: 'complete',
    order: PAID,
    arrive: toPage,
    press: tap('act-complete'),
    cases: [
      { code: 'balance_open', bent: to(SENT) },
      { code: 'order_empty', bent: toEmptied },
      { code: 'status_forbids', bent: to(NEW) },
    ],
  },
];

export const ORDERS: readonly Refusals[] = [...LABELS, ...STATUS, ...MONEY];

/** For dialogs that name the version they showed: the other order has another. */
function anyVersion(turn: ReturnType<typeof to>): ReturnType<typeof to> {
  return async (stage) => {
    const change = await turn(stage);
    return (call) => {
      call.expected_version = null;
      change(call);
    };
  };
}

async function samePayment(stage: Stage) {
  const { orderId } = await stage.other(PAID);
  const { payments } = await stage.api.query('order', { order_id: orderId });
  return ({ input }: { input: object }) => {
    Object.assign(input, { order_id: orderId, payment_id: payments[0]?.payment_id, tendered: '99.00' });
  };
}

/** Sends the refund for a payment of which nothing is left. */
async function toRefunded(stage: Stage) {
  const { orderId } = await stage.other({ ...PAID, lines: ['Espresso'] });
  const { payments } = await stage.api.query('order', { order_id: orderId });
  const payment_id = payments[0]?.payment_id ?? '';
  await stage.api.command('refund', { order_id: orderId, payment_id, refund_id: crypto.randomUUID(), reason: 'for a test' });
  return ({ input }: { input: object }) => {
    Object.assign(input, { order_id: orderId, payment_id, amount: null });
  };
}

/** One till alone never comes to an exception, so the window is shown one that there is not. */
async function drawException({ screen, order }: Stage): Promise<void> {
  await screen.page.route('**/api/queries/order?*', async (route) => {
    const response = await route.fetch();
    const view = (await response.json()) as { actions: string[] };
    const exception = {
      exception_id: '0'.repeat(32), order_id: order.orderId, label: order.label, kind: 'already_made', amount: null, closed: null,
      resolutions: ['waste', 'keep'],
    };
    await route.fulfill({ response, json: { ...view, actions: [...view.actions, 'close_exception'], exceptions: [exception] } });
  });
}
