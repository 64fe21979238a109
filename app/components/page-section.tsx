import { BlockStack, Box, InlineStack, Text } from '@shopify/polaris';
import type { ReactNode } from 'react';

/** A part of a page with its heading above a list; on a phone the words keep off the edge, the list uses it. */
export function PageSection({ title, text, action, children }: { title: string; text?: string; action?: ReactNode; children: ReactNode }) {
  return (
    <BlockStack gap="200">
      <Box paddingInline={{ xs: '400', sm: '0' }}>
        <InlineStack align="space-between" blockAlign="center" gap="200">
          <Text as="h2" variant="headingMd">
            {title}
          </Text>
          {action}
        </InlineStack>
        {text === undefined ? null : (
          <Text as="p" tone="subdued">
            {text}
          </Text>
        )}
      </Box>
      {children}
    </BlockStack>
  );
}
