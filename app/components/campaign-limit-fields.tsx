import { ChoiceList, FormLayout, Select } from '@shopify/polaris';
import { useTranslation } from 'react-i18next';
import { FormSection, TypedField, type CampaignPart } from './campaign-form-parts.tsx';
import { useShop } from './shop-context.tsx';

/** What a campaign may cost, what its codes begin with and what they may stand beside. */
export function LimitFields({ part }: { part: CampaignPart }) {
  const { t } = useTranslation();
  const shop = useShop();
  const { form } = part;
  return (
    <FormSection title={t('offers.limits')}>
      <FormLayout>
        <FormLayout.Group>
          <Select
            label={t('offers.budgetKind')}
            name="budgetKind"
            options={[
              { label: t('offers.noBudget'), value: '' },
              { label: t('offers.uses'), value: 'uses' },
              { label: t('offers.money'), value: 'money' },
            ]}
            value={form.budgetKind}
            onChange={(budgetKind) => part.set({ budgetKind })}
          />
          {form.budgetKind === '' ? null : (
            <TypedField
              part={part}
              name="budget"
              label={t('offers.budget')}
              help={t('offers.budgetHelp')}
              prefix={form.budgetKind === 'money' ? shop.currency : undefined}
            />
          )}
        </FormLayout.Group>
        <TypedField part={part} name="word" label={t('offers.word')} help={t('offers.wordHelp')} />
        <ChoiceList
          allowMultiple
          title={t('offers.combines')}
          name="combines"
          choices={[
            { label: t('offers.combinesOrder'), value: 'order' },
            { label: t('offers.combinesProduct'), value: 'product' },
            { label: t('offers.combinesShipping'), value: 'shipping' },
          ]}
          selected={form.combines}
          onChange={(combines) => part.set({ combines })}
        />
      </FormLayout>
    </FormSection>
  );
}
