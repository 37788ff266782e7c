// What every screen relies on, whatever carries its calls: stated once, held by the till that is served and by the
// fake that component tests use. It is about no product of its own; each act stands on a fresh order.

import { addsUp, at, Desk, given, holds, line, refused, same } from './contract-desk';
import { KITCHEN } from './contract-kitchen';
import { LINES } from './contract-lines';
import { MONEY } from './contract-money';
import { newId } from './ids';

export { Desk };

type Contract = Readonly<Record<string, (desk: Desk) => Promise<void>>>;

const SIGNED_OUT = { code: 'session_required', field: 'session', rule: 'sign in first: this session is unknown or has ended' } as const;
const LOCKED_OUT = (role: string) => ({ code: 'role_not_allowed', field: '', rule: `a ${role} may not do this; ask someone who may` }) as const;

const PEOPLE: Contract = {
  async 'whoever is not signed in sees the shop and nothing else'(desk) {
    desk.backend.session = null;
    const shop = await desk.backend.query('shop', {});
    same('set up', shop.set_up, true);
    same('decimals', shop.currency_decimals, 2);
    same('locks', shop.people.map(({ locked_until_ms }) => locked_until_ms), shop.people.map(() => null));
    await refused(SIGNED_OUT, desk.backend.query('session', {}));
    await refused(SIGNED_OUT, desk.backend.query('catalogue', {}));
    await refused(SIGNED_OUT, desk.command('create_order', { order_id: newId(), order_type: 'counter' }));
  },

  async 'a wrong PIN or person opens nothing, the right PIN a session of that person at that station'(desk) {
    desk.backend.session = null;
    const person_id = await desk.personOf('cashier');
    const wrong = [...desk.pinOf('cashier')].reverse().join('').padEnd(6, '0');
    const attempt = (person: string, pin: string) => desk.command('sign_in', { person_id: person, pin, station: 'till' });
    await refused({ code: 'wrong_pin', field: 'pin', rule: 'this PIN is wrong' }, attempt(person_id, wrong));
    await refused({ code: 'unknown_person', field: 'person_id', rule: 'nobody on the staff has this id' }, attempt(newId(), wrong));
    const session = await desk.signIn('cashier', 'bar');
    same('the station', session.station, 'bar');
    desk.backend.session = session.session_id;
    const { person, station } = await desk.backend.query('session', {});
    same('who is signed in', [person, station], [session.person, 'bar']);
    same('their id', person.person_id, person_id);
  },

  async 'two sessions stand side by side and signing out ends only the one that asks'(desk) {
    const [first, second] = [await desk.signIn('cashier'), await desk.signIn('manager')];
    desk.backend.session = first.session_id;
    await desk.command('sign_out', {});
    await refused(SIGNED_OUT, desk.backend.query('session', {}));
    await refused(SIGNED_OUT, desk.command('create_order', { order_id: newId(), order_type: 'counter' }));
    desk.backend.session = second.session_id;
    same('who is left', (await desk.backend.query('session', {})).person.role, 'manager');
  },

  async 'the kitchen neither sells nor lists orders and a cashier imports no menu'(desk) {
    const { order_id } = await desk.sent([await desk.plain()]);
    await refused(LOCKED_OUT('cashier'), desk.command('import_menu', { menu: '{}' }));
    await desk.as('kitchen');
    await refused(LOCKED_OUT('kitchen'), desk.command('create_order', { order_id: newId(), order_type: 'counter' }));
    await refused(LOCKED_OUT('kitchen'), desk.command('pay_cash', { order_id, payment_id: newId() }));
    await refused(LOCKED_OUT('kitchen'), desk.backend.query('orders', {}));
    same('what the kitchen may do', (await desk.order(order_id)).actions, ['start', 'ready', 'bump_line']);
  },
};

