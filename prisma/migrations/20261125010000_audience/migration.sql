-- What the audience room knows of customers: scores and groups, movement between groups, and expected value.

-- The least value of each score above 1, on the day on which the shop's customers were scored last. One row a day.
CREATE TABLE "rfm_cuts" (
    "shop_id" INTEGER NOT NULL,
    "day" DATE NOT NULL,
    "customers" INTEGER NOT NULL,
    "r2" DATE NOT NULL,
    "r3" DATE NOT NULL,
    "r4" DATE NOT NULL,
    "r5" DATE NOT NULL,
    "f2" INTEGER NOT NULL,
    "f3" INTEGER NOT NULL,
    "f4" INTEGER NOT NULL,
    "f5" INTEGER NOT NULL,
    "m2" BIGINT NOT NULL,
    "m3" BIGINT NOT NULL,
    "m4" BIGINT NOT NULL,
    "m5" BIGINT NOT NULL,
    "cells" JSONB NOT NULL DEFAULT '[]',
    CONSTRAINT "rfm_cuts_pkey" PRIMARY KEY ("shop_id", "day")
);

CREATE TABLE "customer_rfm" (
    "shop_id" INTEGER NOT NULL,
    "customer_id" BIGINT NOT NULL,
    "r" SMALLINT NOT NULL,
    "f" SMALLINT NOT NULL,
    "m" SMALLINT NOT NULL,
    "grp" TEXT NOT NULL,
    "since_day" DATE NOT NULL,
    CONSTRAINT "customer_rfm_pkey" PRIMARY KEY ("shop_id", "customer_id")
);
-- A segment of a group or a cell reads its own rows only.
CREATE INDEX "customer_rfm_shop_id_grp_customer_id_idx" ON "customer_rfm"("shop_id", "grp", "customer_id");

CREATE TABLE "rfm_moves" (
    "shop_id" INTEGER NOT NULL,
    "day" DATE NOT NULL,
    "from_grp" TEXT NOT NULL,
    "to_grp" TEXT NOT NULL,
    "customers" INTEGER NOT NULL,
    CONSTRAINT "rfm_moves_pkey" PRIMARY KEY ("shop_id", "day", "from_grp", "to_grp")
);

-- The shop's model of repeat buying as fitted last, or why there is none.
CREATE TABLE "value_models" (
    "shop_id" INTEGER NOT NULL,
    "fitted_at" TIMESTAMPTZ(3) NOT NULL,
    "until_day" DATE NOT NULL,
    "state" TEXT NOT NULL,
    "parameters" JSONB,
    "log_likelihood" DOUBLE PRECISION,
    "buyers" INTEGER NOT NULL,
    "days" INTEGER NOT NULL,
    "spend_52w" BIGINT,
    CONSTRAINT "value_models_pkey" PRIMARY KEY ("shop_id")
);

CREATE TABLE "customer_values" (
    "shop_id" INTEGER NOT NULL,
    "customer_id" BIGINT NOT NULL,
    "until_day" DATE NOT NULL,
    "alive" DOUBLE PRECISION NOT NULL,
    "orders_52w" DOUBLE PRECISION NOT NULL,
    "spend_52w" BIGINT,
    "next_order_on" DATE,
    CONSTRAINT "customer_values_pkey" PRIMARY KEY ("shop_id", "customer_id")
);

SELECT storebook_protect_tables();

-- For the sweeper: installed shops whose first import has ended and whose customers were never scored.
GRANT SELECT (shop_id) ON value_models TO storebook_system;
CREATE POLICY of_the_functions ON value_models FOR SELECT TO storebook_system USING (true);
CREATE FUNCTION storebook_shops_without_scores() RETURNS SETOF int
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  RETURN QUERY SELECT b.shop_id FROM backfills b JOIN shops s ON s.id = b.shop_id AND s.uninstalled_at IS NULL
    WHERE NOT EXISTS (SELECT 1 FROM value_models v WHERE v.shop_id = b.shop_id)
    GROUP BY b.shop_id HAVING bool_and(b.status = 'done') ORDER BY 1;
END
$$;
REVOKE EXECUTE ON FUNCTION storebook_shops_without_scores() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION storebook_shops_without_scores() TO storebook_app;
GRANT CREATE ON SCHEMA public TO storebook_system;
ALTER FUNCTION storebook_shops_without_scores() OWNER TO storebook_system;
REVOKE CREATE ON SCHEMA public FROM storebook_system;
