// A history as sentences. It only retells what each fact says; what follows from the facts is the till's to know.

import { count, money, quantity, t, tableText, termText, type MessageKey } from '../../lib/i18n';
import type { HistoryEntry, PaymentView } from '../../lib/ipc';
import { readPayload, type Payload } from './payload';

export interface Told {
  entry: HistoryEntry;
  sentence: string;
  /** The till's letter where the facts give it away. */
  letter: string | null;
}

/** What is known from the facts so far. */
interface Known {
  /** Content of each line version, in words. */
  versions: Map<string, string>;
  /** Name and details of each version without its quantity. */
  names: Map<string, string>;
  /** The version that each line was last seen in. */
  lines: Map<string, string>;
  letters: Map<string, string>;
  /** Receipt of each payment, as it is printed. */
  receipts: ReadonlyMap<string, string>;
  currency: string;
  decimals: number;
}

/** Decimals are those of the order's currency, which payloads leave to it. */
export function tell(history: readonly HistoryEntry[], decimals: number, payments: readonly PaymentView[]): Told[] {
  const receipts = new Map(payments.map(({ payment_id, receipt }) => [payment_id, receipt]));
  const known: Known = { versions: new Map(), names: new Map(), lines: new Map(), letters: new Map(), receipts, currency: 'XXX', decimals };
  const told = history.map((entry) => ({ entry, sentence: sentenceOf(entry, known) }));
  return told.map((row) => ({ ...row, letter: known.letters.get(row.entry.device) ?? null }));
}

function sentenceOf(entry: HistoryEntry, known: Known): string {
  const said = readPayload(entry.payload);
  const who = entry.person ?? t('history.program');
  const teller = TELLERS[entry.event_type];
  return teller?.(who, said, known, entry) ?? t('told.other', { who, event: termText('event', entry.event_type) });
}

type Teller = (who: string, said: Payload, known: Known, entry: HistoryEntry) => string | null;

const TELLERS: Readonly<Record<string, Teller>> = {
  'order.opened': (who, said, known, { device }) => {
    const label = said.text('label') ?? '';
    known.currency = said.part('terms').text('currency') ?? known.currency;
    const letter = /^([A-Z]+)-/.exec(label)?.[1];
    if (letter) known.letters.set(device, letter);
    return t('told.opened', { who, label, type: typeText(said) });
  },
  'order.line_added': (who, said, known, { event_id }) => t('told.line_added', { who, what: learn(said, known, event_id) }),
  'order.line_replaced': (who, said, known, { event_id }) => {
    const before = known.versions.get(said.text('replaces') ?? '') ?? lineText(said, known);
    return t('told.line_replaced', { who, before, after: learn(said, known, event_id) });
  },
  'order.line_split': (who, said, known, { event_id }) => {
    const before = said.text('splits') ?? '';
    const after = part(said, known, before, event_id);
    return t('told.line_split', { who, before: versionText(before, known), after });
  },
  'order.line_split_off': (who, said, known, { event_id }) =>
    t('told.line_split_off', { who, what: part(said, known, said.text('splits') ?? '', event_id) }),
  'order.line_voided': (who, said, known) => {
    const [what, reason] = [lineText(said, known), said.text('reason')];
    return reason ? t('told.line_voided_why', { who, what, reason }) : t('told.line_voided', { who, what });
  },
  'order.type_set': (who, said) => t('told.type_set', { who, type: typeText(said) }),
  'order.table_set': (who, said) => {
    const table = said.text('table');
    return table ? t('told.table_set', { who, table: tableText(table) }) : t('told.table_cleared', { who });
  },
  'order.note_set': (who) => t('told.note_set', { who }),
  'order.customer_set': (who) => t('told.customer_set', { who }),
  'order.covers_set': (who, said) => {
    const covers = said.number('covers');
    return covers ? t('told.covers_set', { who, count: count(covers) }) : t('told.covers_cleared', { who });
  },
  'order.rush_set': (who, said) => t(said.yes('rush') ? 'told.rush_set' : 'told.rush_cleared', { who }),
  'order.placed': (who) => t('told.placed', { who }),
  'order.lines_fired': (who, said, known) => t('told.lines_fired', { who, what: listed(said.ids('fired', 'version'), known) }),
  'order.preparation_started': (who, said, known) => t('told.preparation_started', { who, what: listed(said.ids('started', 'version'), known) }),
  'order.lines_ready': (who, said, known) => t('told.lines_ready', { who, what: listed(said.ids('ready', 'version'), known) }),
  'order.lines_recalled': (who, said, known) => t('told.lines_recalled', { who, what: listed(said.ids('recalled', 'version'), known) }),
  'order.lines_handed_over': (who, said, known) => t('told.lines_handed_over', { who, what: listed(said.ids('handed_over', 'version'), known) }),
  'order.changes_acknowledged': (who) => t('told.changes_acknowledged', { who }),
  'order.cancelled': (who, said) => t('told.cancelled', { who, reason: said.text('reason') ?? '–' }),
  'order.reinstated': (who, said) => {
    const reason = said.text('reason');
    return reason ? t('told.reinstated_why', { who, reason }) : t('told.reinstated', { who });
  },
  'order.exception_closed': (who, said) => {
    const how = said.text('resolution');
    return t('told.exception_closed', { who, how: how === 'waste' || how === 'keep' ? t(`resolution.${how}`) : (how ?? '') });
  },
  'order.cash_paid': (who, said, known) => {
    const amount = amountOf(said, 'amount_minor', known);
    const tendered = amountOf(said, 'tendered_minor', known) ?? amount;
    const [series, number] = [said.part('receipt').text('series'), said.part('receipt').number('number')];
    const receipt = known.receipts.get(said.text('payment_id') ?? '') ?? `${series ?? ''}-${String(number ?? '')}`;
    return amount === null || tendered === null ? null : t('told.cash_paid', { who, amount, tendered, receipt });
  },
  'order.refunded': (who, said, known) => {
    const amount = amountOf(said, 'payout_minor', known);
    const receipt = known.receipts.get(said.text('payment_id') ?? '') ?? '–';
    return amount === null ? null : t('told.refunded', { who, amount, receipt, reason: said.text('reason') ?? '–' });
  },
  'order.owner_changed': (who, said) => t('told.owner_changed', { who, device: (said.text('owner') ?? '').slice(-6) }),
  'order.seized': (who, said) => t('told.seized', { who, device: (said.text('owner') ?? '').slice(-6) }),
};

