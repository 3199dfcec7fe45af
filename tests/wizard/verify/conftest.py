"""A small hand-made stack with one service, and the facts about it written by hand: no other room is needed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from textwrap import dedent
from time import monotonic

import pytest

from wizard.runtime.process import free_port
from wizard.values.facts.code import PythonFile, RequirementsFacts, Route, SettingVar
from wizard.values.facts.compose import ComposeModel, ComposeService, EnvEntry
from wizard.values.facts.stack import ServiceFacts, StackFacts
from wizard.values.profile import Detected, Profile, ServerProfile
from wizard.values.source import Fact, Source
from wizard.values.spec import Channel, Column, EventField, ServiceSpec, Table

SERVICE = """
import json
import os
import signal
import sys
import threading
from pathlib import Path

import psycopg
import redis
from flask import Flask, jsonify
from redis.backoff import NoBackoff
from redis.retry import Retry
from waitress.server import create_server

NAME = "echo"
secrets = Path(os.environ.get("ECHO_SECRETS_DIR", "/run/secrets"))
stopping = threading.Event()
counts = {"handled": 0}
app = Flask(NAME)
bus = redis.Redis(
    host=os.environ.get("ECHO_REDIS_HOST", "cdb_redis"),
    port=int(os.environ.get("ECHO_REDIS_PORT", "6379")),
    password=(secrets / "redis_password").read_text().strip(),
    client_name=NAME,
    socket_timeout=1,
    socket_connect_timeout=1,
    retry=Retry(NoBackoff(), 0),
)
dsn = dict(
    host=os.environ["ECHO_POSTGRES_HOST"],
    port=os.environ.get("ECHO_POSTGRES_PORT", "5432"),
    user=os.environ.get("ECHO_POSTGRES_USER", "trader"),
    dbname=os.environ.get("ECHO_POSTGRES_DB", "trading"),
    password=(secrets / "postgres_password").read_text().strip(),
    connect_timeout=2,
)


def log(level, message):
    print(json.dumps({"level": level, "service": NAME, "message": message}), flush=True)


def store(event):
    with psycopg.connect(**dsn) as connection:
        connection.execute(
            "INSERT INTO echoes (event_id, symbol) VALUES (%s, %s) ON CONFLICT DO NOTHING",
            (event["id"], event["symbol"]),
        )


def listen():
    while not stopping.is_set():
        try:
            with bus.pubsub() as subscription:
                subscription.subscribe("market_data")
                while not stopping.is_set():
                    message = subscription.get_message(timeout=0.2)
                    if message and message["type"] == "message":
                        event = json.loads(message["data"])
                        store(event)
                        counts["handled"] += 1
                        bus.publish("echoes", json.dumps({"id": event["id"], "symbol": event["symbol"]}))
        except redis.RedisError as error:
            log("WARNING", f"redis: {error}")
            stopping.wait(0.2)


@app.get("/health")
def health():
    parts = {"redis": "ok", "postgres": "ok"}
    try:
        bus.ping()
    except redis.RedisError as error:
        parts["redis"] = f"down: {error}"
    try:
        psycopg.connect(**dsn).close()
    except psycopg.Error as error:
        parts["postgres"] = f"down: {error}"
    good = set(parts.values()) == {"ok"}
    return jsonify(status="ok" if good else "degraded", service=NAME, dependencies=parts), 200 if good else 503


@app.get("/metrics")
def metrics():
    lines = [f"echo_events_total {counts['handled']}", f"echo_events_created {1.7e9 if counts['handled'] else 0}"]
    return "\\n".join(lines) + "\\n", 200, {"Content-Type": "text/plain"}


def stop(*_):
    stopping.set()
    server.close()


server = create_server(app, host="127.0.0.1", port=int(os.environ.get("ECHO_PORT", "PORT")))
if __name__ == "__main__":
    signal.signal(signal.SIGTERM, stop)
    listener = threading.Thread(target=listen)
    listener.start()
    log("INFO", "started")
    try:
        server.run()
    except OSError:
        pass
    stopping.set()
    listener.join()
    log("INFO", "stopped")
    sys.exit(0)
