import { BlockStack, Button, FormLayout, InlineStack, Select, Text, TextField } from '@shopify/polaris';
import { useTranslation } from 'react-i18next';
import { armLetter } from '../campaigns/arms.ts';
import { FormSection, type CampaignPart, type PickedProduct, type TypedOffer } from './campaign-form-parts.tsx';
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
        <Button
          disabled={form.offers.length >= MOST_OFFERS}
          onClick={() => part.set({ offers: [...form.offers, { kind: 'percent', value: '', minimum: '' }] })}
        >
          {t('proof.addOffer')}
        </Button>
      </InlineStack>
      <Products part={part} />
      <Text as="p" tone="subdued">
        {t('campaigns.oneUse')}
      </Text>
    </FormSection>
  );
}

function OfferRow({ part, at, margin }: { part: CampaignPart; at: number; margin: ShownMargin | null | undefined }) {
  const { t } = useTranslation();
  const shop = useShop();
  const { form, problems } = part;
  const offer = form.offers[at];
  if (!offer) return null;
  const set = (change: Partial<TypedOffer>): void =>
    part.set({ offers: form.offers.map((one, place) => (place === at ? { ...one, ...change } : one)) });
  const wrong = (field: string): string | undefined => {
    const problem = problems[`offer.${at}${field}`];
    return problem ? t(problem) : undefined;
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
            ]}
            value={offer.kind}
            onChange={(kind) => set({ kind })}
          />
          <TextField
            label={t('campaigns.value')}
            name="value"
            value={offer.value}
            onChange={(value) => set({ value })}
            error={wrong('.value') ?? wrong('')}
            prefix={offer.kind === 'percent' ? '%' : shop.currency}
            autoComplete="off"
          />
          <TextField
            label={t('campaigns.minimum')}
            name="minimum"
            value={offer.minimum}
            onChange={(minimum) => set({ minimum })}
            error={wrong('.minimum')}
            prefix={shop.currency}
            helpText={t('campaigns.minimumHelp')}
            autoComplete="off"
          />
        </FormLayout.Group>
      </FormLayout>
      <div aria-live="polite">{margin === undefined ? null : <Margin margin={margin} />}</div>
    </BlockStack>
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

/** Products of the store's own picker; none means the whole order. */
function Products({ part }: { part: CampaignPart }) {
  const { t } = useTranslation();
  const { products } = part.form;
  const problem = part.problems['products'];
  const pick = async (): Promise<void> => {
    const picked = await window.shopify.resourcePicker({
      type: 'product',
      multiple: true,
      action: 'select',
      filter: { variants: false },
      selectionIds: products.map(({ id }) => ({ id: `gid://shopify/Product/${id}` })),
    });
    if (!picked) return;
    const chosen = picked.map((one): PickedProduct => ({ id: one.id.split('/').at(-1) ?? '', title: one.title }));
    part.set({ products: chosen });
  };
  return (
    <BlockStack gap="200">
      <Text as="p">
        {t('proof.appliesTo')}:{' '}
        {products.length === 0
          ? t('proof.wholeOrder')
          : t('proof.products', { count: products.length, titles: products.map(({ title }) => title).join(', ') })}
      </Text>
      {products.map(({ id }) => (
        <input key={id} type="hidden" name="product" value={id} />
      ))}
      {problem ? (
        <Text as="p" tone="critical">
          {t(problem)}
        </Text>
      ) : null}
      <InlineStack gap="200">
        <Button onClick={() => void pick()}>{t('proof.pick')}</Button>
        {products.length === 0 ? null : <Button onClick={() => part.set({ products: [] })}>{t('proof.clear')}</Button>}
      </InlineStack>
    </BlockStack>
  );
}
