-- Standing campaigns: what sets them off, whom they meant by which occasion, and the campaign of each run.
CREATE TABLE "standing_campaigns" (
  "shop_id" INTEGER NOT NULL,
  "id" SERIAL NOT NULL,
  "name" TEXT NOT NULL,
  "status" TEXT NOT NULL,
  "trigger" JSONB NOT NULL,
  "segment" TEXT,
  "offers" JSONB NOT NULL,
  "hold_out" INTEGER NOT NULL,
  "seed" BYTEA NOT NULL,
  "priority" INTEGER NOT NULL,
  "valid_days" INTEGER NOT NULL,
  "again_days" INTEGER,
  "delivery" TEXT,
  "mixture" DOUBLE PRECISION NOT NULL,
  "order_square" DOUBLE PRECISION NOT NULL,
  "created_at" TIMESTAMPTZ(3) NOT NULL,
  "updated_at" TIMESTAMPTZ(3) NOT NULL,
  "ended_at" TIMESTAMPTZ(3),
  CONSTRAINT "standing_campaigns_pkey" PRIMARY KEY ("shop_id", "id")
);
CREATE INDEX "standing_campaigns_shop_id_status_idx" ON "standing_campaigns"("shop_id", "status");

-- An occasion happens once, whatever crashes: it is the key.
CREATE TABLE "standing_occasions" (
  "shop_id" INTEGER NOT NULL,
  "standing_id" INTEGER NOT NULL,
  "customer_id" BIGINT NOT NULL,
  "occasion" TEXT NOT NULL,
  "outcome" TEXT NOT NULL,
  "run" INTEGER,
  "at" TIMESTAMPTZ(3) NOT NULL,
  CONSTRAINT "standing_occasions_pkey" PRIMARY KEY ("shop_id", "standing_id", "customer_id", "occasion")
);
CREATE INDEX "standing_occasions_shop_id_standing_id_run_idx" ON "standing_occasions"("shop_id", "standing_id", "run");
CREATE INDEX "standing_occasions_shop_id_customer_id_at_idx" ON "standing_occasions"("shop_id", "customer_id", "at");

ALTER TABLE "campaigns" ADD COLUMN "standing_id" INTEGER, ADD COLUMN "run" INTEGER;
CREATE UNIQUE INDEX "campaigns_shop_id_standing_id_run_key" ON "campaigns"("shop_id", "standing_id", "run");
CREATE INDEX "campaign_assignments_shop_id_customer_id_at_idx" ON "campaign_assignments"("shop_id", "customer_id", "at");

-- How often anybody is made an offer, over all campaigns, and when nobody is written to.
ALTER TABLE "campaign_settings"
  ADD COLUMN "most_offers" INTEGER,
  ADD COLUMN "cap_days" INTEGER NOT NULL DEFAULT 30,
  ADD COLUMN "quiet_from" INTEGER,
  ADD COLUMN "quiet_to" INTEGER;

SELECT storebook_protect_tables();

GRANT SELECT (shop_id, status) ON standing_campaigns TO storebook_system;
CREATE POLICY of_the_functions ON standing_campaigns FOR SELECT TO storebook_system USING (true);
CREATE FUNCTION storebook_shops_with_standing() RETURNS SETOF int
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  RETURN QUERY SELECT DISTINCT s.shop_id FROM standing_campaigns s WHERE s.status = 'active';
END
$$;
REVOKE EXECUTE ON FUNCTION storebook_shops_with_standing() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION storebook_shops_with_standing() TO storebook_app;
GRANT CREATE ON SCHEMA public TO storebook_system;
ALTER FUNCTION storebook_shops_with_standing() OWNER TO storebook_system;
REVOKE CREATE ON SCHEMA public FROM storebook_system;
