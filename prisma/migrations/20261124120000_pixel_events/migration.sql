-- What browsers of the storefront did: one row an event and variant. Names nobody by itself; a checkout's token leads to
-- the checkout, and with it to a customer.
CREATE TABLE "pixel_events" (
    "shop_id" INTEGER NOT NULL,
    "event_id" TEXT NOT NULL,
    "variant_id" BIGINT NOT NULL,
    "name" TEXT NOT NULL,
    "client_id" TEXT NOT NULL,
    "checkout_token" TEXT,
    "at" TIMESTAMPTZ(3) NOT NULL,
    CONSTRAINT "pixel_events_pkey" PRIMARY KEY ("shop_id", "event_id", "variant_id")
);
CREATE INDEX "pixel_events_shop_id_at_idx" ON "pixel_events"("shop_id", "at");
CREATE INDEX "pixel_events_shop_id_variant_id_at_idx" ON "pixel_events"("shop_id", "variant_id", "at");
CREATE INDEX "pixel_events_shop_id_client_id_idx" ON "pixel_events"("shop_id", "client_id");
CREATE INDEX "pixel_events_shop_id_checkout_token_idx" ON "pixel_events"("shop_id", "checkout_token");

SELECT storebook_protect_tables();
