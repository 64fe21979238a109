import { useFetcher } from '@remix-run/react';
import { Badge, BlockStack, Button, Card, InlineStack, Text } from '@shopify/polaris';
import { useTranslation } from 'react-i18next';
import type { MemberReferral, NamedReferral } from '../loyalty/index.server.ts';
import { CustomerLink } from './customer-link.tsx';

const KNOWN = ['new', 'held', 'counts', 'refused'] as const;

/** How a referral stands, as a word. */
export function ReferralStatus({ referral }: { referral: NamedReferral }) {
  const { t } = useTranslation();
  const status = KNOWN.find((each) => each === referral.status) ?? 'new';
  if (status === 'counts' && referral.lost) return <Badge>{t('referral.statuses.lost')}</Badge>;
  const tone = { new: 'info', held: 'attention', counts: 'success', refused: 'critical' } as const;
  return <Badge tone={tone[status]}>{t(`referral.statuses.${status}`)}</Badge>;
}

/** A member's link for friends, whom they brought, and who brought them. */
export function ReferralCard({ customerId, referral }: { customerId: bigint; referral: MemberReferral }) {
  const { t } = useTranslation();
  const fetcher = useFetcher();
  const { active, code, referrals } = referral;
  if (!active && !code && referrals.length === 0) return null;
  return (
    <Card>
      <BlockStack gap="300">
        <Text as="h2" variant="headingMd">
          {t('referral.card')}
        </Text>
        {code ? <Code code={code} /> : null}
        {active && !code ? (
          <InlineStack>
            <Button loading={fetcher.state !== 'idle'} onClick={() => fetcher.submit({ intent: 'referral' }, { method: 'post' })}>
              {t('referral.make')}
            </Button>
          </InlineStack>
        ) : null}
        {referrals.length === 0 ? (
          <Text as="p" tone="subdued">
            {t('referral.broughtNone')}
          </Text>
        ) : null}
        {referrals.map((each) => (
          <InlineStack key={String(each.friendId)} align="space-between" gap="200">
            {each.referrerId === customerId ? (
              <CustomerLink id={each.friendId} name={t('referral.brought', { name: each.friend ?? String(each.friendId) })} />
            ) : (
              <CustomerLink id={each.referrerId} name={t('referral.broughtBy', { name: each.referrer ?? String(each.referrerId) })} />
            )}
            <ReferralStatus referral={each} />
          </InlineStack>
        ))}
      </BlockStack>
    </Card>
  );
}

function Code({ code }: { code: NonNullable<MemberReferral['code']> }) {
  const { t } = useTranslation();
  if (code.status === 'refused')
    return (
      <Text as="p" tone="critical">
        {t('referral.refusedCode', { error: code.error ?? '' })}
      </Text>
    );
  return (
    <BlockStack gap="050">
      <Text as="p" fontWeight="semibold">
        {code.code}
      </Text>
      <Text as="p" breakWord tone="subdued" variant="bodySm">
        {code.status === 'ready' ? code.link : t('referral.making')}
      </Text>
    </BlockStack>
  );
}
