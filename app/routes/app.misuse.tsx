import type { ActionFunctionArgs, LoaderFunctionArgs } from '@remix-run/node';
import { useLoaderData } from '@remix-run/react';
import { Badge, Banner, BlockStack, Link, Page, Text } from '@shopify/polaris';
import { useTranslation } from 'react-i18next';
import { noteAudit } from '../audit/index.server.ts';
import { misusePage, revokeCodes, type MisusePage } from '../campaigns/index.server.ts';
import { CustomerLink } from '../components/customer-link.tsx';
import { ListTable, RowLink } from '../components/list-table.tsx';
import { PageSection } from '../components/page-section.tsx';
import { RevokeForm } from '../components/revoke-form.tsx';
import { useShop } from '../components/shop-context.tsx';
import { formText } from '../core/form.ts';
import { authenticateAdmin } from '../entry/authenticate.server.ts';

export async function loader({ request, context }: LoaderFunctionArgs) {
  const scope = await authenticateAdmin(request, context);
  const page = await misusePage(scope);
  if (page.uses.length > 0 || page.groups.length > 0) await noteAudit(scope, { action: 'list.viewed', subject: 'misuse' });
  return page;
}

export async function action({ request, context }: ActionFunctionArgs) {
  const scope = await authenticateAdmin(request, context);
  const form = await request.formData();
  if (formText(form, 'intent') !== 'revoke') throw new Response(null, { status: 400 });
  return revokeCodes(scope, formText(form, 'codes'));
}

export default function Misuse() {
  const page = useLoaderData<typeof loader>();
  const { t } = useTranslation();
  const shop = useShop();
  return (
    <Page
      title={t('misuse.title')}
      subtitle={t('misuse.text', { days: shop.number(page.days), rules: shop.number(page.rules) })}
      backAction={{ content: t('campaigns.title'), url: '/app/campaigns' }}
    >
      <BlockStack gap="400">
        <Campaigns page={page} />
        <Uses page={page} />
        <Groups page={page} />
        <RevokeForm />
      </BlockStack>
    </Page>
  );
}

function Nothing() {
  const { t } = useTranslation();
  return (
    <Text as="p" tone="subdued">
      {t('misuse.none')}
    </Text>
  );
}

function Campaigns({ page: { campaigns } }: { page: MisusePage }) {
  const { t } = useTranslation();
  const shop = useShop();
  return (
    <PageSection title={t('misuse.campaigns')} text={t('misuse.campaignsText')}>
      <BlockStack gap="300">
        {campaigns
          .filter(({ leaked }) => leaked)
          .map(({ id, name }) => (
            <Banner key={id} tone="critical">
              {t('misuse.leakedAdvice', { name })}
            </Banner>
          ))}
        {campaigns.length === 0 ? (
          <Nothing />
        ) : (
          <ListTable
            name={{ singular: t('campaigns.name'), plural: t('campaigns.title') }}
            rows={campaigns}
            idOf={({ id }) => id}
            columns={[
              { title: t('campaigns.name'), cell: ({ id, name }) => <RowLink to={`/app/campaigns/${id}`} title={name} /> },
              { title: t('misuse.uses'), numeric: true, cell: ({ uses }) => shop.number(uses) },
              { title: t('misuse.byOthers'), numeric: true, cell: ({ byOthers }) => shop.number(byOthers) },
              {
                title: t('misuse.looks'),
                cell: ({ leaked }) => <Badge tone={leaked ? 'critical' : undefined}>{t(leaked ? 'misuse.leaked' : 'misuse.usual')}</Badge>,
              },
            ]}
          />
        )}
      </BlockStack>
    </PageSection>
  );
}

function Uses({ page: { uses } }: { page: MisusePage }) {
  const { t } = useTranslation();
  const shop = useShop();
  return (
    <PageSection title={t('misuse.others')}>
      {uses.length === 0 ? (
        <Nothing />
      ) : (
        <ListTable
          name={{ singular: t('campaigns.code'), plural: t('campaigns.codes') }}
          rows={uses}
          idOf={({ orderId, campaignId }) => `${campaignId}/${orderId}`}
          columns={[
            { title: t('campaigns.code'), cell: ({ code }) => <code>{code}</code> },
            {
              title: t('campaigns.name'),
              cell: ({ campaignId, campaign }) => <Link url={`/app/campaigns/${campaignId}`}>{campaign}</Link>,
            },
            { title: t('misuse.holder'), cell: ({ holder }) => <CustomerLink {...holder} /> },
            { title: t('misuse.buyer'), cell: ({ buyer }) => (buyer === null ? t('misuse.nobody') : <CustomerLink {...buyer} />) },
            { title: t('campaigns.order'), cell: ({ orderId, orderName }) => <Link url={`/app/orders/${orderId}`}>{orderName}</Link> },
            { title: t('misuse.when'), cell: ({ at }) => shop.time(at) },
            { title: t('misuse.verdict'), cell: ({ verdict }) => t(`misuse.verdicts.${verdict}`) },
          ]}
        />
      )}
    </PageSection>
  );
}

function Groups({ page: { groups, moreGroups } }: { page: MisusePage }) {
  const { t } = useTranslation();
  const shop = useShop();
  return (
    <PageSection title={t('misuse.lookalikes')} text={t('misuse.lookalikesText')}>
      {groups.length === 0 ? (
        <Nothing />
      ) : (
        <BlockStack gap="200">
          <ListTable
            name={{ singular: t('misuse.lookalikes'), plural: t('misuse.lookalikes') }}
            rows={groups}
            idOf={({ accounts }) => accounts[0]?.id ?? 0}
            columns={[
              {
                title: t('misuse.accounts'),
                cell: ({ accounts }) => (
                  <BlockStack gap="100">
                    {accounts.map((account) => (
                      <Text as="p" key={String(account.id)}>
                        <CustomerLink {...account} />{' '}
                        <Text as="span" tone="subdued">
                          {t('misuse.offers', { count: account.offers, used: shop.number(account.used) })}
                        </Text>
                      </Text>
                    ))}
                  </BlockStack>
                ),
              },
              { title: t('misuse.shared'), cell: ({ signals }) => signals.map((signal) => t(`misuse.signals.${signal}`)).join(', ') },
            ]}
          />
          {moreGroups > 0 ? <Text as="p">{t('misuse.more', { count: moreGroups })}</Text> : null}
        </BlockStack>
      )}
    </PageSection>
  );
}
