import { randomBytes } from 'node:crypto';
import { writeAudit } from '../audit/index.server.ts';
import { addDays, dayOf, type Day } from '../core/calendar.ts';
import { invalid, ok, type Invalid, type Ok } from '../core/result.ts';
import { mailProblem, saveTemplates } from '../delivery/index.server.ts';
import { runningOut, type RunningOut } from '../forecast/index.server.ts';
import type { ShopScope } from '../platform/context.server.ts';
import { templateOf } from './announce.server.ts';
import { armsOf } from './arms.ts';
import { SEED_BYTES } from './assign.server.ts';
import { audienceOf, countAudience, parseAudience } from './audience.store.server.ts';
import { draftOf, type Agreed, type CampaignForm } from './campaign-form.ts';
import { codesWithin, type Budget } from './budget.ts';
import { checkDraft, type Audience, type CampaignDraft, type CheckedCampaign, type MailTexts } from './campaign.ts';
import { insertCampaign } from './campaigns.store.server.ts';
import { deliveryOf } from './delivery.ts';
import { highestPrices, ordersMeeting, readSettings } from './economics.store.server.ts';
import { expectedMargin, type ExpectedMargin } from './economics.ts';
import { expectedFactor, planCampaign } from './demand.server.ts';
import { collectionProblem, goodsOf, productsOf, withoutProducts, type Members } from './goods.ts';
import { createJob } from './job-definitions.ts';
import { membersOf } from './members.server.ts';
import { mostOff, type Offer } from './offer.ts';
import type { Waves } from './waves/waves.ts';
import { insertWaves } from './waves/waves.store.server.ts';

const DAY_MS = 86_400_000;
/** Of a campaign without an end: how far ahead its stock is looked at, and how far back what customers spent before. */
const OPEN_STOCK_DAYS = 28;
const OPEN_BEFORE_DAYS = 90;

async function countOf(scope: ShopScope, audience: Audience): Promise<number> {
  const { id: shopId, timezone, currency } = scope.shop;
  return scope.db.forShop(shopId, (tx) => countAudience(tx, audience, { shopId, timezone, currency, now: scope.clock.now() }));
}

/** How many customers a campaign with these rules would reach now; null when the rules are none. */
export async function audienceCount(scope: ShopScope, rules: unknown): Promise<number | null> {
  const audience = parseAudience(rules);
  return audience && countOf(scope, audience);
}

export type Foreseen = {
  /** How many customers the form's conditions mean now; null where a condition is not complete. */
  readonly count: number | null;
  /** What a redemption of each offer leaves; null where that cannot be told. */
  readonly margins: readonly (ExpectedMargin | null)[];
};

/** What a form would come to, as far as it is complete. */
export async function foreseeFromForm(scope: ShopScope, form: CampaignForm): Promise<Foreseen> {
  const { audience, problems } = audienceOf(form, scope.shop);
  const { draft } = draftOf(form, scope.shop);
  const checked = checkDraft(
    { ...draft, name: 'x', audience: [], holdOut: 0, startsAt: scope.clock.now(), endsAt: null },
    scope.clock.now(),
  );
  const offers = 'campaign' in checked ? checked.campaign.offers : [];
  return {
    count: Object.keys(problems).length > 0 ? null : await countOf(scope, audience),
    margins: (await marginsOf(scope, offers)).margins,
  };
}

/** What a redemption of each offer leaves, beside the floor. */
export async function marginsOf(
  scope: ShopScope,
  offers: readonly Offer[],
): Promise<{ margins: (ExpectedMargin | null)[]; floor: number }> {
  const since = new Date(scope.clock.now().getTime() - 365 * DAY_MS);
  return scope.db.forShop(scope.shop.id, async (tx) => {
    const settings = await readSettings(tx, scope.shop.id);
    const members = await membersOf(tx, scope.shop.id, offers);
    const margins: (ExpectedMargin | null)[] = [];
    for (const offer of offers) {
      const sums = await ordersMeeting(tx, scope.shop, { offer, goods: goodsOf(offer, members), since });
      margins.push(expectedMargin(sums, settings));
    }
    return { margins, floor: settings.marginFloor };
  });
}

export type WantedCampaign = Omit<CampaignDraft, 'audience'> & { audience: unknown; agreed?: readonly Agreed[] };

/** Why a campaign that is complete is not begun unless the merchant agrees, or at all. */
export type Risky = {
  readonly kind: 'risky';
  /** Products sold out before the campaign ends, and when. */
  readonly runningOut: readonly RunningOut[];
  /** Whether other products are left once these are left out. */
  readonly canLeaveOut: boolean;
  /** So many products an offer on collections would then be on; `too-many`: more than a discount bears; null: it is no such offer. */
  readonly narrowed: number | 'too-many' | null;
  /** Offers (by place) whose margin is below the floor; shares in hundredths of a percent. */
  readonly belowFloor: readonly { readonly place: number; readonly margin: bigint; readonly share: number; readonly floor: number }[];
};

