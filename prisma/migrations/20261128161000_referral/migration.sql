-- Referral: what is promised, each member's code, and who brought whom; docs/decisions/0034.
CREATE TABLE "referral_settings" (
    "shop_id" INTEGER NOT NULL,
    "active" BOOLEAN NOT NULL,
    "terms" JSONB NOT NULL,
    "version" INTEGER NOT NULL,
    "house_code" TEXT NOT NULL,
    "discount_gid" TEXT,
    "error" TEXT,
    CONSTRAINT "referral_settings_pkey" PRIMARY KEY ("shop_id")
);

CREATE TABLE "referral_codes" (
    "shop_id" INTEGER NOT NULL,
    "customer_id" BIGINT NOT NULL,
    "code" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "error" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    CONSTRAINT "referral_codes_pkey" PRIMARY KEY ("shop_id", "customer_id"),
    CONSTRAINT "referral_codes_status" CHECK ("status" IN ('waiting', 'making', 'ready', 'refused'))
);
CREATE UNIQUE INDEX "referral_codes_code" ON "referral_codes"("shop_id", "code");

-- A friend is brought once. Points as they were promised when the order was noted.
CREATE TABLE "referrals" (
    "shop_id" INTEGER NOT NULL,
    "friend_id" BIGINT NOT NULL,
    "referrer_id" BIGINT NOT NULL,
    "order_id" BIGINT NOT NULL,
    "referrer_points" INTEGER NOT NULL,
    "friend_points" INTEGER NOT NULL,
    "days" INTEGER NOT NULL,
    "minimum" BIGINT NOT NULL,
    "status" TEXT NOT NULL,
    "signals" TEXT[] NOT NULL,
    "noted_at" TIMESTAMPTZ(3) NOT NULL,
    "decided_by" TEXT,
    CONSTRAINT "referrals_pkey" PRIMARY KEY ("shop_id", "friend_id"),
    CONSTRAINT "referrals_status" CHECK ("status" IN ('new', 'held', 'counts', 'refused'))
);
CREATE INDEX "referrals_referrer" ON "referrals"("shop_id", "referrer_id");
CREATE INDEX "referrals_new" ON "referrals"("shop_id", "friend_id") WHERE "status" = 'new';

SELECT storebook_protect_tables();
