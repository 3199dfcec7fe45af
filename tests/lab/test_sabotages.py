"""The table of sabotages on the real engine: each is told by the right item with its cause; the healthy twins pass.

A row edits the sample stack in one way. `None` as the status: it cannot be decided, which is never a fault.
"""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from wizard.errors import RuntimeUnavailableError
from wizard.values.live import Limits
from wizard.values.observation import Progress

pytestmark = pytest.mark.engine
PATIENT = Limits(start=120.0, dependencies=300.0)  # for what is well: costs nothing, also on a busy machine
DEPLOYMENT = ("7.1", "7.2", "7.3", "7.4", "7.5")
SERVICE, DOCKERFILE = "services/core/service.py", "services/core/Dockerfile"
BASE, DEV = "infrastructure/compose/base.yml", "infrastructure/compose/dev.yml"
MAIN = "def main() -> None:\n"
LATER = MAIN + "    import os\n    threading.Timer(6.0, os._exit, ({code},)).start()\n"
LINES = MAIN + (
    "    for number in range(200):\n"
    "        print('out', number, flush=True)\n"
    "        print('err', number, file=sys.stderr, flush=True)\n"
)
SURVIVED = MAIN + (
    "    try:\n        import nowhere\n    except ImportError:\n        logging.exception('no matter')\n"
    "    raise ValueError('the end')\n"
)
UNWELL = MAIN + "    import time\n    began = time.monotonic()\n"
HEALTH = '        ok = all(state == "ok" for state in dependencies.values())\n'
HOST = 'host="0.0.0.0"'
PORTS = '        ports:\n            - "127.0.0.1:8001:8001"\n'
ONE_SHOT = (
    '    cdb_once:\n        image: python:3.11-slim\n        command: ["python", "-c", "raise SystemExit({code})"]\n\n'
    "    # ---- Core: turns prices"
)
NEEDS = "            cdb_redis:\n                condition: service_healthy\n"
NEEDS_ONCE = NEEDS + "            cdb_once:\n                condition: service_completed_successfully\n"
CORE = "    # ---- Core: turns prices"
ASKS = (
    'test: ["CMD", "python", "-c", '
    "\"import urllib.request as r; r.urlopen('http://127.0.0.1:8001/health', timeout=2)\"]"
)
CMD = 'CMD ["python", "-m", "core.service"]'
Edits = tuple[tuple[str, str, str], ...]


def crash(code: int) -> Edits:
    return ((SERVICE, MAIN, LATER.format(code=code)),)


def once(code: int) -> Edits:
    return ((DEV, CORE, ONE_SHOT.format(code=code)), (DEV, NEEDS, NEEDS_ONCE))


