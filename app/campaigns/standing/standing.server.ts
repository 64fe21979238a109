import { randomBytes } from 'node:crypto';
import { mixtureFor, segmentCondition } from '../../audience/index.server.ts';
import { writeAudit } from '../../audit/index.server.ts';
import { invalid, ok, type Invalid, type Ok } from '../../core/result.ts';
import { saveTemplates } from '../../delivery/index.server.ts';
import type { ShopScope } from '../../platform/context.server.ts';
import type { ShopTx } from '../../platform/db.server.ts';
import type { AdminClient } from '../../shopify/index.server.ts';
import { templateOf } from '../announce.server.ts';
import { ALPHA, WHOLE } from '../arms.ts';
import { SEED_BYTES } from '../assign.server.ts';
import { meanSquareOfOrders } from '../assign.store.server.ts';
import { draftOf, type CampaignForm } from '../campaign-form.ts';
import { checkDraft } from '../campaign.ts';
import { deliveryOf } from '../delivery.ts';
import { endCampaign, pauseCampaign, resumeCampaign, type ActOutcome } from '../campaigns.server.ts';
import { goodsNamed, mailProblems, marginsOf } from '../create-campaign.server.ts';
import type { Fees } from '../economics.ts';
import { readSettings } from '../economics.store.server.ts';
import { learnedRows } from '../policy/policy.store.server.ts';
import { reportOf, type PolicyReport } from '../policy/report.ts';
import { figuresOf, type ArmFigures } from '../proof.server.ts';
import { costShare, readStandingOutcomes } from '../proof.store.server.ts';
import { numberProblems, PLANNED, type Standing, type WantedStanding } from './standing.ts';
import {
  insertStanding,
  moveStanding,
  NO_OCCASIONS,
  occasionCounts,
  openRuns,
  readStanding,
  readStandings,
  runShares,
  type RunShares,
  type StandingFigures,
} from './standing.store.server.ts';
import { triggerOf } from './trigger.ts';

const DAY_MS = 86_400_000;

/** Offers (by place) that leave less than the floor; shares in hundredths of a percent. */
export type LowOffers = {
  readonly kind: 'low';
  readonly offers: readonly { readonly place: number; readonly share: number; readonly floor: number }[];
};

type Checked = Pick<Standing, 'name' | 'trigger' | 'segment' | 'offers' | 'holdOut' | 'priority' | 'validDays' | 'againDays' | 'learns'>;

/** What is wrong with a standing campaign, by field; or what may be begun. */
function check(scope: ShopScope, wanted: WantedStanding): { readonly standing: Checked } | { readonly fields: Record<string, string> } {
  const now = scope.clock.now();
  const segment = wanted.segment.trim() || null;
  const { name, offers, holdOut, mail, trigger, priority, validDays, againDays } = wanted;
  const checked = checkDraft({ name, audience: [], offers, holdOut, startsAt: now, endsAt: null, mail }, now);
  const fields: Record<string, string> = {
    ...('fields' in checked ? checked.fields : {}),
    ...mailProblems(mail ?? []),
    ...numberProblems(wanted),
    ...(trigger ? {} : { trigger: 'standing.error.trigger' }),
    ...(isSegment(scope, segment) ? {} : { segment: 'standing.error.segment' }),
  };
  const isWhole = 'campaign' in checked && trigger && priority !== null && validDays !== null;
  if (!isWhole || Object.keys(fields).length > 0) return { fields };
  const { campaign } = checked;
  const { name: said, offers: read, holdOut: held } = campaign;
  return {
    standing: { name: said, offers: read, holdOut: held, trigger, segment, priority, validDays, againDays, learns: wanted.learns ?? false },
  };
}

const isSegment = (scope: ShopScope, text: string | null): boolean => text === null || segmentCondition(scope, text).kind === 'condition';

