-- Campaigns with several offers and a hold-out: the offer and its discount belong to an arm; who is in which stands in rows.
CREATE TABLE "campaign_arms" (
  "shop_id" INTEGER NOT NULL,
  "campaign_id" INTEGER NOT NULL,
  "position" INTEGER NOT NULL,
  "share" INTEGER NOT NULL,
  "offer" JSONB,
  "discount_gid" TEXT,
  CONSTRAINT "campaign_arms_pkey" PRIMARY KEY ("shop_id", "campaign_id", "position"),
  CONSTRAINT "campaign_arms_hold_out" CHECK (("position" = 0) = ("offer" IS NULL)),
  CONSTRAINT "campaign_arms_share" CHECK ("share" BETWEEN 0 AND 10000)
);

CREATE TABLE "campaign_assignments" (
  "shop_id" INTEGER NOT NULL,
  "campaign_id" INTEGER NOT NULL,
  "customer_id" BIGINT NOT NULL,
  "arm" INTEGER NOT NULL,
  "propensity" DOUBLE PRECISION NOT NULL,
  "before" BIGINT NOT NULL,
  "at" TIMESTAMPTZ(3) NOT NULL,
  CONSTRAINT "campaign_assignments_pkey" PRIMARY KEY ("shop_id", "campaign_id", "customer_id")
);
CREATE INDEX "campaign_assignments_shop_id_customer_id_idx" ON "campaign_assignments"("shop_id", "customer_id");

CREATE TABLE "campaign_settings" (
  "shop_id" INTEGER NOT NULL,
  "margin_floor" INTEGER NOT NULL,
  "fee_share" INTEGER NOT NULL,
  "fee_fixed" BIGINT NOT NULL,
  "updated_at" TIMESTAMPTZ(3) NOT NULL,
  CONSTRAINT "campaign_settings_pkey" PRIMARY KEY ("shop_id")
);

ALTER TABLE "campaigns" NO FORCE ROW LEVEL SECURITY;
ALTER TABLE "campaign_codes" NO FORCE ROW LEVEL SECURITY;
ALTER TABLE "campaign_batches" NO FORCE ROW LEVEL SECURITY;

-- Campaigns of before had one offer and no hold-out.
INSERT INTO "campaign_arms" SELECT "shop_id", "id", 0, 0, NULL, NULL FROM "campaigns";
INSERT INTO "campaign_arms" SELECT "shop_id", "id", 1, 10000, "offer", "discount_gid" FROM "campaigns";
INSERT INTO "campaign_assignments"
  SELECT k."shop_id", k."campaign_id", k."customer_id", 1, 1, 0, c."created_at"
  FROM "campaign_codes" k JOIN "campaigns" c ON c."shop_id" = k."shop_id" AND c."id" = k."campaign_id";

ALTER TABLE "campaigns" DROP COLUMN "offer", DROP COLUMN "discount_gid",
  ADD COLUMN "seed" BYTEA, ADD COLUMN "before_days" INTEGER NOT NULL DEFAULT 0, ADD COLUMN "mixture" DOUBLE PRECISION,
  ADD COLUMN "order_square" DOUBLE PRECISION NOT NULL DEFAULT 1;
UPDATE "campaigns" SET "seed" = uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid());
ALTER TABLE "campaigns" ALTER COLUMN "seed" SET NOT NULL, ALTER COLUMN "before_days" DROP DEFAULT;

ALTER TABLE "campaign_codes" ADD COLUMN "arm" INTEGER NOT NULL DEFAULT 1;
ALTER TABLE "campaign_codes" ALTER COLUMN "arm" DROP DEFAULT;
DROP INDEX "campaign_codes_shop_id_campaign_id_status_idx";
CREATE INDEX "campaign_codes_shop_id_campaign_id_arm_status_code_idx" ON "campaign_codes"("shop_id", "campaign_id", "arm", "status", "code");
ALTER TABLE "campaign_batches" ADD COLUMN "arm" INTEGER NOT NULL DEFAULT 1;
ALTER TABLE "campaign_batches" ALTER COLUMN "arm" DROP DEFAULT;

ALTER TABLE "campaigns" FORCE ROW LEVEL SECURITY;
ALTER TABLE "campaign_codes" FORCE ROW LEVEL SECURITY;
ALTER TABLE "campaign_batches" FORCE ROW LEVEL SECURITY;
SELECT storebook_protect_tables();
