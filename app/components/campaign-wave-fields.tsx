import { Checkbox, FormLayout, Text } from '@shopify/polaris';
import { useTranslation } from 'react-i18next';
import { FormSection, TypedField, type CampaignPart } from './campaign-form-parts.tsx';

/** Whether a campaign goes out in waves, how many, how far apart, and who chooses the offers. */
export function WaveFields({ part }: { part: CampaignPart }) {
  const { t } = useTranslation();
  const { form } = part;
  return (
    <FormSection title={t('waves.title')}>
      <FormLayout>
        <Checkbox
          label={t('waves.inWaves')}
          helpText={t('waves.inWavesHelp')}
          name="inWaves"
          value="on"
          checked={form.inWaves}
          onChange={(inWaves) => part.set({ inWaves })}
        />
        {form.inWaves ? (
          <>
            <FormLayout.Group>
              <TypedField part={part} name="waves" label={t('waves.count')} help={t('waves.countHelp')} />
              <TypedField part={part} name="waveDays" label={t('waves.days')} help={t('waves.daysHelp')} />
            </FormLayout.Group>
            <Checkbox
              label={t('waves.learns')}
              helpText={t('waves.learnsHelp')}
              name="learns"
              value="on"
              checked={form.learns}
              onChange={(learns) => part.set({ learns })}
            />
            {form.budgetKind === 'money' ? (
              <Text as="p" tone="subdued">
                {t('waves.budgetHelp')}
              </Text>
            ) : null}
          </>
        ) : null}
      </FormLayout>
    </FormSection>
  );
}
