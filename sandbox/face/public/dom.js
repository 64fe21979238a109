/** A small way to make elements: `el('a', { href: '/x', class: 'y' }, 'text', child)`. Text is always text, never markup. */
export function el(tag, facts = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(facts)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (name === 'value') element.value = value;
    else element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.flat().filter((child) => child !== undefined && child !== null));
  return element;
}

/** The element with this id, which the page is known to hold. */
export function byId(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`the page holds no #${id}`);
  return element;
}

export async function getJson(path) {
  return readAnswer(await fetch(path, { headers: { accept: 'application/json' } }));
}

export async function postJson(path, body) {
  return readAnswer(await fetch(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }));
}

/** The answer's JSON; an error with the server's own reason, its status in `status` and its body in `body`, when it refused. */
async function readAnswer(answer) {
  const body = await answer.json().catch(() => undefined);
  if (answer.ok) return body;
  const reason = body?.errors?.[0]?.message ?? body?.error ?? `${answer.status} ${answer.statusText}`;
  throw Object.assign(new Error(typeof reason === 'string' ? reason : JSON.stringify(reason)), { status: answer.status, body });
}

/** Asks yes or no in a dialog; Escape means no. */
export function confirmBox({ title, text, yes, no }) {
  return new Promise((resolve) => {
    const dialog = el(
      'dialog',
      { class: 'box', 'aria-labelledby': 'confirm-title' },
      el('h2', { id: 'confirm-title' }, title),
      el('p', {}, text),
      el(
        'footer',
        {},
        el('button', { type: 'button', class: 'button', onclick: () => dialog.close('no') }, no),
        el('button', { type: 'button', class: 'button critical', onclick: () => dialog.close('yes') }, yes),
      ),
    );
    dialog.addEventListener('close', () => {
      resolve(dialog.returnValue === 'yes');
      dialog.remove();
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
