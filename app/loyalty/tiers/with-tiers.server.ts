import type { ShopRef } from '../../platform/context.server.ts';
import type { ShopTx } from '../../platform/db.server.ts';
import { factsOf, type Known } from '../points/facts.ts';
import type { Programme } from '../points/programme.ts';
import { ordersCounted, pointsCounted } from './counted.ts';
import { birthdayGifts, tierLine, type Life } from './gifts.ts';
import { NO_PERKS, type Perks } from '../tier.ts';
import type { TierVersion } from './tier-rules.ts';
import { readBirthDays, readGrants, readOrderFacts, readTierVersions } from './tiers.store.server.ts';

type Work = { readonly shop: ShopRef; readonly now: Date; readonly programmes: readonly Programme[] };

const gives = (versions: readonly TierVersion[], perk: (perks: Perks) => boolean): boolean =>
  versions.some(({ tiers }) => tiers.some(({ perks }) => perk(perks)));

/**
 * What points follow from, with what tiers add: by how many hundredths each order earns, by the tier just before it, and the
 * gifts on birthdays. Both by the rules of their moments, so they follow from facts alone, whenever these came to be known.
 */
export async function withTiers(tx: ShopTx, work: Work, known: Map<bigint, Known>): Promise<Map<bigint, Known>> {
  const { shop, now, programmes } = work;
  const versions = await readTierVersions(tx, shop.id);
  const multiplies = gives(versions, ({ times }) => times !== NO_PERKS.times);
  const presents = gives(versions, ({ birthdayPoints }) => birthdayPoints > 0);
  const [first] = programmes;
  if (!first || (!multiplies && !presents)) return known;
  const { timezone } = shop;
  const customerIds = [...known.keys()];
  const orders = await readOrderFacts(tx, shop.id, { customerIds, since: null });
  const grants = await readGrants(tx, shop.id, customerIds);
  const birthDays = presents ? await readBirthDays(tx, shop.id, customerIds) : new Map<bigint, number>();
  return new Map(
    [...known].map(([id, of]) => {
      const life: Life = {
        countedBy: (basis) =>
          basis === 'points' ? pointsCounted(factsOf(of, programmes, timezone), timezone) : ordersCounted(basis, orders.get(id) ?? []),
        grants: grants.get(id) ?? [],
        birthDay: birthDays.get(id) ?? null,
        timezone,
        now,
      };
      const tierAt = tierLine(life, versions);
      const tierTimes = multiplies
        ? new Map(of.orders.map(({ id: order, at }) => [order, tierAt(at, true)?.perks.times ?? NO_PERKS.times]))
        : null;
      return [id, { ...of, ...(tierTimes ? { tierTimes } : {}), given: [...of.given, ...birthdayGifts(life, versions, first.from)] }];
    }),
  );
}
