(() => {
  'use strict';
  const make = (tag, text, className) => {
    const element = document.createElement(tag);
    if (text !== undefined) element.textContent = text;
    if (className) element.className = className;
    return element;
  };
  const list = (rows) => {
    const all = make('ul', undefined, 'storebook-member__list');
    for (const [left, right] of rows) {
      const row = make('li');
      row.append(make('span', left), make('span', right));
      all.append(row);
    }
    return all;
  };
  const titled = (title, rows) => (rows.length === 0 ? [] : [make('h3', title), list(rows)]);

  /** @returns the answer, or null where there is none. */
  const ask = async (path, cache) => {
    try {
      const response = await fetch(path, { cache, headers: { accept: 'application/json' }, signal: AbortSignal.timeout(15000) });
      const view = response.ok ? await response.json() : null;
      return view && view.version === 1 ? view : null;
    } catch {
      return null;
    }
  };

  const figures = (pairs) => {
    const all = make('dl', undefined, 'storebook-member__figures');
    for (const [name, value] of pairs) {
      const pair = make('div');
      pair.append(make('dt', name), make('dd', value));
      all.append(pair);
    }
    return all;
  };

  const programme = (view, words) => {
    const tiers = titled(
      words.tiers,
      view.tiers.map(({ name, from }) => [name, from]),
    );
    const parts = [...view.earns.map((text) => make('p', text)), ...tiers];
    return parts.length > 0 ? parts : [make('p', words.nothing)];
  };

  /** A press has a key: when nobody knows what came of it, the next press of the same button is the same one. */
  const redeem = async (block, button, reward) => {
    const { words, said } = block.storebook;
    button.dataset.key = button.dataset.key || crypto.randomUUID();
    button.disabled = true;
    let answer = null;
    try {
      const response = await fetch(`/apps/storebook/redeem?lang=${block.dataset.lang}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'application/json' },
        body: JSON.stringify({ reward: reward.id, steps: 1, key: button.dataset.key }),
        signal: AbortSignal.timeout(15000),
      });
      if (response.ok || response.status === 409) answer = await response.json();
    } catch {
      // Said below.
    }
    button.disabled = false;
    said.textContent = !answer ? words.unclear : answer.kind === 'ok' ? words.redeemed : answer.text;
    if (!answer) return;
    delete button.dataset.key;
    if (answer.kind === 'ok') await show(block, 'reload');
  };

  const rewardsOf = (block, view, words) => {
    const { rewards, redemptions } = view.member;
    const number = new Intl.NumberFormat(view.language);
    const parts = titled(
      words.rewards,
      rewards.map((one) => [one.title, `${number.format(one.points)} ${words.points}`]),
    );
    for (const [at, one] of rewards.entries()) {
      if (!one.affordable) continue;
      const button = make('button', words.redeem);
      button.type = 'button';
      button.setAttribute('aria-label', `${words.redeem}: ${one.title}`);
      button.addEventListener('click', () => void redeem(block, button, one));
      parts[1].children[at].append(button);
    }
    const codes = redemptions.filter(({ code }) => code);
    return [
      ...parts,
      ...titled(
        words.codes,
        codes.map(({ title, code }) => [title, code]),
      ),
    ];
  };

  const friendsOf = ({ referral }, words) => {
    if (!referral || !referral.link) return [];
    const link = make('a', referral.link, 'storebook-member__link');
    link.href = referral.link;
    return [make('h3', words.friends), link];
  };

  const member = (block, view, words, shown) => {
    const { points, tier, progress, history } = view.member;
    const number = new Intl.NumberFormat(view.language);
    const signed = new Intl.NumberFormat(view.language, { signDisplay: 'always' });
    const pairs = [];
    if (points) pairs.push([words.available, number.format(points.available)]);
    if (points && points.pending !== 0) pairs.push([words.pending, number.format(points.pending)]);
    if (view.tiers.length > 0) pairs.push([words.tier, tier ? tier.name : words.noTier]);
    if (pairs.length === 0) return [make('p', words.nothing)];
    const parts = [figures(pairs)];
    if (progress) {
      const bar = make('progress');
      bar.max = 100;
      bar.value = progress.share;
      bar.setAttribute('aria-label', words.progress);
      parts.push(bar, make('p', progress.text));
    }
    if (points && points.nextLapse) parts.push(make('p', points.nextLapse.text));
    if (points && history.length === 0) parts.push(make('p', words.empty, 'storebook-member__soft'));
    parts.push(
      ...rewardsOf(block, view, words),
      ...friendsOf(view.member, words),
      ...titled(
        words.history,
        history.slice(0, shown).map((step) => [`${step.reason} · ${step.shown}`, signed.format(step.points)]),
      ),
    );
    return parts;
  };

  const POLL_MS = 3000;
  const MOST_POLLS = 20;
  /** A code comes from the store by and by: it is looked for until it is there. */
  const lookAgain = (block, view) => {
    const waits = view.member && view.member.redemptions.some(({ state }) => state === 'making');
    const polls = waits ? Number(block.dataset.polls || 0) + 1 : 0;
    block.dataset.polls = String(polls);
    if (waits && polls <= MOST_POLLS) setTimeout(() => void show(block), POLL_MS);
  };

  /** What is a member's own is asked about each time, and sent again only where it changed. */
  const show = async (block, wanted) => {
    const body = block.querySelector('[data-storebook-body]');
    const words = { ...block.querySelector('[data-storebook-words]').dataset };
    block.storebook = { words, said: block.querySelector('[data-storebook-said]') };
    const { customer, lang } = block.dataset;
    const cache = wanted || (customer ? 'no-cache' : 'default');
    const path = `/apps/storebook/${customer ? 'member' : 'programme'}?lang=${lang}`;
    body.setAttribute('aria-busy', 'true');
    let view = await ask(path, cache);
    // What the browser kept of somebody who was logged in here before.
    if (view && customer && (!view.member || view.member.customerId !== customer)) view = await ask(path, 'reload');
    body.setAttribute('aria-busy', 'false');
    if (view && (!customer || (view.member && view.member.customerId === customer))) {
      body.replaceChildren(...(customer ? member(block, view, words, Number(block.dataset.history)) : programme(view, words)));
      lookAgain(block, view);
    } else {
      const again = make('button', words.again);
      again.type = 'button';
      again.addEventListener('click', () => void show(block));
      body.replaceChildren(make('p', words.error), again);
    }
    // What is longer than its place is scrolled, by the keyboard too.
    if (body.scrollHeight > body.clientHeight) {
      body.tabIndex = 0;
      body.setAttribute('role', 'group');
      body.setAttribute('aria-labelledby', block.getAttribute('aria-labelledby'));
    }
  };

  const showAll = (root) => {
    for (const block of root.querySelectorAll('[data-storebook-member]')) void show(block);
  };
  showAll(document);
  // The theme editor puts sections in anew.
  document.addEventListener('shopify:section:load', (event) => showAll(event.target));
})();
