CREATE TABLE parcels (
    code text PRIMARY KEY,
    last_place text NOT NULL,
    seen_at timestamptz NOT NULL DEFAULT now()
);
/* one row a scan; kept for a year */
CREATE TABLE IF NOT EXISTS scans (
    id bigserial PRIMARY KEY,
    code text REFERENCES parcels (code),
    place text
);
