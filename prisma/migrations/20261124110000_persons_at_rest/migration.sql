-- Who a customer is (e-mail, phone, names) stands in one sealed text, with keyed hashes to find it by; docs/decisions/0009.
-- Only the program knows the keys, so rows that are there move over as plain JSON ("[…]") and are sealed by its next sweep.
ALTER TABLE "customers"
  ADD COLUMN "person" TEXT,
  ADD COLUMN "email_hash" BYTEA,
  ADD COLUMN "phone_hash" BYTEA,
  ADD COLUMN "email_path" BYTEA,
  ADD COLUMN "first_name_path" BYTEA,
  ADD COLUMN "last_name_path" BYTEA;
-- The policies bind the owner too, unless it says otherwise.
ALTER TABLE "customers" NO FORCE ROW LEVEL SECURITY;
UPDATE "customers" SET "person" = json_build_array("email", "phone", "first_name", "last_name")::text
  WHERE num_nonnulls("email", "phone", "first_name", "last_name") > 0;
ALTER TABLE "customers" FORCE ROW LEVEL SECURITY;
-- The indexes on them go with the columns.
ALTER TABLE "customers" DROP COLUMN "email", DROP COLUMN "phone", DROP COLUMN "first_name", DROP COLUMN "last_name";

CREATE INDEX "customers_email_hash" ON "customers"("shop_id", "email_hash") WHERE "email_hash" IS NOT NULL;
CREATE INDEX "customers_phone_hash" ON "customers"("shop_id", "phone_hash") WHERE "phone_hash" IS NOT NULL;
CREATE INDEX "customers_email_path" ON "customers"("shop_id", "email_path") WHERE "email_path" IS NOT NULL;
CREATE INDEX "customers_first_name_path" ON "customers"("shop_id", "first_name_path") WHERE "first_name_path" IS NOT NULL;
CREATE INDEX "customers_last_name_path" ON "customers"("shop_id", "last_name_path") WHERE "last_name_path" IS NOT NULL;
CREATE INDEX "customers_plain" ON "customers"("shop_id", "id") WHERE "person" LIKE '[%';

-- The audit log's rows keep the key that they were hashed under. When that key leaves the ring, what is derived from it
-- for the log alone stays here, sealed under the key that came after it.
CREATE TABLE "audit_keys" (
    "shop_id" INTEGER NOT NULL,
    "key_id" TEXT NOT NULL,
    "sealed" TEXT NOT NULL,
    CONSTRAINT "audit_keys_pkey" PRIMARY KEY ("shop_id", "key_id")
);

SELECT storebook_protect_tables();
-- For the sweep that finds rows which are not sealed yet.
GRANT SELECT (shop_id, person) ON customers TO storebook_system;
