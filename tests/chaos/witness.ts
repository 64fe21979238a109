import type pg from 'pg';

/**
 * Writes down, in the transaction that applies a delivery, that it was applied; so a delivery that was applied twice
 * has two rows, whatever the program believes. Its own schema, and rights of its own: the program knows nothing of it.
 */
export async function plantWitness(client: pg.Client): Promise<void> {
  await client.query(`
    CREATE SCHEMA chaos;
    CREATE TABLE chaos.applied (shop_id int NOT NULL, inbox_id bigint NOT NULL);
    CREATE FUNCTION chaos.note() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
      BEGIN
        INSERT INTO chaos.applied VALUES (NEW.shop_id, NEW.id);
        RETURN NULL;
      END $$;
    CREATE TRIGGER chaos_witness AFTER UPDATE ON inbox_events FOR EACH ROW
      WHEN (NEW.status = 'applied' AND (OLD.status <> 'applied' OR OLD.applied_at IS DISTINCT FROM NEW.applied_at))
      EXECUTE FUNCTION chaos.note();`);
}
