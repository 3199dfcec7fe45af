-- Schema Handelsbot, Stand Version 3
CREATE EXTENSION IF NOT EXISTS "pgcrypto";

CREATE TABLE IF NOT EXISTS signals (
    id SERIAL PRIMARY KEY,
    signal_id VARCHAR(64) UNIQUE,
    symbol VARCHAR(20) NOT NULL,
    side VARCHAR(4) NOT NULL CHECK (side IN ('BUY', 'SELL')),
    price NUMERIC(18, 8) NOT NULL,
    created_at TIMESTAMPTZ DEFAULT NOW()
);

CREATE TABLE IF NOT EXISTS orders (
    id SERIAL PRIMARY KEY,
    symbol VARCHAR(20) NOT NULL,
    side VARCHAR(4) NOT NULL,
    price NUMERIC(18, 8) NOT NULL,
    approved BOOLEAN DEFAULT FALSE,
    reason TEXT
);

-- Zeitstempel bei jeder Änderung
CREATE OR REPLACE FUNCTION touch_created() RETURNS trigger AS $$
BEGIN
    NEW.created_at := NOW();  -- ein Semikolon; in der Funktion
    RETURN NEW;
END;
$$ LANGUAGE plpgsql;
