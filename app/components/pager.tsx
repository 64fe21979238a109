import { useSearchParams } from '@remix-run/react';
import { InlineStack, Pagination } from '@shopify/polaris';
import { useTranslation } from 'react-i18next';
import type { Cursor } from '../core/cursor.ts';
import { cursorText } from '../core/cursor.ts';

/** Previous and next by keyset: the address holds where the page begins. */
export function Pager({ before, after }: { before: Cursor | null; after: Cursor | null }) {
  const { t } = useTranslation();
  const [params, setParams] = useSearchParams();
  if (!before && !after) return null;
  const go = (way: 'after' | 'before', cursor: Cursor | null): void => {
    const next = new URLSearchParams(params);
    next.delete('after');
    next.delete('before');
    if (cursor) next.set(way, cursorText(cursor));
    setParams(next);
  };
  return (
    <InlineStack align="center">
      <Pagination
        hasPrevious={before !== null}
        onPrevious={() => go('before', before)}
        hasNext={after !== null}
        onNext={() => go('after', after)}
        accessibilityLabels={{ previous: t('app.previous'), next: t('app.next') }}
      />
    </InlineStack>
  );
}