function lastDay(campaign: CheckedCampaign, scope: ShopScope): Day {
  const end = campaign.endsAt ?? new Date(Math.max(campaign.startsAt.getTime(), scope.clock.now().getTime()) + OPEN_STOCK_DAYS * DAY_MS);
  return dayOf(new Date(end.getTime() - 1), scope.shop.timezone);
}

async function risksOf(
  scope: ShopScope,
  campaign: CheckedCampaign,
  { agreed, factor, members }: Pick<How, 'agreed' | 'factor' | 'members'>,
): Promise<Risky | null> {
  const productIds = [...new Set(campaign.offers.flatMap((offer) => productsOf(offer, members)))];
  const before = addDays(lastDay(campaign, scope), 1);
  const out = productIds.length === 0 ? [] : await runningOut(scope, { productIds, before, uplift: factor });
  const { margins, floor } = await marginsOf(scope, campaign.offers);
  const low = margins.flatMap((margin, place) =>
    margin && (margin.paid === 0n || margin.share < floor) ? [{ place, margin: margin.margin, share: margin.share, floor }] : [],
  );
  const belowFloor = agreed.includes('below-floor') ? [] : low;
  if (out.length === 0 && belowFloor.length === 0) return null;
  const without = withoutProducts(campaign.offers, new Set(out.map(({ productId }) => productId)), members);
  const narrowed = without.kind === 'left' ? without.narrowed : without.kind === 'too-many' ? without.kind : null;
  return { kind: 'risky', runningOut: out, canLeaveOut: out.length > 0 && without.kind === 'left', narrowed, belowFloor };
}

/** Starts a campaign; codes and discounts are made by a job. @returns its number, or what is wrong by field, or what is risky. */
export async function createCampaign(scope: ShopScope, wanted: WantedCampaign): Promise<Ok<number> | Invalid | Risky> {
  const now = scope.clock.now();
  const agreed = wanted.agreed ?? [];
  const checked = checkDraft({ ...wanted, audience: parseAudience(wanted.audience) }, now);
  if ('fields' in checked) return invalid(checked.fields);
  const mail = mailProblems(checked.campaign.mail ?? []);
  if (Object.keys(mail).length > 0) return invalid(mail);
  if ((await countOf(scope, checked.campaign.audience)) === 0) return invalid({ audience: 'campaigns.error.nobody' });
  const goods = await goodsNamed(scope, checked.campaign.offers);
  if (goods.kind === 'invalid') return goods;
  const members = goods.value;
  const { factor } = await expectedFactor(scope, { ...checked.campaign, members });
  const risks = await risksOf(scope, checked.campaign, { agreed, factor, members });
  if (risks && !isAgreed(risks, agreed)) return risks;
  const without = withoutProducts(checked.campaign.offers, new Set(risks?.runningOut.map(({ productId }) => productId)), members);
  const offers = without.kind === 'left' ? without.offers : checked.campaign.offers;
  const bearable = await bearableCodes(scope, { ...checked.campaign, offers });
  if (bearable.kind === 'invalid') return bearable;
  return ok(await begin(scope, { ...checked.campaign, offers }, { agreed, factor, members, mostCodes: bearable.value }));
}

/** The products in the collections that offers name, or what is wrong with those. */
export async function goodsNamed(scope: ShopScope, offers: readonly Offer[]): Promise<Ok<Members> | Invalid> {
  const members = await scope.db.forShop(scope.shop.id, (tx) => membersOf(tx, scope.shop.id, offers));
  const problem = collectionProblem(offers, members);
  return problem ? invalid({ collections: problem }) : ok(members);
}

/** What is wrong with the mail's texts, by field and language (`mail.en.subject`). */
export function mailProblems(texts: readonly MailTexts[]): Record<string, string> {
  return Object.fromEntries(
    texts.flatMap((text) => {
      const found = mailProblem(text);
      if (!found) return [];
      const { field, problem } = found;
      const key = typeof problem === 'string' ? problem : problem.meant ? 'meant' : 'placeholder';
      return [[`mail.${text.locale}.${field}`, `delivery.error.${key}`]];
    }),
  );
}

/** What is below the floor has been left out of the risks where that was agreed to. */
const isAgreed = ({ belowFloor, runningOut: out, canLeaveOut }: Risky, agreed: readonly Agreed[]): boolean =>
  belowFloor.length === 0 && (out.length === 0 || (canLeaveOut && agreed.includes('leave-out')));

