"""Regime service: calm, normal or stormy, from the last moves of a symbol."""
import json
import threading
from collections import defaultdict, deque
from dataclasses import asdict
from statistics import pstdev

import config
import redis
from flask import Flask, jsonify
from models import INPUT_CHANNELS, OUTPUT_CHANNELS, Regime

app = Flask(__name__)
moves = defaultdict(lambda: deque(maxlen=config.WINDOW))
client = redis.Redis(host=config.REDIS_HOST, port=config.REDIS_PORT, decode_responses=True)


@app.route("/health")
def health():
    try:
        client.ping()
    except redis.RedisError as error:
        return jsonify(status="degraded", service="regime", dependencies={"redis": f"down: {error}"}), 503
    return jsonify(status="ok", service="regime", dependencies={"redis": "ok"})


def classify(event):
    seen = moves[event["symbol"]]
    seen.append(float(event.get("change", 0)))
    volatility = pstdev(seen) if len(seen) > 1 else 0.0
    name = "normal"
    if volatility < config.CALM_BELOW:
        name = "calm"
    elif volatility > config.STORMY_ABOVE:
        name = "stormy"
    return Regime(event["id"], event["time"], event["symbol"], name, volatility)


def listen():
    # TODO: reconnect when redis restarts, see core/bus.py
    pubsub = client.pubsub(ignore_subscribe_messages=True)
    pubsub.subscribe(*INPUT_CHANNELS)
    for message in pubsub.listen():
        answer = classify(json.loads(message["data"]))
        for channel in OUTPUT_CHANNELS:
            client.publish(channel, json.dumps(asdict(answer)))


if __name__ == "__main__":
    threading.Thread(target=listen, daemon=True).start()
    app.run(host="0.0.0.0", port=config.PORT)  # noqa: S104
