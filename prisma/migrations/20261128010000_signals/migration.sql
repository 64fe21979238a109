-- By what accounts of the same person are told: the mailbox and the address of a customer as keyed hashes, and the card that
-- an order was paid with as the store masks it; docs/decisions/0020.
ALTER TABLE "customers" ADD COLUMN "mailbox_hash" BYTEA, ADD COLUMN "address_hash" BYTEA;
CREATE INDEX "customers_mailbox_hash" ON "customers"("shop_id", "mailbox_hash") WHERE "mailbox_hash" IS NOT NULL;
CREATE INDEX "customers_address_hash" ON "customers"("shop_id", "address_hash") WHERE "address_hash" IS NOT NULL;

ALTER TABLE "order_transactions" ADD COLUMN "card" TEXT;
CREATE INDEX "order_transactions_card" ON "order_transactions"("shop_id", "card") WHERE "card" IS NOT NULL;

-- Codes that are to be taken back at the store.
CREATE INDEX "campaign_codes_revoking" ON "campaign_codes"("shop_id", "code") WHERE "status" = 'revoking';
GRANT SELECT (shop_id, status) ON campaign_codes TO storebook_system;
CREATE POLICY of_the_functions ON campaign_codes FOR SELECT TO storebook_system USING (true);
CREATE FUNCTION storebook_shops_with_revoking() RETURNS SETOF int
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  RETURN QUERY SELECT DISTINCT k.shop_id FROM campaign_codes k WHERE k.status = 'revoking';
END
$$;
REVOKE EXECUTE ON FUNCTION storebook_shops_with_revoking() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION storebook_shops_with_revoking() TO storebook_app;
GRANT CREATE ON SCHEMA public TO storebook_system;
ALTER FUNCTION storebook_shops_with_revoking() OWNER TO storebook_system;
REVOKE CREATE ON SCHEMA public FROM storebook_system;
