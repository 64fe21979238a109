-- The birthday of a customer by month and day (MMDD), from the store's own metafield; never the year.
ALTER TABLE "customers" ADD COLUMN "birth_day" SMALLINT;
CREATE INDEX "customers_shop_id_birth_day_idx" ON "customers"("shop_id", "birth_day") WHERE "birth_day" IS NOT NULL;
