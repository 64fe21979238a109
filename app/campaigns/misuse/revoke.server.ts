import { writeAudit } from '../../audit/index.server.ts';
import { cancelMessages } from '../../delivery/index.server.ts';
import type { Platform, ShopRef, ShopScope } from '../../platform/context.server.ts';
import { failureText, type AdminClient } from '../../shopify/index.server.ts';
import { DELETE_CODES, FIND_CODE } from '../campaigns.shopify.server.ts';
import { cancelFlowsOf } from '../hand-over/flow.server.ts';
import { revokeJob } from '../job-definitions.ts';
import {
  codesOf,
  lockRevoking,
  markRevoked,
  markRevoking,
  noteRevokeError,
  revokingCodes,
  type Revocable,
  type Revoking,
} from './misuse.store.server.ts';

/** So many codes are taken back at once at most: who wants more ends the campaign. */
export const MOST_REVOKED = 200;
/** What is typed between codes: blanks, commas, semicolons, new lines. */
const BETWEEN = /[\s,;]+/;
const ROUND = 50;
const MOST_ROUNDS = 40;
const PAUSE_MS = 500;

/** What became of each code that was to be taken back. */
export type RevokeOutcome =
  | { readonly kind: 'empty' | 'too-many' }
  | {
      readonly kind: 'ok';
      /** They are on their way out of the store. */
      readonly revoked: readonly string[];
      /** Orders used them: nothing is left to take back. */
      readonly used: readonly string[];
      /** Not there yet, refused or taken back before. */
      readonly idle: readonly string[];
      readonly unknown: readonly string[];
    };

const stateOf = (found: Revocable | undefined): 'revoked' | 'used' | 'idle' | 'unknown' => {
  if (!found) return 'unknown';
  if (found.used) return 'used';
  return found.status === 'added' ? 'revoked' : 'idle';
};

/** Takes personal codes back: they stop working at the store; mails and hand-overs that still wait with them do not go. */
export async function revokeCodes(scope: ShopScope, typed: string): Promise<RevokeOutcome> {
  const { id: shopId } = scope.shop;
  const codes = [...new Set(typed.toUpperCase().split(BETWEEN).filter(Boolean))];
  if (codes.length === 0) return { kind: 'empty' };
  if (codes.length > MOST_REVOKED) return { kind: 'too-many' };
  const now = scope.clock.now();
  const outcome = await scope.db.forShop(shopId, async (tx) => {
    const found = new Map((await codesOf(tx, shopId, codes)).map((row) => [row.code, row]));
    const byState = Map.groupBy(codes, (code) => stateOf(found.get(code)));
    const revoked = await markRevoking(tx, shopId, byState.get('revoked') ?? []);
    const campaigns = Map.groupBy(revoked, (code) => found.get(code)?.campaignId ?? 0);
    for (const [campaignId, of] of campaigns) {
      await cancelMessages(tx, shopId, { campaignId, now, codes: of });
      await cancelFlowsOf(tx, shopId, { campaignId, codes: of.flatMap((code) => found.get(code) ?? []) });
      await writeAudit(tx, scope, { action: 'campaign.codes.revoked', subject: `campaign/${campaignId}`, after: { codes: of.length } });
    }
    return { revoked, used: byState.get('used') ?? [], idle: byState.get('idle') ?? [], unknown: byState.get('unknown') ?? [] };
  });
  if (outcome.revoked.length > 0) await scope.queue.enqueue(revokeJob, { shopId }, { key: String(shopId) });
  return { kind: 'ok', ...outcome };
}

type Tools = { readonly client: AdminClient; readonly pause?: (ms: number) => Promise<void> };
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Takes the codes that are to be taken back out of the store. Deleting is asynchronous there, so each is asked for again
 * until it is gone; only then it counts as revoked. What the store refuses stays, with what it said, for the next turn.
 */
export async function revokeAtStore(platform: Platform, shop: ShopRef, { client, pause = sleep }: Tools): Promise<void> {
  // The lock lives as long as this transaction, whose connection does nothing else.
  await platform.db.forShop(
    shop.id,
    async (lock) => {
      if (!(await lockRevoking(lock, shop.id))) return;
      for (let round = 0; round < MOST_ROUNDS; round += 1) {
        const codes = await platform.db.forShop(shop.id, (tx) => revokingCodes(tx, shop.id, ROUND));
        if (codes.length === 0) return;
        let refused = 0;
        for (const [discountGid, of] of Map.groupBy(codes, (code) => code.discountGid))
          refused += await revokeOf({ platform, shop, client }, discountGid, of);
        // Nothing but refusals: another try at once would hear the same.
        if (refused === codes.length) return;
        await pause(PAUSE_MS);
      }
    },
    { timeoutMs: 600_000 },
  );
}

type Work = { readonly platform: Platform; readonly shop: ShopRef; readonly client: AdminClient };

/** Asks where codes of a discount are, and deletes those that are there. @returns how many the store refused. */
async function revokeOf({ platform, shop, client }: Work, discountGid: string, codes: readonly Revoking[]): Promise<number> {
  const inShop = <T>(work: Parameters<typeof platform.db.forShop<T>>[1]): Promise<T> => platform.db.forShop(shop.id, work);
  const there: { readonly code: string; readonly id: string }[] = [];
  const gone: string[] = [];
  for (const { code } of codes) {
    const outcome = await client.run(shop, FIND_CODE, { id: discountGid, code });
    if (outcome.kind !== 'ok') {
      await inShop((tx) => noteRevokeError(tx, shop.id, { codes: codes.map((each) => each.code), error: failureText(outcome) }));
      return codes.length;
    }
    const discount = outcome.data.codeDiscountNode?.codeDiscount;
    const held = discount && 'codes' in discount ? discount.codes.nodes.find((node) => node.code.toUpperCase() === code) : undefined;
    if (held) there.push({ code, id: held.id });
    else gone.push(code);
  }
  if (gone.length > 0) await inShop((tx) => markRevoked(tx, shop.id, gone));
  if (there.length === 0) return 0;
  const outcome = await client.run(shop, DELETE_CODES, { discountId: discountGid, ids: there.map(({ id }) => id) });
  if (outcome.kind === 'ok') return 0;
  await inShop((tx) => noteRevokeError(tx, shop.id, { codes: there.map(({ code }) => code), error: failureText(outcome) }));
  return there.length;
}
