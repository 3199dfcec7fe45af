-- markets: what the desk trades
CREATE TABLE IF NOT EXISTS markets (
    name text PRIMARY KEY,
    opened_at timestamptz NOT NULL DEFAULT now()
);