function typeText(said: Payload): string {
  const type = said.text('order_type') ?? '';
  const key: MessageKey | null = type === 'counter' || type === 'dine_in' || type === 'take_away' ? `type.${type}` : null;
  return key === null ? type : t(key);
}

/** The line as a fact describes it, remembered under the fact's id: that is the id of the version it made. */
function learn(said: Payload, known: Known, version: string): string {
  const content = said.part('content');
  const details = content.parts('modifiers').map((modifier) => {
    const [name, count] = [modifier.text('name') ?? '', modifier.number('count') ?? 1];
    return count > 1 ? t('modifier.times', { count, name }) : name;
  });
  const note = content.text('note');
  const name = [content.text('name') ?? '', ...details, ...(note ? [`“${note}”`] : [])].join(', ');
  return remember(known, version, said.text('line_id'), name, content.text('quantity') ?? '1');
}

/** A part of a version becomes a version of its own. */
function part(said: Payload, known: Known, of: string, version: string): string {
  return remember(known, version, said.text('line_id'), known.names.get(of) ?? '?', said.text('quantity') ?? '?');
}

function remember(known: Known, version: string, line: string | null, name: string, howMany: string): string {
  const words = `${quantity(howMany)} ${name}`;
  known.versions.set(version, words);
  known.names.set(version, name);
  if (line !== null) known.lines.set(line, version);
  return words;
}

const versionText = (id: string, known: Known) => known.versions.get(id) ?? '?';
const lineText = (said: Payload, known: Known) => versionText(known.lines.get(said.text('line_id') ?? '') ?? '', known);
const listed = (ids: readonly string[], known: Known) => ids.map((id) => versionText(id, known)).join(' + ');

/** An amount in minor units as the decimal text that a till would send; a point is set, nothing is reckoned. */
function amountOf(said: Payload, member: string, known: Known): string | null {
  const minor = said.number(member);
  if (minor === null || !Number.isSafeInteger(minor)) return null;
  const digits = String(Math.abs(minor)).padStart(known.decimals + 1, '0');
  const at = digits.length - known.decimals;
  const amount = known.decimals === 0 ? digits : `${digits.slice(0, at)}.${digits.slice(at)}`;
  return money({ amount: minor < 0 ? `-${amount}` : amount, currency: known.currency });
}
