import { writeAudit } from '../audit/index.server.ts';
import { amountOf } from '../core/money.ts';
import { invalid, ok, type Invalid, type Ok } from '../core/result.ts';
import type { ShopScope } from '../platform/context.server.ts';
import { readSettings, writeSettings, type CampaignSettings } from './economics.store.server.ts';

/** What an order costs beside its goods, and the floor that no offer's margin goes below unasked. */
export async function campaignSettings(scope: ShopScope): Promise<CampaignSettings> {
  return scope.db.forShop(scope.shop.id, (tx) => readSettings(tx, scope.shop.id));
}

/** A percentage as typed ("2.9", "-5") in hundredths of a percent; null where it is none from -100 to 100. */
function shareOf(typed: string): number | null {
  const text = typed.trim().replace(',', '.');
  if (!/^-?\d{1,3}(\.\d{1,2})?$/.test(text)) return null;
  const share = Math.round(Number(text) * 100);
  return Math.abs(share) <= 10_000 ? share : null;
}

/** Saves them as typed: percentages, and an amount of the shop's currency. */
export async function saveCampaignSettings(
  scope: ShopScope,
  typed: Readonly<Record<'marginFloor' | 'feeShare' | 'feeFixed', string>>,
): Promise<Ok<CampaignSettings> | Invalid> {
  const marginFloor = shareOf(typed.marginFloor);
  const feeShare = shareOf(typed.feeShare);
  const feeFixed = amountOf(typed.feeFixed.trim() === '' ? '0' : typed.feeFixed, scope.shop.currency);
  const fields: Record<string, string> = {};
  if (marginFloor === null) fields['marginFloor'] = 'campaigns.error.share';
  if (feeShare === null || feeShare < 0) fields['feeShare'] = 'campaigns.error.share';
  if (feeFixed === null || feeFixed < 0n) fields['feeFixed'] = 'campaigns.error.money';
  if (marginFloor === null || feeShare === null || feeFixed === null || Object.keys(fields).length > 0) return invalid(fields);
  const settings = { marginFloor, feeShare, feeFixed };
  await scope.db.forShop(scope.shop.id, async (tx) => {
    const before = await readSettings(tx, scope.shop.id);
    await writeSettings(tx, scope.shop.id, { ...settings, at: scope.clock.now() });
    await writeAudit(tx, scope, { action: 'campaign.settings.saved', before, after: settings });
  });
  return ok(settings);
}
