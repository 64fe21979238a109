import { BlockStack, Button, FormLayout, InlineStack, Select, Text, TextField } from '@shopify/polaris';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { armLetter } from '../campaigns/arms.ts';
import { EMPTY_OFFER, FormSection, type CampaignPart, type PickedProduct, type TypedOffer } from './campaign-form-parts.tsx';
import { useShop } from './shop-context.tsx';

const MOST_OFFERS = 4;
/** What a redemption leaves, minor units; its share in hundredths of a percent. */
export type ShownMargin = { readonly paid: bigint; readonly margin: bigint; readonly share: number };

/** The offers of a campaign, one to four, and what they take off from. */
export function OfferFields({ part, margins }: { part: CampaignPart; margins: readonly (ShownMargin | null)[] }) {
  const { t } = useTranslation();
  const { form, problems } = part;
  const several = form.offers.length > 1;
  return (
    <FormSection title={t('campaigns.offer')}>
      {form.offers.map((_, at) => (
        // oxlint-disable-next-line react/no-array-index-key -- an offer is its place
        <OfferRow key={at} part={part} at={at} margin={margins[at]} />
      ))}
      {problems['offers'] ? (
        <Text as="p" tone="critical">
          {t(problems['offers'])}
        </Text>
      ) : null}
      {several ? (
        <Text as="p" tone="subdued">
          {t('proof.severalOffers')}
        </Text>
      ) : null}
      <InlineStack>
        <Button disabled={form.offers.length >= MOST_OFFERS} onClick={() => part.set({ offers: [...form.offers, EMPTY_OFFER] })}>
          {t('proof.addOffer')}
        </Button>
      </InlineStack>
      <Goods part={part} />
      <Text as="p" tone="subdued">
        {t('campaigns.oneUse')}
      </Text>
    </FormSection>
  );
}

function OfferRow({ part, at, margin }: { part: CampaignPart; at: number; margin: ShownMargin | null | undefined }) {
  const { t } = useTranslation();
  const { form } = part;
  const offer = form.offers[at];
  if (!offer) return null;
  const row: OfferPart = {
    offer,
    set: (change) => part.set({ offers: form.offers.map((one, place) => (place === at ? { ...one, ...change } : one)) }),
    wrong(field) {
      const problem = part.problems[`offer.${at}${field}`];
      return problem ? t(problem) : undefined;
    },
  };
  const letter = armLetter(at + 1);
  return (
    <BlockStack gap="200">
      {form.offers.length > 1 ? (
        <InlineStack align="space-between" blockAlign="center">
          <Text as="h3" variant="headingSm">
            {t('proof.offerOf', { letter })}
          </Text>
          <Button variant="plain" onClick={() => part.set({ offers: form.offers.filter((_, place) => place !== at) })}>
            {t('proof.removeOffer', { letter })}
          </Button>
        </InlineStack>
      ) : null}
      <FormLayout>
        <FormLayout.Group>
          <Select
            label={t('campaigns.kind')}
            name="kind"
            options={[
              { label: t('campaigns.percent'), value: 'percent' },
              { label: t('campaigns.amount'), value: 'amount' },
              { label: t('offers.shipping'), value: 'shipping' },
              { label: t('offers.gets'), value: 'gets' },
            ]}
            value={offer.kind}
            onChange={(kind) => row.set({ kind })}
            error={row.wrong('.value') === undefined ? row.wrong('') : undefined}
          />
          <Value row={row} />
        </FormLayout.Group>
        {offer.kind === 'gets' ? <Gets row={row} /> : <Minimums row={row} />}
      </FormLayout>
      {/* Each offer sends each field, whichever it shows: fields of one name are told apart by their place. */}
      {hiddenOf(offer.kind).map((name) => (
        <input key={name} type="hidden" name={name} value={offer[name]} />
      ))}
      <div aria-live="polite">{margin === undefined ? null : <Margin margin={margin} />}</div>
    </BlockStack>
  );
}

type OfferPart = {
  readonly offer: TypedOffer;
  set(change: Partial<TypedOffer>): void;
  /** What is wrong with a field (`.value`) or the offer (empty), in words. */
  wrong(field: string): string | undefined;
};

const hiddenOf = (kind: string) => (kind === 'gets' ? (['minimum', 'pieces', 'given'] as const) : (['buys', 'gets', 'given'] as const));

type Field = 'value' | 'minimum' | 'pieces' | 'buys' | 'gets';

function OfferField({ row, name, label, help, prefix }: { row: OfferPart; name: Field; label: string; help?: string; prefix?: string }) {
  return (
    <TextField
      label={label}
      name={name}
      value={row.offer[name]}
      onChange={(value) => row.set({ [name]: value })}
      error={row.wrong(`.${name}`)}
      helpText={help}
      prefix={prefix}
      autoComplete="off"
    />
  );
}

function Value({ row }: { row: OfferPart }) {
  const { t } = useTranslation();
  const shop = useShop();
  switch (row.offer.kind) {
    case 'amount':
      return <OfferField row={row} name="value" label={t('campaigns.value')} prefix={shop.currency} />;
    case 'shipping':
      return <OfferField row={row} name="value" label={t('offers.upTo')} help={t('offers.upToHelp')} prefix={shop.currency} />;
    case 'gets':
      return <OfferField row={row} name="value" label={t('offers.off')} help={t('offers.offHelp')} prefix="%" />;
    default:
      return <OfferField row={row} name="value" label={t('campaigns.value')} prefix="%" />;
  }
}

