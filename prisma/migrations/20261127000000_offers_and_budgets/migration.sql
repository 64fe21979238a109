-- What a campaign's codes begin with, and what it may cost at most.
ALTER TABLE campaigns
  ADD COLUMN word TEXT,
  ADD COLUMN budget JSONB,
  ADD COLUMN most_codes INTEGER,
  ADD COLUMN inclusion DOUBLE PRECISION;
