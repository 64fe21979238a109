-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateTable
CREATE TABLE "shops" (
    "id" SERIAL NOT NULL,
    "domain" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "currency" TEXT NOT NULL,
    "timezone" TEXT NOT NULL,
    "email" TEXT,
    "plan" TEXT,
    "locale" TEXT NOT NULL DEFAULT 'en',
    "scopes" TEXT NOT NULL DEFAULT '',
    "history_limited" BOOLEAN NOT NULL DEFAULT false,
    "installed_at" TIMESTAMPTZ(3) NOT NULL,
    "uninstalled_at" TIMESTAMPTZ(3),

    CONSTRAINT "shops_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "sessions" (
    "shop_domain" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "is_online" BOOLEAN NOT NULL,
    "scope" TEXT,
    "expires" TIMESTAMPTZ(3),
    "access_token" TEXT,
    "refresh_token" TEXT,
    "refresh_token_expires" TIMESTAMPTZ(3),
    "online_access_info" TEXT,

    CONSTRAINT "sessions_pkey" PRIMARY KEY ("shop_domain","id")
);

-- CreateTable
CREATE TABLE "shop_settings" (
    "shop_id" INTEGER NOT NULL,
    "key" TEXT NOT NULL,
    "value" JSONB NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "shop_settings_pkey" PRIMARY KEY ("shop_id","key")
);

-- CreateTable
CREATE TABLE "inbox_events" (
    "shop_id" INTEGER NOT NULL,
    "id" BIGSERIAL NOT NULL,
    "topic" TEXT NOT NULL,
    "webhook_id" TEXT NOT NULL,
    "event_id" TEXT,
    "api_version" TEXT,
    "triggered_at" TIMESTAMPTZ(3),
    "received_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "body" TEXT,
    "status" TEXT NOT NULL DEFAULT 'pending',
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "next_attempt_at" TIMESTAMPTZ(3),
    "error" TEXT,
    "applied_at" TIMESTAMPTZ(3),

    CONSTRAINT "inbox_events_pkey" PRIMARY KEY ("shop_id","id")
);

-- CreateTable
CREATE TABLE "dirty_entities" (
    "shop_id" INTEGER NOT NULL,
    "feed" TEXT NOT NULL,
    "entity_id" BIGINT NOT NULL,
    "marked_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "dirty_entities_pkey" PRIMARY KEY ("shop_id","feed","entity_id")
);

-- CreateTable
CREATE TABLE "customers" (
    "shop_id" INTEGER NOT NULL,
    "id" BIGINT NOT NULL,
    "email" TEXT,
    "phone" TEXT,
    "first_name" TEXT,
    "last_name" TEXT,
    "state" TEXT,
    "locale" TEXT,
    "tags" TEXT[],
    "country" TEXT,
    "province" TEXT,
    "city" TEXT,
    "email_consent" TEXT,
    "email_consent_at" TIMESTAMPTZ(3),
    "sms_consent" TEXT,
    "sms_consent_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3),
    "updated_at" TIMESTAMPTZ(3) NOT NULL,
    "triggered_at" TIMESTAMPTZ(3),
    "deleted_at" TIMESTAMPTZ(3),
    "redacted_at" TIMESTAMPTZ(3),

    CONSTRAINT "customers_pkey" PRIMARY KEY ("shop_id","id")
);

-- CreateTable
CREATE TABLE "customer_rollups" (
    "shop_id" INTEGER NOT NULL,
    "customer_id" BIGINT NOT NULL,
    "orders" INTEGER NOT NULL DEFAULT 0,
    "units" BIGINT NOT NULL DEFAULT 0,
    "gross" BIGINT NOT NULL DEFAULT 0,
    "discounts" BIGINT NOT NULL DEFAULT 0,
    "returned" BIGINT NOT NULL DEFAULT 0,
    "cancelled" BIGINT NOT NULL DEFAULT 0,
    "net" BIGINT NOT NULL DEFAULT 0,
    "refunds" INTEGER NOT NULL DEFAULT 0,
    "first_order_at" TIMESTAMPTZ(3),
    "last_order_at" TIMESTAMPTZ(3),

    CONSTRAINT "customer_rollups_pkey" PRIMARY KEY ("shop_id","customer_id")
);

