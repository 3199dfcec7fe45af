"""Counts ticks; it subscribes, so that two of it count each twice."""

import json
import os

import redis
from flask import Flask

app = Flask(__name__)
seen = {"ticks": 0}


@app.get("/health")
def health():
    """Says that it lives."""
    return {"status": "ok", "service": "market"}


def listen(client):
    """Counts what comes."""
    pubsub = client.pubsub()
    pubsub.subscribe("ticks")
    for message in pubsub.listen():
        if message["type"] == "message":
            seen["ticks"] += len(json.loads(message["data"]))


if __name__ == "__main__":
    listen(redis.Redis(host=os.environ["MARKET_REDIS_HOST"]))
