"""Publishes a tick when it is asked to."""

import json

import redis
from flask import Flask

app = Flask(__name__)
client = redis.Redis(host="redis")


@app.get("/health")
def health():
    """Says that it lives."""
    return {"status": "ok", "service": "ticks"}


@app.post("/tick")
def tick():
    """Sends one."""
    client.publish("ticks", json.dumps({"price": 1.0}))
    return {}
