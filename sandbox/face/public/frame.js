/** The admin frame: top bar, navigation, the embedded app with everything that App Bridge draws around it, and the sandbox's own lists. */
import { byId, confirmBox, el, getJson } from './dom.js';
import { drawPage } from './pages.js';
import { pickResources } from './picker.js';
import { LOCALES, locale, madeUpWord, setLocale, word } from './words.js';

const facts = JSON.parse(byId('facts').textContent);
const base = `/store/${facts.name}`;
const appBase = `${base}/apps/storebook`;
const appOrigin = new URL(facts.appUrl).origin;
const main = byId('main');

let appFrame;
/** The app's navigation as it last was, so that the sandbox's own pages show it too. */
const LINKS = `sandbox:links:${facts.shop}`;
let appLinks = JSON.parse(sessionStorage.getItem(LINKS) ?? '[]');
let saveBar = { open: false };

// --- addresses: the frame's /store/x/apps/storebook/y is the app's /app/y
const appPathOf = (framePath) => `/app${framePath.slice(appBase.length)}`;
const framePathOf = (appPath) => (/^\/app(?=[/?]|$)/.test(appPath) ? appBase + appPath.slice('/app'.length) : undefined);
const inApp = (path) => path === appBase || path.startsWith(`${appBase}/`) || path.startsWith(`${appBase}?`);
const here = () => location.pathname + location.search;

// --- the embedded app
const tell = (kind, detail = {}) => appFrame?.contentWindow?.postMessage({ sandboxFrame: kind, ...detail }, appOrigin);

async function idToken() {
  return (await getJson(`/sandbox/id-token?shop=${encodeURIComponent(facts.shop)}`)).token;
}

async function openApp(appPath) {
  const url = new URL(appPath, facts.appUrl);
  appFrame = el('iframe', { class: 'app', title: 'Storebook', name: 'app-iframe', allow: 'clipboard-write' });
  main.replaceChildren(notice(), titleBar({ title: 'Storebook', buttons: [], groups: [] }), appFrame);
  loading(true);
  try {
    const given = { embedded: '1', shop: facts.shop, host: facts.host, locale: locale(), id_token: await idToken() };
    for (const [name, value] of Object.entries(given)) url.searchParams.set(name, value);
  } catch (error) {
    return fail(error);
  }
  appFrame.addEventListener('load', () => loading(false));
  appFrame.src = url.href;
}

function fail(error) {
  loading(false);
  appFrame = undefined;
  main.replaceChildren(
    notice(),
    el('div', { class: 'page' }, el('p', { class: 'error', role: 'alert' }, word('appFailed', { url: facts.appUrl }), ' ', error.message)),
  );
}

const fromApp = {
  hello: () => loading(false),
  at({ path, title }) {
    const wanted = framePathOf(path);
    if (!wanted || !inApp(location.pathname)) return;
    if (wanted !== here()) history.replaceState(null, '', wanted);
    document.title = title ? `${title} · ${facts.shopName}` : facts.shopName;
    drawNav();
  },
  nav({ links }) {
    appLinks = links;
    sessionStorage.setItem(LINKS, JSON.stringify(links));
    drawNav();
  },
  title: (bar) => document.querySelector('.titlebar')?.replaceWith(titleBar(bar)),
  saveBar(bar) {
    saveBar = bar;
    drawSaveBar();
  },
  overlay: ({ open }) => document.body.classList.toggle('scrim', open),
  loading: ({ on }) => loading(on),
  toast: drawToast,
  toastHide: ({ id }) => document.getElementById(id)?.remove(),
  admin: ({ path, newTab }) => go(base + path, newTab),
  redirect({ url }) {
    const target = new URL(url);
    if (target.origin !== appOrigin) location.assign(url);
    else void go(framePathOf(target.pathname + target.search) ?? base);
  },
};

const asked = {
  idToken,
  resourcePicker: ({ options }) => pickResources(facts.shop, options),
  leave: () => (saveBar.open ? mayLeave().then((yes) => (yes ? undefined : new Promise(() => {}))) : undefined),
};

