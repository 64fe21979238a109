/** A simple storefront with a cart and a checkout: what a customer of the store does, with the store's real discount rules. */
import { byId, el, getJson, postJson } from './dom.js';
import { LOCALES, locale, money, setLocale, word } from './words.js';

const facts = JSON.parse(byId('facts').textContent);
const given = new URLSearchParams(location.search);
const KEY = `sandbox:cart:${facts.shop}`;
const state = {
  cart: readCart(),
  codes: given.get('code') ? [given.get('code')] : [],
  quote: undefined,
  errors: [],
  paid: undefined,
  buying: false,
};

function readCart() {
  const kept = JSON.parse(sessionStorage.getItem(KEY) ?? '[]');
  return new Map(kept.map((line) => [line.variantId, line]));
}

function keepCart() {
  sessionStorage.setItem(KEY, JSON.stringify([...state.cart.values()]));
}

function customer() {
  const email = byId('email').value.trim();
  if (!email) return null;
  return {
    email,
    firstName: byId('first-name').value.trim(),
    lastName: byId('last-name').value.trim(),
    acceptsMarketing: byId('marketing').checked,
  };
}

const order = () => ({
  shop: facts.shop,
  lines: [...state.cart.values()].map(({ variantId, quantity }) => ({ variantId, quantity })),
  customer: customer(),
  discountCodes: state.codes,
});

// --- the shelf
async function fillShelf() {
  const shelf = byId('shelf');
  try {
    const { rows } = await getJson(
      `/sandbox/face/products?shop=${encodeURIComponent(facts.shop)}&q=${encodeURIComponent(byId('search').value)}&limit=24&onSale=1`,
    );
    shelf.replaceChildren(
      ...(rows.length > 0
        ? rows.flatMap((product) => product.variants.map((variant) => card(product, variant)))
        : [el('p', { class: 'soft' }, word('nothing'))]),
    );
  } catch (error) {
    shelf.replaceChildren(el('p', { class: 'error', role: 'alert' }, word('failed', { reason: error.message })));
  }
}

function card(product, variant) {
  const title = variant.title === 'Default Title' ? product.title : `${product.title} · ${variant.title}`;
  return el(
    'article',
    { class: 'product', 'data-testid': 'product-card', 'data-variant': variant.id, 'data-sku': variant.sku },
    el('div', { class: 'picture', 'aria-hidden': 'true', style: `--hue:${hue(product.title)}` }, product.title.slice(0, 1)),
    el('h3', {}, title),
    el(
      'p',
      { class: 'row between' },
      el('strong', {}, money(variant.price, facts.currency)),
      el('span', { class: 'soft' }, variant.available > 0 ? String(variant.available) : word('soldOut')),
    ),
    el(
      'button',
      {
        type: 'button',
        class: 'button',
        'data-testid': 'add-to-cart',
        disabled: variant.available <= 0 && !variant.sellsWithoutStock,
        onclick: () => put(variant, title),
      },
      word('addToCart'),
    ),
  );
}

function hue(text) {
  let sum = 0;
  for (const character of text) sum = (sum * 31 + character.charCodeAt(0)) % 360;
  return sum;
}

function put(variant, title) {
  const known = state.cart.get(variant.id);
  state.cart.set(variant.id, { variantId: variant.id, title, price: variant.price, quantity: (known?.quantity ?? 0) + 1 });
  state.paid = undefined;
  changed();
}

// --- the cart
function changed() {
  keepCart();
  drawCart();
  void quote();
}

let asked = 0;
async function quote() {
  asked += 1;
  const mine = asked;
  state.errors = [];
  if (state.cart.size === 0) {
    state.quote = undefined;
    return drawCart();
  }
  try {
    const answer = await postJson('/sandbox/checkout/quote', order());
    if (mine === asked) state.quote = answer;
  } catch (error) {
    if (mine !== asked) return undefined;
    // The refused code leaves the checkout and its reason stays; what remains is priced again.
    const errors = error.body?.errors ?? [{ message: error.message }];
    if (state.codes.length > 0) {
      state.codes = state.codes.slice(0, -1);
      await quote();
    } else state.quote = undefined;
    state.errors = errors;
  }
  return drawCart();
}

