"""Logs and metrics: one JSON object a line, and Prometheus counters."""

from __future__ import annotations

import json
import logging
import platform
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from functools import cache

from flask import Flask, Response, g, request
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from .config import SERVICE

UTC = timezone.utc  # noqa: UP017 (Python 3.10 has no datetime.UTC)
REPEATS = 5
REPEAT_SECONDS = 10.0
MOST_KINDS = 1000  # a message that is put together anew each time is a kind of its own


class JsonFormatter(logging.Formatter):
    """Write a record as one line of JSON with `level`, `time`, `service` and `message`."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; a traceback goes into `exception`, the event's id into `event`."""
        line = {
            "level": record.levelname,
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "service": SERVICE,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if hasattr(record, "event"):
            line["event"] = record.event
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


class RepeatFilter(logging.Filter):
    """Let five records of one kind pass in ten seconds, and say how many were left out."""

    def __init__(self) -> None:
        super().__init__()
        self._seen: dict[tuple[str, str], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Say whether the record is written."""
        kind = (record.name, str(record.msg))
        begun, count = self._seen.get(kind, (record.created, 0))
        if record.created - begun > REPEAT_SECONDS:
            if count > REPEATS:
                record.msg = f"{record.msg} ({count - REPEATS} more in {REPEAT_SECONDS:.0f} s)"
            begun, count = record.created, 0
        if len(self._seen) >= MOST_KINDS:
            self._seen.clear()
        self._seen[kind] = (begun, count + 1)
        return count < REPEATS


def setup_logging(level: str) -> None:
    """Send every logger's records to standard output as JSON."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter())
    handler.addFilter(RepeatFilter())
    logging.basicConfig(level=level, handlers=[handler], force=True)


class Metrics:
    """The numbers of one process, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._build = Gauge(
            "build_info",
            "1 for the commit the image was built from and the Python it runs.",
            ["revision", "python"],
            registry=self.registry,
        )
        self._requests = self._counter(
            "http_requests", "HTTP requests by route template.", "method", "route", "status"
        )
        self._seconds = Histogram(
            "http_request_seconds",
            "Seconds an HTTP request took.",
            ["method", "route"],
            registry=self.registry,
        )
        self._up = Gauge(
            "dependency_up",
            "1 when the dependency answered the last check.",
            ["dependency"],
            registry=self.registry,
        )
        received = self._counter("messages_received", "Messages read.", "channel")
        self._received = cache(received.labels)  # looking a label up costs more than counting
        self._failed = self._counter(
            "messages_failed", "Messages that could not be used.", "channel", "reason"
        )
        published = self._counter("messages_published", "Messages sent.", "channel")
        self._published = cache(published.labels)
        self._stored = self._counter("events_stored", "Results that are in the database.")
        self._lost = self._counter(
            "messages_lost", "Entries trimmed from a stream before they were read.", "reason"
        )
        self._breaks = self._counter("redis_disconnects", "Connections to Redis that broke.")
        self._waiting = Gauge(
            "messages_waiting",
            "Messages in the streams that nobody took yet.",
            registry=self.registry,
        )
        self._handling = Histogram(
            "handler_seconds",
            "Seconds the handler took.",
            buckets=(0.0001, 0.001, 0.01, 0.1, 1.0, 10.0),
            registry=self.registry,
        )
        self._last = Gauge(
            "last_message_timestamp_seconds",
            "When the last message was read, as Unix time; 0 before the first.",
            registry=self.registry,
        )

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(name, text, labels, registry=self.registry)

    def built(self, revision: str) -> None:
        """Remember what runs."""
        self._build.labels(revision, platform.python_version()).set(1)

    def received(self, channel: str) -> None:
        """Count a message that was read."""
        self._received(channel).inc()
        self._last.set_to_current_time()

    def failed(self, channel: str, reason: str) -> None:
        """Count a message that could not be used; `reason`: invalid, handler or store."""
        self._failed.labels(channel, reason).inc()

    def published(self, channel: str) -> None:
        """Count a message that was sent."""
        self._published(channel).inc()

    def stored(self, count: int) -> None:
        """Count results that are in the database."""
        self._stored.inc(count)

    def lost(self, reason: str, count: int) -> None:
        """Count events that nobody will handle; `reason`: trimmed."""
        self._lost.labels(reason).inc(count)

    def disconnected(self) -> None:
        """Count a connection to Redis that broke."""
        self._breaks.inc()

    def waiting(self, count: int) -> None:
        """Remember how many messages wait."""
        self._waiting.set(count)

    @contextmanager
    def handling(self) -> Iterator[None]:
        """Time one call of the handler."""
        begun = time.perf_counter()
        try:
            yield
        finally:
            self._handling.observe(time.perf_counter() - begun)

    def up(self, dependency: str, answered: bool) -> None:
        """Remember whether a dependency answered."""
        self._up.labels(dependency).set(int(answered))

    def response(self) -> Response:
        """Return everything in Prometheus text format."""
        return Response(generate_latest(self.registry), content_type=CONTENT_TYPE_LATEST)

    def watch(self, app: Flask) -> None:
        """Count and time every request of the app by its route template."""

        @app.before_request
        def begin() -> None:
            g.begun = time.perf_counter()

        @app.after_request
        def end(response: Response) -> Response:
            route = request.url_rule.rule if request.url_rule else "unmatched"
            self._requests.labels(request.method, route, response.status_code).inc()
            self._seconds.labels(request.method, route).observe(time.perf_counter() - g.begun)
            return response
