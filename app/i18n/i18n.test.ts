import { describe, expect, it } from 'vitest';
import { createI18n, languageOf, WORDS } from './i18n.ts';

function flat(words: object, prefix = ''): [string, string][] {
  return Object.entries(words).flatMap(([key, value]): [string, string][] =>
    typeof value === 'string' ? [[prefix + key, value]] : flat(value as object, `${prefix}${key}.`),
  );
}
const slots = (text: string): string[] => [...text.matchAll(/{{(\w+)(?:, number)?}}/g)].map((match) => match[1] ?? '').toSorted();

describe('the admin’s words', () => {
  // Chinese has one form for any number.
  const english = flat(WORDS.en).filter(([key]) => !key.endsWith('_one'));
  const chinese = new Map(flat(WORDS['zh-CN']));

  it('are the same in both languages', () => {
    expect([...chinese.keys()].toSorted()).toEqual(english.map(([key]) => key).toSorted());
  });

  it('have the same slots, and none is empty', () => {
    for (const [key, text] of english) {
      expect([key, slots(chinese.get(key) ?? '')]).toEqual([key, slots(text)]);
      expect([key, text.trim() === '', chinese.get(key)?.trim() === '']).toEqual([key, false, false]);
    }
  });
});

it('chooses the nearest language', () => {
  expect([languageOf('zh-TW'), languageOf(null, 'en-GB'), languageOf('de', 'zh'), languageOf('fr'), languageOf()]).toEqual([
    'zh-CN',
    'en',
    'zh-CN',
    'en',
    'en',
  ]);
});

it('speaks both languages at once, in instances of their own', () => {
  const [one, two] = [createI18n('en'), createI18n('zh-CN')];
  expect([one.t('nav.home'), two.t('nav.home')]).toEqual(['Home', '首页']);
});

it('counts as each language does', () => {
  const [english, chinese] = [createI18n('en'), createI18n('zh-CN')];
  const said = [1, 2_000].flatMap((count) => [english.t('home.todoReorder', { count }), chinese.t('home.todoReorder', { count })]);
  expect(said).toEqual(['1 variant to reorder now', '1 个款式需要立即补货', '2,000 variants to reorder now', '2,000 个款式需要立即补货']);
});
