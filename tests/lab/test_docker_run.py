"""The live checks on the real thing: the sample stack's services in a Docker engine."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from wizard.adapters.clock import SystemClock
from wizard.checklist import load
from wizard.errors import CancelledError
from wizard.runtime.engine.runtime import DockerRuntime
from wizard.values.live import Limits
from wizard.values.observation import Observation, Progress
from wizard.verify.drill import DRILL_ITEMS
from wizard.verify.verify import verify

pytestmark = pytest.mark.engine
PATIENT = Limits(start=120.0, dependencies=300.0)  # for what is well: costs nothing, also on a busy machine
LIVE_ITEMS = tuple(item.id for item in load().probed)
DEPLOYMENT = ("7.1", "7.2", "7.3", "7.4", "7.5")


def test_a_right_service_passes_and_is_gone_afterwards(demo: Any) -> None:
    seen = demo.verify("risk", *LIVE_ITEMS, limits=PATIENT)
    assert {item: o.ok for item, o in seen.items()} == dict.fromkeys(LIVE_ITEMS, True), seen
    assert {o.runtime for o in seen.values()} == {"docker"}
    assert seen["7.1"].image.startswith("sha256:")
    assert "the engine says healthy" in seen["7.2"].result
    assert "compose" in seen["7.1"].action
    assert len(seen["7.4"].samples) == 5


def test_the_drill_passes(demo: Any) -> None:
    seen = demo.drill("risk")
    assert {item: o.ok for item, o in seen.items()} == dict.fromkeys(DRILL_ITEMS, True), seen


def test_a_stack_that_ran_before_is_not_drilled(warm: Any) -> None:
    seen = warm.drill("core")
    assert (seen["drill.pause"].ok, seen["drill.pause"].cause) == (None, "not-ours"), seen["drill.pause"]
    assert seen["drill.stop"].ok is True


def test_what_ran_before_is_left_alone(warm: Any) -> None:
    seen = warm.verify("core", limits=PATIENT)
    assert {item: o.ok for item, o in seen.items()} == dict.fromkeys(DEPLOYMENT, True), seen


SABOTAGE = [
    (
        "infrastructure/compose/dev.yml",
        "http://127.0.0.1:8001/health",
        "http://127.0.0.1:8009/health",
        "7.2",
        "wrong-health-check",
        "the engine says",
    ),
    ("services/core/service.py", "listener.start()", "listener.name", "7.3", "dead-subscriber", ""),
    (
        "services/core/service.py",
        "import json\n",
        "import json\nimport nowhere_at_all\n",
        "7.1",
        "import-error",
        "nowhere_at_all",
    ),
    (
        "services/core/service.py",
        "def main() -> None:\n",
        "def main() -> None:\n    print('ERROR feed lost', flush=True)\n",
        "7.5",
        "error-in-log",
        "feed lost",
    ),
]


def test_a_port_held_by_a_process(warm: Any) -> None:
    with socket.create_server(("127.0.0.1", 8001)):
        seen = warm.verify("core")
    assert (seen["7.1"].ok, seen["7.1"].cause) == (False, "port-taken"), seen["7.1"]
    assert "8001" in seen["7.1"].result
    assert {seen[item].cause for item in ("7.2", "7.3", "7.4", "7.5")} == {"not-running"}


def test_a_port_held_by_a_container(warm: Any) -> None:
    name = "lab-port-holder"
    words = [
        "docker",
        "run",
        "-d",
        "--rm",
        "--name",
        name,
        "-p",
        "127.0.0.1:8001:80",
        "python:3.11-slim",
        "sleep",
        "600",
    ]
    subprocess.run(words, check=True, capture_output=True)
    try:
        seen = warm.verify("core")
    finally:
        subprocess.run(["docker", "rm", "-f", name], check=True, capture_output=True)
    assert (seen["7.1"].ok, seen["7.1"].cause) == (False, "port-taken"), seen["7.1"]
    assert name in seen["7.1"].result


def test_an_image_that_cannot_be_built(warm: Any) -> None:
    warm.edit("services/core/Dockerfile", "COPY *.py", "RUN python -c 'import nothing_here'\nCOPY *.py")
    seen = warm.verify("core")
    assert (seen["7.1"].ok, seen["7.1"].cause) == (False, "build-failed"), seen["7.1"]
    assert "nothing_here" in seen["7.1"].result


def test_a_full_disk_while_building(warm: Any) -> None:
    warm.edit(
        "services/core/Dockerfile", "COPY *.py", "RUN echo 'write /x: no space left on device' >&2; exit 1\nCOPY *.py"
    )
    seen = warm.verify("core")
    assert (seen["7.1"].ok, seen["7.1"].cause) == (False, "disk-full"), seen["7.1"]


@pytest.mark.parametrize(
    ("command", "cause", "word"),
    [
        ('["python", "-c", "raise SystemExit(3)"]', "restart-loop", "restarted"),
        ('["python", "-m", "core.nothing"]', "import-error", "core.nothing"),
        ('["pyton"]', "no-such-program", "pyton"),
        ('["python", "-c", "import os; os.environ[\'CORE_NOT_THERE\']"]', "missing-variable", "CORE_NOT_THERE"),
    ],
)
def test_a_container_that_does_not_stay_up(warm: Any, command: str, cause: str, word: str) -> None:
    warm.edit("services/core/Dockerfile", 'CMD ["python", "-m", "core.service"]', f"CMD {command}")
    seen = warm.verify("core")
    assert (seen["7.1"].ok, seen["7.1"].cause) == (False, cause), seen["7.1"]
    assert word in seen["7.1"].result


FLOOD = """
import http.server, sys, threading
class Health(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(b'{"service": "core", "status": "ok"}')
    def log_message(self, *_): pass
threading.Thread(target=http.server.HTTPServer(("0.0.0.0", 8001), Health).serve_forever, daemon=True).start()
chunk = b"\\\\xff\\\\x00 flood of lines \\\\x1b[31m\\\\n" * 1000
while True:
    sys.stdout.buffer.write(chunk); sys.stdout.flush()
"""


def test_a_flood_of_binary_log_lines(warm: Any) -> None:
    (warm.root / "services/core/service.py").write_text(FLOOD.replace("\\\\", "\\"))
    seen = warm.verify("core", "7.1", "7.2", "7.5")
    assert {item: o.ok for item, o in seen.items()} == {"7.1": True, "7.2": True, "7.5": True}, seen
    assert int(seen["7.5"].result.split()[0]) > 1000


def test_a_long_build_is_cancelled(warm: Any) -> None:
    warm.edit("services/core/Dockerfile", "COPY *.py", "RUN echo begun && sleep 600\nCOPY *.py")
    cancelled: list[bool] = []
    with pytest.raises(CancelledError):
        for event in warm.events("core", cancelled=lambda: bool(cancelled)):
            if isinstance(event, Progress) and "sleep 600" in event.text:
                cancelled.append(True)


def test_a_stale_container_is_no_evidence(demo: Any) -> None:
    demo.compose("up", "-d", "--build", "--wait", "cdb_core")
    demo.edit("services/core/service.py", "import json\n", "import json\nimport os\n")
    try:
        seen = demo.verify("core")
    finally:
        demo.compose("down", "-v")
    assert (seen["7.1"].ok, seen["7.1"].cause) == (False, "stale-container"), seen["7.1"]
    assert "older image" in seen["7.1"].result


def test_a_container_that_runs_already_is_judged_as_it_is(demo: Any, engine_view: Any) -> None:
    containers, _ = engine_view
    demo.compose("up", "-d", "--build", "--wait", "cdb_core")
    before = containers()
    try:
        seen = demo.verify("core", limits=PATIENT)
        assert containers() == before
    finally:
        demo.compose("down", "-v")
    assert {item: o.ok for item, o in seen.items()} == dict.fromkeys(DEPLOYMENT, True), seen
    assert "ran before" in seen["7.1"].result


def test_a_password_that_an_old_volume_does_not_know(demo: Any) -> None:
    demo.compose("up", "-d", "--wait", "cdb_postgres")
    demo.compose("rm", "-sf", "cdb_postgres")
    (demo.root / "infrastructure/secrets/postgres_password.txt").write_text("another")
    try:
        seen = demo.verify("risk", "4.3", "7.1", "7.2")
    finally:
        demo.compose("down", "-v")
    assert (seen["4.3"].ok, seen["4.3"].cause) == (False, "wrong-password"), seen["4.3"]
    assert (seen["7.2"].ok, seen["7.2"].cause) == (False, "wrong-password"), seen["7.2"]


def test_a_dependency_that_never_gets_well(demo: Any) -> None:
    demo.edit("infrastructure/compose/base.yml", "exec redis-server", "exec redis-server --nonsense-option x")
    seen = demo.verify("core")
    assert (seen["7.1"].ok, seen["7.1"].cause) == (False, "dependency-unhealthy"), seen["7.1"]
    assert "cdb_redis" in seen["7.1"].result


KILLED = """
import sys
sys.path.insert(0, {tests!r})
from pathlib import Path
from conftest import Demo
for event in Demo(Path({root!r}), "").events("core"):
    print(event.item, flush=True)
"""


def test_a_killed_wizard_leaves_nothing_in_the_engine(demo: Any, engine_view: Any) -> None:
    _, traces = engine_view
    code = KILLED.format(tests=str(Path(__file__).parent), root=str(demo.root))
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    for line in process.stdout:
        if line.strip() == "7.2":  # the service was started
            break
    assert traces(demo.project)
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    assert SystemClock().wait(60, lambda: not traces(demo.project))


@pytest.mark.parametrize(("path", "old", "new", "item", "cause", "word"), SABOTAGE)
def test_sabotage_is_caught_by_the_right_item(
    warm: Any, path: str, old: str, new: str, item: str, cause: str, word: str
) -> None:
    warm.edit(path, old, new)
    seen = warm.verify("core")
    assert (seen[item].ok, seen[item].cause) == (False, cause), seen
    assert word in seen[item].result


def test_services_share_what_they_stand_on_and_nothing_is_left(demo: Any, engine_view: Any) -> None:
    """One start of Redis and PostgreSQL for two services, as `verify --all` has it."""
    containers, _ = engine_view
    runtime = DockerRuntime(PATIENT)
    stores: list[set[str]] = []
    seen: dict[str, dict[str, bool | None]] = {}
    with runtime.shared():
        for name in ("core", "risk"):
            events = verify(
                demo.facts(),
                demo.spec(name),
                runtime,
                items=DEPLOYMENT,
                clock=SystemClock(),
                log_window=0.5,
                settle=0.5,
            )
            seen[name] = {o.item: o.ok for o in events if isinstance(o, Observation)}
            now = {identity: told[0] for identity, told in containers().items() if demo.project in told[0]}
            stores.append({identity for identity, told in now.items() if "redis" in told or "postgres" in told})
            assert not any(f"cdb_{name}" in told or f"-{name}" in told for told in now.values()), now
    assert seen == dict.fromkeys(("core", "risk"), dict.fromkeys(DEPLOYMENT, True))
    assert stores[0] & stores[1]
    assert len(stores[1]) == 2