const COMMANDS: Contract = {
  async 'a repeated command gives its first outcome and has one effect'(desk) {
    await desk.as('cashier');
    const [order_id, commandId, { product_id }] = [newId(), newId(), await desk.plain()];
    const input = { order_id, order_type: 'counter', lines: [line(product_id)] } as const;
    const first = await desk.command('create_order', { ...input, lines: [...input.lines] }, { commandId });
    await desk.command('set_table', { order_id, table: '7' });
    same('the repeat', await desk.command('create_order', { ...input, lines: [...input.lines] }, { commandId }), first);
    const again = { order_id, line: line(product_id) };
    const lineId = newId();
    await desk.command('add_line', again, { commandId: lineId });
    await desk.command('add_line', again, { commandId: lineId });
    same('lines', (await desk.order(order_id)).lines.length, 2);
    await refused(
      { code: 'command_id_reused', field: 'command_id', rule: 'this command id was used with other content; a new act needs a new id' },
      desk.command('add_line', { order_id, line: line(product_id) }, { commandId: lineId }),
    );
  },

  async 'a refused command leaves nothing and may be tried anew under its id'(desk) {
    const { order_id, version } = await desk.opened([]);
    const commandId = newId();
    const empty = { code: 'order_empty', field: 'lines', rule: 'the order has no lines' } as const;
    await refused(empty, desk.command('send', { order_id }, { commandId }));
    same('the version', (await desk.order(order_id)).version, version);
    await desk.command('add_line', { order_id, line: line((await desk.plain()).product_id) });
    same('applied', (await desk.command('send', { order_id }, { commandId })).applied, true);
  },

  async 'a command on a version that has moved is refused with the version now'(desk) {
    const { order_id, version } = await desk.opened([await desk.plain()]);
    const moved = given('order', (await desk.command('set_table', { order_id, table: '4' })).order);
    holds('the version moves with the order', moved.version !== version);
    same('the version of outcome and view', (await desk.order(order_id)).version, moved.version);
    const failure = await refused(
      { code: 'stale_version', field: 'expected_version', rule: 'the order has moved since you looked; look again and repeat' },
      desk.command('set_table', { order_id, table: '5' }, { expectedVersion: version }),
    );
    same('the version now', failure.details, [moved.version]);
    same('the table', (await desk.order(order_id)).table, '4');
    same('applied', (await desk.command('set_table', { order_id, table: '5' }, { expectedVersion: moved.version })).applied, true);
  },

  async 'what already holds is not written again'(desk) {
    const { order_id, version, order_type } = await desk.opened([await desk.plain()]);
    const outcome = await desk.command('set_type', { order_id, order_type });
    same('applied', outcome.applied, false);
    same('the version', given('order', outcome.order).version, version);
  },

  async 'an order that there is not is said so'(desk) {
    await desk.as('cashier');
    const order_id = newId();
    await refused({ code: 'order_not_found', field: 'order_id', rule: 'there is no order with this id' }, desk.order(order_id));
    await refused({ code: 'order_not_found', field: 'order_id', rule: 'no order has this id' }, desk.command('send', { order_id }));
    const known = await desk.opened([]);
    await refused(
      { code: 'order_exists', field: 'order_id', rule: 'an order with this id exists already' },
      desk.command('create_order', { order_id: known.order_id, order_type: 'counter' }),
    );
  },
};

