"""Allocation service: HTTP for health, metrics and the weights, one thread for the bus."""

from __future__ import annotations

import json
import logging
import signal
import sys
import threading
from datetime import UTC, datetime

from flask import Flask, Response, jsonify
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, generate_latest
from pydantic import TypeAdapter, ValidationError
from waitress import serve

from .bus import Bus, connect
from .config import load
from .logic import handle
from .models import Allocation, OrderResult

NAME = "allocation"
log = logging.getLogger(NAME)


class Worker:
    """Order results in, weights out. The weights live in memory: after a restart they begin at nothing."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.weights: dict[str, float] = {}
        self._inputs = TypeAdapter(OrderResult)
        self._outputs = TypeAdapter(Allocation)
        self._events = Counter("allocation_events", "Order results by outcome.", ["outcome"], registry=registry)

    def __call__(self, raw: str) -> str | None:
        """Answer one message; a broken one is counted and dropped."""
        try:
            event = self._inputs.validate_json(raw)
        except ValidationError as error:
            self._events.labels("invalid").inc()
            log.warning("dropped a message that is no order result: %d errors", error.error_count())
            return None
        answer = handle(event, self.weights)
        self._events.labels("ignored" if answer is None else "moved").inc()
        if answer is None:
            return None
        self.weights[answer.symbol] = answer.weight
        return self._outputs.dump_json(answer).decode()


def create_app(bus: Bus, worker: Worker, registry: CollectorRegistry) -> Flask:
    """The HTTP side."""
    app = Flask(NAME)

    @app.get("/health")
    def health() -> tuple[Response, int]:
        dependencies = {"redis": bus.state()}
        ok = all(state == "ok" for state in dependencies.values())
        body = jsonify(status="ok" if ok else "degraded", service=NAME, dependencies=dependencies)
        return body, 200 if ok else 503

    @app.get("/metrics")
    def metrics() -> Response:
        return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)

    @app.get("/weights")
    def weights() -> Response:
        return jsonify(weights=worker.weights)

    return app


class JsonLines(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Turn a record into its line."""
        line = {
            "level": record.levelname,
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "service": NAME,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line)


def main() -> None:
    """Run until SIGTERM; requests under way are answered first."""
    settings = load()
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=settings.log_level, handlers=[handler])
    registry = CollectorRegistry()
    worker = Worker(registry)
    bus = Bus(connect(settings), worker)
    listener = threading.Thread(target=bus.run, name="bus", daemon=True)
    listener.start()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    log.info("listening on port %d", settings.port)
    serve(create_app(bus, worker, registry), host="0.0.0.0", port=settings.port, threads=4, _quiet=True)  # noqa: S104
    bus.stop()
    listener.join(timeout=5)
    log.info("stopped")


if __name__ == "__main__":
    main()
