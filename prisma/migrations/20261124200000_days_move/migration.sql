-- A store that changes its time zone changes the day of all that it has ever sold. Until a job has moved the record's
-- days, the shop's own `timezone` stays the one that they are kept in, and the store's new one waits here.
ALTER TABLE "shops" ADD COLUMN "next_timezone" TEXT;
GRANT UPDATE (next_timezone) ON shops TO storebook_app;
GRANT SELECT (timezone, next_timezone) ON shops TO storebook_system;

CREATE OR REPLACE FUNCTION storebook_save_installation(
  shop_name text, shop_currency text, shop_timezone text, shop_email text, shop_plan text, granted text, limited boolean, at timestamptz,
  OUT shop_id int, OUT fresh boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE bound constant text := NULLIF(current_setting('storebook.shop_domain', true), '');
BEGIN
  IF bound IS NULL THEN
    RAISE EXCEPTION 'no shop domain is set' USING ERRCODE = 'insufficient_privilege';
  END IF;
  INSERT INTO shops (domain, name, currency, timezone, email, plan, scopes, history_limited, installed_at)
  VALUES (bound, shop_name, shop_currency, shop_timezone, shop_email, shop_plan, granted, limited, at)
  ON CONFLICT (domain) DO NOTHING RETURNING id INTO shop_id;
  fresh := shop_id IS NOT NULL;
  IF fresh THEN
    RETURN;
  END IF;
  SELECT s.id, s.uninstalled_at IS NOT NULL INTO STRICT shop_id, fresh FROM shops s WHERE s.domain = bound FOR UPDATE;
  UPDATE shops s SET name = shop_name, currency = shop_currency, next_timezone = NULLIF(shop_timezone, s.timezone), email = shop_email,
    plan = shop_plan, scopes = granted, history_limited = limited,
    installed_at = CASE WHEN fresh THEN at ELSE s.installed_at END, uninstalled_at = NULL
  WHERE s.id = storebook_save_installation.shop_id;
END
$$;

-- For the sweeper: shops whose days are to be moved.
CREATE FUNCTION storebook_shops_with_next_timezone() RETURNS SETOF int
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  RETURN QUERY SELECT s.id FROM shops s WHERE s.next_timezone IS NOT NULL AND s.uninstalled_at IS NULL ORDER BY 1;
END
$$;
REVOKE EXECUTE ON FUNCTION storebook_shops_with_next_timezone() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION storebook_shops_with_next_timezone() TO storebook_app;
GRANT CREATE ON SCHEMA public TO storebook_system;
ALTER FUNCTION storebook_shops_with_next_timezone() OWNER TO storebook_system;
REVOKE CREATE ON SCHEMA public FROM storebook_system;
