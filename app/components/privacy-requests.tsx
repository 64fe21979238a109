import { useRevalidator } from '@remix-run/react';
import { Badge, BlockStack, Button, Card, DataTable, Link, Text } from '@shopify/polaris';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useShop } from './shop-context.tsx';

export type ShownPrivacyRequest = {
  id: bigint;
  kind: string;
  customerId: bigint | null;
  receivedAt: Date;
  dueOn: Date;
  completedAt: Date | null;
  state: 'open' | 'late' | 'done';
};

const TONES = { open: 'attention', late: 'critical', done: 'success' } as const;
const KINDS = ['data_request', 'customer_redact', 'shop_redact'] as const;

/** What customers and Shopify have asked for; a data request's file is fetched from here, which marks it done. */
export function PrivacyRequests({ requests }: { requests: readonly ShownPrivacyRequest[] }) {
  const { t } = useTranslation();
  const shop = useShop();
  const kindOf = (kind: string): string => (KINDS.some((known) => known === kind) ? t(`privacy.kinds.${kind}`) : kind);
  return (
    <Card>
      <BlockStack gap="300">
        <Text as="h2" variant="headingMd">
          {t('privacy.title')}
        </Text>
        <p>{t('privacy.text')}</p>
        {requests.length === 0 ? (
          <Text as="p" tone="subdued">
            {t('privacy.none')}
          </Text>
        ) : (
          <DataTable
            columnContentTypes={['text', 'text', 'text', 'text', 'text', 'text']}
            headings={[t('privacy.kind'), t('privacy.customer'), t('privacy.received'), t('privacy.due'), t('privacy.state'), '']}
            rows={requests.map((request) => [
              kindOf(request.kind),
              <Customer key="customer" id={request.customerId} />,
              shop.date(request.receivedAt),
              shop.day(request.dueOn),
              <Badge key="state" tone={TONES[request.state]}>
                {request.completedAt
                  ? t('privacy.states.done', { date: shop.date(request.completedAt) })
                  : t(`privacy.states.${request.state}`)}
              </Badge>,
              request.kind === 'data_request' ? <Download key="file" id={request.id} /> : null,
            ])}
          />
        )}
      </BlockStack>
    </Card>
  );
}

function Customer({ id }: { id: bigint | null }) {
  const { t } = useTranslation();
  return id === null ? t('privacy.nobody') : <Link url={`/app/customers/${id}`}>{t('customers.noName', { id: String(id) })}</Link>;
}

/** App Bridge's fetch carries the session, so the file comes by fetch and not by a plain link. */
function Download({ id }: { id: bigint }) {
  const { t } = useTranslation();
  const { revalidate } = useRevalidator();
  const [busy, setBusy] = useState(false);
  const save = async (): Promise<void> => {
    setBusy(true);
    try {
      const response = await fetch(`/app/privacy/${id}`);
      if (!response.ok) throw new Error(String(response.status));
      const link = document.createElement('a');
      link.href = URL.createObjectURL(await response.blob());
      link.download = `request-${id}.json`;
      link.click();
      URL.revokeObjectURL(link.href);
      revalidate();
    } catch {
      window.shopify?.toast?.show(t('error.title'), { isError: true });
    } finally {
      setBusy(false);
    }
  };
  return (
    <Button variant="plain" onClick={() => void save()} loading={busy}>
      {t('privacy.download')}
    </Button>
  );
}
