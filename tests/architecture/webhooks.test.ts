import fs from 'node:fs';
import { expect, it } from 'vitest';
import { appProxyDoor } from '../../app/entry/doors/loyalty-doors.server.ts';
import type { Services } from '../../app/entry/services.server.ts';
import { webhookTopics } from '../../app/jobs/webhook-catalogue.server.ts';

/** The lists of strings that a key has anywhere in the toml; all that is needed of TOML here. */
function listsOf(toml: string, key: string): string[] {
  return [...toml.matchAll(new RegExp(`^${key}\\s*=\\s*\\[([^\\]]*)\\]`, 'gm'))].flatMap((match) =>
    [...(match[1] ?? '').matchAll(/"([^"]+)"/g)].map((item) => item[1] ?? ''),
  );
}

const toml = fs.readFileSync('shopify.app.toml', 'utf8');

it('shopify.app.toml declares exactly the topics that the catalogue handles', () => {
  const declared = [...listsOf(toml, 'topics'), ...listsOf(toml, 'compliance_topics')].toSorted();
  expect(declared).toEqual([...webhookTopics()].toSorted());
  expect(new Set(declared).size).toBe(declared.length);
});

it('every subscription leads to the one door, at the API version of the client', () => {
  const uris = [...toml.matchAll(/^uri = "([^"]+)"/gm)].map((match) => match[1]);
  expect(uris.every((uri) => uri === '/webhooks')).toBe(true);
  expect(toml).toContain('api_version = "2026-07"');
});

it('the app proxy leads to the door that answers it', () => {
  const value = (key: string): string => new RegExp(`^${key} = "([^"]*)"`, 'm').exec(toml.slice(toml.indexOf('[app_proxy]')))?.[1] ?? '';
  const address = new URL(value('url'));
  expect(`${address.origin}`).toBe(/^application_url = "([^"]*)"/m.exec(toml)?.[1]);
  const door = appProxyDoor({ platform: { env: { SHOPIFY_API_SECRET: 'x' } } } as unknown as Services);
  expect(door.path.startsWith(`${address.pathname}/`)).toBe(true);
  expect([value('prefix'), value('subpath')]).toEqual(['apps', 'storebook']);
});
