-- How a segment's customers are marked in the store, for the tools that the merchant has: by a tag, or in a metafield.
ALTER TABLE "segments"
  ADD COLUMN "mark_as" TEXT,
  ADD COLUMN "mark_word" TEXT,
  ADD COLUMN "marked_at" TIMESTAMPTZ(3),
  ADD CONSTRAINT "segments_mark" CHECK (("mark_as" IS NULL) = ("mark_word" IS NULL));
-- No two segments put the same tag on customers: one would take off what the other has put on.
CREATE UNIQUE INDEX "segments_shop_id_mark_as_mark_word_key" ON "segments"("shop_id", "mark_as", lower("mark_word"));

-- What the store has been told, or is being told: which customer bears which mark, of which segment.
CREATE TABLE "segment_marks" (
  "shop_id" INTEGER NOT NULL,
  "segment_id" INTEGER NOT NULL,
  "customer_id" BIGINT NOT NULL,
  "mark_as" TEXT NOT NULL,
  "mark_word" TEXT NOT NULL,
  CONSTRAINT "segment_marks_pkey" PRIMARY KEY ("shop_id", "segment_id", "customer_id", "mark_as", "mark_word")
);
CREATE INDEX "segment_marks_shop_id_customer_id_idx" ON "segment_marks"("shop_id", "customer_id");

SELECT storebook_protect_tables();
