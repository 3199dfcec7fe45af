"""Small services as people write them, each in another shape, in a stack with Redis and, where asked, PostgreSQL."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent, indent
from typing import Any

from wizard.adapters.clock import SystemClock
from wizard.adapters.files.files import DiskFiles
from wizard.runtime.embedded.runtime import EmbeddedRuntime
from wizard.runtime.process import free_port
from wizard.stack.infer.infer import infer
from wizard.stack.read import read_stack
from wizard.values.live import Limits
from wizard.values.observation import Observation
from wizard.verify.verify import verify

DEPLOYMENT = ("7.1", "7.2", "7.3", "7.4", "7.5")
BRIEF = Limits(start=25.0, health=1.0, request=1.0, stop=5.0, late=1.0)
COMPOSE = """
services:
  redis:
    image: redis:7-alpine
{postgres}  desk:
    build: services/desk
    environment:
      REDIS_HOST: redis
      POSTGRES_HOST: postgres
      POSTGRES_PASSWORD: secret-word
    ports:
      - "127.0.0.1:{port}:{port}"
    depends_on:
      - redis
"""
POSTGRES = """  postgres:
    image: postgres:16-alpine
    environment:
      POSTGRES_USER: desk
      POSTGRES_DB: desk
      POSTGRES_PASSWORD: secret-word
    volumes:
      - ./schema.sql:/docker-entrypoint-initdb.d/schema.sql
"""
SCHEMA = "CREATE TABLE IF NOT EXISTS bookings (ref text, side text, at timestamptz NOT NULL DEFAULT now());\n"
HEAD = """
import json
import os
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import redis

client = redis.Redis(host=os.environ["REDIS_HOST"], decode_responses=True)


