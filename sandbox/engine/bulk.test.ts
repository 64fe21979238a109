import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as sources from '../../app/record/backfill.shopify.server.ts';
import { ALL_SCOPES } from '../server.ts';
import { openTinyStore } from '../../tests/support/tiny-store.ts';
import { runBulk } from './bulk.ts';
import { bulkProblem } from './bulk-query.ts';
import type { BulkOperation } from './records.ts';

let tiny: ReturnType<typeof openTinyStore>;
beforeEach(() => {
  tiny = openTinyStore();
});
afterEach(() => tiny.close());

async function exported(
  query: string,
  scopes: readonly string[] = ALL_SCOPES,
): Promise<{ operation: BulkOperation; lines: Record<string, unknown>[] }> {
  const operation: BulkOperation = {
    id: 'gid://shopify/BulkOperation/1',
    missingField: null,
    scopes,
    query,
    status: 'CREATED',
    errorCode: null,
    objectCount: 0,
    rootObjectCount: 0,
    fileSize: 0,
    file: null,
    token: 'export',
    createdAt: '',
    completedAt: null,
  };
  await runBulk(operation, { store: tiny.store, scopes, now: () => new Date('2026-11-23T12:00:00Z') }, path.join(tiny.dataFolder, 'bulk'));
  const file = operation.file ? fs.readFileSync(operation.file, 'utf8') : '';
  const lines = file.split('\n').filter(Boolean);
  return { operation, lines: lines.map((line): Record<string, unknown> => JSON.parse(line) as Record<string, unknown>) };
}

describe('what a bulk query may ask', () => {
  it('takes every export of the app', () => {
    for (const query of Object.values(sources)) expect(bulkProblem(query)).toBeNull();
  });

  it.each([
    [
      'a connection in a list',
      '{ orders { edges { node { id refunds { id refundLineItems { edges { node { id } } } } } } } }',
      /within a list field/,
    ],
    ['no connection', '{ shop { id } }', /at least one connection/],
    ['a field that is not there', '{ orders { edges { node { id colour } } } }', /Cannot query field "colour"/],
    [
      'six connections',
      '{ orders { edges { node { id lineItems { edges { node { id } } } discountApplications { edges { node { index } } } events { edges { node { id } } } metafields { edges { node { id } } } agreements { edges { node { id sales { edges { node { id } } } } } } } } } }',
      /more than 5 connections/,
    ],
  ])('refuses %s, as Shopify does', (_name, query, message) => {
    expect(bulkProblem(query)).toMatch(message);
  });
});

describe('an export', () => {
  it('brings every order, line, agreement and sale once, each after its parent', async () => {
    const { operation, lines } = await exported(sources.BULK_ORDERS);
    expect(operation).toMatchObject({
      status: 'COMPLETED',
      rootObjectCount: 40,
      objectCount: lines.length,
      fileSize: fs.statSync(operation.file ?? '').size,
    });
    const source = fs
      .readFileSync(path.join(import.meta.dirname, '../fixtures/tiny-store/orders.jsonl'), 'utf8')
      .trim()
      .split('\n');
    expect(lines).toHaveLength(source.length);
    const seen = new Set<unknown>();
    for (const line of lines) {
      if ('__parentId' in line) expect(seen.has(line['__parentId'])).toBe(true);
      seen.add(line['id']);
    }
  });

  it('holds to the filter of the query', async () => {
    const since = '2026-10-15T00:00:00Z';
    const { lines } = await exported(`{ orders(query: "updated_at:>='${since}'") { edges { node { id updatedAt } } } }`);
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.length).toBeLessThan(40);
    for (const line of lines) expect(Date.parse(String(line['updatedAt']))).toBeGreaterThanOrEqual(Date.parse(since));
  });

  it('names the field that the sandbox does not know, and makes nothing up', async () => {
    const { operation } = await exported('{ orders { edges { node { id clientIp } } } }');
    expect(operation).toMatchObject({ status: 'FAILED', file: null, missingField: 'Order.clientIp' });
  });

  it('fails without the scope, and sees 60 days without read_all_orders', async () => {
    const query = '{ orders { edges { node { id createdAt } } } }';
    expect((await exported(query, ['read_products'])).operation).toMatchObject({ status: 'FAILED', errorCode: 'ACCESS_DENIED' });
    const { lines } = await exported(query, ['read_orders']);
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.every((line) => Date.parse(String(line['createdAt'])) >= Date.parse('2026-09-24T12:00:00Z'))).toBe(true);
    expect(lines.length).toBeLessThan(40);
  });

  it('has no file when it finds nothing', async () => {
    const { operation } = await exported(`{ orders(query: "updated_at:>='2030-01-01'") { edges { node { id } } } }`);
    expect(operation).toMatchObject({ status: 'COMPLETED', file: null, objectCount: 0 });
  });
});
