import { Card, InlineGrid, Link, Text, BlockStack } from '@shopify/polaris';
import { useTranslation } from 'react-i18next';
import { SEGMENT_TEMPLATES } from '../audience/segment/templates.ts';
import { PageSection } from './page-section.tsx';

/** Segments to begin with, each a link to the editor. */
export function SegmentTemplates() {
  const { t } = useTranslation();
  return (
    <PageSection title={t('segments.templates')}>
      <InlineGrid columns={{ xs: 1, sm: 2, md: 3 }} gap="300">
        {SEGMENT_TEMPLATES.map(({ key, query }) => (
          <Card key={key}>
            <BlockStack gap="100">
              <Link url={`/app/segments/new?template=${key}`}>{t(`segments.template.${key}`)}</Link>
              <Text as="p" tone="subdued">
                {t(`segments.template.${key}Text`)}
              </Text>
              <code style={{ fontSize: '0.75rem', overflowWrap: 'anywhere' }}>{query}</code>
            </BlockStack>
          </Card>
        ))}
      </InlineGrid>
    </PageSection>
  );
}
