import '@shopify/shopify-api/adapters/node';
import type { AllOperations, ReturnData } from '@shopify/admin-api-client';
import type { AdminOperations } from '@shopify/admin-api-client';
import { Session } from '@shopify/shopify-api';
import { z } from 'zod';
import type { Platform, ShopRef } from '../platform/context.server.ts';
import { availableNow, backoff, waitFor, type Bucket } from './cost.ts';
import { storeFetch } from './fetch.server.ts';
import { sessionStorage } from './session.store.server.ts';

export const API_VERSION = '2026-07';
const MOST_TRIES = 6;
const EXPIRY_MARGIN_MS = 5 * 60_000;

export type UserError = { field: string | null; message: string; code: string | null };

/** What came of a call. What is not named here (network down, Shopify's own failure) is thrown, and a job tries again. */
export type AdminOutcome<Data> =
  | { kind: 'ok'; data: Data }
  /** The store refused the input; nothing was changed, unless the operation says that it does parts. */
  | { kind: 'user-errors'; errors: UserError[]; data: Data }
  | { kind: 'access-denied'; message: string }
  /** Uninstalled, frozen or closed: calling again makes no sense. */
  | { kind: 'shop-gone'; status: number };

/** The store could not be reached, or kept failing; to be tried again later. */
export class AdminUnavailableError extends Error {
  override readonly name = 'AdminUnavailableError';
}

/** It is not known whether the store did what it was asked for. */
export class AdminUnclearError extends Error {
  override readonly name = 'AdminUnclearError';
}

/** The store does not know the operation: a fault of ours, not of the input. */
export class AdminOperationError extends Error {
  override readonly name = 'AdminOperationError';
}

type Variables<Operation extends keyof Operations> = Operations[Operation]['variables'];
type Operations = AdminOperations & AllOperations;

export type AdminClient = {
  /**
   * Runs a typed operation (a `#graphql` text in a *.shopify.server.ts file). Waits for cost points, retries what is
   * retryable, renews the token.
   */
  run<Operation extends keyof AdminOperations>(
    shop: Pick<ShopRef, 'domain'>,
    operation: Operation,
    variables: Variables<Operation>,
  ): Promise<AdminOutcome<ReturnData<Operation, AdminOperations>>>;
  /**
   * The same for an operation that must not be repeated: tried again only where the store has surely done nothing.
   * @throws AdminUnclearError where it may have done it.
   */
  runOnce<Operation extends keyof AdminOperations>(
    shop: Pick<ShopRef, 'domain'>,
    operation: Operation,
    variables: Variables<Operation>,
  ): Promise<AdminOutcome<ReturnData<Operation, AdminOperations>>>;
  /** Fetches an address that the store gave (a bulk operation's result). */
  download(url: string, init?: { signal?: AbortSignal; from?: number }): Promise<Response>;
};

type Body = { readonly query: string; readonly variables: unknown };

/** Nobody was there, so nobody can have done anything. */
function isUnreached(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  return code === 'ECONNREFUSED' || code === 'ENOTFOUND' || code === 'EAI_AGAIN';
}

const answerShape = z.object({
  data: z.record(z.string(), z.unknown()).nullish(),
  errors: z
    .array(z.object({ message: z.string(), extensions: z.object({ code: z.string().optional() }).loose().optional() }).loose())
    .optional(),
  extensions: z
    .object({
      cost: z
        .object({
          requestedQueryCost: z.number().optional(),
          throttleStatus: z.object({ maximumAvailable: z.number(), currentlyAvailable: z.number(), restoreRate: z.number() }).optional(),
        })
        .loose()
        .optional(),
    })
    .loose()
    .optional(),
});
type Answer = z.infer<typeof answerShape>;

