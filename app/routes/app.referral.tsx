import type { ActionFunctionArgs, LoaderFunctionArgs } from '@remix-run/node';
import { useFetcher, useLoaderData } from '@remix-run/react';
import { Banner, BlockStack, Button, InlineStack, Link, Page, Text } from '@shopify/polaris';
import { useTranslation } from 'react-i18next';
import { noteAudit } from '../audit/index.server.ts';
import { CustomerLink } from '../components/customer-link.tsx';
import { ListTable } from '../components/list-table.tsx';
import { ReferralStatus } from '../components/referral-card.tsx';
import { ReferralForm } from '../components/referral-form.tsx';
import { formText } from '../core/form.ts';
import { parseId } from '../core/gid.ts';
import { authenticateAdmin } from '../entry/authenticate.server.ts';
import { decideReferral, readReferralForm, referralPage, saveReferral, typedReferral } from '../loyalty/index.server.ts';

export async function loader({ request, context }: LoaderFunctionArgs) {
  const scope = await authenticateAdmin(request, context);
  const { settings, error, referrals } = await referralPage(scope);
  if (referrals.length > 0) await noteAudit(scope, { action: 'list.viewed', subject: 'referrals' });
  return { start: typedReferral(settings, scope.shop), error, referrals };
}

export async function action({ request, context }: ActionFunctionArgs) {
  const scope = await authenticateAdmin(request, context);
  const form = await request.formData();
  if (formText(form, 'intent') === 'save') {
    const typed = readReferralForm(formText(form, 'referral'));
    if (typed === null) throw new Response(null, { status: 400 });
    return saveReferral(scope, typed);
  }
  const friendId = parseId(formText(form, 'friend'));
  if (formText(form, 'intent') !== 'decide' || friendId === null) throw new Response(null, { status: 400 });
  return { decided: await decideReferral(scope, { friendId, counts: formText(form, 'counts') === 'true' }) };
}

export default function Referral() {
  const { start, error, referrals } = useLoaderData<typeof loader>();
  const { t } = useTranslation();
  return (
    <Page title={t('referral.title')} subtitle={t('referral.intro')} backAction={{ content: t('loyalty.title'), url: '/app/loyalty' }}>
      <BlockStack gap="400">
        {error ? (
          <Banner tone="critical" title={t('referral.storeError')}>
            {error}
          </Banner>
        ) : null}
        <ReferralForm start={start} />
        <Text as="h2" variant="headingMd">
          {t('referral.list')}
        </Text>
        {referrals.length === 0 ? <Banner tone="info" title={t('referral.none')} /> : <List referrals={referrals} />}
      </BlockStack>
    </Page>
  );
}

type Data = Awaited<ReturnType<typeof loader>>;

function List({ referrals }: Pick<Data, 'referrals'>) {
  const { t } = useTranslation();
  const fetcher = useFetcher<{ readonly decided: boolean }>();
  const decide = (friendId: bigint, counts: boolean): void => {
    fetcher.submit({ intent: 'decide', friend: String(friendId), counts: String(counts) }, { method: 'post' });
  };
  return (
    <BlockStack gap="300">
      {fetcher.data?.decided === false ? <Banner tone="warning" title={t('referral.late')} /> : null}
      <ListTable
        name={{ singular: t('referral.title'), plural: t('referral.list') }}
        rows={referrals}
        idOf={({ friendId }) => friendId}
        columns={[
          { title: t('referral.member'), cell: ({ referrerId, referrer }) => <CustomerLink id={referrerId} name={referrer} /> },
          { title: t('referral.broughtFriend'), cell: ({ friendId, friend }) => <CustomerLink id={friendId} name={friend} /> },
          {
            title: t('referral.order'),
            cell: ({ orderId, orderName }) => <Link url={`/app/orders/${orderId}`}>{orderName ?? String(orderId)}</Link>,
          },
          { title: t('referral.status'), cell: (row) => <ReferralStatus referral={row} /> },
          { title: t('referral.why'), cell: ({ signals }) => signals.map((signal) => t(`referral.signals.${signal}`)).join(', ') },
          { title: '', cell: (row) => <Decide row={row} onDecide={decide} /> },
        ]}
      />
    </BlockStack>
  );
}

type DecideProps = { readonly row: Data['referrals'][number]; readonly onDecide: (friendId: bigint, counts: boolean) => void };

function Decide({ row, onDecide }: DecideProps) {
  const { t } = useTranslation();
  const friend = row.friend ?? String(row.friendId);
  return (
    <InlineStack gap="200">
      {row.status === 'held' || row.status === 'refused' ? (
        <Button variant="plain" accessibilityLabel={t('referral.countFor', { friend })} onClick={() => onDecide(row.friendId, true)}>
          {t('referral.count')}
        </Button>
      ) : null}
      {row.status === 'held' || row.status === 'counts' ? (
        <Button variant="plain" accessibilityLabel={t('referral.refuseFor', { friend })} onClick={() => onDecide(row.friendId, false)}>
          {t('referral.refuse')}
        </Button>
      ) : null}
    </InlineStack>
  );
}
