"""What a generated service costs, beside the barest programs that do its work, in turn on the same servers.

An echo loop of redis-py takes each message and publishes it again; with a table, the loop inserts what is there in one
statement and one commit, and then publishes. Both take no care of anything: that is what the ratios are about.

One goal is missed, and why: of a message that comes alone, 72 in 100 of the service's CPU are redis-py's own, for one
read and one publish, as in the bare loop. The rest is what makes it safe: the connection is emptied before each batch
(a second read that finds nothing), each message and its result are validated, and both are counted and timed. The
service saves what it can: a single event goes over a connection kept for it, without a pool or a pipeline.

Memory is that of the libraries, as the row beside it shows (Flask, redis-py with its asyncio half, pydantic,
prometheus-client). Where no bytecode is kept, compiling them adds some 14 MB to both sides.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

import psutil
from redis import Redis
from redis.client import PubSub

from bench.measure import Row, compare
from tests.generated.lab import Lab, servers
from tests.generated.stack import SPECS, written
from wizard.runtime.process import free_port
from wizard.values.spec import ServiceSpec

MESSAGES = int(os.environ.get("BENCH_MESSAGES", "4000"))
WINDOW = 200
RUNS = int(os.environ.get("BENCH_RUNS", "7"))
START_UP, MEMORY, HEALTH = 3.3, 1.75, 2.5
"""1.5 s, 60 MB and 5 ms on a quiet machine, where a minimal Flask service takes 0.45 s, 34 MB and 2 ms."""
PLAIN = replace(SPECS["plain"], tables=())
ROWS = replace(SPECS["plain"], name="keeper")
ECHO = """
import os, redis
client = redis.Redis(host="127.0.0.1", port=int(os.environ["PORT"]), password=os.environ["REDIS"])
pubsub = client.pubsub()
pubsub.subscribe("bare.in")
for message in pubsub.listen():
    if message["type"] == "message":
        client.publish("bare.out", message["data"])
"""
INSERT = """
import json, os, psycopg, redis
client = redis.Redis(host="127.0.0.1", port=int(os.environ["PORT"]), password=os.environ["REDIS"])
pubsub = client.pubsub()
pubsub.subscribe("bare.in")
connection = psycopg.connect(os.environ["DSN"])
connection.execute("CREATE TABLE IF NOT EXISTS bare (event_id text UNIQUE, symbol text, price float)")
connection.commit()
while True:
    batch, message = [], pubsub.get_message(timeout=1.0)
    while message is not None and len(batch) < 200:
        if message["type"] == "message":
            batch.append(message["data"])
        message = pubsub.get_message(timeout=0.0)
    if batch:
        rows = [json.loads(data) for data in batch]
        with connection.cursor() as cursor:
            cursor.executemany("INSERT INTO bare VALUES (%(id)s, %(symbol)s, %(price)s) ON CONFLICT DO NOTHING", rows)
        connection.commit()
        pipeline = client.pipeline(transaction=False)
        for data in batch:
            pipeline.publish("bare.out", data)
        pipeline.execute()
"""
FLASK = """
import os
from flask import Flask
from waitress import serve
app = Flask("bare")
@app.get("/livez")
def livez():
    return {"status": "ok"}
serve(app, listen="127.0.0.1:" + os.environ["PORT"])
"""

LIBRARIES = "import prometheus_client, pydantic.dataclasses, pydantic_settings, redis"
ASK = """
import json, sys, time, urllib.request
took = {url: [] for url in sys.argv[1:]}
for turn in range(520):
    for url in took:
        begun = time.perf_counter()
        try:
            urllib.request.urlopen(url, timeout=10).read()
        except OSError:
            time.sleep(0.1)
            continue
        took[url].append((time.perf_counter() - begun) * 1000)
    time.sleep(0.002)