-- CreateTable
CREATE TABLE "orders" (
    "shop_id" INTEGER NOT NULL,
    "id" BIGINT NOT NULL,
    "name" TEXT NOT NULL,
    "customer_id" BIGINT,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "processed_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,
    "day" DATE NOT NULL,
    "cancelled_at" TIMESTAMPTZ(3),
    "cancel_reason" TEXT,
    "closed_at" TIMESTAMPTZ(3),
    "triggered_at" TIMESTAMPTZ(3),
    "deleted_at" TIMESTAMPTZ(3),
    "test" BOOLEAN NOT NULL DEFAULT false,
    "edited" BOOLEAN NOT NULL DEFAULT false,
    "channel" TEXT NOT NULL,
    "financial_status" TEXT,
    "fulfilment_status" TEXT,
    "location_id" BIGINT,
    "tags" TEXT[],
    "currency" TEXT NOT NULL,
    "presentment_currency" TEXT NOT NULL,
    "taxes_included" BOOLEAN NOT NULL DEFAULT false,
    "presentment_total" BIGINT NOT NULL,
    "total" BIGINT NOT NULL,
    "shipping" BIGINT NOT NULL,
    "tax" BIGINT NOT NULL,
    "gross" BIGINT NOT NULL,
    "discounts" BIGINT NOT NULL,
    "returned" BIGINT NOT NULL,
    "cancelled" BIGINT NOT NULL,
    "net" BIGINT NOT NULL,
    "units" INTEGER NOT NULL,

    CONSTRAINT "orders_pkey" PRIMARY KEY ("shop_id","id")
);

-- CreateTable
CREATE TABLE "order_lines" (
    "shop_id" INTEGER NOT NULL,
    "order_id" BIGINT NOT NULL,
    "id" BIGINT NOT NULL,
    "position" INTEGER NOT NULL,
    "product_id" BIGINT,
    "variant_id" BIGINT,
    "title" TEXT NOT NULL,
    "variant_title" TEXT,
    "sku" TEXT,
    "vendor" TEXT,
    "quantity" INTEGER NOT NULL,
    "current_quantity" INTEGER NOT NULL,
    "unit_price" BIGINT NOT NULL,
    "presentment_unit_price" BIGINT NOT NULL,
    "discount" BIGINT NOT NULL,
    "tax" BIGINT NOT NULL,
    "gift_card" BOOLEAN NOT NULL DEFAULT false,
    "requires_shipping" BOOLEAN NOT NULL DEFAULT true,

    CONSTRAINT "order_lines_pkey" PRIMARY KEY ("shop_id","order_id","id")
);

-- CreateTable
CREATE TABLE "discount_uses" (
    "shop_id" INTEGER NOT NULL,
    "order_id" BIGINT NOT NULL,
    "position" INTEGER NOT NULL,
    "code" TEXT,
    "kind" TEXT NOT NULL,
    "title" TEXT,
    "value_type" TEXT,
    "value" TEXT,
    "amount" BIGINT NOT NULL,

    CONSTRAINT "discount_uses_pkey" PRIMARY KEY ("shop_id","order_id","position")
);

-- CreateTable
CREATE TABLE "order_transactions" (
    "shop_id" INTEGER NOT NULL,
    "order_id" BIGINT NOT NULL,
    "id" BIGINT NOT NULL,
    "parent_id" BIGINT,
    "kind" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "gateway" TEXT,
    "amount" BIGINT NOT NULL,
    "currency" TEXT NOT NULL,
    "processed_at" TIMESTAMPTZ(3),

    CONSTRAINT "order_transactions_pkey" PRIMARY KEY ("shop_id","order_id","id")
);

-- CreateTable
CREATE TABLE "refunds" (
    "shop_id" INTEGER NOT NULL,
    "order_id" BIGINT NOT NULL,
    "id" BIGINT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "day" DATE NOT NULL,
    "note" TEXT,
    "amount" BIGINT NOT NULL,
    "items_returned" BIGINT NOT NULL,
    "tax_returned" BIGINT NOT NULL,
    "adjustment" BIGINT NOT NULL,

    CONSTRAINT "refunds_pkey" PRIMARY KEY ("shop_id","order_id","id")
);

