import { writeAudit } from '../audit/index.server.ts';
import { amountOf } from '../core/money.ts';
import { invalid, ok, type Invalid, type Ok } from '../core/result.ts';
import type { ShopScope } from '../platform/context.server.ts';
import { readCadence, readSettings, writeCadence, writeSettings, type Cadence, type CampaignSettings } from './economics.store.server.ts';

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

/** How often anybody is made an offer, and when nobody is written to. */
export async function campaignCadence(scope: ShopScope): Promise<Cadence> {
  return scope.db.forShop(scope.shop.id, (tx) => readCadence(tx, scope.shop.id));
}

/** A whole number as typed; undefined where it is none from `least` to `most`, null where nothing is typed. */
function wholeOf(typed: string, least: number, most: number): number | null | undefined {
  if (typed.trim() === '') return null;
  const number = /^\d{1,4}$/.test(typed.trim()) ? Number(typed) : Number.NaN;
  return number >= least && number <= most ? number : undefined;
}

/** Saves them as typed; both quiet hours or neither. */
export async function saveCadence(
  scope: ShopScope,
  typed: Readonly<Record<'mostOffers' | 'capDays' | 'quietFrom' | 'quietTo', string>>,
): Promise<Ok<Cadence> | Invalid> {
  const mostOffers = wholeOf(typed.mostOffers, 1, 1_000);
  const capDays = wholeOf(typed.capDays, 1, 365);
  const [quietFrom, quietTo] = [wholeOf(typed.quietFrom, 0, 23), wholeOf(typed.quietTo, 0, 23)];
  const fields: Record<string, string> = {};
  if (mostOffers === undefined) fields['mostOffers'] = 'standing.error.mostOffers';
  if (capDays === undefined || capDays === null) fields['capDays'] = 'standing.error.capDays';
  if (quietFrom === undefined || (quietFrom === null) !== (quietTo === null)) fields['quietFrom'] = 'standing.error.quiet';
  if (quietTo === undefined) fields['quietTo'] = 'standing.error.quiet';
  if (Object.keys(fields).length > 0) return invalid(fields);
  const cadence = { mostOffers: mostOffers ?? null, capDays: capDays ?? 30, quietFrom: quietFrom ?? null, quietTo: quietTo ?? null };
  await scope.db.forShop(scope.shop.id, async (tx) => {
    const before = await readCadence(tx, scope.shop.id);
    await writeCadence(tx, scope.shop.id, { ...cadence, at: scope.clock.now() });
    await writeAudit(tx, scope, { action: 'campaign.cadence.saved', before, after: cadence });
  });
  return ok(cadence);
}
