"""Execution service: paper trades from orders, kept in Postgres and shown under /trades."""

from __future__ import annotations

import json
import logging
import signal
import sys
import threading
from datetime import UTC, datetime

import psycopg
from flask import Flask, Response, jsonify, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, generate_latest
from pydantic import TypeAdapter, ValidationError
from waitress import serve

from .bus import Bus, connect
from .config import Settings, load
from .logic import handle
from .models import Order, OrderResult
from .store import Store, dsn

NAME = "execution"
MOST_TRADES = 500
log = logging.getLogger(NAME)


class Worker:
    """Order in, result out. The trade is reported even when it cannot be saved: the dashboard must know."""

    def __init__(self, settings: Settings, store: Store, registry: CollectorRegistry) -> None:
        self._fee_bps = settings.fee_bps
        self._store = store
        self._inputs = TypeAdapter(Order)
        self._outputs = TypeAdapter(OrderResult)
        self._orders = Counter("execution_orders", "Orders by status.", ["status"], registry=registry)
        self._unsaved = Counter("execution_unsaved", "Results that are missing in trades.", registry=registry)

    def __call__(self, raw: str) -> str | None:
        """Answer one message; a broken one is counted and dropped."""
        try:
            order = self._inputs.validate_json(raw)
        except ValidationError as error:
            self._orders.labels("invalid").inc()
            log.warning("dropped a message that is no order: %d errors", error.error_count())
            return None
        result = handle(order, self._fee_bps)
        self._orders.labels(result.status).inc()
        try:
            self._store.save(result)
        except psycopg.Error as error:
            self._unsaved.inc()
            log.error("trade %s is not in the database: %s", result.id, error)
        return self._outputs.dump_json(result).decode()


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

    @app.get("/trades")
    def trades() -> tuple[Response, int]:
        limit = request.args.get("limit", 50, type=int)
        try:
            rows = store.latest(max(1, min(limit, MOST_TRADES)))
        except psycopg.Error as error:
            log.warning("trades cannot be read: %s", error)
            return jsonify(error="the database does not answer"), 503
        return jsonify(trades=rows), 200

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
