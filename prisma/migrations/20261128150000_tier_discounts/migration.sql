-- What a merchant wants of the automatic discount that gives tiers what they give at the checkout; docs/decisions/0031.
CREATE TABLE "tier_discounts" (
    "shop_id" INTEGER NOT NULL,
    "version" INTEGER NOT NULL,
    "is_on" BOOLEAN NOT NULL,
    "tags" TEXT[] NOT NULL,
    "collections" BIGINT[] NOT NULL,
    "products" BIGINT[] NOT NULL,
    "combines" BOOLEAN NOT NULL,
    "holders_only" BOOLEAN NOT NULL,
    "code_key" TEXT NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,
    CONSTRAINT "tier_discounts_pkey" PRIMARY KEY ("shop_id"),
    CONSTRAINT "tier_discounts_key" CHECK ("code_key" ~ '^[0-9a-f]{64}$')
);
SELECT storebook_protect_tables();
