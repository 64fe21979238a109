-- Who did what and when, chained by hash. Rows are added and never changed, except when the whole shop is erased.
CREATE TABLE "audit_log" (
    "shop_id" INTEGER NOT NULL,
    "seq" BIGINT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "actor_kind" TEXT NOT NULL,
    "actor_id" TEXT,
    "action" TEXT NOT NULL,
    "subject" TEXT,
    "before" TEXT,
    "after" TEXT,
    "key_id" TEXT NOT NULL,
    "hash" BYTEA NOT NULL,
    CONSTRAINT "audit_log_pkey" PRIMARY KEY ("shop_id", "seq")
);
CREATE INDEX "audit_log_shop_id_action_at_idx" ON "audit_log"("shop_id", "action", "at");

-- Where each shop's chain ends, so that rows taken from its end are missed too.
CREATE TABLE "audit_heads" (
    "shop_id" INTEGER NOT NULL,
    "seq" BIGINT NOT NULL,
    "hash" BYTEA NOT NULL,
    CONSTRAINT "audit_heads_pkey" PRIMARY KEY ("shop_id")
);

CREATE FUNCTION "audit_log_is_append_only"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' AND current_setting('storebook.erasing_shop', true) = OLD.shop_id::text THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER "audit_log_no_change" BEFORE UPDATE OR DELETE ON "audit_log" FOR EACH ROW EXECUTE FUNCTION "audit_log_is_append_only"();
CREATE TRIGGER "audit_log_no_truncate" BEFORE TRUNCATE ON "audit_log" FOR EACH STATEMENT EXECUTE FUNCTION "audit_log_is_append_only"();
