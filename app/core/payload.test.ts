import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { decimal, each, flag, id, list, optional, optionalId, optionalText, optionalTime, text, time, whole } from './payload.ts';

const issuesOf = (schema: z.ZodType, value: unknown): string[] =>
  schema.safeParse(value).error?.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`) ?? [];

describe('the fields of a payload', () => {
  const schema = z.object({
    id,
    name: optionalText,
    at: optionalTime,
    parts: list(z.object({ id: optionalId })),
    home: optional(z.object({ city: text })),
  });

  it('are null where they are absent or null, and lists are empty then', () => {
    expect(schema.parse({ id: 1 })).toEqual({ id: 1n, name: null, at: null, parts: null, home: null });
    const { parts } = schema.parse({ id: 1, name: null, at: null, parts: null, home: null });
    expect(each(parts)).toEqual([]);
  });

  it('keep every digit of an id, however it is written', () => {
    const ids = [7, 9_007_199_254_740_993n, '9007199254740993'].map((value) => id.parse(value));
    expect(ids).toEqual([7n, 9_007_199_254_740_993n, 9_007_199_254_740_993n]);
  });

  it('say where and what was expected, and never the value', () => {
    expect(issuesOf(schema, { id: 'secret', name: 5, parts: [{ id: true }], home: {} })).toEqual([
      'id: expected an id',
      'name: expected a text',
      'parts.0.id: expected an id',
      'home.city: expected a text',
    ]);
    expect(issuesOf(schema, {})).toEqual(['id: expected an id']);
  });

  it.each([
    [time, '2026-02-30'],
    [time, '2026-01-01T10:00:00'],
    [time, 'tomorrow'],
    [whole, 1.5],
    [whole, '1'],
    [flag, 'true'],
    [id, 1.5],
    [id, '12a'],
    [decimal, true],
  ])('refuse what does not fit (%#)', (field, value) => {
    expect(issuesOf(field, value)).toHaveLength(1);
  });

  it('leave out the one character that the database cannot hold', () => {
    expect(text.parse('A\u0000da')).toBe('Ada');
  });

  it('read times with their offset', () => {
    expect(time.parse('2026-07-01T01:30:00+02:00')).toEqual(new Date('2026-06-30T23:30:00Z'));
    expect(time.parse('2026-07-01T01:30:00.250Z')).toEqual(new Date('2026-07-01T01:30:00.250Z'));
  });
});
