/**
 * The sandbox's stand-in for Shopify's App Bridge: a classic script inside the app's page, which talks to the admin frame
 * (public/frame.js) by postMessage. It carries what Storebook's packages need of App Bridge; the rest fails and names itself.
 */
(() => {
  'use strict';
  if (window.shopify?.sandbox) return;
  const script = document.currentScript;
  const sandboxOrigin = new URL(script.src).origin;
  const framed = window.parent !== window;
  const query = new URLSearchParams(location.search);
  /** The first document gets these in its address; later ones of the same tab remember them. */
  const remembered = (name) => {
    const key = `sandbox-bridge:${name}`;
    const given = query.get(name);
    if (given) sessionStorage.setItem(key, given);
    return given ?? sessionStorage.getItem(key) ?? '';
  };
  const config = {
    apiKey: script.dataset.apiKey ?? document.querySelector('meta[name="shopify-api-key"]')?.content ?? '',
    shop: remembered('shop'),
    host: remembered('host'),
    locale: remembered('locale') || 'en',
  };

  // --- talking to the frame
  let asked = 0;
  const waiting = new Map();
  const tell = (kind, detail = {}) => {
    if (framed) window.parent.postMessage({ sandboxBridge: kind, ...detail }, sandboxOrigin);
  };
  const ask = (kind, detail = {}) =>
    new Promise((resolve, reject) => {
      if (!framed) return reject(new Error(`App Bridge: ${kind} needs the admin around the app`));
      asked += 1;
      waiting.set(asked, { resolve, reject });
      tell(kind, { ...detail, ask: asked });
    });
  const handlers = {
    answer: ({ ask: id, value, error }) => {
      const one = waiting.get(id);
      waiting.delete(id);
      if (error) one?.reject(new Error(error));
      else one?.resolve(value);
    },
    go: ({ href }) => navigate(href),
    press: ({ key }) => pressable.get(key)?.click(),
    toastAction: ({ id }) => toasts.get(id)?.onAction?.(),
    toastGone: ({ id }) => {
      toasts.get(id)?.onDismiss?.();
      toasts.delete(id);
    },
  };
  window.addEventListener('message', (event) => {
    if (event.origin !== sandboxOrigin || event.source !== window.parent) return;
    handlers[event.data?.sandboxFrame]?.(event.data);
  });

  // --- session tokens
  let token = { value: '', until: 0 };
  let tokenInFlight;
  const freshToken = async () => {
    const value = framed ? await ask('idToken') : await tokenWithoutFrame();
    const { exp } = JSON.parse(atob(value.split('.')[1].replaceAll('-', '+').replaceAll('_', '/')));
    token = { value, until: (exp - 10) * 1000 };
    return value;
  };
  const tokenWithoutFrame = async () => {
    const answer = await nativeFetch(`${sandboxOrigin}/sandbox/id-token?shop=${encodeURIComponent(config.shop)}`);
    if (!answer.ok) throw new Error(`App Bridge: the sandbox gave no session token (${answer.status})`);
    return (await answer.json()).token;
  };
  const idToken = () => {
    if (Date.now() < token.until) return Promise.resolve(token.value);
    tokenInFlight ??= freshToken().finally(() => (tokenInFlight = undefined));
    return tokenInFlight;
  };

  // --- fetch: the app's own requests carry the session token
  const nativeFetch = window.fetch.bind(window);
  const authorized = async (input, init) => {
    const request = new Request(input, init);
    if (new URL(request.url).origin !== location.origin || request.headers.has('authorization')) return request;
    const headers = new Headers(request.headers);
    headers.set('authorization', `Bearer ${await idToken()}`);
    headers.set('x-requested-with', 'XMLHttpRequest');
    return new Request(request, { headers });
  };
  window.fetch = async (input, init) => {
    const request = await authorized(input, init);
    const again = request.method === 'GET' || request.method === 'HEAD' ? request.clone() : undefined;
    const answer = await nativeFetch(request);
    if (answer.headers.get('x-shopify-retry-invalid-session-request') === '1' && again) {
      token = { value: '', until: 0 };
      const headers = new Headers(again.headers);
      headers.set('authorization', `Bearer ${await idToken()}`);
      return nativeFetch(new Request(again, { headers }));
    }
    const elsewhere = answer.headers.get('x-shopify-api-request-failure-reauthorize-url');
    if (elsewhere) open(elsewhere, '_top');
    return answer;
  };

  // --- navigation: app and frame show the same place
  /** The admin path of `shopify://admin/orders/1`, `shopify:admin/…` or an address of admin.shopify.com, or nothing. */
  const adminPath = (href) => {
    const short = /^shopify:\/*admin(\/.*)$/i.exec(href)?.[1];
    if (short) return short;
    return /^https:\/\/admin\.shopify\.com\/store\/[^/]+(\/.*)?$/
      .exec(href)
      ?.slice(1)
      .map((path) => path ?? '/')[0];
  };
  const navigate = (href) => {
    const link =
      [...document.querySelectorAll('ui-nav-menu a, s-app-nav a, s-app-nav s-link')].find((one) => one.getAttribute('href') === href) ??
      Object.assign(document.createElement('a'), { hidden: true });
    const borrowed = !link.isConnected;
    if (borrowed) {
      link.setAttribute('href', href);
      document.body.append(link);
    }
    const heard = !link.dispatchEvent(new CustomEvent('shopify:navigate', { bubbles: true, cancelable: true }));
    if (borrowed) link.remove();
    return heard;
  };
  const nativeOpen = window.open.bind(window);
  window.open = (address, target, features) => {
    const path = address === undefined ? undefined : adminPath(String(address));
    if (path !== undefined && framed) {
      tell('admin', { path, newTab: target === '_blank' });
      return null;
    }
    if (framed && (target === '_top' || target === '_parent')) {
      tell('redirect', { url: new URL(String(address), location.href).href });
      return null;
    }
    return nativeOpen(address, target, features);
  };
  document.addEventListener(
    'click',
    (event) => {
      const link = event.target instanceof Element ? event.target.closest('a[href]') : null;
      const path = link && adminPath(link.getAttribute('href'));
      if (path === undefined || path === null || event.defaultPrevented) return;
      event.preventDefault();
      tell('admin', { path, newTab: link.target === '_blank' || event.metaKey || event.ctrlKey });
    },
    true,
  );
  const OWN = ['embedded', 'shop', 'host', 'id_token', 'locale', 'hmac', 'session', 'timestamp'];
  const place = () => {
    const url = new URL(location.href);
    for (const name of OWN) url.searchParams.delete(name);
    return url.pathname + url.search;
  };
  const tellPlace = () => {
    tell('at', { path: place(), title: document.title });
    navSoon();
  };
  for (const name of ['pushState', 'replaceState']) {
    const native = history[name].bind(history);
    history[name] = (...args) => {
      native(...args);
      tellPlace();
    };
  }
  window.addEventListener('popstate', tellPlace);

  // --- what the app draws into the frame: navigation, title bar, save bar
  let keys = 0;
  const pressable = new Map();
  const keyed = new WeakMap();
  const keyOf = (element) => {
    if (!keyed.has(element)) {
      keys += 1;
      keyed.set(element, keys);
      pressable.set(keys, element);
    }
    return keyed.get(element);
  };
  const isSet = (element, name) => element.hasAttribute(name) && element.getAttribute(name) !== 'false';
  const buttonFacts = (element) => ({
    key: keyOf(element),
    label: element.textContent.trim(),
    variant: element.getAttribute('variant') ?? '',
    tone: element.getAttribute('tone') ?? '',
    disabled: isSet(element, 'disabled'),
    loading: isSet(element, 'loading'),
  });
  let soon = false;
  const navSoon = () => {
    if (soon) return;
    soon = true;
    queueMicrotask(() => {
      soon = false;
      drawNav();
      drawTitle();
    });
  };
  const drawNav = () => {
    const links = [...document.querySelectorAll('ui-nav-menu a, s-app-nav a, s-app-nav s-link')].map((link) => ({
      href: link.getAttribute('href') ?? '',
      label: link.textContent.trim(),
      home: link.getAttribute('rel') === 'home',
    }));
    if (links.length > 0) tell('nav', { links });
  };
  const drawTitle = () => {
    const bar = [...document.querySelectorAll('ui-title-bar')].find((one) => !one.closest('ui-modal'));
    if (!bar) return tell('title', { title: document.title, buttons: [], groups: [] });
    const all = [...bar.querySelectorAll(':scope > button, :scope > a')];
    const groups = [...bar.querySelectorAll(':scope > section')].map((section) => ({
      label: section.getAttribute('label') ?? '',
      buttons: [...section.querySelectorAll('button, a')].map(buttonFacts),
    }));
    tell('title', { title: bar.getAttribute('title') ?? document.title, buttons: all.map(buttonFacts), groups });
  };

  class Watched extends HTMLElement {
    #observer = new MutationObserver(() => this.redraw());
    connectedCallback() {
      this.style.display = 'none';
      this.#observer.observe(this, { childList: true, subtree: true, attributes: true, characterData: true });
      this.redraw();
    }
    disconnectedCallback() {
      this.#observer.disconnect();
      this.redraw();
    }
    redraw() {
      navSoon();
    }
  }
  class NavMenu extends Watched {}
  class AppNav extends Watched {}
  class TitleBar extends Watched {
    get title() {
      return this.getAttribute('title') ?? '';
    }
    set title(text) {
      this.setAttribute('title', text);
    }
  }

  const openBars = new Set();
  const drawSaveBar = () => {
    const bar = [...openBars].at(-1);
    tell('saveBar', bar ? { open: true, buttons: bar.buttons(), confirm: bar.confirm() } : { open: false });
  };
  class SaveBar extends Watched {
    redraw() {
      if (!this.isConnected) openBars.delete(this);
      drawSaveBar();
    }
    buttons = () => [...this.querySelectorAll('button')].map(buttonFacts);
    confirm = () => isSet(this, 'discardConfirmation') || isSet(this, 'discardconfirmation');
    get showing() {
      return openBars.has(this);
    }
    async show() {
      if (openBars.has(this)) return;
      openBars.add(this);
      drawSaveBar();
      this.dispatchEvent(new Event('show'));
    }
    async hide() {
      if (!openBars.delete(this)) return;
      drawSaveBar();
      this.dispatchEvent(new Event('hide'));
    }
    toggle = () => (this.showing ? this.hide() : this.show());
  }
  /** A form with data-save-bar shows the bar by itself once it is changed. */
  const formBars = new WeakMap();
  const formBar = (form) => {
    const button = (label, variant, act) => {
      const made = document.createElement('button');
      made.textContent = label;
      if (variant) made.setAttribute('variant', variant);
      made.addEventListener('click', act);
      return made;
    };
    const made = [button('Save', 'primary', () => form.requestSubmit()), button('Discard', '', () => form.reset())];
    return { buttons: () => made.map(buttonFacts), confirm: () => form.hasAttribute('data-discard-confirmation') };
  };
  const watchForms = (event, open) => {
    const form = event.target instanceof Element ? event.target.closest('form[data-save-bar]') : null;
    if (!form) return;
    if (!formBars.has(form)) formBars.set(form, formBar(form));
    if (open) openBars.add(formBars.get(form));
    else openBars.delete(formBars.get(form));
    drawSaveBar();
  };
  document.addEventListener('input', (event) => watchForms(event, true));
  document.addEventListener('change', (event) => watchForms(event, true));
  document.addEventListener('submit', (event) => watchForms(event, false));
  document.addEventListener('reset', (event) => watchForms(event, false));

  // --- modal: drawn over the app's page, for its content is the app's; the frame dims what is around it
  const MODAL_CSS = `dialog.sandbox-modal{border:0;border-radius:12px;padding:0;width:min(var(--w),calc(100vw - 16px));max-height:calc(100vh - 32px);box-shadow:0 20px 60px #0006;color:#303030;background:#fff;font:400 13px/20px Inter,-apple-system,BlinkMacSystemFont,"Segoe UI",Roboto,sans-serif}
    dialog.sandbox-modal::backdrop{background:#000000b3}
    dialog.sandbox-modal>header{display:flex;justify-content:space-between;align-items:center;padding:12px 16px;background:#f3f3f3;border-bottom:1px solid #e3e3e3}
    dialog.sandbox-modal>header h2{font-size:14px;font-weight:650;margin:0}
    dialog.sandbox-modal>footer{display:flex;justify-content:flex-end;gap:8px;padding:12px 16px;border-top:1px solid #e3e3e3}
    dialog.sandbox-modal>footer:empty{display:none}
    dialog.sandbox-modal button.sandbox{font:inherit;font-weight:550;padding:4px 12px;min-height:28px;border-radius:8px;border:1px solid #8a8a8a;background:#fff;color:#303030;cursor:pointer}
    dialog.sandbox-modal button.sandbox[data-variant=primary]{background:#303030;color:#fff;border-color:#303030}
    dialog.sandbox-modal button.sandbox[data-tone=critical]{background:#c70a24;color:#fff;border-color:#c70a24}
    dialog.sandbox-modal button.sandbox:disabled{opacity:.5;cursor:default}
    dialog.sandbox-modal iframe{border:0;width:100%;height:70vh;display:block}`;
  const WIDTHS = { small: '380px', base: '620px', large: '980px', max: '100vw' };
  class Modal extends HTMLElement {
    #dialog = document.createElement('dialog');
    #content = document.createElement('div');
    #observer = new MutationObserver(() => this.#drawBar());
    constructor() {
      super();
      this.#dialog.className = 'sandbox-modal';
      this.#dialog.addEventListener('close', () => this.#closed());
    }
    connectedCallback() {
      this.style.display = 'none';
      this.#observer.observe(this, { childList: true, subtree: true, attributes: true, characterData: true });
    }
    disconnectedCallback() {
      this.#observer.disconnect();
      this.#dialog.close();
      this.#dialog.remove();
    }
    get content() {
      return this.#content;
    }
    set content(element) {
      this.#content.replaceChildren(element);
    }
    get variant() {
      return this.getAttribute('variant') ?? 'base';
    }
    set variant(name) {
      this.setAttribute('variant', name);
    }
    get src() {
      return this.getAttribute('src') ?? '';
    }
    set src(address) {
      this.setAttribute('src', address);
    }
    get contentWindow() {
      return this.#dialog.querySelector('iframe')?.contentWindow ?? null;
    }
    #button(element) {
      const made = document.createElement('button');
      made.type = 'button';
      made.className = 'sandbox';
      made.textContent = element.textContent.trim();
      made.dataset.variant = element.getAttribute('variant') ?? '';
      made.dataset.tone = element.getAttribute('tone') ?? '';
      made.disabled = isSet(element, 'disabled') || isSet(element, 'loading');
      made.addEventListener('click', () => element.click());
      return made;
    }
    #drawBar() {
      if (!this.#dialog.open) return;
      const bar = this.querySelector('ui-title-bar');
      const title = bar?.getAttribute('title') ?? '';
      this.#dialog.setAttribute('aria-label', title || 'Dialog');
      this.#dialog.querySelector('h2').textContent = title;
      const buttons = [...(bar?.querySelectorAll('button, a') ?? [])];
      const primaryLast = buttons.toSorted((a, b) => (a.getAttribute('variant') === 'primary') - (b.getAttribute('variant') === 'primary'));
      this.#dialog.querySelector('footer').replaceChildren(...primaryLast.map((one) => this.#button(one)));
    }
    #fill() {
      const header = document.createElement('header');
      const close = this.#button(Object.assign(document.createElement('button'), { textContent: '✕' }));
      close.setAttribute('aria-label', config.locale.startsWith('zh') ? '关闭' : 'Close');
      close.addEventListener('click', () => void this.hide());
      header.append(document.createElement('h2'), close);
      const style = document.createElement('style');
      style.textContent = MODAL_CSS;
      let body = this.#content;
      if (this.src) {
        body = document.createElement('iframe');
        body.src = this.src;
        body.title = this.querySelector('ui-title-bar')?.getAttribute('title') ?? 'Dialog';
      } else if (!body.hasChildNodes()) {
        const own = [...this.children].filter((child) => !/^UI-(TITLE|SAVE)-BAR$/.test(child.tagName) && child.hasChildNodes());
        body.append(...own);
      }
      this.#dialog.style.setProperty('--w', WIDTHS[this.variant] ?? WIDTHS.base);
      this.#dialog.replaceChildren(style, header, body, document.createElement('footer'));
    }
    async show() {
      if (this.#dialog.open) return;
      this.#fill();
      document.body.append(this.#dialog);
      this.#dialog.showModal();
      this.#drawBar();
      tell('overlay', { open: true });
      this.dispatchEvent(new Event('show'));
    }
    async hide() {
      this.#dialog.close();
    }
    #closed() {
      tell('overlay', { open: false });
      this.#dialog.remove();
      this.dispatchEvent(new Event('hide'));
    }
    toggle = () => (this.#dialog.open ? this.hide() : this.show());
  }
  for (const [name, element] of Object.entries({
    'ui-nav-menu': NavMenu,
    's-app-nav': AppNav,
    'ui-title-bar': TitleBar,
    'ui-save-bar': SaveBar,
    'ui-modal': Modal,
  })) {
    if (!customElements.get(name)) customElements.define(name, element);
  }

  // --- the global
  const toasts = new Map();
  const byId = (id) => {
    const element = document.getElementById(id);
    if (!element?.show) throw new Error(`App Bridge: there is no element "${id}" to show`);
    return element;
  };
  const shown = { show: async (id) => byId(id).show(), hide: async (id) => byId(id).hide(), toggle: async (id) => byId(id).toggle() };
  const api = {
    sandbox: true,
    config,
    origin: location.origin,
    ready: Promise.resolve(),
    environment: { mobile: false, embedded: framed, pos: false, intent: false },
    idToken,
    loading: (on = true) => tell('loading', { on: Boolean(on) }),
    toast: {
      show(message, { duration = 5000, isError = false, action, onAction, onDismiss } = {}) {
        const id = `toast-${toasts.size + 1}-${Date.now()}`;
        toasts.set(id, { onAction, onDismiss });
        tell('toast', { id, message: String(message), duration, isError, action });
        return id;
      },
      hide: (id) => tell('toastHide', { id }),
    },
    modal: shown,
    saveBar: { ...shown, leaveConfirmation: async () => (openBars.size === 0 ? undefined : ask('leave')) },
    resourcePicker: (options) => ask('resourcePicker', { options: JSON.parse(JSON.stringify(options)) }),
    user: async () => ({ accountAccess: 'full' }),
  };
  window.shopify = new Proxy(api, {
    get(target, name) {
      if (name in target || typeof name === 'symbol' || name === 'then' || name === 'toJSON') return target[name];
      throw new Error(`The sandbox's App Bridge does not implement shopify.${name}`);
    },
  });

  // --- the bounce page: the app asks for a token, and its page is opened again with it
  const again = query.get('shopify-reload');
  if (again) {
    const target = new URL(again, location.origin);
    if (target.origin === location.origin) {
      void idToken().then((value) => {
        target.searchParams.set('id_token', value);
        location.replace(target);
      });
    }
  } else if (!framed && query.get('embedded') === '1' && config.shop) {
    location.replace(`${sandboxOrigin}/store/${config.shop.replace('.myshopify.com', '')}/apps/storebook${place().replace(/^\/app/, '')}`);
    return;
  }
  document.addEventListener('DOMContentLoaded', tellPlace);
  new MutationObserver(navSoon).observe(document.querySelector('title') ?? document.head, {
    childList: true,
    characterData: true,
    subtree: true,
  });
  tell('hello', { path: place() });
})();
