-- Balances from elsewhere; docs/decisions/0029.
CREATE TABLE "points_imports" (
    "shop_id" INTEGER NOT NULL,
    "id" INTEGER NOT NULL,
    "file_hash" BYTEA NOT NULL,
    "status" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "booked_at" TIMESTAMPTZ(3),
    "undone_at" TIMESTAMPTZ(3),
    "staff_id" TEXT,
    "rows" INTEGER NOT NULL,
    "matched" INTEGER NOT NULL,
    "unmatched" INTEGER NOT NULL,
    "wrong" INTEGER NOT NULL,
    "zero" INTEGER NOT NULL,
    "points" BIGINT NOT NULL,
    "problems" JSONB NOT NULL,
    "ignored" TEXT[],
    "through" BIGINT NOT NULL DEFAULT -1,
    "done" INTEGER NOT NULL DEFAULT 0,
    "short" INTEGER NOT NULL DEFAULT 0,
    "kept" BIGINT NOT NULL DEFAULT 0,
    CONSTRAINT "points_imports_pkey" PRIMARY KEY ("shop_id", "id")
);

-- `counts` is the fact: it changes in the transaction that books it.
CREATE TABLE "points_import_rows" (
    "shop_id" INTEGER NOT NULL,
    "import_id" INTEGER NOT NULL,
    "customer_id" BIGINT NOT NULL,
    "line" INTEGER NOT NULL,
    "points" INTEGER NOT NULL,
    "counts" INTEGER NOT NULL DEFAULT 0,
    CONSTRAINT "points_import_rows_pkey" PRIMARY KEY ("shop_id", "import_id", "customer_id")
);
CREATE INDEX "points_import_rows_customer" ON "points_import_rows"("shop_id", "customer_id");

SELECT storebook_protect_tables();

-- Shops with an import whose booking, or booking back, is not through.
GRANT SELECT (shop_id, status) ON points_imports TO storebook_system;
CREATE POLICY of_the_functions ON points_imports FOR SELECT TO storebook_system USING (true);
CREATE FUNCTION storebook_shops_with_points_imports() RETURNS SETOF int
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  RETURN QUERY SELECT DISTINCT i.shop_id FROM points_imports i WHERE i.status IN ('booking', 'undoing');
END
$$;

DO $$
BEGIN
  EXECUTE 'GRANT CREATE ON SCHEMA public TO storebook_system';
  EXECUTE 'REVOKE EXECUTE ON FUNCTION storebook_shops_with_points_imports() FROM PUBLIC';
  EXECUTE 'GRANT EXECUTE ON FUNCTION storebook_shops_with_points_imports() TO storebook_app';
  EXECUTE 'ALTER FUNCTION storebook_shops_with_points_imports() OWNER TO storebook_system';
  EXECUTE 'REVOKE CREATE ON SCHEMA public FROM storebook_system';
END
$$;