-- CreateTable
CREATE TABLE "refund_lines" (
    "shop_id" INTEGER NOT NULL,
    "order_id" BIGINT NOT NULL,
    "refund_id" BIGINT NOT NULL,
    "id" BIGINT NOT NULL,
    "line_id" BIGINT NOT NULL,
    "quantity" INTEGER NOT NULL,
    "restock_type" TEXT,
    "location_id" BIGINT,
    "subtotal" BIGINT NOT NULL,
    "tax" BIGINT NOT NULL,

    CONSTRAINT "refund_lines_pkey" PRIMARY KEY ("shop_id","order_id","refund_id","id")
);

-- CreateTable
CREATE TABLE "fulfilments" (
    "shop_id" INTEGER NOT NULL,
    "order_id" BIGINT NOT NULL,
    "id" BIGINT NOT NULL,
    "status" TEXT NOT NULL,
    "shipment_status" TEXT,
    "location_id" BIGINT,
    "tracking_company" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "fulfilments_pkey" PRIMARY KEY ("shop_id","order_id","id")
);

-- CreateTable
CREATE TABLE "products" (
    "shop_id" INTEGER NOT NULL,
    "id" BIGINT NOT NULL,
    "title" TEXT NOT NULL,
    "handle" TEXT,
    "vendor" TEXT,
    "product_type" TEXT,
    "status" TEXT NOT NULL,
    "tags" TEXT[],
    "image_url" TEXT,
    "created_at" TIMESTAMPTZ(3),
    "updated_at" TIMESTAMPTZ(3) NOT NULL,
    "triggered_at" TIMESTAMPTZ(3),
    "deleted_at" TIMESTAMPTZ(3),

    CONSTRAINT "products_pkey" PRIMARY KEY ("shop_id","id")
);

-- CreateTable
CREATE TABLE "variants" (
    "shop_id" INTEGER NOT NULL,
    "id" BIGINT NOT NULL,
    "product_id" BIGINT NOT NULL,
    "title" TEXT NOT NULL,
    "sku" TEXT,
    "barcode" TEXT,
    "price" BIGINT NOT NULL,
    "compare_at_price" BIGINT,
    "inventory_item_id" BIGINT,
    "position" INTEGER NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,
    "deleted_at" TIMESTAMPTZ(3),

    CONSTRAINT "variants_pkey" PRIMARY KEY ("shop_id","id")
);

-- CreateTable
CREATE TABLE "inventory_items" (
    "shop_id" INTEGER NOT NULL,
    "id" BIGINT NOT NULL,
    "sku" TEXT,
    "tracked" BOOLEAN,
    "unit_cost" BIGINT,
    "unit_cost_currency" TEXT,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,
    "deleted_at" TIMESTAMPTZ(3),

    CONSTRAINT "inventory_items_pkey" PRIMARY KEY ("shop_id","id")
);

-- CreateTable
CREATE TABLE "locations" (
    "shop_id" INTEGER NOT NULL,
    "id" BIGINT NOT NULL,
    "name" TEXT NOT NULL,
    "country" TEXT,
    "city" TEXT,
    "active" BOOLEAN NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,
    "deleted_at" TIMESTAMPTZ(3),

    CONSTRAINT "locations_pkey" PRIMARY KEY ("shop_id","id")
);

-- CreateTable
CREATE TABLE "inventory_levels" (
    "shop_id" INTEGER NOT NULL,
    "inventory_item_id" BIGINT NOT NULL,
    "location_id" BIGINT NOT NULL,
    "available" INTEGER,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "inventory_levels_pkey" PRIMARY KEY ("shop_id","inventory_item_id","location_id")
);

-- CreateTable
CREATE TABLE "inventory_changes" (
    "shop_id" INTEGER NOT NULL,
    "inventory_item_id" BIGINT NOT NULL,
    "location_id" BIGINT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "available" INTEGER,
    "source" TEXT NOT NULL,

    CONSTRAINT "inventory_changes_pkey" PRIMARY KEY ("shop_id","inventory_item_id","location_id","at")
);

