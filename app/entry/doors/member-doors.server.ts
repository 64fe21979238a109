import { createHash } from 'node:crypto';
import { memberView, programmeView, redeemAnswerOf, redeemReward } from '../../loyalty/index.server.ts';
import { rateLimit, type RateLimit } from '../../platform/rate-limit.server.ts';
import type { ShopScope } from '../../platform/context.server.ts';
import { LANGUAGES, type Language } from '../../i18n/i18n.ts';
import { appSecrets, bearerToken, customerOf, readProxyVisit, readSessionToken } from '../../shopify/index.server.ts';
import type { Services } from '../services.server.ts';
import { redeemAsked } from '../../../contracts/member-view.ts';
import type { Answer, Arrival, Door } from './door.server.ts';

export type MemberLimits = { /** Answers a minute to one customer of a shop. */ readonly memberMinute: number };
export const MEMBER_LIMITS: MemberLimits = { memberMinute: 60 };

/** One count for both doors of a process. */
export const memberLimit = ({ platform }: Services, limits: MemberLimits): RateLimit =>
  rateLimit({ most: limits.memberMinute, seconds: 60 }, platform.clock);

const UNKNOWN_SHOP: Answer = { outcome: 'unknown-shop', status: 404 };
const TOO_MANY: Answer = { outcome: 'too-many', status: 429, headers: { 'retry-after': '60' } };
/** A member's own is kept by nobody but the browser, and asked about again after a minute. */
const OWN = 'private, max-age=60';
/** A guest may log in at any moment, under the same address. */
const GUEST = 'private, no-cache';
const ANYBODY = 'public, max-age=300';

const languageAsked = (text: string | null): Language | null => LANGUAGES.find(({ code }) => code === text)?.code ?? null;

