import { BlockStack, Checkbox, ChoiceList, FormLayout, Select, Text } from '@shopify/polaris';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { FormSection, TypedField, type CampaignPart } from './campaign-form-parts.tsx';
import { SegmentEditor } from './segment-editor.tsx';
import { useShop } from './shop-context.tsx';

type SavedSegment = { readonly id: string; readonly name: string; readonly query: string };

/** Who a campaign is for, with how many customers that are, and how many of them are held out. */
export function AudienceFields({
  part,
  tiers,
  segments,
  count,
}: {
  part: CampaignPart;
  tiers: readonly { id: string; name: string }[];
  segments: readonly SavedSegment[];
  count: number | null;
}) {
  const { t } = useTranslation();
  const shop = useShop();
  const { form } = part;
  const problem = part.problems['audience'];
  return (
    <FormSection title={t('campaigns.audience')}>
      <SegmentChoice part={part} segments={segments} />
      <FormLayout>
        <ChoiceList
          title={t('campaigns.tiers')}
          name="tier"
          allowMultiple
          choices={tiers.map((tier) => ({ label: tier.name, value: tier.id }))}
          selected={form.tiers}
          onChange={(chosen) => part.set({ tiers: chosen })}
        />
        <FormLayout.Group>
          <Select
            label={t('campaigns.lastOrder')}
            name="lastOrder"
            options={[
              { label: t('campaigns.anyTime'), value: '' },
              { label: t('campaigns.recent'), value: 'recent' },
              { label: t('campaigns.lapsed'), value: 'lapsed' },
            ]}
            value={form.lastOrder}
            onChange={(lastOrder) => part.set({ lastOrder })}
          />
          {form.lastOrder === '' ? null : <TypedField part={part} name="days" />}
        </FormLayout.Group>
        <FormLayout.Group>
          <TypedField part={part} name="least" prefix={shop.currency} />
          <TypedField part={part} name="most" prefix={shop.currency} />
        </FormLayout.Group>
        <Checkbox
          label={t('campaigns.consent')}
          name="consent"
          value="on"
          checked={form.consent}
          onChange={(consent) => part.set({ consent })}
        />
        <TypedField part={part} name="holdOut" label={t('proof.holdOut')} help={t('proof.holdOutHelp')} />
      </FormLayout>
      <div aria-live="polite">
        <Text as="p" fontWeight="semibold" tone={problem ? 'critical' : undefined}>
          {problem ? `${t(problem)} ` : null}
          {count === null
            ? t('campaigns.audienceWrong')
            : t('campaigns.audienceCount', { number: shop.number(count), held: form.holdOut.trim() || '0' })}
        </Text>
      </div>
    </FormSection>
  );
}

const OWN = 'own';

/** A saved segment or a query of its own; a saved one can be changed for this campaign alone. */
function SegmentChoice({ part, segments }: { part: CampaignPart; segments: readonly SavedSegment[] }) {
  const { t } = useTranslation();
  const { form, problems } = part;
  const [chosen, setChosen] = useState(() =>
    form.segment === '' ? '' : (segments.find(({ query }) => query === form.segment)?.id ?? OWN),
  );
  const choose = (id: string): void => {
    setChosen(id);
    part.set({ segment: id === '' ? '' : (segments.find((one) => one.id === id)?.query ?? form.segment) });
  };
  const problem = problems['segment'];
  return (
    <BlockStack gap="300">
      <Select
        label={t('proof.segment')}
        options={[
          { label: t('proof.anyCustomer'), value: '' },
          { label: t('proof.ownQuery'), value: OWN },
          ...segments.map(({ id, name }) => ({ label: name, value: id })),
        ]}
        value={chosen}
        onChange={choose}
      />
      {chosen === '' ? null : (
        <SegmentEditor
          name="segment"
          value={form.segment}
          onChange={(segment) => part.set({ segment })}
          {...(problem ? { error: t(problem) } : {})}
        />
      )}
    </BlockStack>
  );
}
