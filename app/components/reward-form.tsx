import { useFetcher } from '@remix-run/react';
import { Banner, BlockStack, Button, Card, Checkbox, FormLayout, InlineStack, Select, Text, TextField } from '@shopify/polaris';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { RewardForm as Typed } from '../loyalty/points/rewards/reward-form.ts';
import { REWARD_KINDS } from '../loyalty/points/rewards/reward.ts';
import { pickFrom } from './campaign-offer-fields.tsx';
import { useShop } from './shop-context.tsx';

export type SaveAnswer =
  | { readonly kind: 'ok'; readonly value: number }
  | { readonly kind: 'invalid'; readonly fields: Readonly<Record<string, string>> };
type TextName = 'title' | 'points' | 'amount' | 'percent' | 'minimum' | 'codeDays' | 'mostEach';
type CheckName = 'sliding' | 'unused' | 'cancelled' | 'combines';

type Part = {
  readonly typed: Typed;
  set(change: Partial<Typed>): void;
  wrong(field: string): string | undefined;
};

/** A reward that is made (`id` null) or changed. */
export function RewardForm({ id, start }: { id: number | null; start: Typed }) {
  const { t } = useTranslation();
  const fetcher = useFetcher<SaveAnswer>();
  const [typed, setTyped] = useState(start);
  const answer = fetcher.data;
  const fields = answer?.kind === 'invalid' ? answer.fields : {};
  const part: Part = {
    typed,
    set: (change) => setTyped({ ...typed, ...change }),
    wrong: (field) => (fields[field] ? t(fields[field]) : undefined),
  };
  const save = (): void => {
    fetcher.submit({ intent: 'reward', id: id === null ? '' : String(id), reward: JSON.stringify(typed) }, { method: 'post' });
  };
  return (
    <Card>
      <BlockStack gap="300">
        <Text as="h2" variant="headingMd">
          {t(id === null ? 'rewards.make' : 'rewards.change')}
        </Text>
        {id === null ? null : (
          <Text as="p" tone="subdued">
            {t('rewards.changeHelp')}
          </Text>
        )}
        {answer?.kind === 'ok' ? <Banner tone="success" title={t('rewards.saved')} /> : null}
        <FormLayout>
          <FormLayout.Group>
            <Field part={part} name="title" label={t('rewards.name')} />
            <Field part={part} name="points" label={t('rewards.cost')} />
          </FormLayout.Group>
          <Value part={part} />
          <Limits part={part} />
        </FormLayout>
        <InlineStack>
          <Button variant="primary" loading={fetcher.state !== 'idle'} onClick={save}>
            {t('rewards.save')}
          </Button>
        </InlineStack>
      </BlockStack>
    </Card>
  );
}

function Field({ part, name, label, help, prefix }: { part: Part; name: TextName; label: string; help?: string; prefix?: string }) {
  return (
    <TextField
      label={label}
      value={part.typed[name]}
      onChange={(value) => part.set({ [name]: value })}
      error={part.wrong(name)}
      helpText={help}
      prefix={prefix}
      autoComplete="off"
    />
  );
}

function Check({ part, name }: { part: Part; name: CheckName }) {
  const { t } = useTranslation();
  return <Checkbox label={t(`rewards.${name}`)} checked={part.typed[name]} onChange={(checked) => part.set({ [name]: checked })} />;
}

function Value({ part }: { part: Part }) {
  const { t } = useTranslation();
  const shop = useShop();
  const { kind } = part.typed;
  const slides = kind === 'amount' || kind === 'credit';
  return (
    <>
      <FormLayout.Group>
        <Select
          label={t('rewards.kind')}
          options={REWARD_KINDS.map((value) => ({ value, label: t(`rewards.kinds.${value}`) }))}
          value={kind}
          onChange={(value) => part.set({ kind: value })}
        />
        {slides ? <Field part={part} name="amount" label={t('rewards.amount')} prefix={shop.currency} /> : null}
        {kind === 'percent' ? <Field part={part} name="percent" label={t('rewards.percent')} /> : null}
      </FormLayout.Group>
      {slides ? <Check part={part} name="sliding" /> : null}
      {kind === 'product' ? <Product part={part} /> : null}
    </>
  );
}

function Product({ part }: { part: Part }) {
  const { t } = useTranslation();
  const [title, setTitle] = useState('');
  const { productId } = part.typed;
  const problem = part.wrong('productId');
  const pick = async (): Promise<void> => {
    const [chosen] = (await pickFrom('product', productId === '' ? [] : [productId])) ?? [];
    if (!chosen) return;
    setTitle(chosen.title);
    part.set({ productId: chosen.id });
  };
  return (
    <BlockStack gap="200">
      <Text as="p">{productId === '' ? t('rewards.noProduct') : title || t('rewards.product', { id: productId })}</Text>
      {problem ? (
        <Text as="p" tone="critical">
          {problem}
        </Text>
      ) : null}
      <InlineStack>
        <Button onClick={() => void pick()}>{t('rewards.pick')}</Button>
      </InlineStack>
    </BlockStack>
  );
}

function Limits({ part }: { part: Part }) {
  const { t } = useTranslation();
  const shop = useShop();
  const { kind } = part.typed;
  const hasCode = kind !== 'credit' && kind !== 'gift';
  return (
    <>
      <FormLayout.Group>
        {hasCode ? (
          <Field part={part} name="minimum" label={t('rewards.minimum')} help={t('rewards.minimumHelp')} prefix={shop.currency} />
        ) : null}
        {hasCode ? <Field part={part} name="codeDays" label={t('rewards.codeDays')} help={t('rewards.codeDaysHelp')} /> : null}
        <Field part={part} name="mostEach" label={t('rewards.mostEach')} help={t('rewards.mostEachHelp')} />
      </FormLayout.Group>
      {hasCode ? (
        <BlockStack gap="100">
          <Check part={part} name="unused" />
          <Check part={part} name="cancelled" />
          <Check part={part} name="combines" />
        </BlockStack>
      ) : null}
    </>
  );
}
