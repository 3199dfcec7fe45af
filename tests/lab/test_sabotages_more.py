"""A second table of sabotages on the real engine, each with its healthy twin: none is called well, no twin is called
broken."""

from __future__ import annotations

import contextlib
import subprocess
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from tests.lab.test_sabotages import (
    CMD,
    CORE,
    DEPLOYMENT,
    DEV,
    DOCKERFILE,
    LISTS,
    MAIN,
    NEEDS,
    PATIENT,
    PORTS,
    SERVICE,
    UNWELL,
    Edits,
    change,
)

pytestmark = pytest.mark.engine
BUS = "services/core/bus.py"
SERVE = 'host="0.0.0.0", port=settings.port, threads=4'
ANSWER = "        return body, 200 if ok else 503\n"
AGAIN = (
    MAIN + "    import os\n\n    def again() -> None:\n"
    '        os.execv(sys.executable, [sys.executable, "-m", "core.service"])\n\n'
)
FLAPPING = (
    '    cdb_once:\n        image: python:3.11-slim\n        command: ["python", "-c", "{code}"]\n'
    "        restart: always\n{more}\n    # ---- Core: turns prices"
)
WINDOWS = {"again": 8.0, "only_one": 4.0, "STARTED": 3.0}
"""What happens in a window needs one: seconds by a word of the edits."""
CHECKED = '        healthcheck: {test: ["CMD", "false"], interval: 1s, timeout: 1s, retries: 2}\n'


def logged(line: str) -> Edits:
    return ((SERVICE, MAIN, f"{MAIN}    print({line!r}, flush=True)\n"),)


def listed(key: str) -> Edits:
    return tuple(
        (path, old, new.replace("<put>(channel", f"rpush({key}").replace("<take>", "blpop")) for path, old, new in LISTS
    )


def flapping(code: str, condition: str, more: str = "") -> Edits:
    needs = f"{NEEDS}            cdb_once:\n                condition: {condition}\n"
    return ((DEV, CORE, FLAPPING.format(code=code, more=more)), (DEV, NEEDS, needs))


SCALED = (DEV, PORTS, "        deploy: {replicas: 2}\n")
ONE_DIES = MAIN + (
    "    import os, socket\n\n    def only_one() -> None:\n"
    "        _, _, all_of_them = socket.gethostbyname_ex('cdb_core')\n"
    "        if socket.gethostbyname(socket.gethostname()) != min(all_of_them):\n"
    "            os._exit(3)\n\n    threading.Timer(1.5, only_one).start()\n"
)
UNWELL_LATER = (
    (SERVICE, ANSWER, "        return body, 200 if time.monotonic() - STARTED < 2 else 503\n"),
    (SERVICE, 'NAME = "core"\n', 'import time\n\nNAME = "core"\nSTARTED = time.monotonic()\n'),
)
WAITS = "import time; time.sleep(600)"
SABOTAGES: tuple[tuple[str, Edits, str, str, str], ...] = (
    ("a replica that dies", (SCALED, (SERVICE, MAIN, ONE_DIES)), "7.1", "restart-loop", "restarted"),
    ("unwell by the end of the window", UNWELL_LATER, "7.1", "unwell-later", "503"),
    (
        "a start script that no kernel starts",
        (
            ("services/core/start.sh", "", "exec python -m core.service\n"),
            (
                DOCKERFILE,
                "COPY *.py ./core/\n",
                "COPY *.py ./core/\nCOPY start.sh /start.sh\nRUN chmod 755 /start.sh\n",
            ),
            (DOCKERFILE, CMD, 'CMD ["/start.sh"]'),
            (DEV, PORTS, PORTS + "        init: false\n"),
        ),
        "7.1",
        "exec-format",
        "services/core/start.sh",
    ),
    (
        "code that the image was not given",
        (("services/core/.dockerignore", "", "models.py\n"),),
        "7.1",
        "missing-code",
        "services/core/models.py is there",
    ),
    (
        "a dependency that should be healthy and has no health check",
        flapping(WAITS, "service_healthy"),
        "7.1",
        "no-health-check",
        "cdb_once",
    ),
    (
        "a list of another name",
        listed('channel + "_new"'),
        "7.4",
        "wrong-channel",
        "list signals_new instead of list signals",
    ),
    ("an error in logfmt", logged('time=12:00 level=error msg="no price"'), "7.5", "error-in-log", "no price"),
    (
        "health on a unix socket only",
        ((SERVICE, SERVE, 'unix_socket="/tmp/core.sock"'),),
        "7.2",
        "timeout",
        "listens on no TCP port",
    ),
    (
        "a health route that sends elsewhere",
        ((SERVICE, ANSWER, '        return Response("", 302, {"Location": "/metrics"})\n'),),
        "7.2",
        "http-302",
        "302",
    ),
    (
        "a port that is bound long after its start_period",
        ((SERVICE, MAIN, UNWELL + "    time.sleep(90)\n"),),
        "7.2",
        "timeout",
        "no answer",
    ),
    (
        "a program that starts itself anew again and again",
        ((SERVICE, MAIN, AGAIN + "    threading.Timer(3.0, again).start()\n"),),
        "7.1",
        "restart-loop",
        "begins anew",
    ),
    (
        "a dependency that never gets healthy",
        flapping("import time; time.sleep(600)", "service_healthy", CHECKED),
        "7.1",
        "dependency-unhealthy",
        "cdb_once",
    ),
)
TWINS: tuple[tuple[str, Edits], ...] = (
    ("two replicas", (SCALED,)),
    (
        "a dependency that is not required and fails",
        flapping("raise SystemExit(5)", "service_healthy\n                required: false"),
    ),
    ("an info in logfmt that speaks of errors", logged('time=12:00 level=info msg="error rate 0" error=none')),
    ("a server told where to listen in one word", ((SERVICE, SERVE, 'listen="*:8001", threads=4'),)),
    ("a shell that does not exec", ((DOCKERFILE, CMD, 'CMD ["sh", "-c", "python -m core.service; echo ended"]'),)),
    (
        "a program that starts itself anew once",
        (
            (
                SERVICE,
                MAIN,
                AGAIN + '    if "TURN" not in os.environ:\n        os.environ["TURN"] = "2"\n        again()\n',
            ),
        ),
    ),
    ("a dependency that flaps and need only start", flapping("import time; time.sleep(2)", "service_started")),
    (
        "health that is sent to itself",
        ((SERVICE, '    @app.get("/health")\n', '    @app.get("/health", strict_slashes=False)\n'),),
    ),
)