function lineRow(line) {
  const set = (quantity) => {
    if (quantity <= 0) state.cart.delete(line.variantId);
    else line.quantity = quantity;
    changed();
  };
  const quantity = el('input', {
    type: 'number',
    min: '0',
    max: '10000',
    value: String(line.quantity),
    'aria-label': `${word('quantity')}: ${line.title}`,
  });
  quantity.addEventListener('change', () => set(Math.max(0, Math.trunc(Number(quantity.value) || 0))));
  return el(
    'li',
    {},
    el('span', {}, line.title),
    quantity,
    el('span', { class: 'num' }, money(Number(line.price) * line.quantity, facts.currency)),
    el('button', { type: 'button', class: 'button', 'aria-label': `${word('remove')}: ${line.title}`, onclick: () => set(0) }, '✕'),
  );
}

function drawCart() {
  const lines = [...state.cart.values()];
  byId('cart-lines').replaceChildren(...(lines.length > 0 ? lines.map(lineRow) : [el('li', { class: 'soft' }, word('empty'))]));
  byId('codes').replaceChildren(
    ...state.codes.map((code) =>
      el(
        'li',
        {},
        el('code', {}, code),
        el('button', { type: 'button', class: 'button', 'aria-label': `${word('remove')}: ${code}`, onclick: () => dropCode(code) }, '✕'),
      ),
    ),
  );
  byId('code-error').textContent = state.errors.map((error) => error.message).join(' ');
  const sum = lines.reduce((total, line) => total + Math.round(Number(line.price) * 100) * line.quantity, 0) / 100;
  const rows = [
    [word('subtotal'), money(sum, facts.currency)],
    ...(state.quote?.applied ?? []).map(({ code, amount }) => [`${word('discount')} ${code}`, `−${money(amount, facts.currency)}`]),
    [word('total'), money(state.quote?.totalPrice ?? state.quote?.order?.totalPrice ?? sum, facts.currency)],
  ];
  byId('totals').replaceChildren(...rows.flatMap(([name, value]) => [el('dt', {}, name), el('dd', { class: 'num' }, value)]));
  byId('pay').disabled = lines.length === 0 || state.buying;
  const thanks = byId('thanks');
  thanks.hidden = state.paid === undefined;
  if (state.paid) {
    const [before, after] = word('thanks', { name: '\u0000' }).split('\u0000');
    thanks.replaceChildren(el('p', {}, before, el('strong', { 'data-testid': 'order-name' }, state.paid.name), after));
  }
}

function dropCode(code) {
  state.codes = state.codes.filter((one) => one !== code);
  void quote();
}

async function pay() {
  state.buying = true;
  drawCart();
  try {
    const answer = await postJson('/sandbox/checkout', order());
    state.paid = answer.order;
    state.cart.clear();
    state.codes = [];
    state.quote = undefined;
    state.errors = [];
    keepCart();
  } catch (error) {
    state.errors = error.body?.errors ?? [{ message: error.message }];
  }
  state.buying = false;
  drawCart();
}

// --- the page
function drawWords() {
  document.documentElement.lang = locale();
  for (const element of document.querySelectorAll('[data-word]')) element.textContent = word(element.dataset.word);
  byId('search').placeholder = word('searchProducts');
  byId('search').setAttribute('aria-label', word('searchProducts'));
  byId('locale').setAttribute('aria-label', word('language'));
  byId('locale').replaceChildren(...LOCALES.map(([name, label]) => el('option', { value: name, selected: name === locale() }, label)));
}

byId('locale').addEventListener('change', (event) => {
  setLocale(event.target.value);
  drawWords();
  drawCart();
  void fillShelf();
});
let typing;
byId('search').addEventListener('input', () => {
  clearTimeout(typing);
  typing = setTimeout(() => void fillShelf(), 200);
});
byId('code-form').addEventListener('submit', (event) => {
  event.preventDefault();
  const code = byId('code').value.trim();
  if (!code) return;
  if (!state.codes.includes(code)) state.codes.push(code);
  byId('code').value = '';
  void quote();
});
byId('buyer').addEventListener('change', () => void quote());
byId('buyer').addEventListener('submit', (event) => {
  event.preventDefault();
  void pay();
});
// Whoever gave an address and leaves a full cart has abandoned a checkout.
window.addEventListener('pagehide', () => {
  if (state.cart.size === 0 || customer() === null) return;
  navigator.sendBeacon('/sandbox/checkout/abandon', new Blob([JSON.stringify(order())], { type: 'application/json' }));
});

byId('email').value = given.get('email') ?? '';
byId('first-name').value = given.get('firstName') ?? '';
byId('last-name').value = given.get('lastName') ?? '';
drawWords();
drawCart();
void fillShelf();
void quote();
