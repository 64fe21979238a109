-- Points: the programme's versions, the ledger with its two caches, and what is due; docs/decisions/0024.
CREATE TABLE "points_programmes" (
    "shop_id" INTEGER NOT NULL,
    "version" INTEGER NOT NULL,
    "from_at" TIMESTAMPTZ(3) NOT NULL,
    "rules" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    CONSTRAINT "points_programmes_pkey" PRIMARY KEY ("shop_id", "version")
);

CREATE TABLE "points_entries" (
    "shop_id" INTEGER NOT NULL,
    "customer_id" BIGINT NOT NULL,
    "topic" TEXT NOT NULL,
    "seq" INTEGER NOT NULL,
    "from_account" SMALLINT NOT NULL,
    "to_account" SMALLINT NOT NULL,
    "points" INTEGER NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "booked_at" TIMESTAMPTZ(3) NOT NULL,
    "cause" TEXT NOT NULL,
    "programme" INTEGER,
    CONSTRAINT "points_entries_pkey" PRIMARY KEY ("shop_id", "customer_id", "topic", "seq"),
    CONSTRAINT "points_entries_move" CHECK ("points" > 0 AND "from_account" <> "to_account" AND "from_account" BETWEEN 1 AND 7 AND "to_account" BETWEEN 1 AND 7)
);

CREATE TABLE "points_balances" (
    "shop_id" INTEGER NOT NULL,
    "customer_id" BIGINT NOT NULL,
    "pending" BIGINT NOT NULL DEFAULT 0,
    "available" BIGINT NOT NULL DEFAULT 0,
    "issued" BIGINT NOT NULL DEFAULT 0,
    "withdrawn" BIGINT NOT NULL DEFAULT 0,
    "spent" BIGINT NOT NULL DEFAULT 0,
    "expired" BIGINT NOT NULL DEFAULT 0,
    "forgiven" BIGINT NOT NULL DEFAULT 0,
    CONSTRAINT "points_balances_pkey" PRIMARY KEY ("shop_id", "customer_id")
);

-- What moved on a day from one account to another. Sixteen rows each, so that writers of other customers seldom meet.
CREATE TABLE "points_days" (
    "shop_id" INTEGER NOT NULL,
    "day" DATE NOT NULL,
    "from_account" SMALLINT NOT NULL,
    "to_account" SMALLINT NOT NULL,
    "slot" SMALLINT NOT NULL,
    "points" BIGINT NOT NULL,
    CONSTRAINT "points_days_pkey" PRIMARY KEY ("shop_id", "day", "from_account", "to_account", "slot")
);

CREATE TABLE "points_members" (
    "shop_id" INTEGER NOT NULL,
    "customer_id" BIGINT NOT NULL,
    "due_at" TIMESTAMPTZ(3),
    "replayed_at" TIMESTAMPTZ(3) NOT NULL,
    CONSTRAINT "points_members_pkey" PRIMARY KEY ("shop_id", "customer_id")
);
CREATE INDEX "points_members_due" ON "points_members"("shop_id", "due_at") WHERE "due_at" IS NOT NULL;

-- Points that somebody gave or took beside orders. Free text stands here, where it can be emptied.
CREATE TABLE "points_adjustments" (
    "shop_id" INTEGER NOT NULL,
    "customer_id" BIGINT NOT NULL,
    "topic" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "points" INTEGER NOT NULL,
    "cause" TEXT NOT NULL,
    "reason" TEXT,
    "staff_id" TEXT,
    CONSTRAINT "points_adjustments_pkey" PRIMARY KEY ("shop_id", "customer_id", "topic")
);

SELECT storebook_protect_tables();

