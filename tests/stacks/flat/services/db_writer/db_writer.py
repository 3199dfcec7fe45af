"""
DB Writer - schreibt alles mit, was auf den Kanälen passiert
"""

import json
import logging
import os
import time

import psycopg2
import redis

CHANNELS = ["signals", "orders", "order_results"]
log = logging.getLogger("db_writer")


def _secret(name: str) -> str:
    value = os.getenv(name)
    if not value:
        raise RuntimeError(f"{name} fehlt")
    return value


class DBWriter:
    def __init__(self):
        self.redis = redis.Redis(
            host=os.getenv("REDIS_HOST", "cdb_redis"),
            port=int(os.getenv("REDIS_PORT", "6379")),
            password=_secret("REDIS_PASSWORD"),
            decode_responses=True,
        )
        self.db = psycopg2.connect(
            host=os.getenv("POSTGRES_HOST", "cdb_postgres"),
            user=os.getenv("POSTGRES_USER", "bot"),
            password=_secret("POSTGRES_PASSWORD"),
            dbname="handelsbot",
        )

    def store(self, channel: str, event: dict) -> None:
        with self.db, self.db.cursor() as cursor:
            if channel == "signals":
                cursor.execute(
                    "INSERT INTO signals (signal_id, symbol, side, price) VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING",
                    (event["signal_id"], event["symbol"], event["side"], event["price"]),
                )
            elif channel == "orders":
                cursor.execute(
                    "INSERT INTO orders (symbol, side, approved, reason) VALUES (%s, %s, %s, %s)",
                    (event["symbol"], event["side"], event["approved"], event["reason"]),
                )

    def run(self) -> None:
        pubsub = self.redis.pubsub()
        pubsub.subscribe(*CHANNELS)
        while True:
            message = pubsub.get_message(timeout=1.0)
            if message and message["type"] == "message":
                self.store(message["channel"], json.loads(message["data"]))
            time.sleep(0.01)


if __name__ == "__main__":
    DBWriter().run()
