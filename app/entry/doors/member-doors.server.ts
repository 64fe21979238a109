import { createHash } from 'node:crypto';
import { memberView, programmeView } from '../../loyalty/index.server.ts';
import { rateLimit, type RateLimit } from '../../platform/rate-limit.server.ts';
import type { ShopScope } from '../../platform/context.server.ts';
import { LANGUAGES, type Language } from '../../i18n/i18n.ts';
import { appSecrets, bearerToken, customerOf, readProxyVisit, readSessionToken } from '../../shopify/index.server.ts';
import type { Services } from '../services.server.ts';
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

type ProxyUse = {
  readonly name: Door['name'];
  readonly path: string;
  answer(scope: ShopScope, asked: Asked, arrival: Arrival): Promise<Answer>;
};

function proxyDoor(services: Services, use: ProxyUse): Door {
  const { platform } = services;
  const secrets = appSecrets(platform.env);
  return {
    name: use.name,
    path: use.path,
    method: 'GET',
    cors: false,
    mostBytes: 0,
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
export function memberAccountDoor(services: Services, limit: RateLimit): Door {
  const { platform } = services;
  const known = { secrets: appSecrets(platform.env), apiKey: platform.env.SHOPIFY_API_KEY };
  return {
    name: 'member-account',
    path: '/customer-account/member',
    method: 'GET',
    cors: true,
    mostBytes: 0,
    async receive(arrival) {
      const text = bearerToken(arrival.header('authorization'));
      const token = text === null ? null : await readSessionToken(text, { ...known, now: platform.clock.now() });
      if (!token) return { outcome: 'bad-token', status: 401 };
      const customer = customerOf(token);
      if (customer.kind === 'somebody-else') return { outcome: 'not-a-customer', status: 401 };
      const scope = await services.scopeOf(token.shop);
      if (!scope) return UNKNOWN_SHOP;
      const language = languageAsked(new URLSearchParams(arrival.query).get('lang'));
      const customerId = customer.kind === 'customer' ? customer.id : null;
      return memberAnswer(scope, { customerId, language }, { arrival, limit });
    },
  };
}
