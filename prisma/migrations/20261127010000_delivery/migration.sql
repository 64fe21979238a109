-- Mail to customers: by which server, what is said, to whom it went, and who is never written to again.
CREATE TABLE "mail_settings" (
  "shop_id" INTEGER NOT NULL,
  "host" TEXT NOT NULL,
  "port" INTEGER NOT NULL,
  "security" TEXT NOT NULL,
  "username" TEXT,
  "password" TEXT,
  "from_name" TEXT NOT NULL,
  "from_address" TEXT NOT NULL,
  "reply_to" TEXT,
  "postal" TEXT NOT NULL,
  "per_minute" INTEGER NOT NULL,
  "updated_at" TIMESTAMPTZ(3) NOT NULL,
  CONSTRAINT "mail_settings_pkey" PRIMARY KEY ("shop_id")
);

CREATE TABLE "mail_templates" (
  "shop_id" INTEGER NOT NULL,
  "name" TEXT NOT NULL,
  "locale" TEXT NOT NULL,
  "subject" TEXT NOT NULL,
  "body" TEXT NOT NULL,
  "updated_at" TIMESTAMPTZ(3) NOT NULL,
  CONSTRAINT "mail_templates_pkey" PRIMARY KEY ("shop_id", "name", "locale")
);

-- A message before and after it is sent. No address stands here: it is read from the customer when it is sent.
CREATE TABLE "mail_messages" (
  "shop_id" INTEGER NOT NULL,
  "id" BIGSERIAL NOT NULL,
  "key" TEXT NOT NULL,
  "template" TEXT NOT NULL,
  "campaign_id" INTEGER,
  "customer_id" BIGINT NOT NULL,
  "variables" JSONB NOT NULL,
  "status" TEXT NOT NULL DEFAULT 'queued',
  "reason" TEXT,
  "attempts" INTEGER NOT NULL DEFAULT 0,
  "not_before" TIMESTAMPTZ(3) NOT NULL,
  "started_at" TIMESTAMPTZ(3),
  "done_at" TIMESTAMPTZ(3),
  "message_id" TEXT,
  "created_at" TIMESTAMPTZ(3) NOT NULL,
  CONSTRAINT "mail_messages_pkey" PRIMARY KEY ("shop_id", "id")
);
CREATE UNIQUE INDEX "mail_messages_shop_id_key_key" ON "mail_messages"("shop_id", "key");
CREATE INDEX "mail_messages_shop_id_status_not_before_id_idx" ON "mail_messages"("shop_id", "status", "not_before", "id");
CREATE INDEX "mail_messages_shop_id_campaign_id_status_idx" ON "mail_messages"("shop_id", "campaign_id", "status");
CREATE INDEX "mail_messages_shop_id_customer_id_idx" ON "mail_messages"("shop_id", "customer_id");
CREATE INDEX "mail_messages_shop_id_started_at_idx" ON "mail_messages"("shop_id", "started_at");
CREATE INDEX "mail_messages_shop_id_message_id_idx" ON "mail_messages"("shop_id", "message_id");

-- By the keyed hash of the address: it outlives the customer's row, and tells nobody whose it is.
CREATE TABLE "mail_suppressions" (
  "shop_id" INTEGER NOT NULL,
  "address_hash" BYTEA NOT NULL,
  "reason" TEXT NOT NULL,
  "at" TIMESTAMPTZ(3) NOT NULL,
  CONSTRAINT "mail_suppressions_pkey" PRIMARY KEY ("shop_id", "address_hash")
);

-- How the codes of a campaign reach its customers.
ALTER TABLE "campaigns" ADD COLUMN "delivery" TEXT;

SELECT storebook_protect_tables();

-- For the sweeper: shops with mail that is due.
GRANT SELECT (shop_id, status, not_before) ON mail_messages TO storebook_system;
CREATE POLICY of_the_functions ON mail_messages FOR SELECT TO storebook_system USING (true);
CREATE FUNCTION storebook_shops_with_mail(due timestamptz) RETURNS SETOF int
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  RETURN QUERY SELECT DISTINCT m.shop_id FROM mail_messages m WHERE m.status IN ('queued', 'sending') AND m.not_before <= due;
END
$$;
REVOKE EXECUTE ON FUNCTION storebook_shops_with_mail(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION storebook_shops_with_mail(timestamptz) TO storebook_app;
GRANT CREATE ON SCHEMA public TO storebook_system;
ALTER FUNCTION storebook_shops_with_mail(timestamptz) OWNER TO storebook_system;
REVOKE CREATE ON SCHEMA public FROM storebook_system;
