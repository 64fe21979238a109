import { expect, it } from 'vitest';
import { rulesOf, typedOf, type ProgrammeForm } from './programme-form.ts';
import { readProgrammeForm, rulesSchema, storedRules } from './programme-rules.ts';

const SHOP = { currency: 'GBP', timezone: 'Europe/London' };
const form = (events: ProgrammeForm['events']): ProgrammeForm => ({ ...typedOf(null, SHOP), events });

it('events of a form become rules, are stored, read and shown again', () => {
  const typed = form([
    { kind: ' review ', points: '50', mostAMonth: '2' },
    { kind: '', points: '', mostAMonth: '' },
    { kind: 'quiz', points: '10', mostAMonth: '' },
  ]);
  const { rules, problems } = rulesOf(typed, SHOP);
  expect([rules.events, problems]).toEqual([
    [
      { kind: 'review', points: 50, mostAMonth: 2 },
      { kind: 'quiz', points: 10, mostAMonth: null },
    ],
    {},
  ]);
  const stored: unknown = JSON.parse(JSON.stringify(storedRules(rules)));
  expect(rulesSchema.parse(stored)).toEqual(rules);
  expect(typedOf(rules, SHOP).events).toEqual([
    { kind: 'review', points: '50', mostAMonth: '2' },
    { kind: 'quiz', points: '10', mostAMonth: '' },
  ]);
  expect(readProgrammeForm(JSON.stringify(typed))).toEqual(typed);
});

it('rules that were stored before there were events have none', () => {
  const { events: _none, ...older } = storedRules(rulesOf(form([]), SHOP).rules);
  expect(rulesSchema.parse(older).events).toEqual([]);
});

it.each([
  [{ kind: 'Review', points: '5', mostAMonth: '' }, { 'events.1.kind': 'points.error.kind' }],
  [{ kind: '', points: '5', mostAMonth: '' }, { 'events.1.kind': 'points.error.kind' }],
  [{ kind: 'quiz', points: '5', mostAMonth: '' }, { 'events.1.kind': 'points.error.kindTwice' }],
  [{ kind: 'review', points: '0', mostAMonth: '' }, { 'events.1.points': 'points.error.number' }],
  [{ kind: 'review', points: '', mostAMonth: '' }, { 'events.1.points': 'points.error.number' }],
  [{ kind: 'review', points: '5', mostAMonth: 'two' }, { 'events.1.mostAMonth': 'points.error.number' }],
])('%j is refused', (row, problems) => {
  expect(rulesOf(form([{ kind: 'quiz', points: '10', mostAMonth: '' }, row]), SHOP).problems).toEqual(problems);
});
