"""
Signal Router
Verteilt Signale auf Handelsplätze. Status: Anfang gemacht, Regeln fehlen noch.
"""

import json
import logging
from dataclasses import asdict
from threading import Thread

import redis
from flask import Flask, jsonify

from config import config
from models import RoutedSignal

logger = logging.getLogger("signal_router")
app = Flask(__name__)
stats = {"status": "initializing", "routed": 0}


class SignalRouter:
    def __init__(self):
        self.redis_client = redis.Redis(
            host=config.redis_host,
            port=config.redis_port,
            password=config.redis_password,
            decode_responses=True,
        )

    def route(self, data: dict) -> RoutedSignal:
        # TODO: Regeln je Symbol, bisher geht alles an den Standardplatz
        return RoutedSignal(data["signal_id"], data["symbol"], config.default_venue, data["side"])

    def run(self):
        pubsub = self.redis_client.pubsub()
        pubsub.subscribe(config.input_topic)
        stats["status"] = "running"
        for message in pubsub.listen():
            if message["type"] == "message":
                routed = self.route(json.loads(message["data"]))
                self.redis_client.publish(config.output_topic, json.dumps(asdict(routed)))
                stats["routed"] += 1


@app.route("/health")
def health():
    return jsonify({"status": "ok" if stats["status"] == "running" else "error", "service": "signal_router"})


if __name__ == "__main__":
    Thread(target=lambda: app.run(host="0.0.0.0", port=config.port), daemon=True).start()
    SignalRouter().run()