-- CreateTable
CREATE TABLE "checkouts" (
    "shop_id" INTEGER NOT NULL,
    "token" TEXT NOT NULL,
    "id" BIGINT,
    "customer_id" BIGINT,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,
    "completed_at" TIMESTAMPTZ(3),
    "currency" TEXT NOT NULL,
    "total" BIGINT NOT NULL,
    "units" INTEGER NOT NULL,
    "lines" JSONB NOT NULL,

    CONSTRAINT "checkouts_pkey" PRIMARY KEY ("shop_id","token")
);

-- CreateTable
CREATE TABLE "day_channel_rollups" (
    "shop_id" INTEGER NOT NULL,
    "day" DATE NOT NULL,
    "channel" TEXT NOT NULL,
    "orders" INTEGER NOT NULL DEFAULT 0,
    "units" BIGINT NOT NULL DEFAULT 0,
    "gross" BIGINT NOT NULL DEFAULT 0,
    "discounts" BIGINT NOT NULL DEFAULT 0,
    "returned" BIGINT NOT NULL DEFAULT 0,
    "returned_units" BIGINT NOT NULL DEFAULT 0,
    "refunds" INTEGER NOT NULL DEFAULT 0,
    "cancelled" BIGINT NOT NULL DEFAULT 0,
    "net" BIGINT NOT NULL DEFAULT 0,
    "shipping" BIGINT NOT NULL DEFAULT 0,
    "tax" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "day_channel_rollups_pkey" PRIMARY KEY ("shop_id","day","channel")
);

-- CreateTable
CREATE TABLE "day_variant_location_rollups" (
    "shop_id" INTEGER NOT NULL,
    "variant_id" BIGINT NOT NULL,
    "day" DATE NOT NULL,
    "location_id" BIGINT NOT NULL,
    "units" BIGINT NOT NULL DEFAULT 0,
    "returned_units" BIGINT NOT NULL DEFAULT 0,
    "gross" BIGINT NOT NULL DEFAULT 0,
    "discounts" BIGINT NOT NULL DEFAULT 0,
    "returned" BIGINT NOT NULL DEFAULT 0,
    "net" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "day_variant_location_rollups_pkey" PRIMARY KEY ("shop_id","variant_id","day","location_id")
);

-- CreateTable
CREATE TABLE "day_product_rollups" (
    "shop_id" INTEGER NOT NULL,
    "product_id" BIGINT NOT NULL,
    "day" DATE NOT NULL,
    "orders" INTEGER NOT NULL DEFAULT 0,
    "units" BIGINT NOT NULL DEFAULT 0,
    "returned_units" BIGINT NOT NULL DEFAULT 0,
    "gross" BIGINT NOT NULL DEFAULT 0,
    "discounts" BIGINT NOT NULL DEFAULT 0,
    "returned" BIGINT NOT NULL DEFAULT 0,
    "net" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "day_product_rollups_pkey" PRIMARY KEY ("shop_id","product_id","day")
);

-- CreateTable
CREATE TABLE "backfills" (
    "shop_id" INTEGER NOT NULL,
    "kind" TEXT NOT NULL,
    "position" INTEGER NOT NULL,
    "status" TEXT NOT NULL,
    "bulk_operation_id" TEXT,
    "total" BIGINT,
    "lines" BIGINT NOT NULL DEFAULT 0,
    "started_at" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),
    "error" TEXT,

    CONSTRAINT "backfills_pkey" PRIMARY KEY ("shop_id","kind")
);

-- CreateTable
CREATE TABLE "reconcile_marks" (
    "shop_id" INTEGER NOT NULL,
    "kind" TEXT NOT NULL,
    "watermark" TIMESTAMPTZ(3) NOT NULL,
    "ran_at" TIMESTAMPTZ(3) NOT NULL,
    "checked" INTEGER NOT NULL DEFAULT 0,
    "mended" INTEGER NOT NULL DEFAULT 0,
    "mended_total" BIGINT NOT NULL DEFAULT 0,
    "error" TEXT,

    CONSTRAINT "reconcile_marks_pkey" PRIMARY KEY ("shop_id","kind")
);

