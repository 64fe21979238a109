-- What reconciliation did: its runs, what it mended (a bounded list), and which topics should have brought it.
ALTER TABLE "reconcile_marks" ADD COLUMN "checked_total" BIGINT NOT NULL DEFAULT 0;

CREATE TABLE "reconcile_runs" (
    "shop_id" INTEGER NOT NULL,
    "id" BIGSERIAL NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL,
    "finished_at" TIMESTAMPTZ(3),
    "current_kind" TEXT,
    "kinds" JSONB NOT NULL DEFAULT '[]',
    CONSTRAINT "reconcile_runs_pkey" PRIMARY KEY ("shop_id", "id")
);

CREATE TABLE "reconcile_mends" (
    "shop_id" INTEGER NOT NULL,
    "id" BIGSERIAL NOT NULL,
    "kind" TEXT NOT NULL,
    "entity_id" BIGINT NOT NULL,
    "what" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    CONSTRAINT "reconcile_mends_pkey" PRIMARY KEY ("shop_id", "id")
);

CREATE TABLE "missed_topics" (
    "shop_id" INTEGER NOT NULL,
    "topic" TEXT NOT NULL,
    "missed" BIGINT NOT NULL DEFAULT 0,
    "last_missed_at" TIMESTAMPTZ(3) NOT NULL,
    CONSTRAINT "missed_topics_pkey" PRIMARY KEY ("shop_id", "topic")
);

SELECT storebook_protect_tables();
