import type { FaceShop } from './doors.ts';

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => ESCAPES[character] ?? character);
}

/** JSON inside a script element: no text of it can end the element. */
function factsElement(facts: unknown): string {
  return `<script type="application/json" id="facts">${JSON.stringify(facts).replaceAll('<', String.raw`\u003c`)}</script>`;
}

type Page = { title: string; styles: readonly string[]; script: string; facts: unknown; bodyClass?: string; body: string };

function page({ title, styles, script, facts, bodyClass, body }: Page): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<link rel="icon" href="data:,">
${styles.map((style) => `<link rel="stylesheet" href="/sandbox/face/public/${style}">`).join('\n')}
</head>
<body${bodyClass ? ` class="${bodyClass}"` : ''}>
${body}
${factsElement(facts)}
<script type="module" src="/sandbox/face/public/${script}"></script>
</body>
</html>
`;
}

export function nameOf(shop: FaceShop): string {
  return shop.domain.replace(/\.myshopify\.com$/, '');
}

/** Shopify's `host` parameter: where the admin of this store is, in base64url without padding. */
export function hostOf(shop: FaceShop): string {
  return Buffer.from(`admin.shopify.com/store/${nameOf(shop)}`).toString('base64url');
}

export function framePage(shop: FaceShop, appUrl: string): string {
  const query = `?shop=${encodeURIComponent(shop.domain)}`;
  return page({
    title: shop.title,
    styles: ['frame.css'],
    script: 'frame.js',
    facts: {
      name: nameOf(shop),
      shop: shop.domain,
      shopName: shop.title,
      host: hostOf(shop),
      appUrl,
      currency: shop.currency,
      timezone: shop.timezone,
      madeUp: shop.madeUp,
      source: shop.source,
    },
    body: `<div class="frame">
<header class="top">
<span class="row" style="flex-wrap:nowrap;gap:0"><button type="button" class="burger" id="burger" aria-expanded="false" aria-controls="nav">☰</button><a class="brand" href="/store/${escapeHtml(nameOf(shop))}"><b>${escapeHtml(shop.title)}</b><span class="badge">Sandbox</span></a></span>
<form role="search" id="search-form"><input type="search" id="search"></form>
<div class="side"><a class="quiet" id="to-storefront" href="/checkout${query}" target="_blank"></a><a class="quiet" id="to-control" href="/sandbox${query}" target="_blank"></a><select id="locale"></select></div>
<div class="savebar" id="savebar" role="region" aria-label="Save bar" hidden></div>
</header>
<nav class="nav" id="nav"></nav>
<main class="main" id="main"></main>
</div>
<div class="toasts" id="toasts"></div>`,
  });
}

export function storefrontPage(shop: FaceShop): string {
  return page({
    title: shop.title,
    styles: ['frame.css', 'storefront.css'],
    script: 'storefront.js',
    bodyClass: 'shop',
    facts: { shop: shop.domain, currency: shop.currency },
    body: `<header><h1>${escapeHtml(shop.title)}</h1><input type="search" id="search"><select id="locale"></select></header>
<main>
<section class="shelf" id="shelf" aria-live="polite"></section>
<aside>
<div class="card thanks" id="thanks" role="status" hidden></div>
<div class="card">
<h2 data-word="cart"></h2>
<ul class="lines" id="cart-lines" data-testid="cart-lines"></ul>
<form id="code-form">
<label class="field"><span data-word="code"></span><input id="code" data-testid="code-input" autocomplete="off" autocapitalize="characters" spellcheck="false"></label>
<p class="error" id="code-error" data-testid="code-error" role="alert"></p>
<button class="button" data-testid="apply-code" data-word="apply"></button>
</form>
<ul class="codes" id="codes" style="margin-top:12px"></ul>
<dl id="totals" data-testid="totals"></dl>
<form id="buyer">
<h2 data-word="contact"></h2>
<label class="field"><span data-word="email"></span><input id="email" type="email" data-testid="customer-email" autocomplete="email"></label>
<p class="soft" data-word="guestHint"></p>
<label class="field"><span data-word="firstName"></span><input id="first-name" data-testid="customer-first-name" autocomplete="given-name"></label>
<label class="field"><span data-word="lastName"></span><input id="last-name" data-testid="customer-last-name" autocomplete="family-name"></label>
<label class="check"><input id="marketing" type="checkbox"><span data-word="marketing"></span></label>
<button class="button primary wide" id="pay" data-testid="pay" data-word="pay"></button>
</form>
</div>
</aside>
</main>`,
  });
}

export function controlPage(shops: readonly FaceShop[]): string {
  const number = (id: string, word: string, facts: string): string =>
    `<label class="field"><span data-word="${word}"></span><input id="${id}" type="number" ${facts} required></label>`;
  return page({
    title: 'Sandbox',
    styles: ['frame.css', 'storefront.css'],
    script: 'control.js',
    bodyClass: 'shop',
    facts: { shops: shops.map((shop) => shop.domain) },
    body: `<header><h1 data-word="control"></h1><select id="shop"></select><a href="/" data-word="toAdmin"></a><a href="/sandbox/inbox" data-word="toInbox"></a><a href="/sandbox/flow" data-word="toFlow"></a><select id="locale"></select></header>
<main class="narrow">
<p id="said" class="soft" role="status"></p>
<div class="card"><h2 data-word="deliveries"></h2><div id="deliveries" data-testid="deliveries"></div></div>
<div class="card"><h2 data-word="player"></h2><form id="player-form">${number('rate', 'perMinute', 'min="0" max="6000" step="any"')}<button class="button primary" data-word="set"></button></form></div>
<div class="card"><h2 data-word="chaos"></h2><form id="chaos-form">
${number('duplicate', 'duplicate', 'min="0" max="1" step="0.01" value="0"')}${number('drop', 'drop', 'min="0" max="1" step="0.01" value="0"')}
<label class="check"><input id="shuffle" type="checkbox"><span data-word="shuffle"></span></label>
<fieldset class="field" style="border:0;padding:0;margin:0 0 12px"><legend data-word="delay"></legend><input id="delay-from" type="number" min="0" value="0" required aria-label="ms"><input id="delay-to" type="number" min="0" value="0" required aria-label="ms"></fieldset>
<button class="button primary" data-word="set"></button></form></div>
<div class="card"><h2 data-word="playFast"></h2><form id="play-form">${number('play-orders', 'orders', 'min="1" max="100000" value="100"')}${number('play-seed', 'seed', 'min="0" value="1"')}<button class="button primary" data-word="play"></button></form><div id="played"></div></div>
<div class="card"><h2>Storebook: <span id="installed"></span></h2><div class="row"><button type="button" class="button" id="install" data-word="install"></button><button type="button" class="button critical" id="uninstall" data-word="uninstall"></button></div></div>
<div class="card"><h2 data-word="counts"></h2><div id="counts"></div></div>
</main>`,
  });
}