-- CreateTable
CREATE TABLE "outbox_messages" (
    "shop_id" INTEGER NOT NULL,
    "id" BIGSERIAL NOT NULL,
    "kind" TEXT NOT NULL,
    "entity" TEXT NOT NULL,
    "idempotency_key" TEXT NOT NULL,
    "payload" JSONB NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'pending',
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "next_attempt_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "error" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "sent_at" TIMESTAMPTZ(3),

    CONSTRAINT "outbox_messages_pkey" PRIMARY KEY ("shop_id","id")
);

-- CreateTable
CREATE TABLE "loyalty_tiers" (
    "shop_id" INTEGER NOT NULL,
    "id" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "threshold" BIGINT NOT NULL,

    CONSTRAINT "loyalty_tiers_pkey" PRIMARY KEY ("shop_id","id")
);

-- CreateTable
CREATE TABLE "loyalty_members" (
    "shop_id" INTEGER NOT NULL,
    "customer_id" BIGINT NOT NULL,
    "tier_id" INTEGER,
    "spend" BIGINT NOT NULL,
    "since" TIMESTAMPTZ(3),
    "reviewed_at" TIMESTAMPTZ(3) NOT NULL,
    "review_on" DATE,

    CONSTRAINT "loyalty_members_pkey" PRIMARY KEY ("shop_id","customer_id")
);

-- CreateTable
CREATE TABLE "tier_changes" (
    "shop_id" INTEGER NOT NULL,
    "id" BIGSERIAL NOT NULL,
    "customer_id" BIGINT NOT NULL,
    "from_tier" TEXT,
    "to_tier" TEXT,
    "spend" BIGINT NOT NULL,
    "reason" JSONB NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "tier_changes_pkey" PRIMARY KEY ("shop_id","id")
);

-- CreateTable
CREATE TABLE "campaigns" (
    "shop_id" INTEGER NOT NULL,
    "id" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "audience" JSONB NOT NULL,
    "offer" JSONB NOT NULL,
    "starts_at" TIMESTAMPTZ(3) NOT NULL,
    "ends_at" TIMESTAMPTZ(3),
    "discount_gid" TEXT,
    "audience_size" INTEGER NOT NULL DEFAULT 0,
    "error" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "campaigns_pkey" PRIMARY KEY ("shop_id","id")
);

-- CreateTable
CREATE TABLE "campaign_codes" (
    "shop_id" INTEGER NOT NULL,
    "code" TEXT NOT NULL,
    "campaign_id" INTEGER NOT NULL,
    "customer_id" BIGINT NOT NULL,
    "status" TEXT NOT NULL,
    "added_at" TIMESTAMPTZ(3),
    "error" TEXT,

    CONSTRAINT "campaign_codes_pkey" PRIMARY KEY ("shop_id","code")
);

-- CreateTable
CREATE TABLE "campaign_redemptions" (
    "shop_id" INTEGER NOT NULL,
    "campaign_id" INTEGER NOT NULL,
    "order_id" BIGINT NOT NULL,
    "code" TEXT NOT NULL,
    "customer_id" BIGINT,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "revenue" BIGINT NOT NULL,
    "discount_cost" BIGINT NOT NULL,
    "goods_cost" BIGINT,

    CONSTRAINT "campaign_redemptions_pkey" PRIMARY KEY ("shop_id","campaign_id","order_id")
);

-- CreateTable
CREATE TABLE "campaign_batches" (
    "shop_id" INTEGER NOT NULL,
    "campaign_id" INTEGER NOT NULL,
    "position" INTEGER NOT NULL,
    "bulk_creation_gid" TEXT,
    "status" TEXT NOT NULL,
    "codes" INTEGER NOT NULL,
    "failed" INTEGER NOT NULL DEFAULT 0,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "campaign_batches_pkey" PRIMARY KEY ("shop_id","campaign_id","position")
);

