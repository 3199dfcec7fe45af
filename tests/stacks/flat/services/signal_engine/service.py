"""
Signal Engine - Main Service
Momentum-basierte Signal-Generierung
"""

import json
import logging
import signal
import sys
import time
import uuid
from threading import Thread
from typing import Optional

import redis
from flask import Flask, Response, jsonify

from core.clock import utcnow

# Lokale Imports
try:
    from .config import config
    from .models import MarketData, Signal
except ImportError:
    from config import config
    from models import MarketData, Signal

logging.basicConfig(level=logging.INFO, format="%(asctime)s [%(levelname)s] %(name)s: %(message)s")
logger = logging.getLogger("signal_engine")

app = Flask(__name__)

stats = {"started_at": None, "signals_generated": 0, "status": "initializing"}


class SignalEngine:
    """Momentum-Signal-Engine"""

    def __init__(self):
        self.config = config
        self.config.validate()
        self.redis_client: Optional[redis.Redis] = None
        self.pubsub = None
        self.running = False

    def connect_redis(self):
        try:
            self.redis_client = redis.Redis(
                host=self.config.redis_host,
                port=self.config.redis_port,
                password=self.config.redis_password,
                decode_responses=True,
            )
            self.redis_client.ping()
            self.pubsub = self.redis_client.pubsub()
            self.pubsub.subscribe(self.config.input_topic)
            logger.info("Subscribed zu Topic: %s", self.config.input_topic)
        except redis.ConnectionError as e:
            logger.error("Redis-Verbindung fehlgeschlagen: %s", e)
            sys.exit(1)

    def process_market_data(self, data: dict) -> Optional[Signal]:
        """Signal, wenn die Bewegung groß genug ist"""
        market_data = MarketData.from_dict(data)
        if market_data.pct_change < self.config.threshold_pct:
            return None
        return Signal(
            signal_id=f"sig-{uuid.uuid4().hex}",
            symbol=market_data.symbol,
            side="BUY",
            price=market_data.price,
            timestamp=int(time.time()),
        )

    def run(self):
        self.running = True
        stats["status"] = "running"
        stats["started_at"] = utcnow().isoformat()
        for message in self.pubsub.listen():
            if not self.running:
                break
            if message["type"] != "message":
                continue
            try:
                result = self.process_market_data(json.loads(message["data"]))
                if result:
                    self.redis_client.publish(self.config.output_topic, json.dumps(result.to_dict()))
                    stats["signals_generated"] += 1
            except json.JSONDecodeError as e:
                logger.warning("Ungültiges JSON: %s", e)

    def shutdown(self):
        self.running = False
        stats["status"] = "stopped"


@app.route("/health")
def health():
    return jsonify({"status": "ok" if stats["status"] == "running" else "error", "service": "signal_engine"})


@app.route("/status")
def status():
    return jsonify(stats)


@app.route("/metrics")
def metrics():
    return Response(f"signals_generated_total {stats['signals_generated']}\n", mimetype="text/plain")


if __name__ == "__main__":
    engine = SignalEngine()
    signal.signal(signal.SIGTERM, lambda *_: engine.shutdown())
    engine.connect_redis()
    Thread(target=lambda: app.run(host="0.0.0.0", port=config.port), daemon=True).start()
    engine.run()
