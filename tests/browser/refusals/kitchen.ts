// Commands of the kitchen, most of them on its own screen.

import { set, STRANGER, type Refusals, type Stage, type Usual } from './case';
import { CANCELLED, NEW, READY, SENT, SERVED, STARTED, to, toLine, toNewLine, toVoidedLine } from './states';

/** Everyone in the house may cook. */
const USUAL: readonly Usual[] = ['read', 'known', 'once', 'fresh', 'signed_in'];

const toPage = ({ screen, order }: Stage) => screen.goto(`#/orders/${order.orderId}`);

async function toBoard({ screen, till }: Stage): Promise<void> {
  await screen.goto('#/kitchen');
  await screen.signIn(till.pinOf('kitchen'));
}

const onTicket = (testid: string) => ({ screen, order }: Stage) =>
  screen.page.locator(`[data-label="${order.label}"]`).getByTestId(testid).first().click();

const ON_LINES = [
  { code: 'line_not_found', bend: set('lines', [STRANGER]) },
  { code: 'line_not_fired', bent: toNewLine },
  { code: 'line_voided', bent: toVoidedLine },
] as const;

export const KITCHEN: readonly Refusals[] = [
  {
    command: 'start',
    order: SENT,
    arrive: toPage,
    press: ({ screen }) => screen.id('act-start').click(),
    usual: USUAL,
    cases: [...ON_LINES, { code: 'status_forbids', bent: to(NEW) }],
  },
  {
    command: 'ready',
    order: SENT,
    arrive: toPage,
    press: ({ screen }) => screen.id('act-ready').click(),
    usual: USUAL,
    cases: [...ON_LINES, { code: 'status_forbids', bent: to(NEW) }],
  },
  {
    command: 'bump_line',
    order: SENT,
    arrive: toBoard,
    press: onTicket('ticket-line'),
    usual: USUAL,
    cases: [
      { code: 'line_not_found', bend: set('line_id', STRANGER) },
      { code: 'line_not_fired', bent: toNewLine },
      { code: 'line_voided', bent: toVoidedLine },
      { code: 'status_forbids', bent: toLine(CANCELLED) },
    ],
  },
  {
    command: 'recall',
    order: READY,
    arrive: toBoard,
    press: onTicket('recall'),
    usual: USUAL,
    cases: [
      ...ON_LINES,
      { code: 'line_not_ready', bent: toLine(STARTED) },
      { code: 'line_handed_over', bent: toLine(SERVED) },
      { code: 'nothing_to_do', bent: to(STARTED) },
      { code: 'status_forbids', bent: to(NEW) },
    ],
  },
  {
    command: 'hand_over',
    order: READY,
    arrive: toBoard,
    press: onTicket('hand-over'),
    usual: USUAL,
    cases: [
      ...ON_LINES,
      { code: 'line_not_ready', bent: toLine(STARTED) },
      { code: 'nothing_to_do', bent: to(STARTED) },
      { code: 'status_forbids', bent: to(NEW) },
    ],
  },
  {
    command: 'acknowledge_changes',
    order: { ...SENT, lines: ['Cheesecake', 'Espresso'] },
    arrive: async (stage) => {
      const { orderId, lineIds } = stage.order;
      await stage.api.command('void_line', { order_id: orderId, line_id: lineIds[1] ?? '', reason: 'for a test' });
      await toBoard(stage);
    },
    press: onTicket('acknowledge'),
    usual: USUAL,
    cases: [
      { code: 'change_not_found', bend: set('facts', [STRANGER]) },
      {
        code: 'nothing_to_do',
        bent: async (stage) => {
          const turn = await to(SENT)(stage);
          return (call) => {
            turn(call);
            call.input.facts = [];
          };
        },
      },
    ],
  },
];
