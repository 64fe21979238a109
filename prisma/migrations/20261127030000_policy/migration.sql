-- Arms that the program chooses: what was believed when a run was made, and what was known of each customer when they were
-- assigned. The chance of the arm that was drawn stands in the assignment already.
ALTER TABLE "standing_campaigns" ADD COLUMN "learns" BOOLEAN NOT NULL DEFAULT false;
ALTER TABLE "campaigns" ADD COLUMN "policy" JSONB;
ALTER TABLE "campaign_assignments" ADD COLUMN "context" DOUBLE PRECISION[];