"""
SCHEMA = """
CREATE TABLE IF NOT EXISTS echoes (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id text NOT NULL UNIQUE,
    symbol text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
"""
SEED = "INSERT INTO echoes (event_id, symbol) VALUES ('seed', 'BTC') ON CONFLICT DO NOTHING;\n"
UNIT = """
import pytest

EVENT = {"symbol": "BTC", "price": 2.5}


@pytest.mark.unit
def test_adds():
    assert 1 + 1 == 2
"""
INTEGRATION = """
import os

import psycopg
import pytest
import redis


@pytest.mark.integration
def test_servers():
    url, dsn = os.environ.get("STACK_REDIS_URL"), os.environ.get("STACK_POSTGRES_DSN")
    if not url or not dsn:
        pytest.skip("STACK_REDIS_URL and STACK_POSTGRES_DSN are not set")
    client = redis.Redis.from_url(url)
    assert client.ping()
    client.close()
    with psycopg.connect(dsn) as connection:
        assert connection.execute("SELECT count(*) FROM echoes").fetchone() == (1,)
"""
E2E = """
import os
import urllib.request

import pytest


@pytest.mark.e2e
def test_health():
    with urllib.request.urlopen(os.environ["STACK_SERVICE_URL"] + "/health", timeout=5) as reply:
        assert reply.status == 200
"""
PYTEST_INI = "[pytest]\naddopts = --strict-markers\nmarkers =\n    unit: u\n    integration: i\n    e2e: e\n"
REQUIREMENTS = "flask\nredis\npsycopg[binary]\nwaitress\n"


class RealClock:
    """The clock of these tests: real time, short steps."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return monotonic()

    def wait(self, seconds: float, until: Callable[[], bool]) -> bool:
        import threading

        step, deadline = threading.Event(), monotonic() + seconds
        while not until():
            if monotonic() > deadline:
                return False
            step.wait(0.02)
        return True


@dataclass
class Stack:
    """The stack on disk, its facts and the service's spec; tests change files, or replace parts of the facts."""

    root: Path
    facts: StackFacts
    spec: ServiceSpec

    def edit(self, path: str, old: str, new: str) -> None:
        file = self.root / path
        text = file.read_text()
        assert old in text, f"{old!r} is not in {path}"
        file.write_text(text.replace(old, new))

    def respec(self, port: int) -> ServiceSpec:
        return replace(self.spec, port=port)

    def with_environment(self, **values: str) -> None:
        self._with_service(environment=entries(**values))

    def _with_service(self, **changes: object) -> None:
        service = self.facts.services[0]
        assert service.compose is not None
        compose = replace(service.compose, **changes)  # type: ignore[arg-type]
        self.facts = replace(self.facts, services=(replace(service, compose=compose),))


def entries(**values: str) -> tuple[EnvEntry, ...]:
    return tuple(EnvEntry(name, value, value, Source("dev.yml", 1)) for name, value in values.items())


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text))


@pytest.fixture
def clock() -> RealClock:
    return RealClock()


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    """The stack `echo` lives in: Redis and PostgreSQL with passwords, one table, tests of three kinds."""
    root, port = tmp_path / "stack", free_port()
    write(
        root,
        {
            "services/echo/__init__.py": "",
            "services/echo/service.py": SERVICE.replace('PORT")', f'{port}")'),
            "services/echo/requirements.txt": REQUIREMENTS,
            "infrastructure/database/schema.sql": SCHEMA,
            "infrastructure/database/seed.sql": SEED,
            "tests/unit/echo/test_echo_unit.py": UNIT,
            "tests/integration/echo/test_echo_integration.py": INTEGRATION,
            "tests/e2e/echo/test_echo_e2e.py": E2E,
            "pytest.ini": PYTEST_INI,
        },
    )
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    profile = Profile(
        redis=ServerProfile("cdb_redis", 6379, secret="redis_password"),
        postgres=ServerProfile("cdb_postgres", 5432, "trader", "trading", "postgres_password"),
        schema_file="infrastructure/database/schema.sql",
        seed_files=("infrastructure/database/seed.sql",),
        pytest_config="pytest.ini",
    )
    at = Source("dev.yml", 1)
    compose = ComposeService(
        "cdb_echo",
        (at,),
        environment=entries(ECHO_REDIS_HOST="cdb_redis", ECHO_POSTGRES_HOST="cdb_postgres"),
        secrets=(Fact("redis_password", at), Fact("postgres_password", at)),
    )
    code = PythonFile(
        "services/echo/service.py",
        routes=(Route("/health", ("GET",), "flask", "health", Source("services/echo/service.py", 60)),),
        variables=(
            SettingVar("ECHO_REDIS_PORT", False, "6379", False, at),
            SettingVar("ECHO_POSTGRES_PORT", False, "5432", False, at),
        ),
    )
    service = ServiceFacts(
        "echo",
        "services/echo",
        "services/echo/service.py",
        python=(code,),
        requirements=RequirementsFacts("services/echo/requirements.txt"),
        compose=compose,
        tests={"unit": (PythonFile("tests/unit/echo/test_echo_unit.py"),)},
    )
    facts = StackFacts(
        str(root),
        Detected(profile, {}),
        ComposeModel(services=(compose,)),
        (service,),
        None,
        None,
        (),
        None,
        head="abc",
        fingerprints={"echo": "print"},
    )
    symbol = (EventField("symbol"), EventField("price", "float"))
    spec = ServiceSpec(
        "echo",
        "Repeats market data.",
        port,
        inputs=(Channel("market_data", symbol),),
        outputs=(Channel("echoes", symbol[:1]),),
        tables=(Table("echoes", (Column("symbol"),)),),
    )
    yield Stack(root, facts, spec)
    left = {path for path in root.rglob("*") if path.is_file()} - set(before)
    assert not left, f"verify left files in the stack: {sorted(map(str, left))}"
