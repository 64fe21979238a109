import { BlockStack, InlineStack, Text } from '@shopify/polaris';
import { useTranslation } from 'react-i18next';
import type { LikeAccount } from '../identity/index.server.ts';
import { CustomerLink } from './customer-link.tsx';
import { PageSection } from './page-section.tsx';

/** Other accounts that look like the person of one; nothing where there are none. */
export function LikeAccounts({ accounts }: { accounts: readonly LikeAccount[] }) {
  const { t } = useTranslation();
  if (accounts.length === 0) return null;
  return (
    <PageSection title={t('misuse.like')} text={t('misuse.likeText')}>
      <BlockStack gap="200">
        {accounts.map(({ customerId, name, signals }) => (
          <InlineStack key={String(customerId)} gap="200" align="space-between">
            <CustomerLink id={customerId} name={name} />
            <Text as="span" tone="subdued">
              {signals.map((signal) => t(`misuse.signals.${signal}`)).join(', ')}
            </Text>
          </InlineStack>
        ))}
      </BlockStack>
    </PageSection>
  );
}
