import { BlockStack, Card, InlineStack, Text } from '@shopify/polaris';
import { useTranslation } from 'react-i18next';
import type { Standing } from '../audience/index.server.ts';
import { ModelNote } from './model-note.tsx';
import { useShop } from './shop-context.tsx';

/** A customer's scores and group, and what is to be expected; or why there is nothing. */
export function StandingCard({ standing, hasOrders }: { standing: Standing; hasOrders: boolean }) {
  const { t } = useTranslation();
  const shop = useShop();
  const { scores, value, model } = standing;
  return (
    <Card>
      <BlockStack gap="300">
        <Text as="h2" variant="headingMd">
          {t('audience.standing')}
        </Text>
        {scores ? (
          <BlockStack gap="100">
            <Text as="p" fontWeight="semibold">
              {t('audience.standingSince', { group: t(`audience.groups.${scores.group}`), date: shop.day(scores.since) })}
            </Text>
            <Fact label={t('audience.recency')} value={t('audience.ofFive', { score: scores.r })} />
            <Fact label={t('audience.frequency')} value={t('audience.ofFive', { score: scores.f })} />
            <Fact label={t('audience.monetary')} value={t('audience.ofFive', { score: scores.m })} />
          </BlockStack>
        ) : (
          <Text as="p">
            {hasOrders ? t('audience.standingTonight') : t('audience.standingProspect', { group: t('audience.groups.PROSPECTS') })}
          </Text>
        )}
        {value ? (
          <Expected value={value} />
        ) : !hasOrders ? null : model.state === 'fitted' ? (
          <Text as="p" tone="subdued">
            {t('audience.valueTonight')}
          </Text>
        ) : (
          <BlockStack gap="100">
            <ModelNote model={model} />
          </BlockStack>
        )}
      </BlockStack>
    </Card>
  );
}

function Expected({ value }: { value: NonNullable<Standing['value']> }) {
  const { t } = useTranslation();
  const shop = useShop();
  const { alive, orders52w, spend52w, nextOrderOn, isLate } = value;
  const next = nextOrderOn && shop.day(nextOrderOn);
  return (
    <BlockStack gap="100">
      <Fact label={t('audience.alive')} value={shop.share(alive)} />
      <Fact label={t('audience.orders12')} value={shop.number(Math.round(orders52w * 10) / 10)} />
      <Fact label={t('audience.spend12')} value={spend52w === null ? t('app.unknown') : shop.money(spend52w)} />
      <Fact
        label={t('audience.nextOrder')}
        value={next === null ? t('audience.nextNone') : isLate ? t('audience.nextLate', { date: next }) : next}
      />
    </BlockStack>
  );
}

function Fact({ label, value }: { label: string; value: string }) {
  return (
    <InlineStack align="space-between" gap="200">
      <Text as="span" tone="subdued">
        {label}
      </Text>
      <Text as="span" numeric>
        {value}
      </Text>
    </InlineStack>
  );
}
