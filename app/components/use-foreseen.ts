import { useFetcher } from '@remix-run/react';
import { useEffect } from 'react';
import type { TypedCampaign } from './campaign-form-parts.tsx';

type Foreseen = { readonly count: number | null; readonly margins: readonly ({ paid: bigint; margin: bigint; share: number } | null)[] };

/** How many customers the form means and what its offers leave, told anew a moment after each change; null until it is told. */
export function useForeseen(form: TypedCampaign): Foreseen | null {
  const { submit, data } = useFetcher<{ foreseen: Foreseen | null }>();
  const { segment, tiers, lastOrder, days, least, most, consent, offers, products, collections } = form;
  const asked = JSON.stringify({ segment, tiers, lastOrder, days, least, most, consent, offers, products, collections });
  useEffect(() => {
    const timer = setTimeout(() => {
      const body = new FormData();
      for (const [name, value] of Object.entries({
        intent: 'foresee',
        segment,
        lastOrder,
        days,
        least,
        most,
        consent: consent ? 'on' : '',
      }))
        body.set(name, value);
      for (const tier of tiers) body.append('tier', tier);
      for (const { id } of products) body.append('product', id);
      for (const { id } of collections) body.append('collection', id);
      for (const offer of offers) for (const [name, value] of Object.entries(offer)) body.append(name, value);
      submit(body, { method: 'post' });
    }, 400);
    return () => clearTimeout(timer);
    // oxlint-disable-next-line react/exhaustive-deps -- `asked` stands for all that is asked for
  }, [asked, submit]);
  return data?.foreseen ?? null;
}
