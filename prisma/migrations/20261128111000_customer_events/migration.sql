-- What other tools told of customers, and the keys by which they may; docs/decisions/0026.
CREATE TABLE "customer_events" (
    "shop_id" INTEGER NOT NULL,
    "id" TEXT NOT NULL,
    "customer_id" BIGINT NOT NULL,
    "kind" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "product_id" BIGINT,
    "rating" SMALLINT,
    "points" INTEGER,
    "received_at" TIMESTAMPTZ(3) NOT NULL,
    CONSTRAINT "customer_events_pkey" PRIMARY KEY ("shop_id", "id")
);
CREATE INDEX "customer_events_customer" ON "customer_events"("shop_id", "customer_id", "at");
CREATE INDEX "customer_events_kind" ON "customer_events"("shop_id", "kind", "at");
CREATE INDEX "customer_events_at" ON "customer_events"("shop_id", "at");

-- The secret of a key is sealed: to check a signature it has to be known. Revoked, it is gone; the row stays, so that no number comes again.
CREATE TABLE "event_keys" (
    "shop_id" INTEGER NOT NULL,
    "id" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "secret" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "used_at" TIMESTAMPTZ(3),
    "revoked_at" TIMESTAMPTZ(3),
    CONSTRAINT "event_keys_pkey" PRIMARY KEY ("shop_id", "id")
);

SELECT storebook_protect_tables();
