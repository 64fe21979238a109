-- Home's two counts of customers, kept by difference, so that they cost the same in a shop of any size: customers by the
-- day of their first order that counts (in the shop's own zone), and customers that are not deleted.
CREATE TABLE "day_new_customers" (
    "shop_id" INTEGER NOT NULL,
    "day" DATE NOT NULL,
    "customers" INTEGER NOT NULL DEFAULT 0,
    CONSTRAINT "day_new_customers_pkey" PRIMARY KEY ("shop_id", "day")
);
CREATE TABLE "customer_counts" (
    "shop_id" INTEGER NOT NULL,
    "customers" INTEGER NOT NULL DEFAULT 0,
    CONSTRAINT "customer_counts_pkey" PRIMARY KEY ("shop_id")
);
-- As for the other rollups: updated in place again and again.
ALTER TABLE "day_new_customers" SET (fillfactor = 70);
ALTER TABLE "customer_counts" SET (fillfactor = 50);

-- Triggers keep both, so that no way of writing can forget them. They run as whoever writes, under that shop's policy,
-- and once a statement: they add up the differences of all its rows and touch nothing where those come to none, as for
-- most updates. What is taken away is taken from rows that stand and never makes one: while a shop is erased, which
-- happens row by row after its own row is gone, nothing comes back.
--
-- Locks: all writers of a shop would meet at these rows. They come one at a time, since whoever changes a count (the
-- drain with the redactions in it, import, reconciliation, rebuild) holds the shop's projection lock from before its
-- first row. Who writes without it changes no count (sealing anew, emptying the columns of the forgotten), or finds no
-- row here that stands (the erasure: customer_counts goes first, and without its shop a day has no zone). Should somebody
-- hold no lock one day, the worst is a deadlock, which PostgreSQL ends and the job tries again.
CREATE FUNCTION storebook_count_new_customers() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  shops int[];
  moments timestamptz[];
  days date[];
  changes int[];
BEGIN
  -- First by the moment: what did not change cancels out before any day is worked out. Grouped and never joined: the cost
  -- is linear in the rows, also by a plan that was made when there were few.
  IF TG_OP = 'INSERT' THEN
    SELECT array_agg(m.shop_id), array_agg(m.at), array_agg(m.change) INTO shops, moments, changes
    FROM (
      SELECT a.shop_id, a.first_order_at AS at, count(*)::int AS change
      FROM added AS a WHERE a.first_order_at IS NOT NULL GROUP BY 1, 2
    ) AS m;
  ELSIF TG_OP = 'DELETE' THEN
    SELECT array_agg(m.shop_id), array_agg(m.at), array_agg(m.change) INTO shops, moments, changes
    FROM (
      SELECT r.shop_id, r.first_order_at AS at, -count(*)::int AS change
      FROM removed AS r WHERE r.first_order_at IS NOT NULL GROUP BY 1, 2
    ) AS m;
  ELSE
    SELECT array_agg(m.shop_id), array_agg(m.at), array_agg(m.change) INTO shops, moments, changes
    FROM (
      SELECT b.shop_id, b.at, sum(b.change)::int AS change
      FROM (
        SELECT a.shop_id, a.first_order_at AS at, 1 AS change FROM added AS a WHERE a.first_order_at IS NOT NULL
        UNION ALL
        SELECT r.shop_id, r.first_order_at, -1 FROM removed AS r WHERE r.first_order_at IS NOT NULL
      ) AS b
      GROUP BY 1, 2 HAVING sum(b.change) <> 0
    ) AS m;
  END IF;
  IF shops IS NULL THEN
    RETURN NULL;
  END IF;
  SELECT array_agg(d.shop_id ORDER BY d.shop_id, d.day), array_agg(d.day ORDER BY d.shop_id, d.day),
    array_agg(d.change ORDER BY d.shop_id, d.day) INTO shops, days, changes
  FROM (
    SELECT m.shop_id, (m.at AT TIME ZONE s.timezone)::date AS day, sum(m.change)::int AS change
    FROM unnest(shops, moments, changes) AS m(shop_id, at, change) JOIN public.shops AS s ON s.id = m.shop_id
    GROUP BY 1, 2 HAVING sum(m.change) <> 0
  ) AS d;
  IF shops IS NULL THEN
    RETURN NULL;
  END IF;
  UPDATE public.day_new_customers AS t SET customers = t.customers + d.change
  FROM unnest(shops, days, changes) AS d(shop_id, day, change)
  WHERE t.shop_id = d.shop_id AND t.day = d.day AND d.change < 0;
  INSERT INTO public.day_new_customers AS t (shop_id, day, customers)
  SELECT d.shop_id, d.day, d.change FROM unnest(shops, days, changes) AS d(shop_id, day, change)
  WHERE d.change > 0 ORDER BY d.shop_id, d.day
  ON CONFLICT (shop_id, day) DO UPDATE SET customers = t.customers + excluded.customers;
  RETURN NULL;
END
$$;

CREATE FUNCTION storebook_count_customers() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  shops int[];
  changes int[];
BEGIN
  IF TG_OP = 'INSERT' THEN
    SELECT array_agg(d.shop_id ORDER BY d.shop_id), array_agg(d.change ORDER BY d.shop_id) INTO shops, changes
    FROM (SELECT a.shop_id, count(*)::int AS change FROM added AS a WHERE a.deleted_at IS NULL GROUP BY a.shop_id) AS d;
  ELSIF TG_OP = 'DELETE' THEN
    SELECT array_agg(d.shop_id ORDER BY d.shop_id), array_agg(d.change ORDER BY d.shop_id) INTO shops, changes
    FROM (SELECT r.shop_id, -count(*)::int AS change FROM removed AS r WHERE r.deleted_at IS NULL GROUP BY r.shop_id) AS d;
  ELSE
    SELECT array_agg(d.shop_id ORDER BY d.shop_id), array_agg(d.change ORDER BY d.shop_id) INTO shops, changes
    FROM (
      SELECT b.shop_id, sum(b.change)::int AS change
      FROM (
        SELECT a.shop_id, 1 AS change FROM added AS a WHERE a.deleted_at IS NULL
        UNION ALL
        SELECT r.shop_id, -1 FROM removed AS r WHERE r.deleted_at IS NULL
      ) AS b
      GROUP BY b.shop_id HAVING sum(b.change) <> 0
    ) AS d;
  END IF;
  IF shops IS NULL THEN
    RETURN NULL;
  END IF;
  UPDATE public.customer_counts AS t SET customers = t.customers + d.change
  FROM unnest(shops, changes) AS d(shop_id, change) WHERE t.shop_id = d.shop_id AND d.change < 0;
  INSERT INTO public.customer_counts AS t (shop_id, customers)
  SELECT d.shop_id, d.change FROM unnest(shops, changes) AS d(shop_id, change) WHERE d.change > 0 ORDER BY d.shop_id
  ON CONFLICT (shop_id) DO UPDATE SET customers = t.customers + excluded.customers;
  RETURN NULL;
END
$$;
REVOKE EXECUTE ON FUNCTION storebook_count_new_customers(), storebook_count_customers() FROM PUBLIC;

-- The policies bind the owner too, unless it says otherwise. Saying so also locks these tables to the end, so that no row
-- is written between the triggers and the first count.
ALTER TABLE "customers" NO FORCE ROW LEVEL SECURITY;
ALTER TABLE "customer_rollups" NO FORCE ROW LEVEL SECURITY;
ALTER TABLE "shops" NO FORCE ROW LEVEL SECURITY;

-- PostgreSQL asks for a trigger an event where there are transition tables. INSERT … ON CONFLICT DO UPDATE runs two of
-- them, each with its own rows.
CREATE TRIGGER "new_customers_inserted" AFTER INSERT ON "customer_rollups" REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION storebook_count_new_customers();
CREATE TRIGGER "new_customers_updated" AFTER UPDATE ON "customer_rollups" REFERENCING OLD TABLE AS removed NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION storebook_count_new_customers();
CREATE TRIGGER "new_customers_deleted" AFTER DELETE ON "customer_rollups" REFERENCING OLD TABLE AS removed
  FOR EACH STATEMENT EXECUTE FUNCTION storebook_count_new_customers();
CREATE TRIGGER "customers_inserted" AFTER INSERT ON "customers" REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION storebook_count_customers();
CREATE TRIGGER "customers_updated" AFTER UPDATE ON "customers" REFERENCING OLD TABLE AS removed NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION storebook_count_customers();
CREATE TRIGGER "customers_deleted" AFTER DELETE ON "customers" REFERENCING OLD TABLE AS removed
  FOR EACH STATEMENT EXECUTE FUNCTION storebook_count_customers();

INSERT INTO "day_new_customers" ("shop_id", "day", "customers")
SELECT r.shop_id, (r.first_order_at AT TIME ZONE s.timezone)::date, count(*)
FROM "customer_rollups" AS r JOIN "shops" AS s ON s.id = r.shop_id WHERE r.first_order_at IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2;
INSERT INTO "customer_counts" ("shop_id", "customers")
SELECT c.shop_id, count(*) FROM "customers" AS c WHERE c.deleted_at IS NULL GROUP BY 1 ORDER BY 1;

ALTER TABLE "customers" FORCE ROW LEVEL SECURITY;
ALTER TABLE "customer_rollups" FORCE ROW LEVEL SECURITY;
ALTER TABLE "shops" FORCE ROW LEVEL SECURITY;

-- Served the count of new customers alone.
DROP INDEX "customer_rollups_shop_id_first_order_at_idx";
-- Served nothing: a search goes by lower(name) through orders_name_prefix, and no statement compares or sorts by name
-- itself. The one by day stays: tiers add up the last twelve months by it.
DROP INDEX "orders_shop_id_name_idx";

SELECT storebook_protect_tables();
