-- Schema of the cdb database. May be applied again at any time:
-- every statement is guarded, so an old volume gets what is new and keeps what it has.

-- ---------------------------------------------------------------------------
-- shared
-- ---------------------------------------------------------------------------
CREATE TABLE IF NOT EXISTS symbols (
    symbol      text PRIMARY KEY,
    base        text NOT NULL,
    quote       text NOT NULL,
    active      boolean NOT NULL DEFAULT true
);
COMMENT ON TABLE symbols IS 'What may be traded.';

-- ---------------------------------------------------------------------------
-- risk
-- ---------------------------------------------------------------------------
CREATE TABLE IF NOT EXISTS risk_decisions (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id    text NOT NULL UNIQUE,
    symbol      text NOT NULL,
    approved    boolean NOT NULL,
    reason      text NOT NULL DEFAULT '',
    created_at  timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX IF NOT EXISTS risk_decisions_created_at ON risk_decisions (created_at);
COMMENT ON TABLE risk_decisions IS 'One row a signal: approved or not, and why.';

-- ---------------------------------------------------------------------------
-- execution
-- ---------------------------------------------------------------------------
CREATE TABLE IF NOT EXISTS trades (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id    text NOT NULL UNIQUE,
    symbol      text NOT NULL,
    side        text NOT NULL,
    quantity    double precision NOT NULL,
    fee         double precision NOT NULL DEFAULT 0,
    status      text NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX IF NOT EXISTS trades_symbol ON trades (symbol, created_at);
COMMENT ON TABLE trades IS 'Paper trades, filled and rejected.';
