import type { ActionFunctionArgs, LoaderFunctionArgs } from '@remix-run/node';
import { useLoaderData } from '@remix-run/react';
import { BlockStack, Card, Page, Text } from '@shopify/polaris';
import { useTranslation } from 'react-i18next';
import { EventKeysCard } from '../components/event-keys-card.tsx';
import { ListTable } from '../components/list-table.tsx';
import { PageSection } from '../components/page-section.tsx';
import { useShop } from '../components/shop-context.tsx';
import { formText } from '../core/form.ts';
import { authenticateAdmin } from '../entry/authenticate.server.ts';
import { eventsPage, makeEventKey, revokeEventKey } from '../events/index.server.ts';

export async function loader({ request, context }: LoaderFunctionArgs) {
  const scope = await authenticateAdmin(request, context);
  return { ...(await eventsPage(scope)), url: `${scope.env.APP_URL}/events/customer` };
}

export async function action({ request, context }: ActionFunctionArgs) {
  const scope = await authenticateAdmin(request, context);
  const form = await request.formData();
  switch (formText(form, 'intent')) {
    case 'make': {
      const name = formText(form, 'name');
      const made = await makeEventKey(scope, name);
      return made.kind === 'ok' ? { kind: 'made' as const, name: name.trim(), ...made.value } : made;
    }
    case 'revoke': {
      const id = formText(form, 'id');
      const revoked = /^\d{1,9}$/.test(id) && (await revokeEventKey(scope, Number(id)));
      return { kind: revoked ? ('revoked' as const) : ('unknown' as const) };
    }
    default:
      throw new Response(null, { status: 400 });
  }
}

export default function Events() {
  const { keys, kinds, url } = useLoaderData<typeof loader>();
  const { t } = useTranslation();
  const shop = useShop();
  return (
    <Page title={t('events.title')} subtitle={t('events.text')} backAction={{ content: t('settings.title'), url: '/app/settings' }}>
      <BlockStack gap="400">
        <EventKeysCard keys={keys} />
        <PageSection title={t('events.how')}>
          <Card>
            <Text as="p" breakWord>
              {t('events.howText', { url })}
            </Text>
          </Card>
        </PageSection>
        <PageSection title={t('events.came')}>
          {kinds.length === 0 ? (
            <Card>
              <Text as="p" tone="subdued">
                {t('events.nothing')}
              </Text>
            </Card>
          ) : (
            <ListTable
              name={{ singular: t('events.kind'), plural: t('events.came') }}
              rows={kinds}
              idOf={({ kind }) => kind}
              columns={[
                { title: t('events.kind'), cell: ({ kind }) => kind },
                { title: t('events.count'), numeric: true, cell: ({ events }) => shop.number(events) },
                { title: t('events.last'), cell: ({ last }) => shop.time(last) },
              ]}
            />
          )}
        </PageSection>
      </BlockStack>
    </Page>
  );
}
