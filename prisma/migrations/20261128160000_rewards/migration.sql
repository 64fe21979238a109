-- Rewards for points, and what was redeemed; docs/decisions/0033.
CREATE TABLE "points_rewards" (
    "shop_id" INTEGER NOT NULL,
    "id" SERIAL NOT NULL,
    "title" TEXT NOT NULL,
    "points" INTEGER NOT NULL,
    "terms" JSONB NOT NULL,
    "active" BOOLEAN NOT NULL DEFAULT true,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    CONSTRAINT "points_rewards_pkey" PRIMARY KEY ("shop_id", "id"),
    CONSTRAINT "points_rewards_cost" CHECK ("points" > 0)
);

CREATE TABLE "points_redemptions" (
    "shop_id" INTEGER NOT NULL,
    "id" BIGSERIAL NOT NULL,
    "customer_id" BIGINT NOT NULL,
    "reward_id" INTEGER NOT NULL,
    "key" TEXT NOT NULL,
    "title" TEXT NOT NULL,
    "terms" JSONB NOT NULL,
    "points" INTEGER NOT NULL,
    "worth" BIGINT,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "status" TEXT NOT NULL,
    "code" TEXT,
    "discount_gid" TEXT,
    "ends_at" TIMESTAMPTZ(3),
    "back_at" TIMESTAMPTZ(3),
    "error" TEXT,
    "staff_id" TEXT,
    CONSTRAINT "points_redemptions_pkey" PRIMARY KEY ("shop_id", "id"),
    CONSTRAINT "points_redemptions_status" CHECK ("status" IN ('making', 'ready', 'refused', 'cancelling', 'cancelled', 'open', 'done')),
    CONSTRAINT "points_redemptions_cost" CHECK ("points" > 0)
);
-- The same press again is the same redemption.
CREATE UNIQUE INDEX "points_redemptions_key" ON "points_redemptions"("shop_id", "customer_id", "key");
CREATE UNIQUE INDEX "points_redemptions_code" ON "points_redemptions"("shop_id", "code");
CREATE INDEX "points_redemptions_reward" ON "points_redemptions"("shop_id", "reward_id");
-- Gifts that wait for staff.
CREATE INDEX "points_redemptions_open" ON "points_redemptions"("shop_id", "id") WHERE "status" = 'open';

SELECT storebook_protect_tables();
