import { redirect, type ActionFunctionArgs, type LoaderFunctionArgs } from '@remix-run/node';
import { useFetcher, useLoaderData } from '@remix-run/react';
import { Badge, Banner, BlockStack, Box, Button, Card, Modal, Page } from '@shopify/polaris';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import {
  deleteSegment,
  markedCustomers,
  saveSegment,
  saveSegmentMark,
  segmentPage,
  type SaveOutcome,
  type SegmentPage,
} from '../audience/index.server.ts';
import { noteAudit } from '../audit/index.server.ts';
import { NotFound } from '../components/not-found.tsx';
import { SegmentFields } from '../components/segment-form.tsx';
import { SegmentMarkCard } from '../components/segment-mark-card.tsx';
import { SegmentMembers } from '../components/segment-members.tsx';
import { formText } from '../core/form.ts';
import { parseId } from '../core/gid.ts';
import { authenticateAdmin } from '../entry/authenticate.server.ts';

/** A 32-bit integer of an address or a form; null where there is none. */
function numberOf(text: string | undefined): number | null {
  const id = parseId(text);
  return id === null || id > 2_147_483_647n ? null : Number(id);
}

export async function loader({ request, params, context }: LoaderFunctionArgs) {
  const scope = await authenticateAdmin(request, context);
  const id = numberOf(params.id);
  const after = parseId(new URL(request.url).searchParams.get('after') ?? undefined) ?? -1n;
  const page = id === null ? null : await segmentPage(scope, { id, after });
  if (page?.members.kind === 'members') await noteAudit(scope, { action: 'list.viewed', subject: `segment/${page.segment.id}` });
  return { page, marked: page?.segment.mark ? await markedCustomers(scope, page.segment.id) : 0 };
}

export async function action({ request, params, context }: ActionFunctionArgs) {
  const scope = await authenticateAdmin(request, context);
  const id = numberOf(params.id);
  const form = await request.formData();
  const intent = formText(form, 'intent');
  if (id === null || !['save', 'delete', 'mark'].includes(intent)) throw new Response(null, { status: 400 });
  if (intent === 'mark') return saveSegmentMark(scope, { id, as: formText(form, 'as'), word: formText(form, 'word') });
  if (intent === 'delete') {
    await deleteSegment(scope, id);
    throw redirect('/app/segments');
  }
  const version = numberOf(formText(form, 'version'));
  return saveSegment(scope, { id, version, name: formText(form, 'name'), query: formText(form, 'query') });
}

export default function SegmentRoute() {
  const { page, marked } = useLoaderData<typeof loader>();
  return page ? <Segment key={page.segment.id} page={page} marked={marked} /> : <NotFound back="/app/segments" />;
}

function Segment({ page, marked }: { page: SegmentPage; marked: number }) {
  const { segment } = page;
  const { t } = useTranslation();
  const isOwn = segment.source === 'own';
  return (
    <Page
      title={segment.name}
      backAction={{ content: t('segments.title'), url: '/app/segments' }}
      titleMetadata={<Badge>{t(`segments.sources.${segment.source}`)}</Badge>}
      secondaryActions={[
        { content: t('campaigns.create'), url: `/app/campaigns/new?segment=${segment.id}` },
        { content: t('segments.copy'), url: `/app/segments/new?from=${segment.id}` },
      ]}
    >
      <BlockStack gap="400">
        {isOwn ? <OwnSegment segment={segment} /> : <StoreSegment segment={segment} />}
        <SegmentMembers {...page} />
        <SegmentMarkCard segment={segment} marked={marked} />
        <DeleteSegment isOwn={isOwn} />
      </BlockStack>
    </Page>
  );
}

type Shown = { readonly segment: SegmentPage['segment'] };

function OwnSegment({ segment }: Shown) {
  const { t } = useTranslation();
  const { submit, data, state } = useFetcher<SaveOutcome>();
  const [texts, setTexts] = useState({ name: segment.name, query: segment.query });
  // The version that was read: a newer one that came with fresh data is somebody else's, until a save of ours made it.
  const [version, setVersion] = useState(segment.version);
  if (data?.kind === 'ok' && data.value.version > version) setVersion(data.value.version);
  return (
    <BlockStack gap="400">
      <SegmentFields texts={texts} onChange={setTexts} outcome={state === 'idle' ? data : undefined} />
      <Box paddingInline={{ xs: '400', sm: '0' }}>
        <Button
          variant="primary"
          loading={state !== 'idle'}
          onClick={() => submit({ intent: 'save', version: String(version), ...texts }, { method: 'post' })}
        >
          {t('segments.save')}
        </Button>
      </Box>
    </BlockStack>
  );
}

function StoreSegment({ segment }: Shown) {
  const { t } = useTranslation();
  return (
    <BlockStack gap="400">
      <Banner tone="info">{t('segments.imported')}</Banner>
      <Card>
        <code style={{ overflowWrap: 'anywhere' }}>{segment.query}</code>
      </Card>
    </BlockStack>
  );
}

function DeleteSegment({ isOwn }: { isOwn: boolean }) {
  const { t } = useTranslation();
  const { submit, state } = useFetcher<typeof action>();
  const [asking, setAsking] = useState(false);
  const remove = { content: t('segments.delete'), destructive: true, loading: state !== 'idle' };
  return (
    <>
      <Box paddingInline={{ xs: '400', sm: '0' }}>
        <Button tone="critical" onClick={() => setAsking(true)}>
          {t('segments.delete')}
        </Button>
      </Box>
      <Modal
        open={asking}
        onClose={() => setAsking(false)}
        title={t('segments.delete')}
        primaryAction={{ ...remove, onAction: () => submit({ intent: 'delete' }, { method: 'post' }) }}
        secondaryActions={[{ content: t('app.cancel'), onAction: () => setAsking(false) }]}
      >
        <Modal.Section>{t(isOwn ? 'segments.deleteText' : 'segments.deleteImported')}</Modal.Section>
      </Modal>
    </>
  );
}
