"""Risk service: HTTP for health and metrics, one thread for the bus, decisions into Postgres."""

from __future__ import annotations

import json
import logging
import signal
import sys
import threading
from datetime import UTC, datetime

import psycopg
from flask import Flask, Response, jsonify
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, generate_latest
from pydantic import TypeAdapter, ValidationError
from waitress import serve

from .bus import Bus, connect
from .config import Settings, load
from .logic import handle
from .models import Order, Signal
from .store import Store, dsn

NAME = "risk"
log = logging.getLogger(NAME)


class Worker:
    """Signal in, order out, decision written in between: no order leaves without its row."""

    def __init__(self, settings: Settings, store: Store, registry: CollectorRegistry) -> None:
        self._max_quantity = settings.max_quantity
        self._store = store
        self._inputs = TypeAdapter(Signal)
        self._outputs = TypeAdapter(Order)
        self._decisions = Counter("risk_decisions", "Decisions by result.", ["result"], registry=registry)

    def __call__(self, raw: str) -> str | None:
        """Answer one message; without a valid event or a database there is no order."""
        try:
            order = handle(self._inputs.validate_json(raw), self._max_quantity)
            self._store.save(order)
        except ValidationError as error:
            self._decisions.labels("invalid").inc()
            log.warning("dropped a message that is no signal: %d errors", error.error_count())
            return None
        except psycopg.Error as error:
            self._decisions.labels("unsaved").inc()
            log.error("no order without its row: %s", error)
            return None
        self._decisions.labels("approved" if order.approved else "refused").inc()
        return self._outputs.dump_json(order).decode()


def create_app(bus: Bus, store: Store, registry: CollectorRegistry) -> Flask:
    """The HTTP side."""
    app = Flask(NAME)

    @app.get("/health")
    def health() -> tuple[Response, int]:
        dependencies = {"redis": bus.state(), "postgres": store.state()}
        ok = all(state == "ok" for state in dependencies.values())
        body = jsonify(status="ok" if ok else "degraded", service=NAME, dependencies=dependencies)
        return body, 200 if ok else 503

    @app.get("/metrics")
    def metrics() -> Response:
        return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)

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
    store = Store(dsn(settings))
    bus = Bus(connect(settings), Worker(settings, store, registry))
    listener = threading.Thread(target=bus.run, name="bus", daemon=True)
    listener.start()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    log.info("listening on port %d", settings.port)
    serve(create_app(bus, store, registry), host="0.0.0.0", port=settings.port, threads=4, _quiet=True)  # noqa: S104
    bus.stop()
    listener.join(timeout=5)
    log.info("stopped")


if __name__ == "__main__":
    main()
