import { Banner, BlockStack, Button, InlineStack, List, Text } from '@shopify/polaris';
import { useTranslation } from 'react-i18next';
import { armLetter } from '../campaigns/arms.ts';
import { useShop } from './shop-context.tsx';

export type ShownRisks = {
  readonly runningOut: readonly { readonly productId: string; readonly title: string; readonly on: string }[];
  readonly canLeaveOut: boolean;
  readonly narrowed: number | 'too-many' | null;
  readonly belowFloor: readonly { readonly place: number; readonly margin: bigint; readonly share: number; readonly floor: number }[];
};

/** Why a campaign was not begun, and the buttons by which the merchant agrees where that is possible; inside its form. */
export function CampaignRisks({ risks }: { risks: ShownRisks }) {
  const { t } = useTranslation();
  const shop = useShop();
  const percent = (share: number): string => `${shop.number(Math.round(share / 10) / 10)}%`;
  const { runningOut, belowFloor, canLeaveOut, narrowed } = risks;
  const out = runningOut.length > 0;
  const low = belowFloor.length > 0;
  const mayBegin = !out || canLeaveOut;
  return (
    <BlockStack gap="300">
      {out ? (
        <Banner tone="critical" title={t('proof.runningOut')}>
          <List>
            {runningOut.map(({ productId, title, on }) => (
              <List.Item key={productId}>{t('proof.runsOut', { title, on: shop.day(on) })}</List.Item>
            ))}
          </List>
          {narrowed === null ? null : (
            <Text as="p">{narrowed === 'too-many' ? t('offers.tooMany') : t('offers.narrows', { count: narrowed })}</Text>
          )}
        </Banner>
      ) : null}
      {low ? (
        <Banner tone="warning" title={t('proof.belowFloor')}>
          <List>
            {belowFloor.map(({ place, margin, share, floor }) => (
              <List.Item key={place}>
                {t('proof.lowOffer', {
                  letter: armLetter(place + 1),
                  margin: shop.money(margin),
                  share: percent(share),
                  floor: percent(floor),
                })}
              </List.Item>
            ))}
          </List>
        </Banner>
      ) : null}
      {mayBegin ? (
        <InlineStack gap="200">
          {out ? <input type="hidden" name="agreed" value="leave-out" /> : null}
          {low ? <input type="hidden" name="agreed" value="below-floor" /> : null}
          <Button submit>{[...(out ? [t('proof.leaveOut')] : []), ...(low ? [t('proof.goBelow')] : [])].join(' · ')}</Button>
        </InlineStack>
      ) : null}
    </BlockStack>
  );
}
