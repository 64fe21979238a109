-- Orders by channel and by payment along the list's own order, customers by their first order.
CREATE INDEX "orders_shop_id_channel_processed_at_id_idx" ON "orders"("shop_id", "channel", "processed_at", "id");
CREATE INDEX "orders_shop_id_financial_status_processed_at_id_idx" ON "orders"("shop_id", "financial_status", "processed_at", "id");
CREATE INDEX "customer_rollups_shop_id_first_order_at_idx" ON "customer_rollups"("shop_id", "first_order_at");