window.addEventListener('message', (event) => {
  if (event.origin !== appOrigin || !appFrame || event.source !== appFrame.contentWindow) return;
  const { sandboxBridge: kind, ask, ...detail } = event.data ?? {};
  if (ask && asked[kind]) {
    Promise.resolve(asked[kind](detail)).then(
      (value) => tell('answer', { ask, value }),
      (error) => tell('answer', { ask, error: error.message }),
    );
  } else fromApp[kind]?.(detail);
});

// --- what the app draws
function titleBar({ title, buttons, groups }) {
  const press = (key) => () => tell('press', { key });
  const button = (one) =>
    el(
      'button',
      {
        type: 'button',
        class: `button ${one.variant === 'primary' ? 'primary' : ''} ${one.tone === 'critical' ? 'critical' : ''}`,
        disabled: one.disabled || one.loading,
        onclick: press(one.key),
      },
      one.label,
    );
  const group = ({ label, buttons: inside }) =>
    el(
      'details',
      {},
      el('summary', { class: 'button' }, label || word('more'), ' ▾'),
      el(
        'div',
        {},
        inside.map((one) => el('button', { type: 'button', disabled: one.disabled, onclick: press(one.key) }, one.label)),
      ),
    );
  const back = buttons.find((one) => one.variant === 'breadcrumb');
  const rest = buttons
    .filter((one) => one.variant !== 'breadcrumb')
    .toSorted((a, b) => (a.variant === 'primary') - (b.variant === 'primary'));
  return el(
    'div',
    { class: 'titlebar' },
    back
      ? el('button', { type: 'button', class: 'button', 'aria-label': back.label || word('back'), onclick: press(back.key) }, '←')
      : el('span', { class: 'icon', 'aria-hidden': 'true' }, 'S'),
    el('h1', {}, title || 'Storebook'),
    groups.map(group),
    rest.map(button),
  );
}

function drawSaveBar() {
  const bar = byId('savebar');
  bar.hidden = !saveBar.open;
  if (!saveBar.open) return bar.replaceChildren();
  const press = async (one) => {
    const ask = saveBar.confirm && one.variant !== 'primary';
    if (ask && !(await confirmBox({ title: word('discardTitle'), text: word('discardText'), yes: word('discard'), no: word('cancel') })))
      return;
    tell('press', { key: one.key });
  };
  const button = (one) =>
    el(
      'button',
      {
        type: 'button',
        class: `button ${one.variant === 'primary' ? 'primary' : ''}`,
        disabled: one.disabled || one.loading,
        onclick: () => void press(one),
      },
      one.label || word(one.variant === 'primary' ? 'save' : 'discard'),
    );
  const ordered = saveBar.buttons.toSorted((a, b) => (a.variant === 'primary') - (b.variant === 'primary'));
  bar.replaceChildren(el('strong', {}, word('unsaved')), el('span', {}, ordered.map(button)));
}

function drawToast({ id, message, duration, isError, action }) {
  const end = (kind) => {
    toast.remove();
    tell(kind, { id });
  };
  const toast = el(
    'div',
    { class: `toast ${isError ? 'error' : ''}`, id, role: isError ? 'alert' : 'status' },
    el('span', {}, message),
    action ? el('button', { type: 'button', onclick: () => end('toastAction') }, action) : undefined,
    el('button', { type: 'button', 'aria-label': word('dismiss'), onclick: () => end('toastGone') }, '✕'),
  );
  byId('toasts').append(toast);
  setTimeout(() => toast.isConnected && end('toastGone'), duration);
}

function loading(on) {
  document.querySelector('.progress')?.remove();
  if (on) main.prepend(el('div', { class: 'progress', role: 'progressbar', 'aria-label': word('loading') }));
}

function notice() {
  return el(
    'p',
    { class: 'notice', style: 'margin:0', 'data-testid': 'made-up' },
    word('madeUp', { list: facts.madeUp.map(madeUpWord).join(locale() === 'zh-CN' ? '、' : ', ') }),
  );
}

