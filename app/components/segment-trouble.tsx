import { Button, InlineStack, Text } from '@shopify/polaris';
import { useTranslation } from 'react-i18next';
import type { NoSegment } from '../audience/index.server.ts';
import { mend } from '../audience/segment/complete.ts';
import type { QueryProblem } from '../audience/segment/parse.ts';

const MOST_EXPECTED = 8;

/** What is wrong with a query, in words. */
export function useProblemWords() {
  const { t } = useTranslation();
  const expectedWord = (word: string): string => {
    const kind = /^<(attribute|number|date|text)>$/.exec(word)?.[1];
    return kind === undefined ? word : t(`segments.expectedKinds.${kind}`);
  };
  const problem = ({ code, found, expected }: QueryProblem): string => {
    const key = found === '' && (code === 'wrong-value' || code === 'unexpected') ? `${code}-end` : code;
    const said = t(`segments.problem.${key}`, { found: found.slice(0, 60) });
    // All attributes would be no help; the one that was meant is offered beside it.
    if (expected.length === 0 || code === 'unknown-attribute') return said;
    const words = expected.slice(0, MOST_EXPECTED).map(expectedWord).join(', ');
    return `${said} ${t('segments.expected', { words: expected.length > MOST_EXPECTED ? `${words} …` : words })}`;
  };
  return {
    problem,
    trouble: (trouble: NoSegment): string => problem(trouble.problem),
  };
}

/** The query with the wrong part marked, what is wrong with it, and what was probably meant as a button that mends it. */
export function SegmentTrouble({ text, trouble, onMend }: { text: string; trouble: NoSegment; onMend?: (text: string) => void }) {
  const { t } = useTranslation();
  const words = useProblemWords();
  const { problem } = trouble;
  const mended = mend(text, problem);
  return (
    <>
      {problem.code !== 'empty' && problem.code !== 'too-long' ? <Marked text={text} problem={problem} /> : null}
      <InlineStack gap="200" blockAlign="center">
        <Text as="p" tone={problem.code === 'empty' ? 'subdued' : 'critical'}>
          {words.trouble(trouble)}
        </Text>
        {onMend && mended !== null ? (
          <Button size="slim" onClick={() => onMend(mended)}>
            {t('segments.meant', { word: problem.suggestion })}
          </Button>
        ) : null}
      </InlineStack>
    </>
  );
}

function Marked({ text, problem: { from, to } }: { text: string; problem: QueryProblem }) {
  return (
    <pre
      style={{
        fontFamily: 'var(--p-font-family-mono)',
        margin: 0,
        whiteSpace: 'pre-wrap',
        overflowWrap: 'anywhere',
        fontSize: '0.8125rem',
      }}
    >
      {text.slice(0, from)}
      <mark
        style={{
          background: 'var(--p-color-bg-surface-critical)',
          color: 'var(--p-color-text-critical)',
          textDecoration: 'underline wavy',
        }}
      >
        {text.slice(from, to) || ' … '}
      </mark>
      {text.slice(to)}
    </pre>
  );
}
