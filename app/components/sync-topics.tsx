import { Badge, Button } from '@shopify/polaris';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ListTable } from './list-table.tsx';
import { PageSection } from './page-section.tsx';
import { useShop } from './shop-context.tsx';

type Topic = { topic: string; kind: string; lastAt: Date | null; missed: bigint; lastMissedAt: Date | null; unwell: boolean };

/** Each kind of event: when the last one came, and whether reconciliation found what it should have brought. */
export function SyncTopics({ topics, now }: { topics: readonly Topic[]; now: Date }) {
  const { t } = useTranslation();
  const shop = useShop();
  const [all, setAll] = useState(false);
  const seen = topics.filter((topic) => topic.lastAt !== null || topic.missed > 0n);
  const shown = all || seen.length === 0 ? topics : seen;
  return (
    <PageSection
      title={t('sync.topics')}
      text={t('sync.topicsText')}
      action={
        seen.length > 0 && seen.length < topics.length ? (
          <Button size="slim" onClick={() => setAll(!all)}>
            {all ? t('sync.seenOnly') : t('sync.allTopics')}
          </Button>
        ) : null
      }
    >
      <ListTable
        name={{ singular: t('sync.topic'), plural: t('sync.topics') }}
        rows={shown}
        idOf={(row) => row.topic}
        columns={[
          { title: t('sync.topic'), cell: (row) => row.topic },
          { title: t('sync.about'), cell: (row) => t(`home.kinds.${row.kind}`) },
          {
            title: t('sync.lastEvent'),
            cell: (row) => (row.lastAt ? <time title={shop.time(row.lastAt)}>{shop.ago(row.lastAt, now)}</time> : '–'),
          },
          { title: t('sync.state'), cell: (row) => <State topic={row} now={now} /> },
        ]}
      />
    </PageSection>
  );
}

function State({ topic, now }: { topic: Topic; now: Date }) {
  const { t } = useTranslation();
  const shop = useShop();
  if (topic.unwell && topic.lastMissedAt)
    return <Badge tone="warning">{t('sync.missed', { count: Number(topic.missed), when: shop.ago(topic.lastMissedAt, now) })}</Badge>;
  if (topic.lastAt === null) return <Badge>{t('sync.noneYet')}</Badge>;
  return <Badge tone="success">{t('sync.fine')}</Badge>;
}
