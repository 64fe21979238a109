import { Checkbox, ChoiceList, FormLayout, Select, Text } from '@shopify/polaris';
import { useTranslation } from 'react-i18next';
import { FormSection, TypedField, type CampaignPart } from './campaign-form-parts.tsx';
import { useShop } from './shop-context.tsx';

/** Who a campaign is for, with how many customers that are, and how many of them are held out. */
export function AudienceFields({
  part,
  tiers,
  count,
}: {
  part: CampaignPart;
  tiers: readonly { id: string; name: string }[];
  count: number | null;
}) {
  const { t } = useTranslation();
  const shop = useShop();
  const { form } = part;
  const problem = part.problems['audience'];
  return (
    <FormSection title={t('campaigns.audience')}>
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
          {count === null ? t('campaigns.audienceWrong') : t('campaigns.audienceCount', { number: shop.number(count) })}
        </Text>
      </div>
    </FormSection>
  );
}