/** Begins a standing campaign. @returns its number, what is wrong by field, or which offers are below the floor. */
export async function createStanding(
  scope: ShopScope,
  wanted: WantedStanding & { readonly agreed: boolean },
): Promise<Ok<number> | Invalid | LowOffers> {
  const { id: shopId } = scope.shop;
  const now = scope.clock.now();
  const { mail, agreed, flow = false } = wanted;
  const checked = check(scope, wanted);
  if ('fields' in checked) return invalid(checked.fields);
  const { offers, holdOut } = checked.standing;
  const goods = await goodsNamed(scope, offers);
  if (goods.kind === 'invalid') return goods;
  const { margins, floor } = await marginsOf(scope, offers);
  const low = margins.flatMap((margin, place) => (margin && margin.share < floor ? [{ place, share: margin.share, floor }] : []));
  if (low.length > 0 && !agreed) return { kind: 'low', offers: low };
  const id = await scope.db.forShop(shopId, async (tx) => {
    const scale = await scaleOf(tx, shopId, { holdOut, offers: offers.length });
    const standing = { ...checked.standing, ...scale, delivery: deliveryOf({ mail, flow }), createdAt: now };
    const made = await insertStanding(tx, shopId, { ...standing, seed: randomBytes(SEED_BYTES) });
    if (mail) await saveTemplates(tx, shopId, { name: templateOf({ id: 0, standingId: made }), templates: mail, at: now });
    await writeAudit(tx, scope, { action: 'standing.created', subject: `standing/${made}`, after: { ...standing, agreed } });
    return made;
  });
  return ok(id);
}

async function scaleOf(
  tx: ShopTx,
  shopId: number,
  { holdOut, offers }: { holdOut: number; offers: number },
): Promise<{ mixture: number; orderSquare: number }> {
  const orderSquare = (await meanSquareOfOrders(tx, shopId)) || 1;
  const held = (PLANNED * holdOut) / WHOLE;
  const arm = (PLANNED - held) / offers;
  // As if one in ten bought once. Without a hold-out there is nothing to prove, and any number does.
  return { orderSquare, mixture: held === 0 ? 1 : mixtureFor(0.1 * orderSquare * (1 / held + 1 / arm), ALPHA / offers) };
}

/** What a person typed of a standing campaign; of the campaign's form its name, segment, offers, hold-out and mail count. */
export type StandingForm = { readonly campaign: CampaignForm } & Readonly<
  Record<'trigger' | 'number' | 'priority' | 'validDays' | 'againDays', string>
> & { readonly learns: boolean };

/** Begins the standing campaign that a form describes; everything that is wrong is said at once. */
export async function createStandingFromForm(scope: ShopScope, form: StandingForm): Promise<Ok<number> | Invalid | LowOffers> {
  const { campaign } = form;
  const { draft, problems } = draftOf({ ...campaign, startsAt: '', endsAt: '' }, scope.shop);
  const whole = (text: string): number | null => (/^\d{1,5}$/.test(text.trim()) ? Number(text) : null);
  const { name, offers, holdOut, mail, flow } = draft;
  const wanted = {
    name,
    offers,
    holdOut,
    mail: mail ?? null,
    flow,
    segment: campaign.segment,
    trigger: triggerOf(form.trigger, form.number),
    priority: whole(form.priority),
    validDays: whole(form.validDays),
    // What is no number must not pass for "once for ever".
    againDays: form.againDays.trim() === '' ? null : (whole(form.againDays) ?? 0),
    learns: form.learns,
    agreed: campaign.agreed.includes('below-floor'),
  };
  if (Object.keys(problems).length === 0) return createStanding(scope, wanted);
  const checked = check(scope, wanted);
  return invalid({ ...('fields' in checked ? checked.fields : {}), ...problems });
}

export type StandingRow = Standing & { readonly figures: StandingFigures };

