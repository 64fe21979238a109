/** The sandbox admin's own pages: lists of orders, products and customers, one order with what may be done to it. */
import { el, getJson, postJson } from './dom.js';
import { money, when, word } from './words.js';

const PAGE = 50;

export function drawPage(context) {
  const { main, base } = context;
  const path = location.pathname.slice(base.length).split('/').filter(Boolean);
  const page = el('div', { class: 'page' });
  main.append(page);
  const [section, id] = path;
  const fill = () => {
    if (section === undefined) return homePage(page, context);
    if (section === 'orders' && id) return orderPage(page, context, id);
    if (LISTS[section] && !id) return listPage(page, context, section);
    page.replaceChildren(el('h1', {}, '404'), el('p', {}, word('notFound')));
    return undefined;
  };
  Promise.resolve(fill()).catch((error) =>
    page.append(el('p', { class: 'error', role: 'alert' }, word('failed', { reason: error.message }))),
  );
}

async function homePage(page, { facts, appBase }) {
  page.replaceChildren(
    el('h1', {}, facts.shopName),
    el('div', { class: 'card' }, el('p', {}, word('homeText')), el('a', { class: 'button primary', href: appBase }, word('open'))),
    el('div', { class: 'card', id: 'counts' }, el('h2', {}, word('counts')), el('p', { class: 'soft' }, word('loading'))),
  );
  const state = await getJson(`/sandbox/state?shop=${encodeURIComponent(facts.shop)}`);
  page.querySelector('#counts p').replaceWith(factList(state.counts ?? {}));
}

export function factList(figures) {
  return el(
    'dl',
    { class: 'facts' },
    Object.entries(figures).flatMap(([name, value]) => [
      el('dt', {}, name),
      el('dd', {}, typeof value === 'object' ? JSON.stringify(value) : String(value)),
    ]),
  );
}

const LISTS = {
  orders: {
    columns: ['order', 'date', 'customer', 'total', 'payment', 'fulfilment', 'items'],
    row: (one, { base, facts }) => [
      cell(
        el('a', { href: `${base}/orders/${one.number}` }, one.name),
        one.tags.includes('opening') ? el('span', { class: 'pill warn' }, word('opened')) : undefined,
      ),
      cell(when(one.processedAt, facts.timezone)),
      cell(one.customer ?? word('guest')),
      number(money(one.total, facts.currency)),
      cell(status(one.financialStatus)),
      cell(status(one.fulfilmentStatus)),
      number(one.items),
    ],
  },
  products: {
    search: 'searchProducts',
    columns: ['title', 'sku', 'price', 'stock', 'vendor'],
    row: (one, { facts }) => [
      el('td', { class: 'wrap' }, one.title),
      cell(one.variants.length === 1 ? (one.variants[0].sku ?? '') : `${one.variants.length} ${word('variants')}`),
      number(one.variants[0] ? money(one.variants[0].price, facts.currency) : ''),
      number(one.variants.reduce((sum, variant) => sum + (variant.available ?? 0), 0)),
      cell(one.vendor ?? ''),
    ],
  },
  customers: {
    search: 'searchCustomers',
    columns: ['customer', 'email', 'orders', 'spent'],
    row: (one, { facts }) => [cell(one.name), cell(one.email ?? ''), number(one.orders), number(money(one.spent, facts.currency))],
  },
};
const NUMBERS = new Set(['total', 'items', 'price', 'stock', 'orders', 'spent', 'quantity', 'left', 'amount']);

const cell = (...inside) => el('td', {}, ...inside);
const number = (text) => el('td', { class: 'num' }, String(text));
const status = (name) => el('span', { class: 'pill' }, (name ?? '').replaceAll('_', ' ').toLowerCase());
const headings = (columns) =>
  el(
    'tr',
    {},
    columns.map((key) => el('th', { class: NUMBERS.has(key) ? 'num' : undefined, scope: 'col' }, word(key))),
  );

