-- Segments that a merchant saved or that were imported from the store. An id is never given twice, so that what names a
-- segment (an audit entry, a campaign) never comes to mean another; `version` tells which text of it was meant.
CREATE TABLE "segments" (
    "shop_id" INTEGER NOT NULL,
    "id" SERIAL NOT NULL,
    "name" TEXT NOT NULL,
    "name_key" TEXT NOT NULL,
    "query" TEXT NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,
    "source" TEXT NOT NULL,
    "shopify_gid" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,
    "counted" INTEGER,
    "counted_at" TIMESTAMPTZ(3),
    CONSTRAINT "segments_pkey" PRIMARY KEY ("shop_id", "id")
);
-- The name in small letters, as the program writes them: lower() here goes by the database's locale.
CREATE UNIQUE INDEX "segments_shop_id_name_key_key" ON "segments"("shop_id", "name_key");
CREATE UNIQUE INDEX "segments_shop_id_shopify_gid_key" ON "segments"("shop_id", "shopify_gid");

SELECT storebook_protect_tables();