/** All of a shop, the active ones first, then by priority. */
export async function listStanding(scope: ShopScope): Promise<StandingRow[]> {
  return scope.db.forShop(scope.shop.id, async (tx) => {
    const counts = await occasionCounts(tx, scope.shop.id);
    const rows: StandingRow[] = [];
    for (const status of ['active', 'paused', 'ended'] as const)
      for (const row of await readStandings(tx, scope.shop.id, [status]))
        rows.push({ ...row, figures: counts.get(row.id) ?? NO_OCCASIONS });
    return rows;
  });
}

export type StandingPage = StandingRow & {
  /** Each arm beside the hold-out; null without one. */
  readonly arms: readonly ArmFigures[] | null;
  readonly costsUnknown: boolean;
  /** Where the program chooses: what it earned beside others, from the customers whose days are over, and how its shares moved. */
  readonly learned: (PolicyReport & { readonly runs: readonly RunShares[] }) | null;
};

/** A standing campaign with what it did, counted now; null when there is none such. */
export async function standingPage(scope: ShopScope, id: number): Promise<StandingPage | null> {
  const { shop } = scope;
  const now = scope.clock.now();
  return scope.db.forShop(shop.id, async (tx) => {
    const row = await readStanding(tx, shop.id, id);
    if (!row) return null;
    const figures = (await occasionCounts(tx, shop.id)).get(id) ?? NO_OCCASIONS;
    const [fees, costs] = [await readSettings(tx, shop.id), await costShare(tx, shop, new Date(now.getTime() - 365 * DAY_MS))];
    const outcomes = await readStandingOutcomes(tx, shop, { standingId: id, days: row.validDays, now, fees, costs });
    const arms = [{ position: 0, offer: null }, ...row.offers.map((offer, at) => ({ position: at + 1, offer }))];
    const told = row.learns ? await learnedOf(tx, scope, { row, fees, costs }) : null;
    // Customers who came to their arms with unlike chances are not to be compared as they are.
    const plain = row.holdOut === 0 || row.learns ? null : figuresOf({ ...row, arms }, outcomes);
    return { ...row, figures, arms: plain, costsUnknown: costs === null, learned: told };
  });
}

async function learnedOf(
  tx: ShopTx,
  { shop, clock }: ShopScope,
  { row, fees, costs }: { row: Standing; fees: Fees; costs: number | null },
): Promise<NonNullable<StandingPage['learned']>> {
  const rows = await learnedRows(tx, shop, { from: { standingId: row.id }, days: row.validDays, now: clock.now(), fees, costs });
  const report = reportOf(rows, { offers: row.offers.length, mixture: row.mixture });
  return { ...report, runs: await runShares(tx, shop.id, row.id) };
}

type Acting = ShopScope & { readonly admin: AdminClient };
const MOVES = {
  pause: { from: ['active'], to: 'paused', action: 'standing.paused', run: pauseCampaign },
  resume: { from: ['paused'], to: 'active', action: 'standing.resumed', run: resumeCampaign },
  end: { from: ['active', 'paused'], to: 'ended', action: 'standing.ended', run: endCampaign },
} as const;

/** Pauses, resumes or ends a standing campaign, and with it the codes of its runs. */
export async function moveStandingTo(scope: Acting, id: number, how: keyof typeof MOVES): Promise<ActOutcome> {
  const { from, to, action, run } = MOVES[how];
  const now = scope.clock.now();
  const open = await scope.db.forShop(scope.shop.id, async (tx) => {
    if (!(await moveStanding(tx, scope.shop.id, { id, from, to, now }))) return null;
    await writeAudit(tx, scope, { action, subject: `standing/${id}` });
    return openRuns(tx, scope.shop.id, { standingId: id, now });
  });
  if (!open) return { kind: 'wrong-status' };
  const outcomes: ActOutcome[] = [];
  for (const campaign of open) outcomes.push(await run(scope, campaign.id));
  // A run that is being made or was paused by itself is in another state; that is no failure.
  return outcomes.find(({ kind }) => kind === 'refused') ?? { kind: 'ok' };
}
