import json
import os
import threading

import redis
from flask import Flask, jsonify

app = Flask(__name__)
positions = {}


def client():
    return redis.Redis(host=os.getenv("REDIS_HOST", "redis"), password=os.getenv("REDIS_PASSWORD"), decode_responses=True)


def worker():
    ps = client().pubsub()
    ps.subscribe("order_results")
    for m in ps.listen():
        if m["type"] == "message":
            data = json.loads(m["data"])
            positions[data["symbol"]] = positions.get(data["symbol"], 0) + data["quantity"]


@app.route("/health")
def health():
    return jsonify(status="ok", service="position_tracker")


@app.route("/positions")
def show():
    return jsonify(positions)


if __name__ == "__main__":
    threading.Thread(target=worker, daemon=True).start()
    app.run(host="0.0.0.0", port=8016)
