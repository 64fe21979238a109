-- Which of a member's points lapse next, and when; docs/decisions/0026. Whoever has points is due for a look, which notes it.
ALTER TABLE "points_members" ADD COLUMN "lapse_at" TIMESTAMPTZ(3), ADD COLUMN "lapse_points" INTEGER;
CREATE INDEX "points_members_lapse" ON "points_members"("shop_id", "lapse_at", "customer_id") WHERE "lapse_at" IS NOT NULL;
-- The policies bind the owner too, unless it says otherwise.
ALTER TABLE "points_members" NO FORCE ROW LEVEL SECURITY;
ALTER TABLE "points_balances" NO FORCE ROW LEVEL SECURITY;
ALTER TABLE "customers" NO FORCE ROW LEVEL SECURITY;
UPDATE "points_members" AS m SET "due_at" = LEAST(m."due_at", now())
  WHERE EXISTS (SELECT 1 FROM "points_balances" b WHERE b."shop_id" = m."shop_id" AND b."customer_id" = m."customer_id" AND b."available" > 0)
    AND EXISTS (SELECT 1 FROM "customers" c WHERE c."shop_id" = m."shop_id" AND c."id" = m."customer_id" AND c."redacted_at" IS NULL);
ALTER TABLE "points_members" FORCE ROW LEVEL SECURITY;
ALTER TABLE "points_balances" FORCE ROW LEVEL SECURITY;
ALTER TABLE "customers" FORCE ROW LEVEL SECURITY;
