-- Who is there, in few pages: to count a segment is to join what it asks for with the living customers, whose rows are wide.
CREATE INDEX "customers_living" ON "customers"("shop_id", "id") WHERE "deleted_at" IS NULL;