// --- navigation
const mayLeave = () => confirmBox({ title: word('leaveTitle'), text: word('leaveText'), yes: word('leave'), no: word('stay') });

async function go(path, newTab = false) {
  if (newTab) return void window.open(path, '_blank');
  if (saveBar.open && !(await mayLeave())) return;
  const stays = appFrame && inApp(path) && inApp(location.pathname);
  if (stays) return tell('go', { href: appPathOf(path) });
  history.pushState(null, '', path);
  draw();
}

function drawNav() {
  const at = location.pathname;
  const link = (path, label, current) => el('a', { href: path, 'aria-current': current ? 'page' : undefined }, label);
  const item = (section) => {
    const path = section === 'home' ? base : `${base}/${section}`;
    return el('li', {}, link(path, word(section), section === 'home' ? at === base : at.startsWith(path)));
  };
  const home = appLinks.find((one) => one.home);
  const links = appLinks
    .filter((one) => one !== home)
    .flatMap(({ href, label }) => {
      const path = framePathOf(href);
      return path ? [{ path, label }] : [];
    });
  const current = links.filter(({ path }) => at === path || at.startsWith(`${path}/`)).toSorted((a, b) => b.path.length - a.path.length)[0];
  byId('nav').replaceChildren(
    el('ul', {}, ['home', 'orders', 'products', 'customers'].map(item)),
    el('h2', {}, word('apps')),
    el(
      'ul',
      {},
      el(
        'li',
        {},
        link(appBase, 'Storebook', inApp(at) && !current),
        el(
          'ul',
          {},
          links.map((one) => el('li', {}, link(one.path, one.label, one === current))),
        ),
      ),
    ),
    el('p', { class: 'foot' }, word('source', { source: facts.source })),
  );
}

document.addEventListener('click', (event) => {
  const link = event.target instanceof Element ? event.target.closest('a[href]') : null;
  if (!link || event.metaKey || event.ctrlKey || link.target || !link.getAttribute('href').startsWith(base)) return;
  event.preventDefault();
  byId('nav').classList.remove('open');
  byId('burger').setAttribute('aria-expanded', 'false');
  void go(link.getAttribute('href'));
});
window.addEventListener('popstate', () => {
  if (!(appFrame && inApp(location.pathname))) draw();
});

function draw() {
  document.body.classList.remove('scrim');
  saveBar = { open: false };
  drawSaveBar();
  drawNav();
  if (inApp(location.pathname)) return void openApp(appPathOf(here()));
  appFrame = undefined;
  main.replaceChildren(notice());
  document.title = facts.shopName;
  drawPage({
    main,
    facts,
    base,
    appBase,
    go,
    toast: (message, isError = false) => drawToast({ id: `own-${Date.now()}`, message, duration: 5000, isError }),
  });
}

function drawTop() {
  document.documentElement.lang = locale();
  byId('search').placeholder = word('search');
  byId('search').setAttribute('aria-label', word('search'));
  byId('burger').setAttribute('aria-label', word('menu'));
  byId('to-control').textContent = word('control');
  byId('to-storefront').textContent = word('storefront');
  byId('nav').setAttribute('aria-label', word('admin'));
  const select = byId('locale');
  select.setAttribute('aria-label', word('language'));
  select.replaceChildren(...LOCALES.map(([name, label]) => el('option', { value: name, selected: name === locale() }, label)));
}

byId('locale').addEventListener('change', (event) => {
  setLocale(event.target.value);
  drawTop();
  draw();
});
byId('burger').addEventListener('click', () => {
  const open = byId('nav').classList.toggle('open');
  byId('burger').setAttribute('aria-expanded', String(open));
});
byId('search-form').addEventListener('submit', (event) => {
  event.preventDefault();
  void go(`${base}/orders?q=${encodeURIComponent(byId('search').value)}`);
});

drawTop();
draw();