/** An answer that says nothing where the asker has the same already (RFC 9110, 13.1.2). */
function kept(json: unknown, { header }: Pick<Arrival, 'header'>, known: { outcome: string; control: string }): Answer {
  const etag = `"${createHash('sha256').update(JSON.stringify(json)).digest('base64url').slice(0, 27)}"`;
  const headers = { etag, 'cache-control': known.control, vary: 'Authorization, Cookie' };
  const held = header('if-none-match')
    .split(',')
    .map((tag) => tag.trim().replace(/^W\//, ''));
  return held.includes(etag) ? { outcome: 'not-modified', status: 304, headers } : { outcome: known.outcome, status: 200, json, headers };
}

type Asked = { readonly customerId: bigint | null; readonly language: Language | null };

async function memberAnswer(scope: ShopScope, asked: Asked, { arrival, limit }: { arrival: Arrival; limit: RateLimit }): Promise<Answer> {
  if (asked.customerId !== null && !limit.take(`${scope.shop.id}/${asked.customerId}`)) return TOO_MANY;
  const view = await memberView(scope, asked);
  return kept(view, arrival, view.member ? { outcome: 'answered', control: OWN } : { outcome: 'guest', control: GUEST });
}

type Use = {
  readonly name: Door['name'];
  readonly path: string;
  /** Of what is asked for in a body; none is read without. */
  readonly mostBytes?: number;
  answer(scope: ShopScope, asked: Asked, arrival: Arrival): Promise<Answer>;
};

function proxyDoor(services: Services, use: Use): Door {
  const { platform } = services;
  const secrets = appSecrets(platform.env);
  return {
    name: use.name,
    path: use.path,
    method: use.mostBytes === undefined ? 'GET' : 'POST',
    cors: false,
    mostBytes: use.mostBytes ?? 0,
    async receive(arrival) {
      const visit = readProxyVisit(arrival.query, { secrets, now: platform.clock.now() });
      if (visit.kind === 'refused') return { outcome: visit.reason, status: visit.reason === 'bad-query' ? 400 : 401 };
      const scope = await services.scopeOf(visit.shop);
      return scope ? use.answer(scope, { customerId: visit.customerId, language: languageAsked(visit.lang) }, arrival) : UNKNOWN_SHOP;
    },
  };
}

/** The storefront asks at /apps/storebook/member for who is logged in. */
export const memberProxyDoor = (services: Services, limit: RateLimit): Door =>
  proxyDoor(services, {
    name: 'member-proxy',
    path: '/proxy/member',
    answer: (scope, asked, arrival) => memberAnswer(scope, asked, { arrival, limit }),
  });

/** The storefront asks at /apps/storebook/programme: the same for everybody, so that caches may keep it. */
export const programmeProxyDoor = (services: Services): Door =>
  proxyDoor(services, {
    name: 'programme-proxy',
    path: '/proxy/programme',
    answer: async (scope, { language }, arrival) =>
      kept(await programmeView(scope, language ?? 'en'), arrival, { outcome: 'answered', control: ANYBODY }),
  });

/** A customer account extension asks with its session token, with the language in the address (`?lang=zh-CN`). */
function accountDoor(services: Services, use: Use): Door {
  const { platform } = services;
  const known = { secrets: appSecrets(platform.env), apiKey: platform.env.SHOPIFY_API_KEY };
  return {
    name: use.name,
    path: use.path,
    method: use.mostBytes === undefined ? 'GET' : 'POST',
    cors: true,
    mostBytes: use.mostBytes ?? 0,
    async receive(arrival) {
      const text = bearerToken(arrival.header('authorization'));
      const token = text === null ? null : await readSessionToken(text, { ...known, now: platform.clock.now() });
      if (!token) return { outcome: 'bad-token', status: 401 };
      const customer = customerOf(token);
      if (customer.kind === 'somebody-else') return { outcome: 'not-a-customer', status: 401 };
      const scope = await services.scopeOf(token.shop);
      if (!scope) return UNKNOWN_SHOP;
      const language = languageAsked(new URLSearchParams(arrival.query).get('lang'));
      return use.answer(scope, { customerId: customer.kind === 'customer' ? customer.id : null, language }, arrival);
    },
  };
}

/** The same as in the storefront, for the customer account. */
export const memberAccountDoor = (services: Services, limit: RateLimit): Door =>
  accountDoor(services, {
    name: 'member-account',
    path: '/customer-account/member',
    answer: (scope, asked, arrival) => memberAnswer(scope, asked, { arrival, limit }),
  });

const MOST_ASKED = 1_000;
const BAD: Answer = { outcome: 'bad-body', status: 400 };
const GUEST_ASKS: Answer = { outcome: 'guest', status: 401 };

/** JSON alone: a form of another site cannot send it unasked. */
function askedOf({ body, header }: Arrival): ReturnType<typeof redeemAsked.parse> | null {
  if (!/^application\/json\b/i.test(header('content-type'))) return null;
  try {
    return redeemAsked.safeParse(JSON.parse(body.toString('utf8'))).data ?? null;
  } catch {
    return null;
  }
}

async function redeemFor(
  scope: ShopScope,
  { customerId, language }: Asked,
  { arrival, limit }: { arrival: Arrival; limit: RateLimit },
): Promise<Answer> {
  if (customerId === null) return GUEST_ASKS;
  if (!limit.take(`${scope.shop.id}/${customerId}`)) return TOO_MANY;
  const asked = askedOf(arrival);
  if (!asked) return BAD;
  const outcome = await redeemReward(scope, { customerId, rewardId: Number(asked.reward), steps: asked.steps, key: asked.key });
  const json = redeemAnswerOf(outcome, language ?? 'en');
  return { outcome: outcome.kind === 'ok' ? 'redeemed' : outcome.why, status: outcome.kind === 'ok' ? 200 : 409, json };
}

/** A member redeems in the storefront, at /apps/storebook/redeem. */
export const redeemProxyDoor = (services: Services, limit: RateLimit): Door =>
  proxyDoor(services, {
    name: 'redeem-proxy',
    path: '/proxy/redeem',
    mostBytes: MOST_ASKED,
    answer: (scope, asked, arrival) => redeemFor(scope, asked, { arrival, limit }),
  });

/** A member redeems in the customer account. */
export const redeemAccountDoor = (services: Services, limit: RateLimit): Door =>
  accountDoor(services, {
    name: 'redeem-account',
    path: '/customer-account/redeem',
    mostBytes: MOST_ASKED,
    answer: (scope, asked, arrival) => redeemFor(scope, asked, { arrival, limit }),
  });