const tokenAnswer = z.object({
  access_token: z.string(),
  scope: z.string().optional(),
  expires_in: z.number().optional(),
  refresh_token: z.string().optional(),
  refresh_token_expires_in: z.number().optional(),
});

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** One client a process; it remembers each shop's bucket, which is a courtesy and no truth: Shopify's answer counts. */
export function createAdminClient(
  platform: Pick<Platform, 'db' | 'env' | 'log'>,
  tools: { now?: () => number; chance?: () => number; pause?: (ms: number) => Promise<void> } = {},
): AdminClient {
  const now = tools.now ?? (() => Date.now());
  const chance = tools.chance ?? (() => Math.random());
  const pause = tools.pause ?? sleep;
  const send = storeFetch(platform.env);
  const sessions = sessionStorage(platform);
  const buckets = new Map<string, Bucket>();
  const costs = new Map<string, number>();

  /** The shop's token, renewed where it is about to expire; one process at a time renews (advisory lock). */
  const tokenOf = async (domain: string, rejected: string | null): Promise<string | null> => {
    const id = `offline_${domain}`;
    const usable = (session: Session | undefined): string | null =>
      session?.accessToken && session.accessToken !== rejected && !session.isExpired(EXPIRY_MARGIN_MS) ? session.accessToken : null;
    const held = await sessions.loadSession(id);
    const token = usable(held);
    if (token || !held?.refreshToken) return token;
    return platform.db.forDomain(
      domain,
      async (tx) => {
        await tx.$executeRaw`SELECT pg_advisory_xact_lock(7322, hashtext(${domain}))`;
        // Another process may have renewed it while this one waited for the lock.
        const again = await sessions.loadSession(id);
        return usable(again) ?? (again?.refreshToken ? renew(domain, again) : null);
      },
      { timeoutMs: 30_000 },
    );
  };

  const renew = async (domain: string, held: Session): Promise<string | null> => {
    const response = await send(`https://${domain}/admin/oauth/access_token`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify({
        client_id: platform.env.SHOPIFY_API_KEY,
        client_secret: platform.env.SHOPIFY_API_SECRET,
        grant_type: 'refresh_token',
        refresh_token: held.refreshToken,
      }),
    });
    if (response.status >= 500) throw new AdminUnavailableError(`token renewal answered ${response.status}`);
    if (!response.ok) return null;
    const fresh = tokenAnswer.parse(await response.json());
    const until = (seconds: number | undefined): Date | undefined =>
      seconds === undefined ? undefined : new Date(now() + seconds * 1_000);
    await sessions.storeSession(
      new Session({
        ...held.toObject(),
        accessToken: fresh.access_token,
        scope: fresh.scope ?? held.scope,
        expires: until(fresh.expires_in),
        refreshToken: fresh.refresh_token ?? held.refreshToken,
        refreshTokenExpires: until(fresh.refresh_token_expires_in) ?? held.refreshTokenExpires,
      }),
    );
    return fresh.access_token;
  };

  const remember = (domain: string, operation: string, answer: Answer): void => {
    const cost = answer.extensions?.cost;
    if (cost?.requestedQueryCost) costs.set(operation, cost.requestedQueryCost);
    const status = cost?.throttleStatus;
    if (status)
      buckets.set(domain, {
        available: status.currentlyAvailable,
        maximum: status.maximumAvailable,
        restoreRate: status.restoreRate,
        at: now(),
      });
  };

  const waitForPoints = async (domain: string, operation: string): Promise<void> => {
    const bucket = buckets.get(domain);
    const cost = costs.get(operation) ?? 10;
    const wait = waitFor(bucket, cost, now());
    if (wait > 0) await pause(wait);
    // Taken off at once, so that calls that run side by side do not all count on the same points.
    if (bucket) buckets.set(domain, { ...bucket, available: availableNow(bucket, now()) - cost, at: now() });
  };

  const post = (domain: string, token: string, body: Body): Promise<Response> =>
    send(`https://${domain}/admin/api/${API_VERSION}/graphql.json`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json', 'x-shopify-access-token': token },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(30_000),
    });

  /** One try. `retry`: nothing was done; `unclear`: nobody knows. */
  const attempt = async (domain: string, token: string, body: Body): Promise<AdminOutcome<unknown> | 'retry' | 'unclear' | 'new-token'> => {
    await waitForPoints(domain, body.query);
    const response = await post(domain, token, body).catch((error: unknown) => (isUnreached(error) ? 'retry' : 'unclear'));
    if (typeof response === 'string') return response;
    if (response.status === 429) return 'retry';
    if (response.status >= 500) return 'unclear';
    if (response.status === 401) return 'new-token';
    if ([402, 403, 404, 423].includes(response.status)) return { kind: 'shop-gone', status: response.status };
    const answer = answerShape.parse(await response.json());
    remember(domain, body.query, answer);
    return outcomeOf(answer);
  };

  const runAs = async ({ domain }: Pick<ShopRef, 'domain'>, body: Body, how: { once: boolean }): Promise<AdminOutcome<unknown>> => {
    let rejected: string | null = null;
    for (let tried = 1; tried <= MOST_TRIES; tried += 1) {
      const token = await tokenOf(domain, rejected);
      if (!token) return { kind: 'shop-gone', status: 401 };
      const outcome = await attempt(domain, token, body);
      if (outcome === 'new-token') rejected = token;
      else if (outcome === 'unclear' && how.once) throw new AdminUnclearError(`the store ${domain} did not say what it did`);
      else if (outcome === 'retry' || outcome === 'unclear') await pause(backoff(tried, chance()));
      else return outcome;
    }
    throw new AdminUnavailableError(`the store ${domain} did not answer after ${MOST_TRIES} tries`);
  };

  const runner =
    (how: { once: boolean }) =>
    (shop: Pick<ShopRef, 'domain'>, query: string, variables: unknown): Promise<AdminOutcome<unknown>> =>
      runAs(shop, { query, variables }, how);
  return {
    // The generated types tie each operation's text to its answer; the schema test holds the texts to the schema.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    run: runner({ once: false }) as AdminClient['run'],
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as above
    runOnce: runner({ once: true }) as AdminClient['runOnce'],
    download: (url, init) => send(url, { signal: init?.signal, headers: init?.from ? { range: `bytes=${init.from}-` } : {} }),
  };
}