-- One way in: the app reads the books and writes none of them.
REVOKE INSERT, UPDATE, DELETE ON points_entries, points_balances, points_days FROM storebook_app;
GRANT SELECT, INSERT, DELETE ON points_entries TO storebook_system;
GRANT SELECT, INSERT, UPDATE, DELETE ON points_balances, points_days TO storebook_system;
DO $$
DECLARE
  shop constant text := '(SELECT NULLIF(current_setting(''storebook.shop_id'', true), '''')::int)';
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['points_entries', 'points_balances', 'points_days'] LOOP
    EXECUTE format('CREATE POLICY of_the_functions ON %I TO storebook_system USING (shop_id = %s) WITH CHECK (shop_id = %s)', name, shop, shop);
  END LOOP;
END
$$;

CREATE FUNCTION points_are_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' AND current_setting('storebook.erasing_shop', true) = OLD.shop_id::text THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION 'the ledger of points is append-only' USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER points_entries_no_change BEFORE UPDATE OR DELETE ON points_entries FOR EACH ROW EXECUTE FUNCTION points_are_append_only();
CREATE TRIGGER points_entries_no_truncate BEFORE TRUNCATE ON points_entries FOR EACH STATEMENT EXECUTE FUNCTION points_are_append_only();

-- Books entries of the bound shop and brings both caches along. An entry whose number is there already fails the whole.
-- Rows of both caches are taken in the order of their keys, so that two writers never wait for each other in a circle.
CREATE FUNCTION storebook_post_points(
  customers bigint[], topics text[], seqs int[], froms smallint[], tos smallint[], amounts int[], ats timestamptz[], causes text[],
  programmes int[], booked timestamptz, on_day date)
RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  bound constant int := NULLIF(current_setting('storebook.shop_id', true), '')::int;
  added int;
BEGIN
  IF bound IS NULL THEN
    RAISE EXCEPTION 'points are booked for a shop' USING ERRCODE = 'insufficient_privilege';
  END IF;
  INSERT INTO points_balances AS b (shop_id, customer_id, pending, available, issued, withdrawn, spent, expired, forgiven)
  SELECT bound, c.customer_id,
    COALESCE(sum(c.points) FILTER (WHERE c.to_account = 1), 0) - COALESCE(sum(c.points) FILTER (WHERE c.from_account = 1), 0),
    COALESCE(sum(c.points) FILTER (WHERE c.to_account = 2), 0) - COALESCE(sum(c.points) FILTER (WHERE c.from_account = 2), 0),
    COALESCE(sum(c.points) FILTER (WHERE c.to_account = 3), 0) - COALESCE(sum(c.points) FILTER (WHERE c.from_account = 3), 0),
    COALESCE(sum(c.points) FILTER (WHERE c.to_account = 4), 0) - COALESCE(sum(c.points) FILTER (WHERE c.from_account = 4), 0),
    COALESCE(sum(c.points) FILTER (WHERE c.to_account = 5), 0) - COALESCE(sum(c.points) FILTER (WHERE c.from_account = 5), 0),
    COALESCE(sum(c.points) FILTER (WHERE c.to_account = 6), 0) - COALESCE(sum(c.points) FILTER (WHERE c.from_account = 6), 0),
    COALESCE(sum(c.points) FILTER (WHERE c.to_account = 7), 0) - COALESCE(sum(c.points) FILTER (WHERE c.from_account = 7), 0)
  FROM unnest(customers, froms, tos, amounts) AS c(customer_id, from_account, to_account, points)
  GROUP BY c.customer_id ORDER BY c.customer_id
  ON CONFLICT (shop_id, customer_id) DO UPDATE SET pending = b.pending + excluded.pending,
    available = b.available + excluded.available, issued = b.issued + excluded.issued,
    withdrawn = b.withdrawn + excluded.withdrawn, spent = b.spent + excluded.spent,
    expired = b.expired + excluded.expired, forgiven = b.forgiven + excluded.forgiven;
  INSERT INTO points_entries (shop_id, customer_id, topic, seq, from_account, to_account, points, at, booked_at, cause, programme)
  SELECT bound, r.customer_id, r.topic, r.seq, r.from_account, r.to_account, r.points, r.at, booked, r.cause, r.programme
  FROM unnest(customers, topics, seqs, froms, tos, amounts, ats, causes, programmes)
    AS r(customer_id, topic, seq, from_account, to_account, points, at, cause, programme);
  GET DIAGNOSTICS added = ROW_COUNT;
  INSERT INTO points_days AS d (shop_id, day, from_account, to_account, slot, points)
  SELECT bound, on_day, r.from_account, r.to_account, (r.customer_id % 16)::smallint, sum(r.points)
  FROM unnest(customers, froms, tos, amounts) AS r(customer_id, from_account, to_account, points)
  GROUP BY 3, 4, 5 ORDER BY 3, 4, 5
  ON CONFLICT (shop_id, day, from_account, to_account, slot) DO UPDATE SET points = d.points + excluded.points;
  RETURN added;
END
$$;

-- The books go with their shop, as the audit log does.
CREATE FUNCTION storebook_erase_points(part text, most int) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  bound constant int := NULLIF(current_setting('storebook.shop_id', true), '')::int;
  gone int;
BEGIN
  IF bound IS NULL OR EXISTS (SELECT 1 FROM shops s WHERE s.id = bound)
    OR NOT EXISTS (SELECT 1 FROM privacy_requests p WHERE p.shop_id = bound AND p.kind = 'shop_redact')
    OR part NOT IN ('points_entries', 'points_balances', 'points_days') THEN
    RAISE EXCEPTION 'the ledger of points goes with its shop alone' USING ERRCODE = 'insufficient_privilege';
  END IF;
  PERFORM set_config('storebook.erasing_shop', bound::text, true);
  EXECUTE format('DELETE FROM %I WHERE shop_id = $1 AND ctid = ANY(ARRAY(SELECT ctid FROM %I WHERE shop_id = $1 LIMIT $2))', part, part)
    USING bound, most;
  GET DIAGNOSTICS gone = ROW_COUNT;
  PERFORM set_config('storebook.erasing_shop', '', true);
  RETURN gone;
END
$$;

-- Shops with members whose points change by time alone by now.
GRANT SELECT (shop_id, due_at) ON points_members TO storebook_system;
CREATE POLICY of_the_functions ON points_members FOR SELECT TO storebook_system USING (true);
CREATE FUNCTION storebook_shops_with_points_due(by timestamptz) RETURNS SETOF int
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  RETURN QUERY SELECT DISTINCT m.shop_id FROM points_members m WHERE m.due_at <= by;
END
$$;

DO $$
DECLARE signature text;
BEGIN
  EXECUTE 'GRANT CREATE ON SCHEMA public TO storebook_system';
  FOREACH signature IN ARRAY ARRAY[
    'storebook_post_points(bigint[], text[], int[], smallint[], smallint[], int[], timestamptz[], text[], int[], timestamptz, date)',
    'storebook_erase_points(text, int)', 'storebook_shops_with_points_due(timestamptz)'] LOOP
    EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', signature);
    EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO storebook_app', signature);
    EXECUTE format('ALTER FUNCTION %s OWNER TO storebook_system', signature);
  END LOOP;
  EXECUTE 'REVOKE CREATE ON SCHEMA public FROM storebook_system';
END
$$;
