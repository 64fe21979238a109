-- Offers handed over: in a metafield of the customer for extensions to show, and to Shopify Flow.
-- What the store was told last of each customer's offers, by its hash.
CREATE TABLE "offer_marks" (
  "shop_id" INTEGER NOT NULL,
  "customer_id" BIGINT NOT NULL,
  "hash" BYTEA NOT NULL,
  "version" INTEGER NOT NULL,
  "at" TIMESTAMPTZ(3) NOT NULL,
  CONSTRAINT "offer_marks_pkey" PRIMARY KEY ("shop_id", "customer_id")
);

-- Whether a campaign's codes worked when its customers were last looked at, and how far that got; after null: to the end.
CREATE TABLE "offer_passes" (
  "shop_id" INTEGER NOT NULL,
  "campaign_id" INTEGER NOT NULL,
  "live" BOOLEAN NOT NULL,
  "after" BIGINT,
  "at" TIMESTAMPTZ(3) NOT NULL,
  CONSTRAINT "offer_passes_pkey" PRIMARY KEY ("shop_id", "campaign_id")
);

ALTER TABLE "campaign_settings" ADD COLUMN "on_site" BOOLEAN NOT NULL DEFAULT true;
-- When the call of a message that is sent once at most was begun.
ALTER TABLE "outbox_messages" ADD COLUMN "begun_at" TIMESTAMPTZ(3);
CREATE INDEX "outbox_messages_flow_idx" ON "outbox_messages"("shop_id", "idempotency_key" text_pattern_ops) WHERE "kind" = 'campaigns.flow';
CREATE INDEX "campaign_redemptions_shop_id_code_idx" ON "campaign_redemptions"("shop_id", "code");

SELECT storebook_protect_tables();

-- Whoever changes a code after it was made, or a customer's language, need not know of the metafield.
CREATE FUNCTION storebook_mark_offers() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO public.dirty_entities (shop_id, feed, entity_id) VALUES (NEW.shop_id, 'offers', NEW.customer_id)
  ON CONFLICT (shop_id, feed, entity_id) DO UPDATE SET feed = excluded.feed;
  RETURN NULL;
END
$$;
CREATE FUNCTION storebook_mark_language() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO public.dirty_entities (shop_id, feed, entity_id)
  SELECT m.shop_id, 'offers', m.customer_id FROM public.offer_marks AS m WHERE m.shop_id = NEW.shop_id AND m.customer_id = NEW.id
  ON CONFLICT (shop_id, feed, entity_id) DO UPDATE SET feed = excluded.feed;
  RETURN NULL;
END
$$;
REVOKE EXECUTE ON FUNCTION storebook_mark_offers(), storebook_mark_language() FROM PUBLIC;
CREATE TRIGGER "campaign_codes_changed" AFTER UPDATE OF "status" ON "campaign_codes" FOR EACH ROW
  WHEN (OLD."status" <> 'issued' AND OLD."status" <> NEW."status") EXECUTE FUNCTION storebook_mark_offers();
CREATE TRIGGER "customers_language" AFTER UPDATE OF "locale" ON "customers" FOR EACH ROW
  WHEN (OLD."locale" IS DISTINCT FROM NEW."locale") EXECUTE FUNCTION storebook_mark_language();

-- For the sweeper: installed shops with a campaign whose codes began or ceased to work since its customers were looked at.
GRANT SELECT (id, starts_at, ends_at) ON campaigns TO storebook_system;
GRANT SELECT (shop_id, campaign_id, live, after, at) ON offer_passes TO storebook_system;
CREATE POLICY of_the_functions ON offer_passes FOR SELECT TO storebook_system USING (true);
GRANT SELECT (shop_id, on_site) ON campaign_settings TO storebook_system;
CREATE POLICY of_the_functions ON campaign_settings FOR SELECT TO storebook_system USING (true);
CREATE FUNCTION storebook_shops_with_offers(now_at timestamptz) RETURNS SETOF int
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  RETURN QUERY SELECT DISTINCT c.shop_id FROM campaigns c
    JOIN shops s ON s.id = c.shop_id AND s.uninstalled_at IS NULL
    LEFT JOIN campaign_settings g ON g.shop_id = c.shop_id
    LEFT JOIN offer_passes p ON p.shop_id = c.shop_id AND p.campaign_id = c.id
    WHERE COALESCE(p.live, false) <> (COALESCE(g.on_site, true) AND c.status = 'active' AND c.starts_at <= now_at AND (c.ends_at IS NULL OR c.ends_at > now_at))
      OR p.after IS NOT NULL OR (p.live AND p.at < s.installed_at);
END
$$;
REVOKE EXECUTE ON FUNCTION storebook_shops_with_offers(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION storebook_shops_with_offers(timestamptz) TO storebook_app;
GRANT CREATE ON SCHEMA public TO storebook_system;
ALTER FUNCTION storebook_shops_with_offers(timestamptz) OWNER TO storebook_system;
REVOKE CREATE ON SCHEMA public FROM storebook_system;