async function listPage(page, context, section) {
  const { facts, base, go } = context;
  const list = LISTS[section];
  const params = new URLSearchParams(location.search);
  const from = Number(params.get('from') ?? 0);
  const query = params.get('q') ?? '';
  const address = (wanted) => {
    const next = new URLSearchParams({ ...(wanted.q ? { q: wanted.q } : {}), ...(wanted.from ? { from: String(wanted.from) } : {}) });
    return `${base}/${section}${next.size > 0 ? `?${next}` : ''}`;
  };
  const searchWord = word(list.search ?? 'search');
  const search = el('input', {
    type: 'search',
    class: 'search',
    name: 'q',
    value: query,
    placeholder: searchWord,
    'aria-label': searchWord,
  });
  const submit = (event) => {
    event.preventDefault();
    void go(address({ q: search.value }));
  };
  const card = el(
    'div',
    { class: 'card' },
    el('form', { role: 'search', onsubmit: submit }, search),
    el('p', { class: 'soft' }, word('loading')),
  );
  page.replaceChildren(el('h1', {}, word(section)), card);
  const { rows, total } = await getJson(
    `/sandbox/face/${section}?shop=${encodeURIComponent(facts.shop)}&q=${encodeURIComponent(query)}&from=${from}&limit=${PAGE}`,
  );
  card.querySelector('p').remove();
  if (rows.length === 0) return card.append(el('p', { class: 'soft' }, word('nothing')));
  card.append(
    el(
      'div',
      { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': word(section) },
      el(
        'table',
        {},
        el('thead', {}, headings(list.columns)),
        el(
          'tbody',
          {},
          rows.map((one) => el('tr', {}, list.row(one, context))),
        ),
      ),
    ),
    el(
      'div',
      { class: 'pager' },
      el('span', { class: 'soft' }, word('range', { from: from + 1, to: from + rows.length, total })),
      from > 0 ? el('a', { class: 'button', href: address({ q: query, from: Math.max(0, from - PAGE) }) }, word('previous')) : undefined,
      from + rows.length < total ? el('a', { class: 'button', href: address({ q: query, from: from + PAGE }) }, word('next')) : undefined,
    ),
  );
}

async function orderPage(page, context, id) {
  const { facts, base, toast } = context;
  const order = await getJson(`/sandbox/face/orders/${encodeURIComponent(id)}?shop=${encodeURIComponent(facts.shop)}`);
  const act = (label, path, body, able) =>
    el(
      'button',
      { type: 'button', class: 'button', disabled: !able, onclick: (event) => void perform(event.currentTarget, path, body) },
      label,
    );
  const perform = async (button, path, body) => {
    button.disabled = true;
    try {
      await postJson(path, { shop: facts.shop, orderId: order.id, ...body });
      toast(word('done'));
      await orderPage(page, context, id);
    } catch (error) {
      button.disabled = false;
      toast(error.message, true);
    }
  };
  const left = order.lines.filter((line) => line.left > 0);
  const open = order.cancelledAt === null;
  const shipped = order.fulfilmentStatus === 'FULFILLED';
  const columns = ['items', 'sku', 'quantity', 'left', 'price'];
  page.replaceChildren(
    el('p', {}, el('a', { href: `${base}/orders` }, `← ${word('orders')}`)),
    el('h1', {}, order.name, ' ', status(order.financialStatus), ' ', status(order.fulfilmentStatus)),
    el(
      'p',
      { class: 'soft' },
      `${when(order.processedAt, facts.timezone)} · ${order.customer ?? word('guest')}${order.discountCodes.length > 0 ? ` · ${order.discountCodes.join(', ')}` : ''}`,
    ),
    el(
      'div',
      { class: 'row', style: 'margin-bottom:12px' },
      act(word('fulfil'), '/sandbox/orders/fulfill', {}, open && !shipped),
      act(
        word('refundAll'),
        '/sandbox/orders/refund',
        { lines: left.map((line) => ({ lineItemId: line.id, quantity: line.left })), restock: true },
        open && left.length > 0,
      ),
      act(word('cancelOrder'), '/sandbox/orders/cancel', {}, open && !shipped),
    ),
    el(
      'div',
      { class: 'card scroll', tabindex: '0', role: 'region', 'aria-label': word('items') },
      el(
        'table',
        {},
        el('thead', {}, headings(columns)),
        el(
          'tbody',
          {},
          order.lines.map((line) =>
            el(
              'tr',
              {},
              el('td', { class: 'wrap' }, line.title),
              cell(line.sku ?? ''),
              number(line.quantity),
              number(line.left),
              number(money(line.price, facts.currency)),
            ),
          ),
        ),
      ),
      el(
        'p',
        { class: 'num' },
        `${word('discount')}: ${money(order.discount, facts.currency)} · `,
        el('strong', {}, `${word('total')}: ${money(order.total, facts.currency)}`),
      ),
    ),
  );
}
