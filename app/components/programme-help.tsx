import { BlockStack, Button, Card, InlineStack, Text } from '@shopify/polaris';
import { useTranslation } from 'react-i18next';
import { earnWords } from '../loyalty/points/earn-words.ts';
import { rulesOf, type ProgrammeForm as Typed } from '../loyalty/points/programme-form.ts';
import { fromTemplate, TEMPLATES } from '../loyalty/points/programme-templates.ts';
import { toDecimal } from '../core/money.ts';
import { useShop } from './shop-context.tsx';

/** A beginning by the kind of shop. */
export function ProgrammeTemplates({ typed, onPick }: { typed: Typed; onPick: (typed: Typed) => void }) {
  const { t } = useTranslation();
  const shop = useShop();
  return (
    <Card>
      <BlockStack gap="300">
        <Text as="h2" variant="headingMd">
          {t('points.templates.title')}
        </Text>
        <Text as="p" tone="subdued">
          {t('points.templates.help')}
        </Text>
        <InlineStack gap="200">
          {TEMPLATES.map((template) => (
            <Button key={template} onClick={() => onPick(fromTemplate(template, typed, toDecimal(100n, shop.currency)))}>
              {t(`points.templates.${template}`)}
            </Button>
          ))}
        </InlineStack>
      </BlockStack>
    </Card>
  );
}

/** What members would read of the rules that are typed, before they are saved. */
export function ProgrammePreview({ typed }: { typed: Typed }) {
  const { t } = useTranslation();
  const shop = useShop();
  const { rules, problems } = rulesOf(typed, shop);
  const isWhole = Object.keys(problems).length === 0;
  return (
    <Card>
      <BlockStack gap="200">
        <Text as="h2" variant="headingMd">
          {t('points.preview.title')}
        </Text>
        {isWhole ? (
          earnWords(rules, { t: (key, values) => t(key, values), money: shop.money }).map((line) => (
            <Text as="p" key={line}>
              {line}
            </Text>
          ))
        ) : (
          <Text as="p" tone="subdued">
            {t('points.preview.unfinished')}
          </Text>
        )}
      </BlockStack>
    </Card>
  );
}
