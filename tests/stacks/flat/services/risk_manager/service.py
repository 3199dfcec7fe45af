"""Risk Manager: prüft Signale gegen die Limits."""
import json
import logging
import threading

import redis
from flask import Flask, jsonify

import config
from models import Order

log = logging.getLogger("risk_manager")
app = Flask(__name__)
r = redis.Redis(host=config.REDIS_HOST, port=config.REDIS_PORT, password=config.REDIS_PASSWORD, decode_responses=True)


def check(sig, exposure):
    """Freigeben, solange das Limit nicht erreicht ist."""
    if exposure >= config.MAX_EXPOSURE:
        return Order(sig["symbol"], sig["side"], 0.0, reason="Limit erreicht")
    return Order(sig["symbol"], sig["side"], 1.0, approved=True)


def worker():
    exposure = 0.0
    pubsub = r.pubsub()
    pubsub.subscribe("signals")
    for message in pubsub.listen():
        if message["type"] == "message":
            order = check(json.loads(message["data"]), exposure)
            exposure += 0.1 if order.approved else 0.0
            r.publish("orders", json.dumps(order.__dict__))


@app.get("/health")
def health():
    try:
        r.ping()
    except redis.RedisError:
        return jsonify(status="error"), 503
    return jsonify(status="ok")


if __name__ == "__main__":
    threading.Thread(target=worker, daemon=True).start()
    app.run(host="0.0.0.0", port=config.PORT)
