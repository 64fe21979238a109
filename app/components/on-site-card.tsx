import { useFetcher } from '@remix-run/react';
import { Banner, BlockStack, Button, Card, Checkbox, InlineStack, Text } from '@shopify/polaris';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

/** Whether customers' offers stand in their metafields; the page's own action saves it under the intent "onSite". */
export function OnSiteCard({ onSite }: { onSite: boolean }) {
  const { t } = useTranslation();
  const fetcher = useFetcher<{ readonly kind: string }>();
  const [wanted, setWanted] = useState(onSite);
  return (
    <Card>
      <fetcher.Form method="post">
        <input type="hidden" name="intent" value="onSite" />
        <BlockStack gap="300">
          <Text as="h2" variant="headingMd">
            {t('handOver.onSite')}
          </Text>
          <Text as="p" tone="subdued">
            {t('handOver.onSiteText')}
          </Text>
          {fetcher.data?.kind === 'ok' ? <Banner tone="success" title={t('handOver.onSiteSaved')} /> : null}
          <Checkbox label={t('handOver.onSiteLabel')} name="onSite" value="on" checked={wanted} onChange={setWanted} />
          <InlineStack>
            <Button submit loading={fetcher.state !== 'idle'}>
              {t('app.save')}
            </Button>
          </InlineStack>
        </BlockStack>
      </fetcher.Form>
    </Card>
  );
}