print(json.dumps([sorted(each[20:])[int(len(each[20:]) * 0.99)] for each in took.values()]))
"""


@dataclass
class Side:
    """A program at work: its process, and the channels it reads and writes."""

    process: psutil.Process
    into: str
    out: str
    sent: int = 0


@dataclass(frozen=True, slots=True)
class Load:
    """What one load was answered with: microseconds of CPU and of the clock a message, and the 99th percentile of the
    round trips in milliseconds."""

    cpu: float
    wall: float
    p99: float


def rows() -> Iterator[Row]:
    """Throughput without and with a table, /health under load, start-up and memory."""
    busy = os.getloadavg()[0]
    print(f"   {busy:.1f} processes wanted the {os.cpu_count()} processors of this machine when this began")
    with tempfile.TemporaryDirectory() as folder, servers(Path(folder)) as lab:
        for part in (_echo, _inserts, _start_up):
            yield from part(lab)


def _echo(lab: Lab) -> Iterator[Row]:
    with _generated(lab, PLAIN, "market_data", "signal_events") as ours, _bare(lab, ECHO) as bare:
        pairs = _interleaved(lab, ours, bare)
        yield _row("CPU a message / bare echo loop", pairs, "cpu", 1.25, "us")
        yield _row("clock a message / bare echo loop", pairs, "wall", 1.25, "us")
        yield _row(f"p99 with {WINDOW} on the way / bare echo loop", pairs, "p99", 1.0, "ms")
        alone = _interleaved(lab, ours, bare, MESSAGES // 8, 1)
        yield _row("CPU a message, one at a time / bare echo loop", alone, "cpu", 1.25, "us")
        yield _health(lab, ours)


def _inserts(lab: Lab) -> Iterator[Row]:
    with _generated(lab, ROWS, "market_data", "signal_events") as ours, _bare(lab, INSERT) as bare:
        pairs = _interleaved(lab, ours, bare)
        yield _row("clock a row / bare batched INSERT loop", pairs, "wall", 2.0, "us")
        yield _row("CPU a row / bare batched INSERT loop", pairs, "cpu", 2.0, "us")


def _row(name: str, pairs: list[tuple[Load, Load]], what: str, goal: float, unit: str) -> Row:
    both = [(getattr(ours, what), getattr(bare, what)) for ours, bare in pairs]
    ratio = median(one / other for one, other in both)
    return Row(name, median(one for one, _ in both), median(other for _, other in both), ratio, goal, unit)


def _interleaved(
    lab: Lab, ours: Side, bare: Side, messages: int = MESSAGES, window: int = WINDOW
) -> list[tuple[Load, Load]]:
    """Loads both in turn, after a warm-up of each."""
    _load(lab, ours, messages, window), _load(lab, bare, messages, window)
    return [(_load(lab, ours, messages, window), _load(lab, bare, messages, window)) for _ in range(RUNS)]


def _load(lab: Lab, side: Side, messages: int = MESSAGES, window: int = WINDOW) -> Load:
    """Keeps `window` messages on the way until all are back."""
    client = _client(lab)
    pubsub: PubSub = client.pubsub()  # type: ignore[no-untyped-call]
    pubsub.subscribe(side.out)
    pubsub.get_message(timeout=5.0)
    sent: dict[str, float] = {}
    trips: list[float] = []
    before, begun = sum(side.process.cpu_times()[:2]), time.perf_counter()
    _send(client, side, min(window, messages), sent)
    while len(trips) < messages:
        message = pubsub.get_message(timeout=20.0)
        if message is None:
            raise RuntimeError(f"{len(trips)} of {messages} came back on {side.out}")
        back = 0
        while message is not None:
            trips.append(time.perf_counter() - sent[json.loads(message["data"])["id"]])
            back += 1
            message = pubsub.get_message(timeout=0.0)
        _send(client, side, min(back, messages - len(sent)), sent)
    seconds, cpu = time.perf_counter() - begun, sum(side.process.cpu_times()[:2]) - before
    pubsub.close()
    client.close()
    p99 = sorted(trips)[int(len(trips) * 0.99)]
    return Load(cpu / messages * 1e6, seconds / messages * 1e6, p99 * 1000)


def _send(client: Redis, side: Side, count: int, sent: dict[str, float]) -> None:
    with client.pipeline(transaction=False) as pipeline:
        for _ in range(count):
            name = f"bench-{os.getpid()}-{side.out}-{side.sent}"
            side.sent += 1
            event = {"id": name, "time": "2026-01-01T00:00:00Z", "symbol": "ACME", "price": 1.5}
            pipeline.publish(side.into, json.dumps(event))
            sent[name] = time.perf_counter()
        pipeline.execute()


def _health(lab: Lab, side: Side) -> Row:
    """The 99th percentile of /health while messages are worked off, beside that of a minimal Flask service with nothing
    to do; a process of its own asks both in turn.
    """
    port = free_port()
    idle = subprocess.Popen([sys.executable, "-c", FLASK], env=os.environ | {"PORT": str(port)})
    urls = [lab.url + "/health", f"http://127.0.0.1:{port}/livez"]
    try:
        asker = subprocess.Popen([sys.executable, "-c", ASK, *urls], stdout=subprocess.PIPE, text=True)
        while asker.poll() is None:
            _load(lab, side)
        said, _ = asker.communicate()
    finally:
        idle.kill()
        idle.wait()
    ours, bare = json.loads(said)
    return Row("/health under load, p99 / idle minimal Flask service", ours, bare, ours / bare, HEALTH, "ms")


def _start_up(lab: Lab) -> Iterator[Row]:
    memory: dict[str, list[float]] = {"ours": [], "bare": [], "libraries": []}
    root = _written(lab, PLAIN)

    def ours() -> float:
        lab.port = free_port()
        environment = lab.environment(PLAIN.name.upper()) | {"PYTHONPATH": str(root / "services")}
        return _until_alive(f"{PLAIN.name}.service", environment, lab.port, memory["ours"])

    def bare() -> float:
        port = free_port()
        return _until_alive(FLASK, os.environ | {"PORT": str(port)}, port, memory["bare"])

    yield compare("start-up, CPU / minimal Flask service", ours, bare, START_UP, runs=RUNS)
    a, b = median(memory["ours"]), median(memory["bare"])
    yield Row("memory / minimal Flask service", a, b, a / b, MEMORY, "MB")
    for _ in range(3):
        port = free_port()
        _until_alive(LIBRARIES + FLASK, os.environ | {"PORT": str(port)}, port, memory["libraries"])
    c = median(memory["libraries"])
    yield Row("memory / the same libraries, only imported", a, c, a / c, 1.1, "MB")


def _until_alive(what: str, environment: dict[str, str], port: int, memory: list[float]) -> float:
    """Milliseconds of CPU until /livez answers; the process's memory then is kept."""
    words = [sys.executable, *(["-c", what] if "\n" in what else ["-m", what])]
    begun = time.perf_counter()
    child = subprocess.Popen(words, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while time.perf_counter() - begun < 60:
            with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/livez", timeout=5):
                process = psutil.Process(child.pid)
                memory.append(process.memory_info().rss / 2**20)
                return sum(process.cpu_times()[:2]) * 1000
            time.sleep(0.002)
    finally:
        child.terminate()
        child.wait(30)
    raise RuntimeError("it does not answer")


def _written(lab: Lab, spec: ServiceSpec) -> Path:
    root = lab.root / spec.name
    if not root.exists():
        written(spec, root)
    return root


@contextlib.contextmanager
def _generated(lab: Lab, spec: ServiceSpec, into: str, out: str) -> Iterator[Side]:
    root = _written(lab, spec)
    if spec.tables:
        assert lab.postgres.psql((root / "schema.sql").read_text(), lab.postgres.endpoint.database).ok
    lab.port = free_port()
    lab.start(f"{spec.name}.service", spec.name.upper(), PYTHONPATH=str(root / "services"))
    try:
        lab.until(200)
        assert lab.process is not None
        yield Side(psutil.Process(lab.process.pid), into, out)
    finally:
        lab.stop()


@contextlib.contextmanager
def _bare(lab: Lab, code: str) -> Iterator[Side]:
    redis, pg = lab.redis.endpoint, lab.postgres.endpoint
    dsn = f"postgresql://{pg.user}:{pg.password}@{pg.host}:{pg.port}/{pg.database}"
    environment = os.environ | {"PORT": str(redis.port), "REDIS": redis.password or "", "DSN": dsn}
    child = subprocess.Popen([sys.executable, "-c", code], env=environment)
    try:
        with contextlib.closing(_client(lab)) as client:
            while dict(client.pubsub_numsub("bare.in")) != {b"bare.in": 1}:
                if child.poll() is not None:
                    raise RuntimeError("the bare loop ended")
                time.sleep(0.01)
        yield Side(psutil.Process(child.pid), "bare.in", "bare.out")
    finally:
        child.kill()
        child.wait()


def _client(lab: Lab) -> Redis:
    end = lab.redis.endpoint
    return Redis(host="127.0.0.1", port=end.port, password=end.password)
