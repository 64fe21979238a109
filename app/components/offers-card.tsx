import { BlockStack, Card, InlineStack, Link, Text } from '@shopify/polaris';
import { useTranslation } from 'react-i18next';
import { armLetter } from '../campaigns/arms.ts';
import type { CustomerOffers } from '../campaigns/index.server.ts';
import { useCampaignWords } from './campaign-words.tsx';
import { useShop } from './shop-context.tsx';

type Made = CustomerOffers['made'][number];
type Tiers = readonly { readonly id: number; readonly name: string }[];

/** What a customer was offered and when, why, and what the alternative was. */
export function OffersCard({ offers, tiers }: { offers: CustomerOffers; tiers: Tiers }) {
  const { t } = useTranslation();
  const shop = useShop();
  const { made, worst } = offers;
  return (
    <Card>
      <BlockStack gap="400">
        <Text as="h2" variant="headingMd">
          {t('standing.offersTo')}
        </Text>
        {made.length === 0 ? (
          <Text as="p" tone="subdued">
            {t('standing.noOffers')}
          </Text>
        ) : null}
        {worst ? <Text as="p">{t('standing.worst', { amount: shop.money(worst.off), cart: shop.money(worst.cart) })}</Text> : null}
        {made.map((one) => (
          <OneOffer key={one.campaignId} made={one} tiers={tiers} />
        ))}
      </BlockStack>
    </Card>
  );
}

function OneOffer({ made, tiers }: { made: Made; tiers: Tiers }) {
  const { t } = useTranslation();
  const shop = useShop();
  const words = useCampaignWords();
  const said = (position: number): string => {
    const offer = made.arms.find((arm) => arm.position === position)?.offer;
    return offer ? words.offer(offer) : t('standing.nothing');
  };
  const others = made.arms
    .filter(({ position, share }) => position !== made.arm && share > 0)
    .map(({ position, share }) => `${position === 0 ? '' : `${armLetter(position)}: `}${said(position)} (${shop.share(share / 10_000)})`);
  const state = made.redeemed
    ? t('standing.used')
    : made.endsAt
      ? t('standing.validTo', { day: shop.date(new Date(made.endsAt.getTime() - 1)) })
      : '';
  const to = made.standingId === null ? `/app/campaigns/${made.campaignId}` : `/app/standing/${made.standingId}`;
  return (
    <BlockStack gap="100">
      <InlineStack gap="200" align="space-between">
        <Link url={to}>{made.campaign}</Link>
        <Text as="span" tone="subdued">
          {shop.time(made.at)}
        </Text>
      </InlineStack>
      <Text as="p">
        {made.arm === 0 ? t('standing.heldOut') : [said(made.arm), state].filter(Boolean).join(' · ')}{' '}
        {made.code ? <code>{made.code}</code> : null} {made.replaces ? t('misuse.inPlaceOf', { code: made.replaces }) : null}
      </Text>
      <Text as="p" tone="subdued">
        {t('standing.why')}: {words.audience(made.words, tiers)}.{' '}
        {others.length === 0 ? '' : t('standing.chance', { share: shop.share(made.propensity), others: others.join(', ') })}
      </Text>
    </BlockStack>
  );
}
