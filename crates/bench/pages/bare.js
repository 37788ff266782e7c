// The least that a page must do for the same sight: no framework, no component, no keys, no language, no dialog.
// In a window it keeps its lines to itself. Signed in to a till it does on the wire what the screens do for a tap: it
// sends the command, follows the feed, asks for the order, the open orders and the state, and writes them down.

const WINDOW_TILES = 24;
const ROW_HIGH = 72;
const BEYOND_SIGHT = 3;
const PAGE = 50;

const byId = (id) => document.getElementById(id);
const [sale, tabs, tiles, lines, total, state, orders, box, all] =
  ['sale', 'tabs', 'tiles', 'lines', 'total', 'state', 'orders', 'box', 'all'].map(byId);

let session = null;
let orderId = null;
let tail = Promise.resolve();

function make(name, text, into) {
  const element = document.createElement(name);
  element.textContent = text;
  into.append(element);
  return element;
}

function showTiles(products) {
  tiles.replaceChildren();
  for (const product of products) {
    const tile = document.createElement('button');
    make('strong', product.name, tile);
    make('span', product.price?.amount ?? '', tile);
    tile.onclick = () => tap(product);
    tiles.append(tile);
  }
}

async function ask(path, body) {
  const headers = { 'content-type': 'application/json', ...(session === null ? {} : { 'Docket-Session': session }) };
  const answer = await fetch(`/api/${path}`, body === undefined ? { headers } : { method: 'POST', headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

const command = (name, input) => ask(`commands/${name}`, { command_id: crypto.randomUUID(), expected_version: null, input });

/** Says at once that the line is on its way, then draws it. */
function tap(product) {
  const adding = make('p', `Adding ${product.name}`, lines);
  adding.className = 'adding';
  adding.scrollIntoView({ block: 'nearest' });
  tail = tail.then(() => (session === null ? drawLocal(adding, product) : add(product)));
}

function drawLocal(adding, product) {
  adding.replaceChildren();
  adding.className = 'line';
  make('span', product.name, adding);
  make('span', product.price.amount, adding);
}

async function add(product) {
  const line = { line_id: crypto.randomUUID(), product_id: product.product_id, quantity: '1', modifiers: [], open_price: null, note: null };
  if (orderId === null) {
    const id = crypto.randomUUID();
    await command('create_order', { order_id: id, order_type: 'counter', table: null, lines: [line] });
    orderId = id;
  } else {
    await command('add_line', { order_id: orderId, line });
  }
  await drawOrder();
}

async function drawOrder() {
  const order = await ask(`queries/order?order_id=${orderId}`);
  lines.replaceChildren();
  for (const { name, quantity, amount } of order.lines) {
    const row = document.createElement('p');
    row.className = 'line';
    make('span', `${quantity} ${name}`, row);
    make('span', amount.amount, row);
    lines.append(row);
  }
  total.textContent = order.totals.total.amount;
  lines.lastElementChild?.scrollIntoView({ block: 'nearest' });
}

/** Another window or device may have changed what is in sight: the open orders, the order, the state of the store. */
function follow() {
  new EventSource('/api/changes').onmessage = ({ data }) => {
    const { kind, topics } = JSON.parse(data);
    if (kind === 'changed' && topics.includes('orders')) void Promise.all([drawOpen(), drawState(), orderId === null ? null : drawOrder()]);
  };
}

async function drawOpen() {
  const open = await ask('queries/orders?open=true&limit=100');
  tabs.replaceChildren();
  for (const row of open.rows) make('button', `${row.label} ${row.total.amount}`, tabs);
}

async function drawState() {
  const { events, outbox_waiting: waiting } = await ask('queries/status');
  state.textContent = `${events} events, ${waiting} wait`;
}

// The list: rows in sight and a few beyond.
let rows = [];
let next = null;
let loading = false;

function drawRows() {
  const first = Math.max(0, Math.floor(box.scrollTop / ROW_HIGH) - BEYOND_SIGHT);
  const last = Math.min(rows.length, Math.ceil((box.scrollTop + box.clientHeight) / ROW_HIGH) + BEYOND_SIGHT);
  all.replaceChildren();
  all.style.height = `${rows.length * ROW_HIGH}px`;
  for (let index = first; index < last; index += 1) {
    const row = rows[index];
    const line = document.createElement('p');
    line.className = 'row';
    line.style.top = `${index * ROW_HIGH}px`;
    const when = new Date(row.opened_at_ms).toISOString();
    for (const text of [row.label, row.status, row.order_type, row.summary, when, row.total.amount]) make('span', text, line);
    all.append(line);
  }
  if (last >= rows.length - BEYOND_SIGHT && next !== null) void more();
}

async function more() {
  if (loading) return;
  loading = true;
  const page = await ask(`queries/orders?limit=${PAGE}${next ? `&after=${encodeURIComponent(next)}` : ''}`);
  rows = rows.concat(page.rows);
  next = page.next;
  loading = false;
  drawRows();
}

box.onscroll = drawRows;
byId('show').onclick = () => {
  sale.hidden = true;
  orders.hidden = false;
  rows = [];
  next = null;
  void more();
};
byId('back').onclick = () => {
  all.replaceChildren();
  orders.hidden = true;
  sale.hidden = false;
};

globalThis.bare = {
  async signIn(name, pin) {
    const shop = await ask('queries/shop');
    const { person } = shop.people.find((row) => row.person.name === name);
    const outcome = await command('sign_in', { person_id: person.person_id, pin, station: 'till' });
    session = outcome.session.session_id;
    showTiles((await ask('queries/products?limit=200')).rows);
    follow();
  },
  next() {
    orderId = null;
    lines.replaceChildren();
    total.textContent = '';
  },
  show: (count) => showTiles(Array.from({ length: count }, (_, index) => ({ name: `Product ${index + 1}`, price: { amount: '3.50' } }))),
};

globalThis.bare.show(WINDOW_TILES);