@pytest.mark.parametrize(("edits", "item", "cause", "word"), [r[1:] for r in SABOTAGES], ids=[r[0] for r in SABOTAGES])
def test_a_sabotage_is_told_by_the_right_item(warm: Any, edits: Edits, item: str, cause: str, word: str) -> None:
    spec = warm.spec("core")
    change(warm, edits)
    seen = warm.verify("core", spec=spec, window=next((s for word, s in WINDOWS.items() if word in str(edits)), 0.5))
    assert (seen[item].ok, seen[item].cause) == (False, cause), seen
    assert word in seen[item].result
    assert seen[item].next_step


@pytest.mark.parametrize("edits", [row[1] for row in TWINS], ids=[row[0] for row in TWINS])
def test_its_healthy_twin_passes(warm: Any, edits: Edits) -> None:
    spec = warm.spec("core")
    change(warm, edits)
    seen = warm.verify("core", spec=spec, limits=PATIENT)
    assert {item: o.ok for item, o in seen.items()} == dict.fromkeys(DEPLOYMENT, True), seen


@pytest.mark.parametrize("mode", [0o600, 0o644])
def test_a_secret_that_the_images_user_may_not_read_is_named(warm: Any, mode: int) -> None:
    spec = warm.spec("core")
    (warm.root / "infrastructure/secrets/redis_password.txt").chmod(mode)
    seen = warm.verify("core", spec=spec, limits=PATIENT)
    if mode == 0o644:
        assert {item: o.ok for item, o in seen.items()} == dict.fromkeys(DEPLOYMENT, True), seen
        return
    assert (seen["7.1"].ok, seen["7.1"].cause) == (False, "unreadable-secret"), seen
    assert "redis_password" in seen["7.1"].result


STREAMS: Edits = (
    (BUS, "self._client.publish(channel, answer)", 'self._client.xadd(channel, {"data": answer})'),
    (
        BUS,
        LISTS[1][1],
        """        with contextlib.suppress(redis.ResponseError):
            self._client.xgroup_create(INPUT_CHANNELS[0], "desk", id="$", mkstream=True)
        self.subscribed.set()
        while not self._stop.is_set():
            read = self._client.xreadgroup("desk", "core", {INPUT_CHANNELS[0]: ">"}, count=1, block=500)
            for _, entries in read or []:
                for entry, fields in entries:
                    self._answer(fields["data"])
                    self._client.xack(INPUT_CHANNELS[0], "desk", entry)
""",
    ),
    (BUS, "import logging\n", "import contextlib\nimport logging\n"),
)


@contextlib.contextmanager
def other_consumer(demo: Any) -> Iterator[None]:
    """Another service that reads with the same group, so that each entry goes to one of the two only."""
    redis = pytest.importorskip("redis")
    words = ["docker", "inspect", "-f", "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}"]
    done = subprocess.run([*words, f"{demo.project}-cdb_redis-1"], capture_output=True, text=True, check=True)
    password = (demo.root / "infrastructure/secrets/redis_password.txt").read_text().strip()
    client = redis.Redis(host=done.stdout.strip(), password=password, decode_responses=True)
    with contextlib.suppress(redis.ResponseError):
        client.xgroup_create("market_data", "desk", id="$", mkstream=True)
    ended = threading.Event()

    def read() -> None:
        while not ended.is_set():
            client.xreadgroup("desk", "other", {"market_data": ">"}, count=1, block=200)

    thread = threading.Thread(target=read)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        client.delete("market_data", "signals")
        client.close()


@pytest.mark.parametrize("shared", [True, False])
def test_a_group_that_another_service_reads_with_proves_nothing(warm: Any, shared: bool) -> None:
    change(warm, STREAMS)
    spec = warm.spec("core")
    with other_consumer(warm) if shared else contextlib.nullcontext():
        seen = warm.verify("core", "7.3", "7.4", spec=spec)
    assert (seen["7.4"].ok, seen["7.4"].cause) == ((None, "in-use") if shared else (True, "")), seen["7.4"]


def test_streams_of_another_database_are_found_and_left_as_they_were(warm: Any) -> None:
    change(
        warm,
        (*STREAMS, (BUS, "        port=settings.redis_port,\n", "        port=settings.redis_port,\n        db=3,\n")),
    )
    seen = warm.verify("core", limits=PATIENT)
    assert {item: o.ok for item, o in seen.items()} == dict.fromkeys(DEPLOYMENT, True), seen
    ask = 'REDISCLI_AUTH="$(cat /run/secrets/redis_password)" redis-cli -n 3 DBSIZE'
    assert warm.compose("exec", "-T", "cdb_redis", "sh", "-c", ask).strip() == "0"