SABOTAGES: tuple[tuple[str, Edits, str, bool | None, str, str], ...] = (
    ("a crash loop in the window", crash(3), "7.1", False, "restart-loop", "restarted"),
    (
        "an exit with 0 in the window",
        (*crash(0), (DEV, "    restart: unless-stopped\n", '    restart: "no"\n')),
        "7.1",
        False,
        "crash",
        "exit code 0",
    ),
    ("a one-shot dependency that fails", once(7), "7.1", False, "dependency-unhealthy", "exit code 7"),
    ("a server on loopback", ((SERVICE, HOST, 'host="127.0.0.1"'),), "7.2", False, "loopback-bind", "127.0.0.1:8001"),
    (
        "a health check without its tool",
        ((DEV, ASKS, 'test: ["CMD", "curlish", "http://127.0.0.1:8001/health"]'),),
        "7.2",
        False,
        "missing-tool",
        "curlish",
    ),
    (
        "a network that is not there",
        (
            (
                BASE,
                "networks:\n  cdb_net:\n    driver: bridge",
                "networks:\n  cdb_net:\n    name: nowhere\n    external: true",
            ),
        ),
        "7.1",
        False,
        "missing-network",
        "nowhere",
    ),
    (
        "a build context that is not there",
        ((DEV, "../../services/core", "../../services/cor"),),
        "7.1",
        False,
        "no-context",
        "cor",
    ),
    (
        "a start script with Windows line ends",
        (
            ("services/core/start.sh", "", "#!/bin/sh\r\nexec python -m core.service\r\n"),
            (
                DOCKERFILE,
                "COPY *.py ./core/\n",
                "COPY *.py ./core/\nCOPY start.sh /start.sh\nRUN chmod 755 /start.sh\n",
            ),
            (DOCKERFILE, CMD, 'CMD ["/start.sh"]'),
        ),
        "7.1",
        False,
        "crlf",
        "services/core/start.sh has Windows line ends",
    ),
    (
        "an exception after one that was survived",
        (
            (
                SERVICE,
                MAIN,
                SURVIVED,
            ),
        ),
        "7.1",
        False,
        "restart-loop",
        "the end",
    ),
    (
        "unwell for longer than its start_period",
        ((SERVICE, HEALTH, HEALTH + "        ok = False\n"),),
        "7.2",
        False,
        "dependency-unhealthy",
        "503",
    ),
)
TWINS: tuple[tuple[str, Edits], ...] = (
    ("a one-shot dependency that succeeds", once(0)),
    ("no published port", ((DEV, PORTS, ""),)),
    (
        "two published ports",
        ((DEV, PORTS, PORTS.replace("ports:\n", 'ports:\n            - "127.0.0.1:8901:8901"\n')),),
    ),
    ("another name in the health answer", ((SERVICE, "service=NAME, dep", 'service="other", dep'),)),
    ("an unnamed connection", (("services/core/bus.py", '        client_name="core",\n', ""),)),
    (
        "a slow start within its start_period",
        (
            (SERVICE, MAIN, UNWELL + "    time.sleep(6)\n"),
            (DEV, "start_period: 2s", "start_period: 20s"),
        ),
    ),
    (
        "unwell within its start_period",
        (
            (SERVICE, HEALTH, HEALTH + "        import time\n        ok = ok and time.monotonic() - STARTED > 6\n"),
            (SERVICE, 'NAME = "core"\n', 'import time\n\nNAME = "core"\nSTARTED = time.monotonic()\n'),
            (DEV, "start_period: 2s", "start_period: 20s"),
        ),
    ),
    ("a log that speaks of errors", ((SERVICE, MAIN, MAIN + "    print('INFO no ERROR so far', flush=True)\n"),)),
)


LISTS: Edits = (
    ("services/core/bus.py", "self._client.publish(channel, answer)", "self._client.<put>(channel, answer)"),
    (
        "services/core/bus.py",
        """        with self._client.pubsub(ignore_subscribe_messages=True) as pubsub:
            pubsub.subscribe(*INPUT_CHANNELS)
            self.subscribed.set()
            self._delay = FIRST_DELAY
            while not self._stop.is_set():
                message = pubsub.get_message(timeout=0.5)
                if message is not None:
                    self._answer(message["data"])
""",
        """        self._client.ping()
        self.subscribed.set()
        while not self._stop.is_set():
            taken = self._client.<take>(INPUT_CHANNELS, timeout=1)
            if taken is not None:
                self._answer(taken[1])
""",
    ),
)


def change(demo: Any, edits: Edits) -> None:
    """Makes the edits; one of nothing is a new file."""
    for path, old, new in edits:
        if old:
            demo.edit(path, old, new)
        else:
            (demo.root / path).write_bytes(new.encode())


@pytest.mark.parametrize(
    ("edits", "item", "ok", "cause", "word"), [row[1:] for row in SABOTAGES], ids=[r[0] for r in SABOTAGES]
)
def test_a_sabotage_is_told_by_the_right_item(
    warm: Any, edits: Edits, item: str, ok: bool | None, cause: str, word: str
) -> None:
    spec = warm.spec("core")
    change(warm, edits)
    seen = warm.verify("core", spec=spec, window=8.0 if "6.0" in str(edits) else 0.5)
    assert (seen[item].ok, seen[item].cause) == (ok, cause), seen
    assert word in seen[item].result
    assert seen[item].next_step


