import type { LoaderFunctionArgs } from '@remix-run/node';
import { useLoaderData } from '@remix-run/react';
import { Badge, Banner, BlockStack, Card, DataTable, InlineGrid, Link, Page, Text } from '@shopify/polaris';
import { useTranslation } from 'react-i18next';
import { noteAudit } from '../audit/index.server.ts';
import { FigureCard } from '../components/figure-card.tsx';
import { NotFound } from '../components/not-found.tsx';
import { useShop } from '../components/shop-context.tsx';
import { parseId } from '../core/gid.ts';
import { authenticateAdmin } from '../entry/authenticate.server.ts';
import { orderPage } from '../record/index.server.ts';

export async function loader({ request, params, context }: LoaderFunctionArgs) {
  const scope = await authenticateAdmin(request, context);
  const id = parseId(params.id);
  const page = id === null ? null : await orderPage(scope, id);
  if (page) await noteAudit(scope, { action: 'order.viewed', subject: `order/${page.order.id}` });
  return { page };
}

export default function OrderPage() {
  const { page } = useLoaderData<typeof loader>();
  const { t } = useTranslation();
  const shop = useShop();
  if (!page) return <NotFound back="/app/orders" />;
  const { order, lines, refunds, uses, customer } = page;
  const name = customer && [customer.firstName, customer.lastName].filter(Boolean).join(' ');
  return (
    <Page
      title={order.name}
      subtitle={shop.time(order.processedAt)}
      backAction={{ content: t('orders.title'), url: '/app/orders' }}
      titleMetadata={<Badge>{(order.financialStatus ?? t('app.unknown')).replaceAll('_', ' ')}</Badge>}
    >
      <BlockStack gap="400">
        {order.test ? <Banner tone="info" title={t('orders.test')} /> : null}
        {order.cancelledAt ? <Banner tone="warning" title={`${t('orders.cancelled')}: ${shop.time(order.cancelledAt)}`} /> : null}
        <InlineGrid columns={{ xs: 2, md: 4 }} gap="300">
          <FigureCard label={t('orders.gross')} value={shop.money(order.gross)} />
          <FigureCard label={t('orders.discount')} value={shop.money(order.discounts)} />
          <FigureCard label={t('orders.returned')} value={shop.money(order.returned + order.cancelled)} />
          <FigureCard label={t('orders.net')} value={shop.money(order.net)} />
        </InlineGrid>
        <Card>
          <BlockStack gap="300">
            <Text as="h2" variant="headingMd">
              {t('orders.customer')}
            </Text>
            {order.customerId === null ? (
              <p>{t('orders.guest')}</p>
            ) : (
              <Link url={`/app/customers/${order.customerId}`}>{name || String(order.customerId)}</Link>
            )}
            {uses.some((use) => use.code) ? (
              <p>
                {t('orders.codes')}: {uses.flatMap((use) => use.code ?? []).join(', ')}
              </p>
            ) : null}
          </BlockStack>
        </Card>
        <Card>
          <BlockStack gap="300">
            <Text as="h2" variant="headingMd">
              {t('orders.lines')}
            </Text>
            <DataTable
              columnContentTypes={['text', 'numeric', 'numeric', 'numeric']}
              headings={[t('orders.item'), t('orders.quantity'), t('orders.price'), t('orders.discount')]}
              rows={lines.map((line) => [
                [line.title, line.variantTitle].filter(Boolean).join(' · '),
                shop.number(line.quantity),
                shop.money(line.unitPrice),
                shop.money(line.discount),
              ])}
            />
          </BlockStack>
        </Card>
        <Card>
          <BlockStack gap="300">
            <Text as="h2" variant="headingMd">
              {t('orders.refunds')}
            </Text>
            {refunds.length === 0 ? (
              <Text as="p" tone="subdued">
                {t('orders.noRefunds')}
              </Text>
            ) : null}
            {refunds.map((refund) => (
              <Text as="p" key={String(refund.id)}>
                {shop.time(refund.createdAt)}: {shop.money(refund.itemsReturned)} {refund.note ? `· ${refund.note}` : ''}
              </Text>
            ))}
          </BlockStack>
        </Card>
      </BlockStack>
    </Page>
  );
}
