-- The prices of variants that have changed: each change, and under 'epoch' what stood before the first.
CREATE TABLE "variant_prices" (
  "shop_id" INTEGER NOT NULL,
  "variant_id" BIGINT NOT NULL,
  "at" TIMESTAMPTZ(3) NOT NULL,
  "price" BIGINT NOT NULL,
  CONSTRAINT "variant_prices_pkey" PRIMARY KEY ("shop_id", "variant_id", "at")
);
CREATE INDEX "variant_prices_shop_id_at_idx" ON "variant_prices"("shop_id", "at");

SELECT storebook_protect_tables();
