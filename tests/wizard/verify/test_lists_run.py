"""Lists as the flow of events, on a real Valkey: taken, put, both; what others take is not called lost."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from wizard.adapters.clock import SystemClock
from wizard.adapters.files.files import DiskFiles
from wizard.runtime.embedded.runtime import EmbeddedRuntime
from wizard.runtime.process import free_port
from wizard.stack.infer.infer import infer
from wizard.stack.read import read_stack
from wizard.values.live import Limits
from wizard.values.observation import Observation
from wizard.verify.redis_link import RedisLink
from wizard.verify.verify import verify

pytestmark = [pytest.mark.embedded, pytest.mark.own_ports]
QUICK = Limits(start=25.0, health=2.0, request=2.0, stop=5.0, late=1.0)
FLOW = ("7.1", "7.2", "7.3", "7.4")
COMPOSE = """
services:
  redis:
    image: redis:7-alpine
  jobs:
    build: services/jobs
    environment:
      REDIS_HOST: redis
    ports:
      - "127.0.0.1:{port}:{port}"
    depends_on:
      - redis
"""
SERVICE = """
import os
import threading
import time

import redis
from flask import Flask

app = Flask(__name__)
client = redis.Redis(host=os.environ["REDIS_HOST"], decode_responses=True)


def work():
    while True:
        try:
            {work}
        except redis.ConnectionError:
            time.sleep(1)


@app.get("/health")
def health():
    client.ping()
    return {{"status": "ok"}}


if __name__ == "__main__":
    threading.Thread(target=work, daemon=True).start()
    app.run(host="0.0.0.0", port={port})
"""
DOCKERFILE = """
FROM python:3.11-slim
WORKDIR /app
COPY . .
RUN pip install -r requirements.txt
CMD ["python", "service.py"]
"""
BOTH = 'taken = client.{take}("todo", timeout=1)\n            if taken:\n                client.{put}("done", taken[1])'
TAKES = 'client.{take}("todo", timeout=1)'


def stack(root: Path, work: str) -> Path:
    port = free_port()
    folder = root / "services" / "jobs"
    folder.mkdir(parents=True)
    (root / "docker-compose.yml").write_text(COMPOSE.format(port=port))
    (folder / "service.py").write_text(SERVICE.format(port=port, work=work))
    (folder / "requirements.txt").write_text("flask>=3\nredis>=5\n")
    (folder / "Dockerfile").write_text(DOCKERFILE)
    return root


@pytest.fixture
def left(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, list[str]]]:
    """What stands in the lists when the wizard has closed its view of Redis."""
    found: dict[str, list[str]] = {}
    drop = RedisLink.take_back

    def take_back(link: RedisLink, kind: str, name: str, what: str) -> None:
        drop(link, kind, name, what)
        found[name] = link.items(name)

    monkeypatch.setattr(RedisLink, "take_back", take_back)
    yield found


def seen(root: Path, **how: Any) -> dict[str, Observation]:
    facts = read_stack(DiskFiles(root))
    runtime, clock = EmbeddedRuntime(QUICK), SystemClock()
    spec = infer(facts, "jobs").spec
    events = verify(facts, spec, runtime, items=FLOW, clock=clock, log_window=0.3, settle=0.3, **how)
    return {event.item: event for event in events if isinstance(event, Observation)}


@pytest.mark.parametrize(("take", "put"), [("blpop", "rpush"), ("brpop", "lpush")])
def test_what_goes_into_a_list_comes_out_of_the_other(
    tmp_path: Path, left: dict[str, list[str]], take: str, put: str
) -> None:
    found = seen(stack(tmp_path, BOTH.format(take=take, put=put)))
    assert {item: o.ok for item, o in found.items()} == dict.fromkeys(FLOW, True), found
    assert "list todo came out on list done" in found["7.4"].result
    assert f"cmd={take}" in found["7.3"].result
    assert left == {"todo": [], "done": []}


@pytest.mark.parametrize("take", ["blpop", "brpop"])
def test_a_service_that_only_takes_empties_its_list(tmp_path: Path, take: str) -> None:
    found = seen(stack(tmp_path, TAKES.format(take=take)))
    assert (found["7.3"].ok, found["7.4"].ok) == (True, True), found
    assert "all were taken out of the list todo" in found["7.4"].result


def test_the_list_that_it_should_put_into_is_another(tmp_path: Path) -> None:
    root = stack(tmp_path, BOTH.format(take="blpop", put="rpush"))
    facts = read_stack(DiskFiles(root))
    spec = infer(facts, "jobs").spec
    file = root / "services/jobs/service.py"
    file.write_text(file.read_text().replace('"done"', '"gone"'))
    events = verify(
        read_stack(DiskFiles(root)), spec, EmbeddedRuntime(QUICK), items=FLOW, clock=SystemClock(), settle=0.3
    )
    found = {event.item: event for event in events if isinstance(event, Observation)}
    assert found["7.4"].ok is not True, found


def test_what_others_take_out_is_not_called_lost(tmp_path: Path) -> None:
    """A worker of somebody else waits at the output list: Redis hands it the answer before anybody can look."""
    redis = pytest.importorskip("redis")
    facts = read_stack(DiskFiles(stack(tmp_path, BOTH.format(take="blpop", put="rpush"))))
    spec = infer(facts, "jobs").spec
    events = verify(facts, spec, EmbeddedRuntime(QUICK), items=FLOW, clock=SystemClock(), settle=0.3)
    found: dict[str, Observation] = {}
    taken: list[bytes] = []
    workers: list[threading.Thread] = []

    def work(port: int) -> None:
        with suppress(redis.ConnectionError):
            while True:
                taken.append(redis.Redis(port=port).brpop("done")[1])

    for event in events:
        if isinstance(event, Observation):
            found[event.item] = event
            if event.item == "7.3":
                workers.append(threading.Thread(target=work, args=(int(event.action.split()[2]),)))
                workers[0].start()
    workers[0].join(timeout=10)
    assert taken
    assert (found["7.4"].ok, found["7.4"].cause) == (None, "unsure"), found["7.4"]
