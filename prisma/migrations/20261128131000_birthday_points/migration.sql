-- A birthday that becomes known, or another one, is looked at where a tier gives points on it; docs/decisions/0028.
CREATE FUNCTION storebook_mark_birthday() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO public.dirty_entities (shop_id, feed, entity_id)
  SELECT NEW.shop_id, 'loyalty', NEW.id
  WHERE EXISTS (SELECT 1 FROM public.loyalty_tiers AS t WHERE t.shop_id = NEW.shop_id AND t.birthday_points > 0)
  ON CONFLICT (shop_id, feed, entity_id) DO UPDATE SET feed = excluded.feed;
  RETURN NULL;
END
$$;
REVOKE EXECUTE ON FUNCTION storebook_mark_birthday() FROM PUBLIC;
CREATE TRIGGER "customers_birthday_moved" AFTER UPDATE OF "birth_day" ON "customers" FOR EACH ROW
  WHEN (NEW."birth_day" IS NOT NULL AND OLD."birth_day" IS DISTINCT FROM NEW."birth_day") EXECUTE FUNCTION storebook_mark_birthday();
