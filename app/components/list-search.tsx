import { useSearchParams } from '@remix-run/react';
import { InlineGrid, Select, TextField } from '@shopify/polaris';
import { SearchIcon } from '@shopify/polaris-icons';
import { Icon } from '@shopify/polaris';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';

const DAYS = ['from', 'to'] as const;

export type Choice = { name: string; label: string; options: { value: string; label: string }[] };

/** Search and choices of a list, and the days it covers; the address holds them, so a list can be shared and gone back to. */
export function ListSearch({ label, choices = [], days = false }: { label: string; choices?: Choice[]; days?: boolean }) {
  const { t } = useTranslation();
  const [params, setParams] = useSearchParams();
  const [text, setText] = useState(params.get('q') ?? '');
  const set = (name: string, value: string): void => {
    const next = new URLSearchParams(params);
    for (const cursor of ['after', 'before']) next.delete(cursor);
    if (value === '') next.delete(name);
    else next.set(name, value);
    setParams(next, { replace: true });
  };
  useEffect(() => {
    if (text === (params.get('q') ?? '')) return undefined;
    const timer = setTimeout(() => set('q', text), 300);
    return () => clearTimeout(timer);
    // oxlint-disable-next-line react/exhaustive-deps -- only typing asks for a new list
  }, [text]);
  return (
    <InlineGrid
      columns={{ xs: 1, sm: choices.length > 0 ? 2 : 1, lg: `2fr ${[...choices, ...(days ? DAYS : [])].map(() => '1fr').join(' ')}` }}
      gap="200"
    >
      <TextField
        label={label}
        labelHidden
        placeholder={label}
        value={text}
        onChange={setText}
        autoComplete="off"
        prefix={<Icon source={SearchIcon} />}
        clearButton
        onClearButtonClick={() => setText('')}
      />
      {choices.map((choice) => (
        <Select
          key={choice.name}
          label={choice.label}
          labelInline
          options={choice.options}
          value={params.get(choice.name) ?? ''}
          onChange={(value) => set(choice.name, value)}
        />
      ))}
      {days
        ? DAYS.map((name) => (
            <TextField
              key={name}
              type="date"
              label={t(`app.${name}`)}
              prefix={t(`app.${name}`)}
              labelHidden
              value={params.get(name) ?? ''}
              onChange={(value) => set(name, value)}
              autoComplete="off"
            />
          ))
        : null}
    </InlineGrid>
  );
}