/** Reads an answer of status 200; 'retry' where Shopify was throttling, 'unclear' where it failed by itself. */
function outcomeOf(answer: Answer): AdminOutcome<unknown> | 'retry' | 'unclear' {
  const codes = answer.errors?.map((error) => error.extensions?.code ?? '') ?? [];
  if (codes.includes('THROTTLED')) return 'retry';
  if (codes.includes('INTERNAL_SERVER_ERROR')) return 'unclear';
  const denied = answer.errors?.find((error) => error.extensions?.code === 'ACCESS_DENIED');
  if (denied) return { kind: 'access-denied', message: denied.message };
  if (answer.errors && answer.errors.length > 0)
    throw new AdminOperationError(
      answer.errors
        .map((error) => error.message)
        .join('; ')
        .slice(0, 500),
    );
  const data = answer.data ?? {};
  const errors = Object.values(data).flatMap(userErrorsOf);
  return errors.length > 0 ? { kind: 'user-errors', errors, data } : { kind: 'ok', data };
}

const withUserErrors = z.object({
  userErrors: z.array(z.object({ field: z.array(z.string()).nullish(), message: z.string(), code: z.string().nullish() }).loose()),
});

function userErrorsOf(payload: unknown): UserError[] {
  const parsed = withUserErrors.safeParse(payload);
  if (!parsed.success) return [];
  return parsed.data.userErrors.map((error) => ({
    field: error.field?.join('.') ?? null,
    message: error.message,
    code: error.code ?? null,
  }));
}

/** Says why a call did not come to anything; for an outcome that is not ok. */
export function failureText(outcome: Exclude<AdminOutcome<unknown>, { kind: 'ok' }>): string {
  switch (outcome.kind) {
    case 'user-errors':
      return outcome.errors.map((error) => error.message).join('; ');
    case 'access-denied':
      return `access denied: ${outcome.message}`;
    case 'shop-gone':
      return `the store is gone (${outcome.status})`;
  }
}
