-- How long a piece lasts: after how many days a variant is bought again by the same customer. Made anew every night.
CREATE TABLE "variant_intervals" (
  "shop_id" INTEGER NOT NULL,
  "variant_id" BIGINT NOT NULL,
  "days" INTEGER NOT NULL,
  "low" INTEGER NOT NULL,
  "high" INTEGER NOT NULL,
  "pairs" INTEGER NOT NULL,
  "customers" INTEGER NOT NULL,
  CONSTRAINT "variant_intervals_pkey" PRIMARY KEY ("shop_id", "variant_id")
);

-- Whose piece is about to be used up, or was within the last two months.
CREATE TABLE "customer_supplies" (
  "shop_id" INTEGER NOT NULL,
  "customer_id" BIGINT NOT NULL,
  "variant_id" BIGINT NOT NULL,
  "order_id" BIGINT NOT NULL,
  "bought_on" DATE NOT NULL,
  "days" INTEGER NOT NULL,
  CONSTRAINT "customer_supplies_pkey" PRIMARY KEY ("shop_id", "customer_id", "variant_id")
);
CREATE INDEX "customer_supplies_shop_id_variant_id_idx" ON "customer_supplies"("shop_id", "variant_id");

SELECT storebook_protect_tables();
