-- A segment asks for the checkouts of a customer.
CREATE INDEX "checkouts_shop_id_customer_id_idx" ON "checkouts"("shop_id", "customer_id") WHERE "customer_id" IS NOT NULL;
