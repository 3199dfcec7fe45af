"""WS service: the latest events of the stack for the dashboard.

It is polled: a browser asks `/events` every second. The name is from the plan, the upgrade to a socket is not made yet.
"""

from __future__ import annotations

import json
import logging
import signal
import sys
import threading
from collections import deque
from datetime import UTC, datetime

from flask import Flask, Response, jsonify, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, generate_latest
from pydantic import TypeAdapter, ValidationError
from waitress import serve

from .bus import Bus, connect
from .config import load
from .logic import handle, select
from .models import INPUT_CHANNELS, Event, FeedItem

NAME = "ws"
log = logging.getLogger(NAME)


class Feed:
    """The newest events in memory, shared by the bus thread (writes) and the requests (read)."""

    def __init__(self, history: int, registry: CollectorRegistry) -> None:
        self._items: deque[FeedItem] = deque(maxlen=history)
        self._lock = threading.Lock()
        self._events = TypeAdapter(Event)
        self._seen = Counter("ws_events", "Events by channel.", ["channel"], registry=registry)
        self._dropped = Counter("ws_dropped", "Messages that are no events.", registry=registry)
        Gauge("ws_feed_items", "Events in memory.", registry=registry).set_function(lambda: len(self._items))

    def add(self, channel: str, raw: str) -> None:
        """Take in one message; a broken one is counted and dropped."""
        try:
            item = handle(channel, self._events.validate_json(raw), json.loads(raw))
        except ValidationError as error:
            self._dropped.inc()
            log.warning("dropped a message on %s: %d errors", channel, error.error_count())
            return
        self._seen.labels(channel).inc()
        with self._lock:
            self._items.append(item)

    def items(self) -> list[FeedItem]:
        """A copy, oldest first."""
        with self._lock:
            return list(self._items)


def create_app(bus: Bus, feed: Feed, registry: CollectorRegistry) -> Flask:
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

    @app.get("/events")
    def events() -> tuple[Response, int]:
        channel = request.args.get("channel", "")
        if channel and channel not in INPUT_CHANNELS:
            return jsonify(error=f"one of {', '.join(INPUT_CHANNELS)}"), 400
        chosen = select(feed.items(), channel=channel, limit=request.args.get("limit", 50, type=int))
        return jsonify(events=chosen), 200

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
    feed = Feed(settings.history, registry)
    bus = Bus(connect(settings), feed.add)
    listener = threading.Thread(target=bus.run, name="bus", daemon=True)
    listener.start()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    log.info("listening on port %d", settings.port)
    serve(create_app(bus, feed, registry), host="0.0.0.0", port=settings.port, threads=4, _quiet=True)  # noqa: S104
    bus.stop()
    listener.join(timeout=5)
    log.info("stopped")


if __name__ == "__main__":
    main()
