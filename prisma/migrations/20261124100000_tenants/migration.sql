-- One shop's rows are seen and written in that shop's transactions alone: docs/decisions/0008-tenants.md.

-- Roles are of the whole server, databases are many: another one may have made them, or may be making them now.
DO $$
DECLARE role text;
BEGIN
  FOREACH role IN ARRAY ARRAY['storebook_app', 'storebook_system'] LOOP
    IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = role) THEN
      BEGIN
        EXECUTE format('CREATE ROLE %I NOLOGIN', role);
      EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
      END;
    END IF;
    -- Who migrates also connects as the app, and hands functions to the system role; no superuser need do it.
    BEGIN
      EXECUTE format('SET LOCAL ROLE %I', role);
      RESET ROLE;
    EXCEPTION WHEN insufficient_privilege THEN
      EXECUTE format('GRANT %I TO CURRENT_USER', role)
        || CASE WHEN current_setting('server_version_num')::int >= 160000 THEN ' WITH INHERIT FALSE, SET TRUE' ELSE '' END;
    END;
  END LOOP;
END
$$;

REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO storebook_app, storebook_system;

-- Gives every table that has a shop_id its policy and its rights. A migration that adds a table ends with
-- SELECT storebook_protect_tables(); until then the app may not touch the table at all.
CREATE FUNCTION storebook_protect_tables() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  -- A sub-select, so that it is evaluated once a statement.
  shop constant text := '(SELECT NULLIF(current_setting(''storebook.shop_id'', true), '''')::int)';
  name text;
  number text;
BEGIN
  FOR name IN
    SELECT c.relname FROM pg_class c
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
      AND EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'shop_id' AND NOT a.attisdropped)
      AND NOT EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'of_the_shop')
  LOOP
    EXECUTE format('ALTER TABLE public.%I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE public.%I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY of_the_shop ON public.%I TO storebook_app USING (shop_id = %s) WITH CHECK (shop_id = %s)', name, shop, shop);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON public.%I TO storebook_app', name);
    FOR number IN
      SELECT s.relname FROM pg_depend d JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S'
      WHERE d.refobjid = format('public.%I', name)::regclass AND d.classid = 'pg_class'::regclass
    LOOP
      EXECUTE format('GRANT USAGE ON SEQUENCE public.%I TO storebook_app', number);
    END LOOP;
  END LOOP;
END
$$;
REVOKE EXECUTE ON FUNCTION storebook_protect_tables() FROM PUBLIC;
SELECT storebook_protect_tables();

-- Entries of the audit log are added, never changed; they go with their shop, by storebook_erase_audit.
REVOKE UPDATE, DELETE ON audit_log FROM storebook_app;
REVOKE DELETE ON audit_heads FROM storebook_app;

-- A shop is the row of its own id; who it is (id, domain) is written by storebook_save_installation alone.
ALTER TABLE shops ENABLE ROW LEVEL SECURITY;
ALTER TABLE shops FORCE ROW LEVEL SECURITY;
CREATE POLICY of_the_shop ON shops TO storebook_app
  USING (id = (SELECT NULLIF(current_setting('storebook.shop_id', true), '')::int))
  WITH CHECK (id = (SELECT NULLIF(current_setting('storebook.shop_id', true), '')::int));
GRANT SELECT, DELETE, UPDATE (name, currency, timezone, email, plan, locale, scopes, history_limited, installed_at, uninstalled_at)
  ON shops TO storebook_app;

-- A session may come before its shop has a row, so its transaction may be bound to the domain.
ALTER TABLE sessions ENABLE ROW LEVEL SECURITY;
ALTER TABLE sessions FORCE ROW LEVEL SECURITY;
CREATE POLICY of_the_shop ON sessions TO storebook_app
  USING (shop_domain = (SELECT COALESCE(NULLIF(current_setting('storebook.shop_domain', true), ''), (SELECT domain FROM shops))))
  WITH CHECK (shop_domain = (SELECT COALESCE(NULLIF(current_setting('storebook.shop_domain', true), ''), (SELECT domain FROM shops))));
GRANT SELECT, INSERT, UPDATE, DELETE ON sessions TO storebook_app;

-- What is not of one shop goes through the functions below, which run as storebook_system: it may read these columns of
-- all shops and no others, and nobody can become it.
GRANT SELECT (id, domain, installed_at, uninstalled_at), INSERT, UPDATE ON shops TO storebook_system;
GRANT USAGE ON SEQUENCE shops_id_seq, inbox_events_id_seq TO storebook_system;
GRANT SELECT (shop_id, status, next_attempt_at, received_at), INSERT ON inbox_events TO storebook_system;
GRANT SELECT (shop_id, status, next_attempt_at) ON outbox_messages TO storebook_system;
GRANT SELECT (shop_id, feed) ON dirty_entities TO storebook_system;
GRANT SELECT (shop_id, status) ON backfills, campaigns TO storebook_system;
GRANT SELECT (shop_id, kind, completed_at) ON privacy_requests TO storebook_system;
GRANT SELECT (shop_id, seq), DELETE ON audit_log TO storebook_system;
GRANT SELECT (shop_id), DELETE ON audit_heads TO storebook_system;
GRANT SELECT (shop_id, id, name) ON orders TO storebook_system;
GRANT SELECT (shop_id, id, title) ON products TO storebook_system;
GRANT SELECT (shop_id, id, product_id, sku) ON variants TO storebook_system;
DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['outbox_messages', 'dirty_entities', 'backfills', 'campaigns', 'privacy_requests', 'customers', 'orders', 'products', 'variants'] LOOP
    EXECUTE format('CREATE POLICY of_the_functions ON %I FOR SELECT TO storebook_system USING (true)', name);
  END LOOP;
  FOREACH name IN ARRAY ARRAY['shops', 'inbox_events', 'audit_log', 'audit_heads'] LOOP
    EXECUTE format('CREATE POLICY of_the_functions ON %I TO storebook_system USING (true) WITH CHECK (true)', name);
  END LOOP;
END
$$;

-- The shop of a domain, also of one that has uninstalled.
CREATE FUNCTION storebook_shop_of(wanted text) RETURNS int
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  RETURN (SELECT s.id FROM shops s WHERE s.domain = wanted);
END
$$;

CREATE FUNCTION storebook_installed_shops() RETURNS SETOF int
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  RETURN QUERY SELECT s.id FROM shops s WHERE s.uninstalled_at IS NULL ORDER BY s.id;
END
$$;

-- Also those that have uninstalled: their rows stay until the store has them erased.
CREATE FUNCTION storebook_known_shops() RETURNS SETOF int
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  RETURN QUERY SELECT s.id FROM shops s ORDER BY s.id;
END
$$;

-- Makes or renews the row of the shop to whose domain the transaction is bound. `fresh`: the first installation, or the
-- first after an uninstall.
CREATE FUNCTION storebook_save_installation(
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
  UPDATE shops s SET name = shop_name, currency = shop_currency, timezone = shop_timezone, email = shop_email, plan = shop_plan,
    scopes = granted, history_limited = limited, installed_at = CASE WHEN fresh THEN at ELSE s.installed_at END, uninstalled_at = NULL
  WHERE s.id = storebook_save_installation.shop_id;
END
$$;

-- The webhook door: deliveries of many shops in one statement; one that is there already (same shop, topic and webhook
-- id) is passed over, and so is one of a domain that no shop has. Gives each one's shop in the order given, null where
-- there is none.
CREATE FUNCTION storebook_insert_deliveries(
  domains text[], topics text[], webhook_ids text[], event_ids text[], api_versions text[], triggered_ats timestamptz[], bodies text[])
RETURNS int[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE ids int[];
BEGIN
  SELECT array_agg(s.id ORDER BY d.place) INTO ids
  FROM unnest(domains) WITH ORDINALITY AS d(domain, place) LEFT JOIN shops s ON s.domain = d.domain;
  INSERT INTO inbox_events (shop_id, topic, webhook_id, event_id, api_version, triggered_at, body)
  SELECT * FROM unnest(ids, topics, webhook_ids, event_ids, api_versions, triggered_ats, bodies)
    AS r(shop, topic, webhook_id, event_id, api_version, triggered_at, body)
  WHERE r.shop IS NOT NULL
  ON CONFLICT DO NOTHING;
  RETURN ids;
END
$$;

CREATE FUNCTION storebook_shops_with_pending(at timestamptz) RETURNS SETOF int
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  RETURN QUERY SELECT DISTINCT e.shop_id FROM inbox_events e
    WHERE e.status = 'pending' AND (e.next_attempt_at IS NULL OR e.next_attempt_at <= at);
END
$$;

CREATE FUNCTION storebook_shops_with_due_outbox(at timestamptz) RETURNS SETOF int
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  RETURN QUERY SELECT DISTINCT m.shop_id FROM outbox_messages m WHERE m.status = 'pending' AND m.next_attempt_at <= at;
END
$$;

CREATE FUNCTION storebook_shops_with_dirty(wanted text) RETURNS SETOF int
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  RETURN QUERY SELECT DISTINCT d.shop_id FROM dirty_entities d WHERE d.feed = wanted;
END
$$;

CREATE FUNCTION storebook_shops_with_backfill() RETURNS SETOF int
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  RETURN QUERY SELECT DISTINCT b.shop_id FROM backfills b WHERE b.status IN ('waiting', 'exporting', 'loading');
END
$$;

CREATE FUNCTION storebook_shops_with_creating() RETURNS SETOF int
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  RETURN QUERY SELECT DISTINCT c.shop_id FROM campaigns c WHERE c.status = 'creating';
END
$$;

-- Shops that have work for the privacy job, those that have uninstalled and wait with their inbox among them. `watch`:
-- somebody is forgotten there, and what comes later must be looked at.
CREATE FUNCTION storebook_shops_with_privacy_work(at timestamptz, erased_since timestamptz) RETURNS TABLE (shop int, watch boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  RETURN QUERY SELECT w.id, bool_or(w.forgets) FROM (
    SELECT p.shop_id AS id, p.kind = 'customer_redact' AS forgets FROM privacy_requests p
    WHERE p.kind = 'customer_redact' OR (p.kind = 'shop_redact' AND (p.completed_at IS NULL OR p.completed_at > erased_since))
    UNION ALL
    SELECT s.id, false FROM shops s WHERE s.uninstalled_at IS NOT NULL AND EXISTS (SELECT 1 FROM inbox_events e
      WHERE e.shop_id = s.id AND e.status = 'pending' AND (e.next_attempt_at IS NULL OR e.next_attempt_at <= at))
    UNION ALL
    -- Who customers are, as rows hold it from before it was sealed; the column comes with the next migration.
    SELECT DISTINCT c.shop_id, false FROM customers c WHERE c.person LIKE '[%'
  ) AS w GROUP BY w.id ORDER BY w.id;
END
$$;

-- How much work waits over all shops; counted by the partial indexes of unfinished rows.
CREATE FUNCTION storebook_backlog(OUT inbox int, OUT inbox_failed int, OUT outbox int, OUT outbox_dead int, OUT oldest_inbox_seconds float8)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  inbox := (SELECT count(*) FROM inbox_events WHERE status = 'pending');
  inbox_failed := (SELECT count(*) FROM inbox_events WHERE status = 'failed');
  outbox := (SELECT count(*) FROM outbox_messages WHERE status = 'pending');
  outbox_dead := (SELECT count(*) FROM outbox_messages WHERE status = 'dead');
  oldest_inbox_seconds := (SELECT COALESCE(extract(epoch FROM now() - min(received_at)), 0) FROM inbox_events WHERE status = 'pending');
END
$$;

-- Deletes up to `most` rows of the bound shop's audit log (or its head), once there was a request to erase that shop and
-- its own row is gone. Gives how many went.
CREATE FUNCTION storebook_erase_audit(part text, most int) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  bound constant int := NULLIF(current_setting('storebook.shop_id', true), '')::int;
  gone int;
BEGIN
  IF bound IS NULL OR EXISTS (SELECT 1 FROM shops s WHERE s.id = bound)
    OR NOT EXISTS (SELECT 1 FROM privacy_requests p WHERE p.shop_id = bound AND p.kind = 'shop_redact') THEN
    RAISE EXCEPTION 'the audit log goes with its shop alone' USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF part = 'audit_heads' THEN
    DELETE FROM audit_heads h WHERE h.shop_id = bound;
    GET DIAGNOSTICS gone = ROW_COUNT;
    RETURN gone;
  END IF;
  PERFORM set_config('storebook.erasing_shop', bound::text, true);
  DELETE FROM audit_log a
    WHERE a.shop_id = bound AND a.seq IN (SELECT l.seq FROM audit_log l WHERE l.shop_id = bound ORDER BY l.seq LIMIT most);
  GET DIAGNOSTICS gone = ROW_COUNT;
  PERFORM set_config('storebook.erasing_shop', '', true);
  RETURN gone;
END
$$;

-- Search by the beginning of a text, in the bound shop alone. A policy lets an index be used only for what provably
-- tells nothing of the rows it looks at, and lower() and LIKE are not held for such, so the search is done in here.
-- EXECUTE plans each pattern anew: an index range comes of a pattern that is known.
CREATE FUNCTION storebook_find(kind text, pattern text, most int) RETURNS SETOF bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 100 SET search_path = public, pg_temp AS $$
DECLARE
  bound constant int := NULLIF(current_setting('storebook.shop_id', true), '')::int;
  query text;
BEGIN
  CASE kind
    WHEN 'orders' THEN query := 'SELECT id FROM orders WHERE shop_id = $1 AND lower(name) LIKE $2 LIMIT $3';
    WHEN 'variants' THEN query :=
      '(SELECT id FROM variants WHERE shop_id = $1 AND lower(sku) LIKE $2 LIMIT $3)
       UNION (SELECT v.id FROM products p JOIN variants v ON v.shop_id = p.shop_id AND v.product_id = p.id
         WHERE p.shop_id = $1 AND lower(p.title) LIKE $2 LIMIT $3)';
  END CASE;
  RETURN QUERY EXECUTE query USING bound, pattern, most;
END
$$;

-- The functions belong to the system role, and the app alone may call them.
GRANT CREATE ON SCHEMA public TO storebook_system;
DO $$
DECLARE called regprocedure;
BEGIN
  FOR called IN
    SELECT p.oid FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace AND p.prosecdef AND p.proname LIKE 'storebook\_%'
  LOOP
    EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', called);
    EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO storebook_app', called);
    EXECUTE format('ALTER FUNCTION %s OWNER TO storebook_system', called);
  END LOOP;
END
$$;
REVOKE CREATE ON SCHEMA public FROM storebook_system;
