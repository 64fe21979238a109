import { BlockStack, Card, Text, TextField } from '@shopify/polaris';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

/** `given`: ids with commas between; `titles` of them, for the eye. */
export type TypedOffer = Readonly<Record<'kind' | 'value' | 'minimum' | 'pieces' | 'buys' | 'gets' | 'given' | 'titles', string>>;
export const EMPTY_OFFER: TypedOffer = { kind: 'percent', value: '', minimum: '', pieces: '', buys: '1', gets: '1', given: '', titles: '' };
export type PickedProduct = { readonly id: string; readonly title: string };
type Texts = 'name' | 'segment' | 'days' | 'least' | 'most' | 'holdOut' | 'startsAt' | 'endsAt' | 'word' | 'budget' | 'waves' | 'waveDays';

/** What stands in the form of a new campaign. */
export type TypedCampaign = { readonly [Name in Texts]: string } & {
  readonly lastOrder: string;
  readonly consent: boolean;
  readonly inWaves: boolean;
  readonly learns: boolean;
  readonly tiers: string[];
  readonly budgetKind: string;
  readonly combines: string[];
  readonly offers: readonly TypedOffer[];
  readonly products: readonly PickedProduct[];
  /** Instead of products. */
  readonly collections: readonly PickedProduct[];
};

/** What each section of the form sees of it; problems are message keys by field. */
export type CampaignPart = {
  readonly form: TypedCampaign;
  readonly problems: Readonly<Record<string, string>>;
  set(change: Partial<TypedCampaign>): void;
};

export function FormSection({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Card>
      <BlockStack gap="300">
        <Text as="h2" variant="headingMd">
          {title}
        </Text>
        {children}
      </BlockStack>
    </Card>
  );
}

export function TypedField({
  part,
  name,
  ...more
}: {
  part: CampaignPart;
  name: Texts;
  label?: string;
  help?: string;
  type?: 'date';
  prefix?: string;
}) {
  const { t } = useTranslation();
  const problem = part.problems[name];
  return (
    <TextField
      label={more.label ?? t(`campaigns.${name}`)}
      name={name}
      value={part.form[name]}
      onChange={(value) => part.set({ [name]: value })}
      error={problem ? t(problem) : undefined}
      helpText={more.help}
      type={more.type}
      prefix={more.prefix}
      autoComplete="off"
    />
  );
}
