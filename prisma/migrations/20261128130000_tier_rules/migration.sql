-- Tiers by rules that a merchant chooses, tiers that staff give, and what a tier gives; docs/decisions/0028.
ALTER TABLE "loyalty_tiers" NO FORCE ROW LEVEL SECURITY;
ALTER TABLE "loyalty_members" NO FORCE ROW LEVEL SECURITY;

ALTER TABLE "loyalty_tiers"
  ALTER COLUMN "threshold" DROP NOT NULL,
  ADD COLUMN "rank" INTEGER NOT NULL DEFAULT 0,
  ADD COLUMN "times" INTEGER NOT NULL DEFAULT 100,
  ADD COLUMN "free_shipping" BOOLEAN NOT NULL DEFAULT false,
  ADD COLUMN "discount_percent" INTEGER NOT NULL DEFAULT 0,
  ADD COLUMN "early_tag" TEXT,
  ADD COLUMN "birthday_points" INTEGER NOT NULL DEFAULT 0;
UPDATE "loyalty_tiers" AS t SET "rank" = r.rank
FROM (SELECT shop_id, id, row_number() OVER (PARTITION BY shop_id ORDER BY threshold) - 1 AS rank FROM "loyalty_tiers") AS r
WHERE r.shop_id = t.shop_id AND r.id = t.id;

CREATE TABLE "loyalty_rules" (
    "shop_id" INTEGER NOT NULL,
    "version" INTEGER NOT NULL,
    "from_at" TIMESTAMPTZ(3) NOT NULL,
    "rules" JSONB NOT NULL,
    CONSTRAINT "loyalty_rules_pkey" PRIMARY KEY ("shop_id", "version")
);
-- What held until now: net spend of twelve months, without grace.
INSERT INTO "loyalty_rules" ("shop_id", "version", "from_at", "rules")
SELECT shop_id, 1, timestamptz '1970-01-01 00:00Z', jsonb_build_object(
  'rules', jsonb_build_object('basis', 'spend', 'window', jsonb_build_object('kind', 'rolling', 'months', 12), 'graceDays', 0, 'fall', 'fit', 'tags', false),
  'tiers', jsonb_agg(jsonb_build_object('id', id, 'name', name, 'rank', rank, 'threshold', threshold::text,
    'perks', jsonb_build_object('times', 100, 'freeShipping', false, 'discountPercent', 0, 'earlyTag', NULL, 'birthdayPoints', 0)) ORDER BY rank))
FROM "loyalty_tiers" GROUP BY shop_id;

CREATE TABLE "tier_grants" (
    "shop_id" INTEGER NOT NULL,
    "id" BIGSERIAL NOT NULL,
    "customer_id" BIGINT NOT NULL,
    "tier_id" INTEGER NOT NULL,
    "from_at" TIMESTAMPTZ(3) NOT NULL,
    "until_at" TIMESTAMPTZ(3),
    "revoked_at" TIMESTAMPTZ(3),
    "reason" TEXT,
    "staff_id" TEXT,
    CONSTRAINT "tier_grants_pkey" PRIMARY KEY ("shop_id", "id")
);
CREATE INDEX "tier_grants_shop_id_customer_id_idx" ON "tier_grants"("shop_id", "customer_id");

ALTER TABLE "loyalty_members"
  ADD COLUMN "value" BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN "due_at" TIMESTAMPTZ(3),
  ADD COLUMN "told" TEXT,
  ADD COLUMN "tags" TEXT[] NOT NULL DEFAULT '{}';
-- No zone's day begins earlier; who is looked at too early is only looked at.
UPDATE "loyalty_members" SET "value" = "spend", "due_at" = ("review_on"::timestamp - interval '14 hours') AT TIME ZONE 'UTC';
DROP INDEX "loyalty_members_shop_id_review_on_idx";
CREATE INDEX "loyalty_members_due" ON "loyalty_members"("shop_id", "due_at") WHERE "due_at" IS NOT NULL;

ALTER TABLE "loyalty_tiers" FORCE ROW LEVEL SECURITY;
ALTER TABLE "loyalty_members" FORCE ROW LEVEL SECURITY;
SELECT storebook_protect_tables();

-- Shops with members whose tier, or what counts for it, changes by time alone by now.
GRANT SELECT (shop_id, due_at) ON loyalty_members TO storebook_system;
CREATE POLICY of_the_functions ON loyalty_members FOR SELECT TO storebook_system USING (true);
CREATE FUNCTION storebook_shops_with_tiers_due(by timestamptz) RETURNS SETOF int
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  -- A look into the index a shop, whatever number of members is due.
  RETURN QUERY SELECT s.id FROM shops s WHERE EXISTS (SELECT 1 FROM loyalty_members m WHERE m.shop_id = s.id AND m.due_at <= by);
END
$$;
DO $$
BEGIN
  EXECUTE 'GRANT CREATE ON SCHEMA public TO storebook_system';
  EXECUTE 'REVOKE EXECUTE ON FUNCTION storebook_shops_with_tiers_due(timestamptz) FROM PUBLIC';
  EXECUTE 'GRANT EXECUTE ON FUNCTION storebook_shops_with_tiers_due(timestamptz) TO storebook_app';
  EXECUTE 'ALTER FUNCTION storebook_shops_with_tiers_due(timestamptz) OWNER TO storebook_system';
  EXECUTE 'REVOKE CREATE ON SCHEMA public FROM storebook_system';
END
$$;
