import type { ActionFunctionArgs, LoaderFunctionArgs } from '@remix-run/node';
import { Form, useActionData, useLoaderData, useNavigation } from '@remix-run/react';
import { Banner, BlockStack, Button, Card, DataTable, InlineGrid, InlineStack, Page, Text, TextField } from '@shopify/polaris';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { TierChanges } from '../components/tier-changes.tsx';
import { useShop } from '../components/shop-context.tsx';
import { formTexts } from '../core/form.ts';
import { amountOf } from '../core/money.ts';
import { noteAudit } from '../audit/index.server.ts';
import { authenticateAdmin } from '../entry/authenticate.server.ts';
import { saveTiers, tierBoard } from '../loyalty/index.server.ts';

export async function loader({ request, context }: LoaderFunctionArgs) {
  const scope = await authenticateAdmin(request, context);
  const board = await tierBoard(scope);
  // Each change names its customer.
  if (board.changes.length > 0) await noteAudit(scope, { action: 'list.viewed', subject: 'tier-changes' });
  return board;
}

export async function action({ request, context }: ActionFunctionArgs) {
  const scope = await authenticateAdmin(request, context);
  const form = await request.formData();
  const names = formTexts(form, 'name');
  const amounts = formTexts(form, 'threshold').map((text) => amountOf(text, scope.shop.currency));
  const wrong = Object.fromEntries(
    amounts.flatMap((amount, index) => (amount === null ? [[`tiers.${index}.threshold`, 'loyalty.error.amount']] : [])),
  );
  if (Object.keys(wrong).length > 0) return { kind: 'invalid' as const, fields: wrong };
  const result = await saveTiers(
    scope,
    names.map((name, index) => ({ name, threshold: amounts[index] ?? 0n })),
  );
  return result.kind === 'ok' ? { kind: 'saved' as const } : result;
}

export default function Loyalty() {
  const board = useLoaderData<typeof loader>();
  const { t } = useTranslation();
  const shop = useShop();
  return (
    <Page
      title={t('loyalty.title')}
      secondaryActions={[
        { content: t('points.title'), url: '/app/points' },
        { content: t('rewards.title'), url: '/app/rewards' },
        { content: t('referral.title'), url: '/app/referral' },
      ]}
    >
      <BlockStack gap="400">
        <Text as="p" tone="subdued">
          {t('loyalty.intro')}
        </Text>
        <Card>
          <BlockStack gap="300">
            <Text as="h2" variant="headingMd">
              {t('loyalty.board')}
            </Text>
            {board.tiers.length === 0 ? (
              <p>{t('loyalty.preparing')}</p>
            ) : (
              <DataTable
                columnContentTypes={['text', 'numeric', 'numeric', 'numeric']}
                headings={[t('loyalty.name'), t('loyalty.from'), t('loyalty.members'), t('loyalty.spend')]}
                rows={board.tiers.map((tier) => [tier.name, shop.money(tier.threshold), shop.number(tier.members), shop.money(tier.spend)])}
              />
            )}
            <Text as="p" tone="subdued">
              {t('loyalty.below', { count: board.below })}
            </Text>
          </BlockStack>
        </Card>
        {board.tiers.length > 0 ? <TierForm key={board.tiers.map((tier) => tier.id).join()} tiers={board.tiers} /> : null}
        <Card>
          <BlockStack gap="300">
            <Text as="h2" variant="headingMd">
              {t('loyalty.changes')}
            </Text>
            {board.changes.length === 0 ? (
              <Text as="p" tone="subdued">
                {t('loyalty.changesEmpty')}
              </Text>
            ) : (
              <TierChanges changes={board.changes} withCustomer />
            )}
          </BlockStack>
        </Card>
      </BlockStack>
    </Page>
  );
}

function TierForm({ tiers }: { tiers: { name: string; threshold: bigint }[] }) {
  const { t } = useTranslation();
  const shop = useShop();
  const answer = useActionData<typeof action>();
  const { state } = useNavigation();
  const [rows, setRows] = useState(() => tiers.map((tier, key) => ({ key, name: tier.name, threshold: shop.decimal(tier.threshold) })));
  const fields: Readonly<Record<string, string>> = answer?.kind === 'invalid' ? answer.fields : {};
  const wrong = (field: string): string | undefined => (fields[field] ? t(fields[field]) : undefined);
  const change = (key: number, part: Partial<{ name: string; threshold: string }>): void =>
    setRows(rows.map((row) => (row.key === key ? { ...row, ...part } : row)));
  return (
    <Card>
      <Form method="post">
        <BlockStack gap="300">
          <Text as="h2" variant="headingMd">
            {t('loyalty.edit')}
          </Text>
          {answer?.kind === 'saved' ? <Banner tone="success" title={t('loyalty.saved')} /> : null}
          {wrong('tiers') ? <Banner tone="critical" title={wrong('tiers')} /> : null}
          {rows.map((row, index) => (
            <InlineGrid key={row.key} columns={{ xs: 1, sm: '2fr 2fr auto' }} gap="200" alignItems="start">
              <TextField
                label={t('loyalty.name')}
                name="name"
                value={row.name}
                onChange={(name) => change(row.key, { name })}
                autoComplete="off"
                maxLength={60}
                error={wrong(`tiers.${index}.name`)}
              />
              <TextField
                label={t('loyalty.from')}
                name="threshold"
                value={row.threshold}
                onChange={(threshold) => change(row.key, { threshold })}
                autoComplete="off"
                inputMode="decimal"
                prefix={shop.currency}
                error={wrong(`tiers.${index}.threshold`)}
              />
              <div style={{ paddingTop: '1.5rem' }}>
                <Button
                  onClick={() => setRows(rows.filter((other) => other.key !== row.key))}
                  disabled={rows.length === 1}
                  accessibilityLabel={`${t('loyalty.remove')}: ${row.name}`}
                >
                  {t('loyalty.remove')}
                </Button>
              </div>
            </InlineGrid>
          ))}
          <InlineStack gap="200">
            <Button
              onClick={() => setRows([...rows, { key: Math.max(...rows.map((row) => row.key)) + 1, name: '', threshold: '' }])}
              disabled={rows.length >= 10}
            >
              {t('loyalty.add')}
            </Button>
            <Button submit variant="primary" loading={state === 'submitting'}>
              {t('app.save')}
            </Button>
          </InlineStack>
        </BlockStack>
      </Form>
    </Card>
  );
}
