import os

import psycopg

MOVE = """
INSERT INTO parcels (code, last_place) VALUES (%s, %s)
ON CONFLICT (code) DO UPDATE SET last_place = excluded.last_place, seen_at = now()
"""


def save(scan):
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        connection.execute(MOVE, (scan.code, scan.place))
        connection.execute("INSERT INTO scans (code, place) VALUES (%s, %s)", (scan.code, scan.place))
