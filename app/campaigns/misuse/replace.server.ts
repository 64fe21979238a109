import { randomBytes } from 'node:crypto';
import { writeAudit } from '../../audit/index.server.ts';
import { codeKeyOf } from '../code-key.store.server.ts';
import type { ShopScope } from '../../platform/context.server.ts';
import { readCampaign, type Campaign } from '../campaigns.store.server.ts';
import { boundCodeFrom, CODE_BYTES, codeFrom } from '../codes.ts';
import { createJob } from '../job-definitions.ts';
import { insertReplacement, lockReplaceable, type Replaceable } from './replace.store.server.ts';

/**
 * What became of a code that was to get another in its place. `revoking`: the store still has it; `working`: it was not
 * taken back; `over`: the campaign does not run.
 */
export type ReplaceOutcome =
  | { readonly kind: 'replaced'; readonly code: string }
  | { readonly kind: 'not-replaced'; readonly reason: 'unknown' | 'revoking' | 'working' | 'used' | 'already' | 'over' };

type Reason = Extract<ReplaceOutcome, { kind: 'not-replaced' }>['reason'];

function reasonAgainst(found: Replaceable | null, campaign: Campaign | null, now: Date): Reason | null {
  if (!found || !campaign) return 'unknown';
  if (found.replaced) return 'already';
  if (found.used) return 'used';
  if (found.status !== 'revoked') return found.status === 'revoking' ? 'revoking' : 'working';
  return campaign.status !== 'active' || (campaign.endsAt !== null && campaign.endsAt <= now) ? 'over' : null;
}

/**
 * Gives the customer of a code that was taken back another in its place: of the same offer, with the same end, made and told
 * of as the campaign's codes are. Once a code; the old one stays revoked.
 */
export async function replaceCode(scope: ShopScope, typed: string): Promise<ReplaceOutcome> {
  const { id: shopId } = scope.shop;
  const old = typed.trim().toUpperCase();
  const outcome = await scope.db.forShop(shopId, async (tx): Promise<ReplaceOutcome> => {
    const found = await lockReplaceable(tx, shopId, old);
    const campaign = found && (await readCampaign(tx, shopId, found.campaignId));
    const reason = reasonAgainst(found, campaign, scope.clock.now());
    if (reason !== null || !found || !campaign) return { kind: 'not-replaced', reason: reason ?? 'unknown' };
    const { campaignId, arm, customerId } = found;
    const key = await codeKeyOf(tx, shopId);
    const { word } = campaign;
    const bytes = randomBytes(CODE_BYTES);
    const code = key === null ? codeFrom(bytes, word) : boundCodeFrom(bytes, { customerId, key, word });
    await insertReplacement(tx, shopId, { code, replaces: old, campaignId, arm, customerId });
    // Codes are as good as money, so neither stands in the log.
    await writeAudit(tx, scope, {
      action: 'campaign.code.replaced',
      subject: `campaign/${campaignId}`,
      after: { customer: String(customerId), arm },
    });
    return { kind: 'replaced', code };
  });
  if (outcome.kind === 'replaced') await scope.queue.enqueue(createJob, { shopId }, { key: String(shopId) });
  return outcome;
}