const LISTS: Contract = {
  async 'products come by category, by text and in pages that leave nothing out'(desk) {
    await desk.as('cashier');
    const all = await desk.products();
    const { categories, products, currency } = await desk.backend.query('catalogue', {});
    same('the count', all.length, products);
    same('the currency', new Set(all.map(({ price }) => price?.currency ?? currency)).size, 1);
    const category = given('category', categories[0]);
    const inside = await desk.backend.query('products', { category_id: category.id, text: null, after: null, limit: null });
    same('products of the category', inside.rows, all.filter(({ category_id }) => category_id === category.id));
    same('their count', inside.rows.length, category.products);
    const { name } = given('product', all.at(-1));
    const found = await desk.backend.query('products', { text: name.toUpperCase() });
    holds('a name is found whatever its case', found.rows.some((row) => row.name === name));
    same('what nobody sells', await desk.backend.query('products', { text: 'qqqq' }), { rows: [], next: null });
    const paged = [];
    for (let after: string | null = null, more = true; more; more = after !== null) {
      const page: { rows: typeof all; next: string | null } = await desk.backend.query('products', { after, limit: 5 });
      holds('a page is not larger than asked for', page.rows.length <= 5);
      paged.push(...page.rows);
      after = page.next;
    }
    same('the pages together', paged, all);
    await refused(
      { code: 'limit_out_of_range', field: 'limit', rule: 'limit lies between 1 and 500' },
      desk.backend.query('products', { limit: 0 }),
    );
    await refused({ code: 'unknown_product', field: 'product_id' }, desk.backend.query('product', { product_id: newId() }));
  },

  async 'the list of orders has the newest first, by status, by text and in pages'(desk) {
    const product = await desk.plain();
    const older = await desk.opened([product], '2');
    const newer = await desk.sent([product]);
    const table = `T${newId().slice(-8)}`;
    await desk.command('set_table', { order_id: newer.order_id, table });
    const { rows } = await desk.backend.query('orders', { open: true, limit: 2 });
    same('the newest', rows.map(({ order_id }) => order_id), [newer.order_id, older.order_id]);
    const row = given('row', rows[1]);
    same('the summary', row.summary, `2 × ${product.name}`);
    same('sums', [row.total, row.balance, row.status, row.label], [older.totals.total, older.balance, 'draft', older.label]);
    const first = await desk.backend.query('orders', { open: true, limit: 1 });
    const second = await desk.backend.query('orders', { open: true, limit: 1, after: given('next page', first.next) });
    same('page by page', [...first.rows, ...second.rows].map(({ order_id }) => order_id), [newer.order_id, older.order_id]);
    const ids = async (input: Parameters<Desk['backend']['query']>[1]) =>
      (await desk.backend.query('orders', input as { text: string })).rows.map(({ order_id }) => order_id);
    same('by table', await ids({ text: table }), [newer.order_id]);
    same('confirmed', (await ids({ status: 'confirmed' })).slice(0, 1), [newer.order_id]);
    holds('an open order is not among the closed', !(await ids({ open: false })).includes(newer.order_id));
  },

  async 'an orders history tells each fact with who and where'(desk) {
    const { order_id } = await desk.sent([await desk.plain()]);
    const { person, station } = await desk.as('cashier');
    await desk.as('manager');
    const facts = await desk.backend.query('history', { order_id });
    same('facts', facts.map(({ event_type }) => event_type), ['order.opened', 'order.line_added', 'order.placed', 'order.lines_fired']);
    for (const fact of facts) same('who and where', [fact.person, fact.role, fact.station, fact.level], [person.name, 'cashier', station, 'L']);
    const numbers = facts.map(({ seq }) => seq);
    same('in order', numbers, [...numbers].sort((a, b) => a - b));
  },
};

const FEED: Contract = {
  async 'the feed tells which read models moved and of which order'(desk) {
    const product = await desk.plain();
    const { order_id } = await desk.opened([product]);
    const watch = await desk.watch();
    try {
      await refused({ code: 'line_not_found', field: 'line_id' }, desk.command('void_line', { order_id, line_id: newId() }));
      await desk.command('add_line', { order_id, line: line(product.product_id) });
      same('after an unsent line', [...(await watch.next(order_id))].sort(), ['orders', 'status']);
      await desk.command('send', { order_id });
      same('after sending', [...(await watch.next(order_id))].sort(), ['kitchen', 'orders', 'status']);
      await desk.command('pay_cash', { order_id, payment_id: newId() });
      holds('orders hear of the money', (await watch.next(order_id)).includes('orders'));
    } finally {
      watch.stop();
    }
    await desk.command('set_table', { order_id, table: '1' });
    await desk.order(order_id);
    same('a feed that was closed', watch.changes, []);
  },

  async 'a label is a letter and a number, and each order has its own'(desk) {
    const [one, two] = [await desk.opened([]), await desk.opened([])];
    for (const { label } of [one, two]) holds(`${label} is short`, /^[A-Z]-\d{3,}$/.test(label));
    holds('two orders have two labels', one.label !== two.label);
    addsUp(one);
    same('an empty order', [one.lines.length, one.balance.amount, at(await desk.opened([await desk.plain()]), 0).state], [0, '0.00', 'new']);
  },
};

export const CONTRACT: Contract = { ...PEOPLE, ...COMMANDS, ...LINES, ...KITCHEN, ...MONEY, ...LISTS, ...FEED };
