"""Connects the Flask app of service.py to the stack: live health, metrics, message bus, SIGTERM.

service.py calls `attach(app)` right after it made the app, and `serve(app)` when it is run.
Importing it starts nothing.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
from collections.abc import Callable
from types import FrameType
from typing import NoReturn

from flask import Flask, Response, jsonify
from waitress import create_server  # type: ignore[import-untyped]

from . import logic
from .bus import Bus
from .config import SERVICE, ConfigError, Settings, load, load_secrets
from .link import RedisLink
from .telemetry import Metrics, setup_logging

logger = logging.getLogger(SERVICE)


class Stack:
    """The connections. `checks`: dependency name -> function that says `ok` or `down: …`."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self.checks: dict[str, Callable[[], str]] = {}
        self._bus: Bus | None = None
        self._grace = 0.0
        self.checks["redis"] = self._redis

    @property
    def died(self) -> bool:
        """Tell whether the message loop ended by an error."""
        return self._bus is not None and self._bus.died

    def start(self, settings: Settings) -> None:
        """Connect."""
        self._metrics.built(settings.revision)
        self._grace = settings.shutdown_seconds
        link = RedisLink(
            settings.redis_host,
            settings.redis_port,
            password=lambda: load_secrets().redis_password.get_secret_value(),
            user=settings.redis_user or None,
            database=settings.redis_db,
            tls=settings.redis_tls,
        )
        self._bus = Bus(link, logic.handle, self._metrics, on_death=_end)
        self._bus.start()

    def stop(self) -> None:
        """Finish what was received and disconnect."""
        if self._bus is not None:
            self._bus.stop(self._grace)

    def states(self) -> dict[str, str]:
        """How each dependency is now."""
        found = {name: check() for name, check in self.checks.items()}
        for name, state in found.items():
            self._metrics.up(name, state == "ok")
        return found

    def answer(self) -> Response:
        """The whole answer to /health: 200, or 503 naming what is down."""
        found = self.states()
        good = all(state == "ok" for state in found.values())
        status = "ok" if good else "degraded"
        answer = jsonify(status=status, service=SERVICE, dependencies=found)
        answer.status_code = 200 if good else 503
        return answer

    def degraded(self) -> Response | None:
        """The 503 to answer with, or None when every dependency answers."""
        answer = self.answer()
        return None if answer.status_code == 200 else answer

    def _redis(self) -> str:
        return self._bus.health() if self._bus else "down: not started"


def attach(app: Flask) -> Stack:
    """Count the app's requests and serve its metrics."""
    metrics = Metrics()
    metrics.watch(app)
    stack = Stack(metrics)
    app.extensions[SERVICE] = stack

    @app.get("/metrics")
    def metrics_text() -> Response:
        stack.states()
        return metrics.response()

    return stack


def serve(app: Flask) -> NoReturn:
    """Connect and answer requests; ends the process at SIGTERM."""
    settings = _settings()
    signal.signal(signal.SIGTERM, _on_sigterm)
    stack: Stack = app.extensions[SERVICE]
    try:
        server = create_server(
            app, listen=f"{settings.host}:{settings.port}", ipv6=False, threads=4, ident=SERVICE
        )
    except OSError as error:
        logger.critical("cannot listen on port %d: %s", settings.port, error)
        sys.exit(1)
    try:
        stack.start(settings)
        logger.info("listening on port %d", settings.port)
        server.run()  # returns at SIGTERM
    except SystemExit:  # it came before the server ran
        logger.info("ended before it served")
    finally:
        stack.stop()
        server.close()
        logger.info("stopped")
    sys.exit(1 if stack.died else 0)


def _settings() -> Settings:
    """Read the settings; the process ends when something is missing, and says all of it."""
    setup_logging("INFO")
    try:
        settings = load()
    except ConfigError as error:
        for problem in error.problems:
            logger.critical("%s", problem)
        sys.exit(1)
    setup_logging(settings.log_level)
    return settings


def _end() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


def _on_sigterm(number: int, frame: FrameType | None) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # a second one must not cut the drain short
    raise SystemExit(0)
