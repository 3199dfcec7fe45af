CREATE EXTENSION IF NOT EXISTS timescaledb;

CREATE TABLE IF NOT EXISTS "readings" (
  "time"     timestamptz NOT NULL,
  station    text        NOT NULL,
  celsius    double precision
);

SELECT create_hypertable('readings', 'time', if_not_exists => TRUE);
