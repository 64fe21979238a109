-- What is planned that changes demand (a campaign), and by how much: the forecast takes it out of history and puts it on
-- the days to come. product_id 0: all products.
CREATE TABLE "demand_plans" (
  "shop_id" INTEGER NOT NULL,
  "source" TEXT NOT NULL,
  "product_id" BIGINT NOT NULL,
  "label" TEXT NOT NULL,
  "from_day" DATE NOT NULL,
  "to_day" DATE,
  "factor" DOUBLE PRECISION NOT NULL,
  CONSTRAINT "demand_plans_pkey" PRIMARY KEY ("shop_id", "source", "product_id"),
  CONSTRAINT "demand_plans_factor" CHECK ("factor" > 0)
);
CREATE INDEX "demand_plans_shop_id_product_id_idx" ON "demand_plans"("shop_id", "product_id");

-- By how much a campaign was expected to change demand when it was made.
ALTER TABLE "campaigns" ADD COLUMN "demand_factor" DOUBLE PRECISION NOT NULL DEFAULT 1;

SELECT storebook_protect_tables();
