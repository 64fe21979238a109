import { BlockStack, Box, Button, Card, DataTable, InlineStack, Text } from '@shopify/polaris';
import { useState, useSyncExternalStore, type ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { ResponsiveContainer } from 'recharts';

export type ChartTable = { readonly headings: string[]; readonly rows: string[][] };

/**
 * A chart with its words, and the same as a table: days or weeks in the first column, figures after it. The chart is
 * drawn in the browser alone; its room is kept from the start. Readers of the screen get the words and the table.
 */
export function ChartCard({
  title,
  summary,
  height,
  table,
  children,
}: {
  title: string;
  summary: string;
  height: number;
  table: ChartTable;
  children: ReactElement;
}) {
  const { t } = useTranslation();
  const [asTable, setAsTable] = useState(false);
  const drawn = useSyncExternalStore(
    () => () => undefined,
    () => true,
    () => false,
  );
  return (
    <Card>
      <BlockStack gap="300">
        <InlineStack align="space-between" blockAlign="center">
          <Text as="h2" variant="headingMd">
            {title}
          </Text>
          <Button variant="plain" onClick={() => setAsTable(!asTable)}>
            {asTable ? t('app.chart') : t('app.table')}
          </Button>
        </InlineStack>
        <Text as="p" tone="subdued">
          {summary}
        </Text>
        {asTable ? (
          <DataTable
            columnContentTypes={table.headings.map((_, index) => (index === 0 ? 'text' : 'numeric'))}
            headings={table.headings}
            rows={table.rows}
          />
        ) : (
          <Box minHeight={`${height}px`}>
            {drawn ? (
              <div aria-hidden="true">
                <ResponsiveContainer width="100%" height={height}>
                  {children}
                </ResponsiveContainer>
              </div>
            ) : null}
          </Box>
        )}
      </BlockStack>
    </Card>
  );
}
