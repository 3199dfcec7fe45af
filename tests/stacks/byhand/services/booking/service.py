"""Books what the regime says."""

import json
import os
import threading

import psycopg
import redis
from flask import Flask, jsonify

from booking.logic import book

app = Flask(__name__)
client = redis.Redis(host="redis", password=os.environ["REDIS_PASSWORD"], decode_responses=True)


def database():
    return psycopg.connect(host="postgres", user="desk", dbname="desk", password=os.environ["POSTGRES_PASSWORD"])


def read_for_ever():
    last = "$"
    while True:
        for _, entries in client.xread({"regimes": last}, block=500) or []:
            for last, fields in entries:
                booking = book(fields)
                with database() as connection:
                    connection.execute(
                        "INSERT INTO bookings (price_id, market, side) VALUES (%s, %s, %s)",
                        (booking["price_id"], booking["market"], booking["side"]),
                    )
                client.publish("bookings", json.dumps(booking))


@app.get("/health")
def health():
    client.ping()
    database().close()
    return jsonify(status="ok", app="bookings")


if __name__ == "__main__":
    threading.Thread(target=read_for_ever, daemon=True).start()
    app.run(host="0.0.0.0", port=int(os.environ.get("BOOKING_PORT", "8072")))
