"""Tells calm from wild: reads prices from a stream, writes what it makes of them to another."""

import logging
import threading
import time

import psycopg
import redis
from flask import Flask, jsonify

from regime.logic import classify
from shared.settings import number, setting

logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s %(message)s", level=logging.INFO)
log = logging.getLogger("desk.regime")

STREAM_IN = setting("STREAM_IN", "prices")
STREAM_OUT = "regimes"
GROUP = "regime"

app = Flask(__name__)


def connect():
    return redis.Redis(
        host=setting("QUEUE_HOST", "redis"),
        port=number("QUEUE_PORT", 6379),
        password=setting("CACHE_SECRET"),
        decode_responses=True,
    )


def remember(answer):
    """The table is not in the schema yet, so the service makes it."""
    with psycopg.connect(
        host=setting("DB_HOST", "postgres"), user="desk", dbname="desk", password=setting("DB_SECRET")
    ) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS regimes (price_id text, market text, regime text)")
        connection.execute(
            "INSERT INTO regimes (price_id, market, regime) VALUES (%s, %s, %s)",
            (answer["price_id"], answer["market"], answer["regime"]),
        )


def read_for_ever():
    while True:
        try:
            client = connect()
            try:
                client.xgroup_create(STREAM_IN, GROUP, id="$", mkstream=True)
            except redis.ResponseError:
                pass
            while True:
                for _, entries in client.xreadgroup(GROUP, "one", {STREAM_IN: ">"}, block=500) or []:
                    for entry, fields in entries:
                        answer = classify(fields)
                        if answer is not None:
                            remember(answer)
                            client.xadd(STREAM_OUT, answer)
                        client.xack(STREAM_IN, GROUP, entry)
        except redis.ConnectionError as error:
            log.warning("redis went away, again in a second: %s", error)
            time.sleep(1)


@app.get("/health")
def health():
    try:
        connect().ping()
    except redis.RedisError as error:
        return jsonify(status="degraded", service="desk-regime-v2", dependencies={"redis": f"down: {error}"}), 503
    return jsonify(status="ok", service="desk-regime-v2", dependencies={"redis": "ok"})


if __name__ == "__main__":
    threading.Thread(target=read_for_ever, daemon=True).start()
    log.info("listening to %s, no ERROR so far", STREAM_IN)
    app.run(host="0.0.0.0", port=8071)
