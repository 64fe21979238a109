import fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { memberPage, memberSchema } from '../../sandbox/face/theme.ts';

const FOLDER = 'extensions/storebook-theme';
const words = z.record(z.string(), z.record(z.string(), z.string().min(1)));
const keysOf = (name: string): string[] => {
  const all = words.parse(JSON.parse(fs.readFileSync(`${FOLDER}/locales/${name}`, 'utf8')));
  return Object.entries(all).flatMap(([group, texts]) => Object.keys(texts).map((key) => `${group}.${key}`));
};
const liquid = fs.readFileSync(`${FOLDER}/blocks/member.liquid`, 'utf8');

describe('the theme extension', () => {
  it('has every word in both languages, and no other', () => {
    expect(keysOf('zh-CN.json')).toEqual(keysOf('en.default.json'));
    expect(keysOf('zh-CN.schema.json')).toEqual(keysOf('en.default.schema.json'));
    const used = [...liquid.matchAll(/'(member\.\w+)' \| t/g)].map((match) => match[1] ?? '');
    expect([...new Set(used)].toSorted()).toEqual(keysOf('en.default.json').toSorted());
    const ofSchema = [...liquid.matchAll(/"t:(member\.\w+)"/g)].map((match) => match[1] ?? '');
    expect([...new Set(ofSchema)].toSorted()).toEqual(keysOf('en.default.schema.json').toSorted());
  });

  it('has assets that are there and small', () => {
    const { stylesheet, javascript } = memberSchema();
    expect(fs.statSync(`${FOLDER}/assets/${javascript}`).size).toBeLessThan(10_000);
    expect(fs.statSync(`${FOLDER}/assets/${stylesheet}`).size).toBeLessThan(100_000);
    // Liquid of all blocks together; Shopify's bound.
    expect(liquid.length).toBeLessThan(100_000);
  });

  it('asks for a member where somebody is logged in, and lets no text of a merchant be markup', () => {
    const page = memberPage({ title: 'A', locale: 'zh-CN', customerId: '7', settings: { title: '<img src=x>' } });
    expect(page).toContain('data-customer="7"');
    expect(page).toContain('data-lang="zh-CN"');
    expect(page).not.toContain('<img');
    expect(memberPage({ title: 'A', locale: 'en', customerId: null })).toContain('data-customer=""');
  });

  it('has a script that writes texts alone', () => {
    const script = fs.readFileSync(`${FOLDER}/assets/storebook-member.js`, 'utf8');
    expect(script).not.toMatch(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function/);
  });
});
