import { expect, it } from 'vitest';
import { WORDS } from '../../i18n/i18n.ts';
import { parseQuery } from './parse.ts';
import { printQuery } from './query.ts';
import { SEGMENT_TEMPLATES } from './templates.ts';

it.each(SEGMENT_TEMPLATES)(
  'the template $key can be asked today, is written as the program writes, and has its words',
  ({ key, query }) => {
    const parsed = parseQuery(query);
    if ('problem' in parsed) throw new Error(JSON.stringify(parsed.problem));
    expect(printQuery(parsed.query)).toBe(query);
    for (const words of Object.values(WORDS))
      expect(words.segments.template).toEqual(expect.objectContaining({ [key]: expect.any(String), [`${key}Text`]: expect.any(String) }));
  },
);
