"""The signals service: Turns prices and orders into signals, and keeps what it said.

GET /health   200 when every dependency answers, else 503 with the reason
GET /readyz   the same, by the name that orchestrators give it
GET /livez    200 while the process works, whatever its dependencies do
GET /metrics  Prometheus text format

Started with `python -m signals.service`.
SIGTERM lets it finish what it has received.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
from collections.abc import Callable, Mapping
from types import FrameType

from flask import Flask, Response, jsonify
from waitress import create_server  # type: ignore[import-untyped]

from . import logic
from .bus import Bus
from .config import SERVICE, ConfigError, Settings, load, load_secrets
from .link import RedisLink
from .store import PostgresLink, Store
from .telemetry import Metrics, setup_logging

logger = logging.getLogger(SERVICE)


def create_app(
    checks: Mapping[str, Callable[[], str]],
    metrics: Metrics,
    alive: Callable[[], bool] = lambda: True,
) -> Flask:
    """Make the web application.

    `checks`: dependency name -> function that says `ok` or `down: …`. `alive`: the loop turns.
    """
    app = Flask(__name__, static_folder=None)
    metrics.watch(app)

    def states() -> dict[str, str]:
        found = {name: check() for name, check in checks.items()}
        for name, state in found.items():
            metrics.up(name, state == "ok")
        return found

    @app.get("/health")
    @app.get("/readyz")
    def health() -> tuple[Response, int]:
        found = states()
        good = all(state == "ok" for state in found.values())
        status = "ok" if good else "degraded"
        body = jsonify(status=status, service=SERVICE, dependencies=found)
        return body, 200 if good else 503

    @app.get("/livez")
    def livez() -> tuple[Response, int]:
        good = alive()
        body = jsonify(status="ok" if good else "stuck", service=SERVICE)
        return body, 200 if good else 503

    @app.get("/metrics")
    def metrics_text() -> Response:
        states()
        return metrics.response()

    return app


def main() -> int:
    """Run until SIGTERM or Ctrl-C.

    Returns the exit code: 0; 1 when the service cannot start or its message loop died.
    """
    setup_logging("INFO")
    try:
        settings = load()
    except ConfigError as error:
        for problem in error.problems:
            logger.critical("%s", problem)
        return 1
    setup_logging(settings.log_level)
    return run(settings)


def run(settings: Settings) -> int:
    """Wire the parts together and serve."""
    signal.signal(signal.SIGTERM, _on_sigterm)
    metrics = Metrics()
    metrics.built(settings.revision)
    link = RedisLink(
        settings.redis_host,
        settings.redis_port,
        password=lambda: load_secrets().redis_password.get_secret_value(),
        user=settings.redis_user or None,
        database=settings.redis_db,
        tls=settings.redis_tls,
    )
    store = Store(
        PostgresLink(
            settings.postgres_host,
            settings.postgres_port,
            settings.postgres_user,
            settings.postgres_db,
            password=lambda: load_secrets().postgres_password.get_secret_value(),
            sslmode=settings.postgres_sslmode,
            role=settings.postgres_role,
        )
    )
    bus = Bus(link, logic.handle, metrics, store, on_death=_end)
    checks = {"redis": bus.health, "postgres": store.health}
    try:
        server = create_server(
            create_app(checks, metrics, bus.alive),
            listen=f"{settings.host}:{settings.port}",
            ipv6=False,
            threads=4,
            ident=SERVICE,
        )
    except OSError as error:
        logger.critical("cannot listen on port %d: %s", settings.port, error)
        return 1
    try:
        bus.start()
        logger.info("listening on port %d", settings.port)
        server.run()  # returns at SIGTERM
    except SystemExit:  # it came before the server ran
        logger.info("ended before it served")
    finally:
        bus.stop(settings.shutdown_seconds)
        store.close()
        server.close()
        logger.info("stopped")
    return 1 if bus.died else 0


def _end() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


def _on_sigterm(number: int, frame: FrameType | None) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # a second one must not cut the drain short
    raise SystemExit(0)


if __name__ == "__main__":
    sys.exit(main())
