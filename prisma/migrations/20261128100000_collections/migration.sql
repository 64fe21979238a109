-- Collections of products, and which products are in each; docs/decisions/0025.
CREATE TABLE "collections" (
    "shop_id" INTEGER NOT NULL,
    "id" BIGINT NOT NULL,
    "title" TEXT NOT NULL,
    "handle" TEXT,
    "smart" BOOLEAN,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,
    "read_at" TIMESTAMPTZ(3),
    "deleted_at" TIMESTAMPTZ(3),
    CONSTRAINT "collections_pkey" PRIMARY KEY ("shop_id", "id")
);

CREATE TABLE "collection_products" (
    "shop_id" INTEGER NOT NULL,
    "collection_id" BIGINT NOT NULL,
    "product_id" BIGINT NOT NULL,
    CONSTRAINT "collection_products_pkey" PRIMARY KEY ("shop_id", "collection_id", "product_id")
);
CREATE INDEX "collection_products_shop_id_product_id_idx" ON "collection_products"("shop_id", "product_id");

SELECT storebook_protect_tables();

-- A shop that was imported before imports its collections too: the sweeper finds the step.
ALTER TABLE "backfills" NO FORCE ROW LEVEL SECURITY;
INSERT INTO "backfills" ("shop_id", "kind", "position", "status")
SELECT "shop_id", 'collections', max("position") + 1, 'waiting' FROM "backfills" GROUP BY "shop_id"
ON CONFLICT DO NOTHING;
ALTER TABLE "backfills" FORCE ROW LEVEL SECURITY;