class Health(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/health" else 404)
        self.end_headers()
        self.wfile.write(b'{"status": "ok"}')

    def log_message(self, *_):
        return


def answer(event):
    return {"id": event["id"], "size": 2}


"""
TAIL = """

def for_ever():
    while True:
        try:
            work()
        except redis.RedisError as error:
            print("WARNING", error, flush=True)
            time.sleep(0.2)


if __name__ == "__main__":
    print("INFO begins", flush=True)
    threading.Thread(target=for_ever, daemon=True).start()
    ThreadingHTTPServer(("0.0.0.0", PORT), Health).serve_forever()
"""
DOCKERFILE = (
    'FROM python:3.11-slim\nWORKDIR /app\nCOPY . .\nRUN pip install -r requirements.txt\nCMD ["python", "service.py"]\n'
)


@dataclass(frozen=True)
class Shape:
    """A service: what stands in its `work`, and what else its file holds before that."""

    work: str
    before: str = ""
    tests: str = ""
    tables: bool = False
    whole: str = ""

    def source(self) -> str:
        if self.whole:
            return dedent(self.whole)
        return (
            HEAD
            + dedent(self.before)
            + "\n\ndef work():\n"
            + indent(dedent(self.work).strip("\n"), "    ")
            + "\n"
            + TAIL
        )


def stack(root: Path, shape: Shape) -> Path:
    """Writes a stack with one service of that shape."""
    port, folder = free_port(), root / "services/desk"
    files = {
        "docker-compose.yml": COMPOSE.format(port=port, postgres=POSTGRES if shape.tables else ""),
        "services/desk/service.py": shape.source().replace("PORT)", f"{port})").replace("port=PORT", f"port={port}"),
        "services/desk/requirements.txt": "redis>=5\n" + ("psycopg[binary]>=3\n" if shape.tables else ""),
        "services/desk/Dockerfile": DOCKERFILE,
    }
    if shape.tables:
        files["schema.sql"] = SCHEMA
    if shape.tests:
        files["tests/unit/desk/test_desk.py"] = dedent(shape.tests)
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    assert folder.is_dir()
    return root


def edit(root: Path, old: str, new: str) -> None:
    """Changes the service's code in one place."""
    file = root / "services/desk/service.py"
    text = file.read_text()
    assert text.count(old) >= 1, f"{old!r} is not in the service"
    file.write_text(text.replace(old, new))


def spec_of(root: Path) -> Any:
    """Returns the spec of the service as its code says it."""
    return infer(read_stack(DiskFiles(root)), "desk").spec


def seen(root: Path, spec: Any = None, items: tuple[str, ...] = DEPLOYMENT, **how: Any) -> dict[str, Observation]:
    """Runs the live checks and returns their observations by item."""
    facts = read_stack(DiskFiles(root))
    events = verify(
        facts,
        spec or infer(facts, "desk").spec,
        EmbeddedRuntime(how.pop("limits", BRIEF)),
        items=items,
        clock=SystemClock(),
        log_window=how.pop("window", 0.2),
        settle=0.2,
        **how,
    )
    return {event.item: event for event in events if isinstance(event, Observation)}


CHANNEL = Shape(
    """
    subscription = client.pubsub()
    subscription.subscribe("prices")
    for message in subscription.listen():
        if message["type"] == "message":
            client.publish("signals", json.dumps(answer(json.loads(message["data"]))))
    """
)
PATTERN = Shape(
    """
    subscription = client.pubsub()
    subscription.psubscribe("prices.*")
    for message in subscription.listen():
        if message["type"] == "pmessage":
            client.publish("signals", json.dumps(answer(json.loads(message["data"]))))
    """
)
GROUP = Shape(
    """
    try:
        client.xgroup_create("prices", "desk", id="$", mkstream=True)
    except redis.ResponseError:
        pass
    while True:
        for _, entries in client.xreadgroup("desk", "one", {"prices": ">"}, count=1, block=500) or []:
            for entry, fields in entries:
                client.xadd("signals", answer(fields))
                client.xack("prices", "desk", entry)
    """
)
STREAM = Shape(
    """
    last = "$"
    while True:
        for _, entries in client.xread({"prices": last}, block=0) or []:
            for last, fields in entries:
                client.xadd("signals", answer(fields))
    """
)
LIST = Shape(
    """
    while True:
        taken = client.blpop(["prices"], timeout=1)
        if taken:
            client.rpush("signals", json.dumps(answer(json.loads(taken[1]))))
    """
)
POLLER = Shape(
    """
    while True:
        taken = client.rpop("prices")
        if taken:
            client.lpush("signals", json.dumps(answer(json.loads(taken))))
        else:
            time.sleep(0.2)
    """
)
SAFE = Shape(
    """
    while True:
        taken = client.brpoplpush("prices", "prices:working", timeout=1)
        if taken:
            client.lpush("signals", json.dumps(answer(json.loads(taken))))
            client.lrem("prices:working", 1, taken)
    """
)
TIMER = Shape(
    """
    number = 0
    while True:
        number += 1
        client.publish("signals", json.dumps({"id": str(number), "size": 2}))
        time.sleep(0.2)
    """
)
TIMER_STREAM = Shape(
    """
    while True:
        client.xadd("signals", {"id": str(time.time()), "size": 2}, maxlen=100)
        time.sleep(0.2)
    """
)
TAKES_LIST = Shape('while True:\n    client.blpop("prices", timeout=1)')
TAKES_GROUP = Shape(
    """
    try:
        client.xgroup_create("prices", "desk", id="$", mkstream=True)
    except redis.ResponseError:
        pass
    while True:
        for _, entries in client.xreadgroup("desk", "one", {"prices": ">"}, count=10, block=500) or []:
            for entry, fields in entries:
                client.xack("prices", "desk", entry)
    """
)
DATABASE = """
import psycopg

dsn = dict(host=os.environ["POSTGRES_HOST"], user="desk", dbname="desk", password=os.environ["POSTGRES_PASSWORD"])


def store(event):
    with psycopg.connect(**dsn) as connection:
        connection.execute("INSERT INTO bookings (ref, side) VALUES (%s, %s)", (event["id"], event["side"]))
"""
EXAMPLE = 'EVENT = {"id": "1", "side": "BUY"}\n\n\ndef test_one():\n    assert EVENT["side"] == "BUY"\n'
TABLE_LIST = Shape(
    'while True:\n    taken = client.blpop("prices", timeout=1)\n    if taken:\n        store(json.loads(taken[1]))',
    before=DATABASE,
    tests=EXAMPLE,
    tables=True,
)
TABLE_GROUP = Shape(
    TAKES_GROUP.work.replace("client.xack", "store(fields)\n                client.xack"),
    before=DATABASE,
    tests=EXAMPLE,
    tables=True,
)
