-- What points are worth, and what becomes of them; docs/decisions/0030.
CREATE TABLE "points_valuations" (
    "shop_id" INTEGER NOT NULL,
    "per_hundred" BIGINT,
    "redemption" INTEGER,
    "sampled" INTEGER NOT NULL DEFAULT 0,
    "members" INTEGER NOT NULL DEFAULT 0,
    "estimated_at" TIMESTAMPTZ(3),
    CONSTRAINT "points_valuations_pkey" PRIMARY KEY ("shop_id")
);

CREATE TABLE "points_cohorts" (
    "shop_id" INTEGER NOT NULL,
    "issued" DATE NOT NULL,
    "used" DATE NOT NULL,
    "kind" TEXT NOT NULL,
    "points" BIGINT NOT NULL,
    CONSTRAINT "points_cohorts_pkey" PRIMARY KEY ("shop_id", "issued", "used", "kind")
);

SELECT storebook_protect_tables();
