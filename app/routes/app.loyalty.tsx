import type { ActionFunctionArgs, LoaderFunctionArgs } from '@remix-run/node';
import { useLoaderData } from '@remix-run/react';
import { BlockStack, Card, DataTable, Page, Text } from '@shopify/polaris';
import { useTranslation } from 'react-i18next';
import { TierChanges } from '../components/tier-changes.tsx';
import { TierEditor, type TierAnswer } from '../components/tier-editor.tsx';
import { useShop } from '../components/shop-context.tsx';
import { useTierWords } from '../components/tier-words.ts';
import { formText } from '../core/form.ts';
import { noteAudit } from '../audit/index.server.ts';
import { authenticateAdmin } from '../entry/authenticate.server.ts';
import { previewTiers, readTierForm, saveTierForm, tierBoard, typedTiers } from '../loyalty/index.server.ts';

export async function loader({ request, context }: LoaderFunctionArgs) {
  const scope = await authenticateAdmin(request, context);
  const board = await tierBoard(scope);
  // Each change names its customer.
  if (board.changes.length > 0) await noteAudit(scope, { action: 'list.viewed', subject: 'tier-changes' });
  return { ...board, start: typedTiers(board.rules, board.tiers, scope.shop) };
}

export async function action({ request, context }: ActionFunctionArgs): Promise<TierAnswer> {
  const scope = await authenticateAdmin(request, context);
  const sent = await request.formData();
  const form = readTierForm(formText(sent, 'form'));
  if (form === null) throw new Response(null, { status: 400 });
  if (formText(sent, 'intent') === 'preview') {
    const preview = await previewTiers(scope, form);
    return preview.kind === 'ok' ? { kind: 'preview', preview: preview.value } : preview;
  }
  const result = await saveTierForm(scope, form);
  return result.kind === 'ok' ? { kind: 'saved' } : result;
}

export default function Loyalty() {
  const board = useLoaderData<typeof loader>();
  const { t } = useTranslation();
  const shop = useShop();
  const words = useTierWords();
  const { basis } = board.rules;
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
          {t(`tiers.intro.${basis}`, { window: words.within(board.rules.window) })}
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
                columnContentTypes={['text', 'text', 'numeric', 'numeric', 'text']}
                headings={[
                  t('loyalty.name'),
                  t(`tiers.threshold.${basis}`),
                  t('loyalty.members'),
                  t(`tiers.counted.${basis}`),
                  t('tiers.gives'),
                ]}
                rows={board.tiers.map((tier) => [
                  tier.name,
                  tier.threshold === null ? t('tiers.byInvitation') : words.amount(tier.threshold, basis),
                  shop.number(tier.members),
                  words.amount(tier.value, basis),
                  words.perks(tier.perks),
                ])}
              />
            )}
            {board.waiting > 0 ? <Text as="p">{t('tiers.waiting', { count: board.waiting })}</Text> : null}
            <Text as="p" tone="subdued">
              {t('loyalty.below', { count: board.below })}
            </Text>
          </BlockStack>
        </Card>
        {board.tiers.length > 0 ? <TierEditor start={board.start} /> : null}
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