@pytest.mark.parametrize("edits", [row[1] for row in TWINS], ids=[row[0] for row in TWINS])
def test_its_healthy_twin_passes(warm: Any, edits: Edits) -> None:
    spec = warm.spec("core")
    change(warm, edits)
    seen = warm.verify("core", spec=spec, limits=PATIENT)
    assert {item: o.ok for item, o in seen.items()} == dict.fromkeys(DEPLOYMENT, True), seen


@pytest.mark.parametrize(("put", "take"), [("rpush", "blpop"), ("lpush", "brpop")])
def test_lists_carry_events_and_are_as_before(warm: Any, put: str, take: str) -> None:
    spec = warm.spec("core")
    change(warm, tuple((path, old, new.replace("<put>", put).replace("<take>", take)) for path, old, new in LISTS))
    seen = warm.verify("core", spec=spec, limits=PATIENT)
    assert {item: o.ok for item, o in seen.items()} == dict.fromkeys(DEPLOYMENT, True), seen
    assert "list market_data came out on list signals" in seen["7.4"].result
    ask = 'REDISCLI_AUTH="$(cat /run/secrets/redis_password)" redis-cli EXISTS market_data signals'
    assert warm.compose("exec", "-T", "cdb_redis", "sh", "-c", ask).strip() == "0"


def test_no_line_of_two_outputs_is_lost(warm: Any) -> None:
    warm.edit(SERVICE, MAIN, LINES)
    shown = []
    for event in warm.events("core", "7.1", "7.5"):
        if isinstance(event, Progress) and event.kind == "log":
            shown.append(event.text)
    assert [line for line in shown if line.startswith("out ")] == [f"out {number}" for number in range(200)]
    assert [line for line in shown if line.startswith("err ")] == [f"err {number}" for number in range(200)]