-- CreateTable
CREATE TABLE "variant_forecasts" (
    "shop_id" INTEGER NOT NULL,
    "variant_id" BIGINT NOT NULL,
    "model" TEXT NOT NULL,
    "computed_at" TIMESTAMPTZ(3) NOT NULL,
    "from_day" DATE NOT NULL,
    "daily" DOUBLE PRECISION[],
    "next28" DOUBLE PRECISION NOT NULL,
    "history_days" INTEGER NOT NULL,
    "out_of_stock_days" INTEGER NOT NULL,
    "sold28" INTEGER NOT NULL,
    "available" INTEGER,
    "on_hand_value" BIGINT,
    "days_of_cover" DOUBLE PRECISION,
    "stockout_on" DATE,
    "lead_time_days" INTEGER NOT NULL,
    "reorder_by" DATE,
    "status" TEXT NOT NULL,

    CONSTRAINT "variant_forecasts_pkey" PRIMARY KEY ("shop_id","variant_id")
);

-- CreateTable
CREATE TABLE "variant_supply" (
    "shop_id" INTEGER NOT NULL,
    "variant_id" BIGINT NOT NULL,
    "lead_time_days" INTEGER NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "variant_supply_pkey" PRIMARY KEY ("shop_id","variant_id")
);

-- CreateTable
CREATE TABLE "privacy_requests" (
    "shop_id" INTEGER NOT NULL,
    "id" BIGSERIAL NOT NULL,
    "kind" TEXT NOT NULL,
    "customer_id" BIGINT,
    "orders_requested" TEXT[],
    "received_at" TIMESTAMPTZ(3) NOT NULL,
    "due_on" DATE NOT NULL,
    "completed_at" TIMESTAMPTZ(3),
    "proof" JSONB,

    CONSTRAINT "privacy_requests_pkey" PRIMARY KEY ("shop_id","id")
);

-- CreateIndex
CREATE UNIQUE INDEX "shops_domain_key" ON "shops"("domain");

-- CreateIndex
CREATE INDEX "inbox_events_shop_id_topic_received_at_idx" ON "inbox_events"("shop_id", "topic", "received_at");

-- CreateIndex
CREATE UNIQUE INDEX "inbox_events_shop_id_topic_webhook_id_key" ON "inbox_events"("shop_id", "topic", "webhook_id");

-- CreateIndex
CREATE INDEX "customers_shop_id_email_idx" ON "customers"("shop_id", "email");

-- CreateIndex
CREATE INDEX "customer_rollups_shop_id_net_customer_id_idx" ON "customer_rollups"("shop_id", "net", "customer_id");

-- CreateIndex
CREATE INDEX "customer_rollups_shop_id_orders_customer_id_idx" ON "customer_rollups"("shop_id", "orders", "customer_id");

-- CreateIndex
CREATE INDEX "customer_rollups_shop_id_last_order_at_customer_id_idx" ON "customer_rollups"("shop_id", "last_order_at", "customer_id");

-- CreateIndex
CREATE INDEX "orders_shop_id_processed_at_id_idx" ON "orders"("shop_id", "processed_at", "id");

-- CreateIndex
CREATE INDEX "orders_shop_id_customer_id_processed_at_idx" ON "orders"("shop_id", "customer_id", "processed_at");

-- CreateIndex
CREATE INDEX "orders_shop_id_day_idx" ON "orders"("shop_id", "day");

-- CreateIndex
CREATE INDEX "orders_shop_id_name_idx" ON "orders"("shop_id", "name");

-- CreateIndex
CREATE INDEX "order_lines_shop_id_variant_id_order_id_idx" ON "order_lines"("shop_id", "variant_id", "order_id");

-- CreateIndex
CREATE INDEX "discount_uses_shop_id_code_idx" ON "discount_uses"("shop_id", "code");

-- CreateIndex
CREATE INDEX "refunds_shop_id_day_idx" ON "refunds"("shop_id", "day");

-- CreateIndex
CREATE INDEX "variants_shop_id_product_id_idx" ON "variants"("shop_id", "product_id");

-- CreateIndex
CREATE INDEX "variants_shop_id_inventory_item_id_idx" ON "variants"("shop_id", "inventory_item_id");

-- CreateIndex
CREATE INDEX "variants_shop_id_sku_idx" ON "variants"("shop_id", "sku");