/** How many codes the budget bears, by the prices of now; null for any number. */
async function bearableCodes(scope: ShopScope, { budget, offers, waves }: CheckedCampaign): Promise<Ok<number | null> | Invalid> {
  if (!budget) return ok(null);
  const given = offers.flatMap(({ value }) => (value.kind === 'gets' ? value.ids : []));
  const prices = await scope.db.forShop(scope.shop.id, (tx) => highestPrices(tx, scope.shop.id, given));
  const codes = codesWithin(
    budget,
    offers.map((offer) => mostOff(offer, prices)),
  );
  if (codes === null && waves) return expectedToBear(scope, { budget, offers });
  if (codes === null) return invalid({ budget: 'offers.error.unbounded' });
  return codes < 1 ? invalid({ budget: 'offers.error.tooSmall' }) : ok(codes);
}

/** In waves a budget of money may be kept by what the codes so far cost; the first wave needs to know what one takes off. */
async function expectedToBear(
  scope: ShopScope,
  { budget, offers }: { budget: Budget; offers: readonly Offer[] },
): Promise<Ok<number | null> | Invalid> {
  const dearest = dearestOf((await marginsOf(scope, offers)).margins);
  if (dearest === null) return invalid({ budget: 'offers.error.unbounded' });
  return dearest > BigInt(budget.most) ? invalid({ budget: 'offers.error.tooSmall' }) : ok(null);
}

/** The highest discount of a redemption; null where one cannot be told. */
export function dearestOf(margins: readonly (ExpectedMargin | null)[]): bigint | null {
  if (margins.some((margin) => margin === null)) return null;
  return margins.reduce<bigint>((most, margin) => (margin && margin.discount > most ? margin.discount : most), 0n);
}

/** `factor`: by how much demand is expected to change. */
type How = {
  readonly agreed: readonly Agreed[];
  readonly factor: number;
  readonly members: Members;
  readonly mostCodes: number | null;
};

async function begin(scope: ShopScope, { offers, holdOut, mail, flow, waves, ...campaign }: CheckedCampaign, how: How): Promise<number> {
  const { agreed, factor, members, mostCodes } = how;
  const now = scope.clock.now();
  const { startsAt, endsAt } = campaign;
  const days = endsAt ? Math.ceil((endsAt.getTime() - startsAt.getTime()) / DAY_MS) : OPEN_BEFORE_DAYS;
  const beforeDays = Math.min(365, Math.max(28, days));
  const arms = armsOf(offers, holdOut);
  const delivery = deliveryOf({ mail, flow });
  const id = await scope.db.forShop(scope.shop.id, async (tx) => {
    const made = await insertCampaign(tx, scope.shop.id, {
      ...campaign,
      arms,
      mostCodes,
      demandFactor: factor,
      delivery,
      seed: randomBytes(SEED_BYTES),
      beforeDays,
      now,
      ...(waves ? { waveDays: waves.days } : {}),
    });
    if (waves) await insertWaves(tx, scope.shop.id, { campaignId: made, due: dueDays(waves, { startsAt, now }) });
    await writeAudit(tx, scope, {
      action: 'campaign.created',
      subject: `campaign/${made}`,
      after: { ...campaign, offers, holdOut, agreed, mostCodes, delivery, ...(waves ? { waves } : {}) },
    });
    if (mail) await saveTemplates(tx, scope.shop.id, { name: templateOf({ id: made }), templates: mail, at: now });
    await planCampaign(tx, scope, { ...campaign, id: made, offers, factor, members });
    return made;
  });
  await scope.queue.enqueue(createJob, { shopId: scope.shop.id }, { key: String(scope.shop.id) });
  return id;
}

/** The first wave is made at once, whenever it goes out; the others as many days after it. */
function dueDays({ count, days }: Waves, { startsAt, now }: { startsAt: Date; now: Date }): Date[] {
  const first = Math.max(startsAt.getTime(), now.getTime());
  return Array.from({ length: count }, (_, wave) => (wave === 0 ? now : new Date(first + wave * days * DAY_MS)));
}

/** Starts the campaign that a form describes. Everything that is wrong is said at once, each beside its field. */
export async function createFromForm(scope: ShopScope, form: CampaignForm): Promise<Ok<number> | Invalid | Risky> {
  const { audience, problems } = audienceOf(form, scope.shop);
  const { draft, problems: others } = draftOf(form, scope.shop);
  const wanted = { ...draft, audience, agreed: form.agreed };
  const fields = { ...problems, ...others };
  if (Object.keys(fields).length === 0) return createCampaign(scope, wanted);
  const checked = checkDraft(wanted, scope.clock.now());
  return invalid({ ...('fields' in checked ? checked.fields : {}), ...fields });
}