class Foreign(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = json.dumps({"status": "ok", "service": "core"}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        return


def test_a_stranger_on_the_port_of_this_machine_is_no_answer(warm: Any) -> None:
    """The service publishes no port and serves another one; what answers on this machine's 8001 is somebody else."""
    warm.edit(DEV, PORTS, "")
    warm.edit(SERVICE, "port=settings.port, threads", "port=8009, threads")
    with ThreadingHTTPServer(("127.0.0.1", 8001), Foreign) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        seen = warm.verify("core")
        server.shutdown()
    assert (seen["7.2"].ok, seen["7.2"].cause) == (False, "wrong-port"), seen["7.2"]


@contextlib.contextmanager
def subscriber(demo: Any, channel: str) -> Iterator[None]:
    """A client of the stack's Redis with the service's name, from this machine."""
    redis = pytest.importorskip("redis")
    key = f"{demo.project}-cdb_redis-1"
    words = ["docker", "inspect", "-f", "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}", key]
    host = subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()
    password = (demo.root / "infrastructure/secrets/redis_password.txt").read_text().strip()
    client = redis.Redis(host=host, password=password, client_name="core")
    pubsub = client.pubsub()
    pubsub.subscribe(channel)
    pubsub.get_message(timeout=5)
    try:
        yield
    finally:
        pubsub.close()
        client.close()


@pytest.mark.parametrize(
    ("path", "old", "new", "ok", "cause"),
    [
        (SERVICE, "listener.start()", "listener.name", False, "dead-subscriber"),
        ("services/core/models.py", "market_data", "market_date", False, "wrong-channel"),
        (SERVICE, "import json\n", "import json\n", True, ""),
    ],
)
def test_a_foreign_client_of_the_same_name_proves_nothing(
    warm: Any, path: str, old: str, new: str, ok: bool, cause: str
) -> None:
    spec = warm.spec("core")
    warm.edit(path, old, new)
    with subscriber(warm, spec.inputs[0].name):
        seen = warm.verify("core", "7.3", "7.4", spec=spec)
    assert (seen["7.3"].ok, seen["7.3"].cause) == (ok, cause), seen["7.3"]
    assert (seen["7.4"].ok, seen["7.4"].cause) == (None, "in-use"), seen["7.4"]


def test_a_paused_redis_is_left_paused(warm: Any) -> None:
    name = f"{warm.project}-cdb_redis-1"
    subprocess.run(["docker", "pause", name], check=True, capture_output=True)
    try:
        seen = warm.verify("core")
        state = subprocess.run(["docker", "inspect", "-f", "{{.State.Status}}", name], capture_output=True, text=True)
    finally:
        subprocess.run(["docker", "unpause", name], check=True, capture_output=True)
    assert (seen["7.1"].ok, seen["7.1"].cause) == (None, "paused"), seen["7.1"]
    assert state.stdout.strip() == "paused"


def test_what_a_colleague_starts_meanwhile_stays(demo: Any) -> None:
    """Same Compose project, made while the checks run: neither the container nor the volume is this run's."""
    label = f"com.docker.compose.project={demo.project}"
    name = f"{demo.project}-colleague"
    try:
        for event in demo.events("core"):
            if isinstance(event, Progress) and "looking for the service" in event.text:
                for words in (
                    ["volume", "create", "--label", label, name],
                    [
                        "run",
                        "-d",
                        "--name",
                        name,
                        "--label",
                        label,
                        "-v",
                        f"{name}:/x",
                        "python:3.11-slim",
                        "sleep",
                        "600",
                    ],
                ):
                    subprocess.run(["docker", *words], check=True, capture_output=True)
        there = subprocess.run(["docker", "ps", "-q", "--filter", f"name={name}"], capture_output=True, text=True)
        volumes = subprocess.run(
            ["docker", "volume", "ls", "-q", "--filter", f"label={label}"], capture_output=True, text=True
        )
    finally:
        subprocess.run(["docker", "rm", "-f", name], capture_output=True)
        subprocess.run(["docker", "volume", "rm", name], capture_output=True)
    assert there.stdout.strip()
    assert volumes.stdout.split() == [name]


def test_two_verifies_of_one_project_see_each_other(warm: Any) -> None:
    first = warm.events("core")
    next(first)
    try:
        with pytest.raises(RuntimeUnavailableError, match=f"another verify of the Compose project {warm.project} runs"):
            next(warm.events("core"))
    finally:
        first.close()


def test_the_rows_of_every_table_are_as_before(warm: Any) -> None:
    def rows() -> str:
        count = "query_to_xml('select count(*) as c from ' || quote_ident(tablename), true, true, '')"
        sql = f"SELECT tablename, {count} FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"  # noqa: S608
        words = ["exec", "-T", "cdb_postgres", "psql", "-U", "cdb", "-d", "cdb", "-At", "-c", sql]
        return str(warm.compose(*words))

    before = rows()
    seen = warm.verify("risk")
    assert seen["7.4"].ok is True, seen
    assert rows() == before
    assert before


def test_the_holder_of_a_dependencys_port_is_named(demo: Any) -> None:
    demo.edit(
        BASE,
        "    volumes:\n      - redis_data:/data\n",
        '    ports: ["127.0.0.1:6399:6379"]\n    volumes:\n      - redis_data:/data\n',
    )
    with socket.create_server(("127.0.0.1", 6399)):
        seen = demo.verify("core")
    assert (seen["7.1"].ok, seen["7.1"].cause) == (False, "port-taken"), seen["7.1"]
    assert "process" in seen["7.1"].result


def test_a_missing_secret_file_is_named(demo: Any) -> None:
    path = demo.root / "infrastructure/secrets/redis_password.txt"
    text = path.read_text()
    path.unlink()
    try:
        seen = demo.verify("core")
    finally:
        path.write_text(text)
    assert (seen["7.1"].ok, seen["7.1"].cause) == (False, "missing-secret"), seen["7.1"]
    assert "redis_password" in seen["7.1"].result