function Minimums({ row }: { row: OfferPart }) {
  const { t } = useTranslation();
  const shop = useShop();
  return (
    <FormLayout.Group>
      <OfferField row={row} name="minimum" label={t('campaigns.minimum')} help={t('campaigns.minimumHelp')} prefix={shop.currency} />
      <OfferField row={row} name="pieces" label={t('offers.pieces')} help={t('offers.piecesHelp')} />
    </FormLayout.Group>
  );
}

function Gets({ row }: { row: OfferPart }) {
  const { t } = useTranslation();
  const { offer } = row;
  const ids = offer.given === '' ? [] : offer.given.split(',');
  const pick = async (): Promise<void> => {
    const picked = await pickFrom('product', ids);
    if (picked) row.set({ given: picked.map(({ id }) => id).join(','), titles: picked.map(({ title }) => title).join(', ') });
  };
  const problem = row.wrong('.given');
  return (
    <>
      <FormLayout.Group>
        <OfferField row={row} name="buys" label={t('offers.buys')} help={t('offers.buysHelp')} />
        <OfferField row={row} name="gets" label={t('offers.getsPieces')} />
      </FormLayout.Group>
      <InlineStack gap="200" blockAlign="center">
        <Button onClick={() => void pick()}>{t('offers.pickGiven')}</Button>
        <Text as="p" tone="subdued">
          {ids.length === 0 ? t('offers.noneGiven') : t('proof.products', { count: ids.length, titles: offer.titles })}
        </Text>
      </InlineStack>
      {problem ? (
        <Text as="p" tone="critical">
          {problem}
        </Text>
      ) : null}
    </>
  );
}

function Margin({ margin }: { margin: ShownMargin | null }) {
  const { t } = useTranslation();
  const shop = useShop();
  return (
    <Text as="p" tone={margin && margin.margin < 0n ? 'critical' : 'subdued'}>
      {margin === null
        ? t('proof.marginUnknown')
        : t('proof.margin', {
            paid: shop.money(margin.paid),
            margin: shop.money(margin.margin),
            share: `${shop.number(Math.round(margin.share / 10) / 10)}%`,
          })}
    </Text>
  );
}

/** The store's own picker. @returns null where the person closed it. */
export async function pickFrom(type: 'product' | 'collection', ids: readonly string[]): Promise<PickedProduct[] | null> {
  const gid = type === 'product' ? 'Product' : 'Collection';
  const picked = await window.shopify.resourcePicker({
    type,
    multiple: true,
    action: 'select',
    ...(type === 'product' ? { filter: { variants: false } } : {}),
    selectionIds: ids.map((id) => ({ id: `gid://shopify/${gid}/${id}` })),
  });
  return picked?.map((one): PickedProduct => ({ id: one.id.split('/').at(-1) ?? '', title: one.title })) ?? null;
}

/** Products or collections of the store's own picker; none means the whole order. */
function Goods({ part }: { part: CampaignPart }) {
  const { t } = useTranslation();
  const { products, collections } = part.form;
  // What was wrong is wrong no longer, or not known to be, once something else is picked.
  const [mended, setMended] = useState<CampaignPart['problems'] | null>(null);
  const problem = mended === part.problems ? undefined : (part.problems['products'] ?? part.problems['collections']);
  const set = (change: Partial<Pick<CampaignPart['form'], 'products' | 'collections'>>): void => {
    setMended(part.problems);
    part.set({ products: [], collections: [], ...change });
  };
  const picked = (): string => {
    const told = (of: readonly PickedProduct[]) => ({ count: of.length, titles: of.map(({ title }) => title).join(', ') });
    if (collections.length > 0) return t('offers.collections', told(collections));
    return products.length === 0 ? t('proof.wholeOrder') : t('proof.products', told(products));
  };
  const pickProducts = async (): Promise<void> => {
    const chosen = await pickFrom(
      'product',
      products.map(({ id }) => id),
    );
    if (chosen) set({ products: chosen });
  };
  const pickCollections = async (): Promise<void> => {
    const chosen = await pickFrom(
      'collection',
      collections.map(({ id }) => id),
    );
    if (chosen) set({ collections: chosen });
  };
  return (
    <BlockStack gap="200">
      <Text as="p">
        {t('proof.appliesTo')}: {picked()}
      </Text>
      {collections.length === 0 ? null : (
        <Text as="p" tone="subdued">
          {t('offers.collectionsHelp')}
        </Text>
      )}
      {products.map(({ id }) => (
        <input key={id} type="hidden" name="product" value={id} />
      ))}
      {collections.map(({ id }) => (
        <input key={id} type="hidden" name="collection" value={id} />
      ))}
      {problem ? (
        <Text as="p" tone="critical">
          {t(problem)}
        </Text>
      ) : null}
      <InlineStack gap="200">
        <Button onClick={() => void pickProducts()}>{t('proof.pick')}</Button>
        <Button onClick={() => void pickCollections()}>{t('offers.pickCollections')}</Button>
        {products.length === 0 ? null : <Button onClick={() => set({})}>{t('proof.clear')}</Button>}
        {collections.length === 0 ? null : <Button onClick={() => set({})}>{t('offers.clearCollections')}</Button>}
      </InlineStack>
    </BlockStack>
  );
}
