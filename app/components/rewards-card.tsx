import { useFetcher } from '@remix-run/react';
import { Badge, Banner, BlockStack, Button, Card, InlineStack, Link, Text, TextField } from '@shopify/polaris';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { CustomerRewards, RedeemOutcome, ShownRedemption } from '../loyalty/index.server.ts';
import { rewardWords } from './reward-words.ts';
import { useShop } from './shop-context.tsx';

type Choice = CustomerRewards['choices'][number];

/** What a customer may have for points, and what was redeemed. */
export function RewardsCard({ rewards }: { rewards: CustomerRewards }) {
  const { t } = useTranslation();
  if (rewards.choices.length === 0 && rewards.redemptions.length === 0) return null;
  return (
    <Card>
      <BlockStack gap="400">
        <Text as="h2" variant="headingMd">
          {t('rewards.title')}
        </Text>
        {/* A key a redemption: what was pressed twice is one. */}
        <Choices key={String(rewards.redemptions[0]?.id ?? '')} rewards={rewards} />
        <BlockStack gap="200">
          <Text as="h3" variant="headingSm">
            {t('rewards.history')}
          </Text>
          {rewards.redemptions.length === 0 ? (
            <Text as="p" tone="subdued">
              {t('rewards.noneYet')}
            </Text>
          ) : null}
          {rewards.redemptions.map((redemption) => (
            <Redemption key={String(redemption.id)} redemption={redemption} />
          ))}
        </BlockStack>
      </BlockStack>
    </Card>
  );
}

function Choices({ rewards }: { rewards: CustomerRewards }) {
  const { t } = useTranslation();
  const fetcher = useFetcher<RedeemOutcome>({ key: 'redeem' });
  const shop = useShop();
  const [key] = useState(() => crypto.randomUUID());
  const answer = fetcher.data;
  const redeem = (reward: Choice, steps: string): void => {
    fetcher.submit({ intent: 'redeem', reward: String(reward.id), steps, key }, { method: 'post' });
  };
  return (
    <BlockStack gap="300">
      {answer?.kind === 'refused' ? <Banner tone="warning" title={t(`rewards.refused.${answer.why}`)} /> : null}
      {answer?.kind === 'ok' ? <Banner tone="success" title={t('rewards.ok', { points: shop.number(answer.points) })} /> : null}
      {rewards.choices.map((choice) => (
        <ChoiceRow key={choice.id} choice={choice} available={rewards.available} busy={fetcher.state !== 'idle'} onRedeem={redeem} />
      ))}
    </BlockStack>
  );
}

type RowProps = {
  readonly choice: Choice;
  readonly available: bigint;
  readonly busy: boolean;
  readonly onRedeem: (choice: Choice, steps: string) => void;
};

function ChoiceRow({ choice, available, busy, onRedeem }: RowProps) {
  const { t } = useTranslation();
  const shop = useShop();
  const [steps, setSteps] = useState('1');
  const missing = BigInt(choice.points) - available;
  const canHave = choice.steps > 0;
  return (
    <InlineStack align="space-between" blockAlign="center" gap="300">
      <BlockStack gap="050">
        <Text as="p">{choice.title}</Text>
        <Text as="p" tone="subdued" variant="bodySm">
          {rewardWords(choice.terms, { t, shop })} · {shop.number(choice.points)} {t('rewards.cost')}
        </Text>
      </BlockStack>
      {canHave ? (
        <InlineStack gap="200" blockAlign="end">
          {choice.terms.sliding ? (
            <TextField
              label={t('rewards.steps')}
              labelHidden
              type="number"
              min={1}
              max={choice.steps}
              value={steps}
              onChange={setSteps}
              autoComplete="off"
              helpText={t('rewards.stepsHelp', { steps: shop.number(choice.steps), points: shop.number(choice.points) })}
            />
          ) : null}
          <Button
            disabled={busy}
            accessibilityLabel={t('rewards.redeemFor', { reward: choice.title })}
            onClick={() => onRedeem(choice, choice.terms.sliding ? steps : '1')}
          >
            {t('rewards.redeem')}
          </Button>
        </InlineStack>
      ) : (
        <Text as="p" tone="subdued">
          {missing > 0n ? t('rewards.missing', { points: shop.number(Number(missing)) }) : t('rewards.tooOften')}
        </Text>
      )}
    </InlineStack>
  );
}

const TONES: Readonly<Partial<Record<ShownRedemption['state'], 'success' | 'critical' | 'info' | 'attention'>>> = {
  ready: 'success',
  used: 'info',
  done: 'info',
  refused: 'critical',
  open: 'attention',
};

function Redemption({ redemption }: { redemption: ShownRedemption }) {
  const { t } = useTranslation();
  const shop = useShop();
  const fetcher = useFetcher<{ readonly kind: 'ok' | 'late' }>();
  const { state, code, endsAt, use, error, title } = redemption;
  const canCancel = state === 'ready' || state === 'open';
  return (
    <InlineStack align="space-between" blockAlign="center" gap="300">
      <BlockStack gap="050">
        <InlineStack gap="200">
          <Text as="p">{title}</Text>
          <Badge tone={TONES[state]}>{t(`rewards.states.${state}`)}</Badge>
        </InlineStack>
        {code && state !== 'refused' ? (
          <Text as="p" fontWeight="semibold">
            {code}
          </Text>
        ) : null}
        <Text as="p" tone="subdued" variant="bodySm">
          {[
            `−${shop.number(redemption.points)}`,
            shop.time(redemption.at),
            ...(endsAt && state === 'ready' ? [t('rewards.until', { day: shop.date(endsAt) })] : []),
          ].join(' · ')}
        </Text>
        {use ? <Link url={`/app/orders/${use.orderId}`}>{t('rewards.byOrder', { order: String(use.orderId) })}</Link> : null}
        {error ? (
          <Text as="p" tone="critical" variant="bodySm">
            {error}
          </Text>
        ) : null}
        {fetcher.data?.kind === 'late' ? (
          <Text as="p" tone="critical">
            {t('rewards.refused.late')}
          </Text>
        ) : null}
      </BlockStack>
      {canCancel ? (
        <Button
          loading={fetcher.state !== 'idle'}
          accessibilityLabel={t('rewards.cancelOf', { reward: title })}
          onClick={() => fetcher.submit({ intent: 'cancel', redemption: String(redemption.id) }, { method: 'post' })}
        >
          {t('rewards.cancel')}
        </Button>
      ) : null}
    </InlineStack>
  );
}
