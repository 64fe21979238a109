/** The sandbox's control page: what was delivered, how fast customers order, and how badly webhooks travel. */
import { byId, el, getJson, postJson } from './dom.js';
import { factList } from './pages.js';
import { LOCALES, locale, setLocale, word } from './words.js';

const facts = JSON.parse(byId('facts').textContent);
const shop = () => byId('shop').value;
const say = (text, failed = false) => {
  byId('said').textContent = text;
  byId('said').className = failed ? 'error' : 'soft';
};

async function perform(path, body) {
  say(word('loading'));
  try {
    const answer = await postJson(path, { shop: shop(), ...body });
    say(word('done'));
    await refresh();
    return answer;
  } catch (error) {
    say(error.message, true);
    return undefined;
  }
}

async function refresh() {
  try {
    const state = await getJson(`/sandbox/state?shop=${encodeURIComponent(shop())}`);
    byId('counts').replaceChildren(factList(state.counts ?? {}));
    const deliveries = state.deliveries ?? {};
    const named = { sent: 'sent', ok: 'ok', failed: 'failedCount', pending: 'pending', dropped: 'dropped' };
    byId('deliveries').replaceChildren(
      factList(Object.fromEntries(Object.entries(named).map(([key, name]) => [word(name), deliveries[key] ?? 0]))),
    );
    byId('installed').textContent = word(state.installed ? 'installed' : 'notInstalled');
    if (document.activeElement !== byId('rate')) byId('rate').value = String(state.ordersPerMinute ?? 0);
  } catch (error) {
    say(error.message, true);
  }
}

const number = (id) => Number(byId(id).value);
const on = (id, act) =>
  byId(id).addEventListener('submit', (event) => {
    event.preventDefault();
    void act();
  });
on('player-form', () => perform('/sandbox/player', { ordersPerMinute: number('rate') }));
on('chaos-form', () =>
  perform('/sandbox/chaos', {
    duplicate: number('duplicate'),
    drop: number('drop'),
    shuffle: byId('shuffle').checked,
    delayMs: [number('delay-from'), number('delay-to')],
  }),
);
on('play-form', async () => {
  const played = await perform('/sandbox/play', { orders: number('play-orders'), asFastAs: true, seed: number('play-seed') });
  if (played) byId('played').replaceChildren(factList(played));
});
byId('install').addEventListener('click', () => void perform('/sandbox/install', {}));
byId('uninstall').addEventListener('click', () => void perform('/sandbox/uninstall', {}));

function drawWords() {
  document.documentElement.lang = locale();
  for (const element of document.querySelectorAll('[data-word]')) element.textContent = word(element.dataset.word);
  byId('shop').setAttribute('aria-label', word('store'));
  byId('locale').setAttribute('aria-label', word('language'));
  byId('locale').replaceChildren(...LOCALES.map(([name, label]) => el('option', { value: name, selected: name === locale() }, label)));
}
byId('locale').addEventListener('change', (event) => {
  setLocale(event.target.value);
  drawWords();
  void refresh();
});
byId('shop').replaceChildren(...facts.shops.map((domain) => el('option', { value: domain }, domain)));
byId('shop').addEventListener('change', () => void refresh());
drawWords();
void refresh();
setInterval(() => {
  if (!document.hidden) void refresh();
}, 2000);
