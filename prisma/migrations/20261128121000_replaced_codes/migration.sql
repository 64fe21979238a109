-- A new code in place of one that was taken back; docs/decisions/0027. Once a code, and a customer has one that replaces none.
ALTER TABLE "campaign_codes" ADD COLUMN "replaces" TEXT, ADD COLUMN "told_at" TIMESTAMPTZ(3);
DROP INDEX "campaign_codes_shop_id_campaign_id_customer_id_key";
CREATE UNIQUE INDEX "campaign_codes_first" ON "campaign_codes"("shop_id", "campaign_id", "customer_id") WHERE "replaces" IS NULL;
CREATE INDEX "campaign_codes_shop_id_campaign_id_customer_id_idx" ON "campaign_codes"("shop_id", "campaign_id", "customer_id");
CREATE UNIQUE INDEX "campaign_codes_shop_id_replaces_key" ON "campaign_codes"("shop_id", "replaces");
CREATE INDEX "campaign_codes_replacing" ON "campaign_codes"("shop_id", "campaign_id") WHERE "replaces" IS NOT NULL AND "told_at" IS NULL;

-- For the sweeper: shops where such a code is not at the store, or not told of.
GRANT SELECT (campaign_id, replaces, told_at) ON campaign_codes TO storebook_system;
CREATE FUNCTION storebook_shops_with_replacements() RETURNS SETOF int
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  RETURN QUERY SELECT DISTINCT k.shop_id FROM campaign_codes k
    JOIN campaigns c ON c.shop_id = k.shop_id AND c.id = k.campaign_id AND c.status = 'active'
    WHERE k.replaces IS NOT NULL AND k.told_at IS NULL AND k.status IN ('issued', 'added');
END
$$;
REVOKE EXECUTE ON FUNCTION storebook_shops_with_replacements() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION storebook_shops_with_replacements() TO storebook_app;
GRANT CREATE ON SCHEMA public TO storebook_system;
ALTER FUNCTION storebook_shops_with_replacements() OWNER TO storebook_system;
REVOKE CREATE ON SCHEMA public FROM storebook_system;
