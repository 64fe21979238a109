-- One-off campaigns in waves; docs/decisions/0027.
ALTER TABLE "campaigns" ADD COLUMN "learns" BOOLEAN NOT NULL DEFAULT false, ADD COLUMN "wave_days" INTEGER;
ALTER TABLE "campaign_assignments" ADD COLUMN "wave" INTEGER NOT NULL DEFAULT 0, ADD COLUMN "held" BOOLEAN NOT NULL DEFAULT false;

CREATE TABLE "campaign_waves" (
  "shop_id" INTEGER NOT NULL,
  "campaign_id" INTEGER NOT NULL,
  "wave" INTEGER NOT NULL,
  "status" TEXT NOT NULL,
  "due_at" TIMESTAMPTZ(3) NOT NULL,
  "policy" JSONB,
  "most_codes" INTEGER,
  "inclusion" DOUBLE PRECISION,
  "expected_cost" BIGINT,
  "waits" BOOLEAN NOT NULL DEFAULT false,
  "started_at" TIMESTAMPTZ(3),
  "assigned_at" TIMESTAMPTZ(3),
  "made_at" TIMESTAMPTZ(3),
  "error" TEXT,
  CONSTRAINT "campaign_waves_pkey" PRIMARY KEY ("shop_id", "campaign_id", "wave")
);
CREATE INDEX "campaign_waves_open" ON "campaign_waves"("shop_id", "due_at") WHERE "status" IN ('planned', 'making');

SELECT storebook_protect_tables();

-- For the sweeper: shops with a wave that is due or being made.
GRANT SELECT (shop_id, campaign_id, status, due_at) ON campaign_waves TO storebook_system;
CREATE POLICY of_the_functions ON campaign_waves FOR SELECT TO storebook_system USING (true);
CREATE FUNCTION storebook_shops_with_waves(now_at timestamptz) RETURNS SETOF int
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  RETURN QUERY SELECT DISTINCT w.shop_id FROM campaign_waves w
    JOIN campaigns c ON c.shop_id = w.shop_id AND c.id = w.campaign_id AND c.status = 'active'
    WHERE w.status = 'making' OR (w.status = 'planned' AND w.due_at <= now_at);
END
$$;
REVOKE EXECUTE ON FUNCTION storebook_shops_with_waves(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION storebook_shops_with_waves(timestamptz) TO storebook_app;
GRANT CREATE ON SCHEMA public TO storebook_system;
ALTER FUNCTION storebook_shops_with_waves(timestamptz) OWNER TO storebook_system;
REVOKE CREATE ON SCHEMA public FROM storebook_system;
