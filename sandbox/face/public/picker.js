/** The resource picker that App Bridge opens: products, variants or collections of the store, with search. */
import { el, getJson } from './dom.js';
import { word } from './words.js';

/** Gives what was chosen, or undefined when the dialog was closed without choosing. */
export async function pickResources(shop, { type, multiple = false, selectionIds = [], query = '' }) {
  if (!['product', 'variant', 'collection'].includes(type)) throw new Error(`The sandbox's resource picker does not implement "${type}"`);
  const [from, title, searchWord] = {
    product: ['products', 'pickTitle', 'searchProducts'],
    variant: ['products', 'pickVariants', 'searchProducts'],
    collection: ['collections', 'pickCollections', 'searchCollections'],
  }[type];
  const chosen = new Map();
  const preselected = new Set(selectionIds.flatMap((one) => [one.id, ...(one.variants ?? []).map((variant) => variant.id)]));
  const list = el('div', { class: 'list', role: 'group' });
  const search = el('input', {
    type: 'search',
    class: 'search',
    'aria-label': word(searchWord),
    placeholder: word(searchWord),
    value: query,
  });
  const limit = multiple === true ? Number.POSITIVE_INFINITY : Number(multiple) || 1;

  const option = (item, label) => {
    if (preselected.delete(item.id)) chosen.set(item.id, item);
    const input = el('input', { type: limit === 1 ? 'radio' : 'checkbox', name: 'picked', checked: chosen.has(item.id) });
    input.addEventListener('change', () => {
      if (limit === 1) chosen.clear();
      if (input.checked && chosen.size < limit) chosen.set(item.id, item);
      else {
        chosen.delete(item.id);
        input.checked = false;
      }
    });
    return el('label', {}, input, label);
  };
  const fill = async () => {
    const { rows } = await getJson(`/sandbox/face/${from}?shop=${encodeURIComponent(shop)}&q=${encodeURIComponent(search.value)}&limit=50`);
    const options = rows.flatMap((product) =>
      type !== 'variant'
        ? [option(product, product.title)]
        : product.variants.map((variant) =>
            option({ ...variant, product: { id: product.id, title: product.title } }, `${product.title} · ${variant.sku ?? variant.title}`),
          ),
    );
    list.replaceChildren(...(options.length > 0 ? options : [el('p', { class: 'soft', style: 'padding:0 12px' }, word('nothing'))]));
  };
  return new Promise((resolve, reject) => {
    const dialog = el(
      'dialog',
      { class: 'box', 'aria-labelledby': 'pick-title' },
      el('h2', { id: 'pick-title' }, word(title)),
      search,
      list,
      el(
        'footer',
        {},
        el('button', { type: 'button', class: 'button', onclick: () => dialog.close('') }, word('cancel')),
        el('button', { type: 'button', class: 'button primary', onclick: () => dialog.close('add') }, word('add')),
      ),
    );
    let timer;
    search.addEventListener('input', () => {
      clearTimeout(timer);
      timer = setTimeout(() => void fill().catch(reject), 150);
    });
    dialog.addEventListener('close', () => {
      dialog.remove();
      const selection = [...chosen.values()];
      resolve(dialog.returnValue === 'add' ? selection : undefined);
    });
    document.body.append(dialog);
    dialog.showModal();
    fill().catch(reject);
  });
}