-- CreateIndex
CREATE INDEX "checkouts_shop_id_updated_at_idx" ON "checkouts"("shop_id", "updated_at");

-- CreateIndex
CREATE UNIQUE INDEX "outbox_messages_shop_id_idempotency_key_key" ON "outbox_messages"("shop_id", "idempotency_key");

-- CreateIndex
CREATE UNIQUE INDEX "loyalty_tiers_shop_id_threshold_key" ON "loyalty_tiers"("shop_id", "threshold");

-- CreateIndex
CREATE INDEX "loyalty_members_shop_id_tier_id_spend_idx" ON "loyalty_members"("shop_id", "tier_id", "spend");

-- CreateIndex
CREATE INDEX "loyalty_members_shop_id_review_on_idx" ON "loyalty_members"("shop_id", "review_on");

-- CreateIndex
CREATE INDEX "tier_changes_shop_id_customer_id_id_idx" ON "tier_changes"("shop_id", "customer_id", "id");

-- CreateIndex
CREATE INDEX "campaigns_shop_id_status_idx" ON "campaigns"("shop_id", "status");

-- CreateIndex
CREATE INDEX "campaign_codes_shop_id_campaign_id_status_idx" ON "campaign_codes"("shop_id", "campaign_id", "status");

-- CreateIndex
CREATE INDEX "campaign_codes_shop_id_customer_id_idx" ON "campaign_codes"("shop_id", "customer_id");

-- CreateIndex
CREATE UNIQUE INDEX "campaign_codes_shop_id_campaign_id_customer_id_key" ON "campaign_codes"("shop_id", "campaign_id", "customer_id");

-- CreateIndex
CREATE INDEX "variant_forecasts_shop_id_status_reorder_by_variant_id_idx" ON "variant_forecasts"("shop_id", "status", "reorder_by", "variant_id");

-- CreateIndex
CREATE INDEX "variant_forecasts_shop_id_reorder_by_variant_id_idx" ON "variant_forecasts"("shop_id", "reorder_by", "variant_id");

-- CreateIndex
CREATE INDEX "variant_forecasts_shop_id_next28_variant_id_idx" ON "variant_forecasts"("shop_id", "next28", "variant_id");

-- CreateIndex
CREATE INDEX "variant_forecasts_shop_id_days_of_cover_variant_id_idx" ON "variant_forecasts"("shop_id", "days_of_cover", "variant_id");

-- What Prisma's schema language cannot say: the queues are read by their unfinished rows only.
CREATE INDEX "inbox_events_pending" ON "inbox_events"("shop_id", "id") WHERE "status" = 'pending';
CREATE INDEX "inbox_events_failed" ON "inbox_events"("shop_id", "id") WHERE "status" = 'failed';
CREATE INDEX "outbox_messages_pending" ON "outbox_messages"("shop_id", "id") WHERE "status" = 'pending';
CREATE INDEX "outbox_messages_dead" ON "outbox_messages"("shop_id", "id") WHERE "status" = 'dead';

-- Rollups are updated in place again and again: room on the page keeps those updates off the indexes.
ALTER TABLE "customer_rollups" SET (fillfactor = 80);
ALTER TABLE "day_channel_rollups" SET (fillfactor = 70);
ALTER TABLE "day_product_rollups" SET (fillfactor = 80);
ALTER TABLE "day_variant_location_rollups" SET (fillfactor = 80);

-- Search by the beginning of a name, e-mail or order number, without regard to case.
CREATE INDEX "customers_email_prefix" ON "customers"("shop_id", lower("email") text_pattern_ops);
CREATE INDEX "customers_last_name_prefix" ON "customers"("shop_id", lower("last_name") text_pattern_ops);
CREATE INDEX "customers_first_name_prefix" ON "customers"("shop_id", lower("first_name") text_pattern_ops);
CREATE INDEX "orders_name_prefix" ON "orders"("shop_id", lower("name") text_pattern_ops);
CREATE INDEX "variants_sku_prefix" ON "variants"("shop_id", lower("sku") text_pattern_ops);
CREATE INDEX "products_title_prefix" ON "products"("shop_id", lower("title") text_pattern_ops);
