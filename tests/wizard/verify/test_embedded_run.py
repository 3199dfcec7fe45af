"""Whole runs of the live checks in the embedded runtime: a right service, and ones that are wrong in one way each."""

from __future__ import annotations

import os
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from wizard.adapters.clock import SystemClock
from wizard.checklist import load
from wizard.errors import CancelledError, UsageError
from wizard.runtime.embedded.runtime import EmbeddedRuntime
from wizard.values.live import Limits
from wizard.values.observation import Observation, Progress
from wizard.verify.verify import verify

LIVE_ITEMS = tuple(item.id for item in load().probed)

pytestmark = pytest.mark.embedded
DEPLOYMENT = ("7.1", "7.2", "7.3", "7.4", "7.5")
QUICK = Limits(start=20.0, health=1.0, request=1.0, stop=5.0, late=1.5)


@pytest.fixture
def run(stack: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Run the checks on the stack as it is now: (item -> observation, all progress)."""
    temporary = Path(tempfile.mkdtemp(prefix="verify-tests-", dir="/tmp"))
    temporary.chmod(0o711)
    monkeypatch.setattr("tempfile.tempdir", str(temporary))

    def checks(
        *items: str, limits: Limits = QUICK, window: float = 0.3
    ) -> tuple[dict[str, Observation], list[Progress]]:
        seen = list(
            verify(
                stack.facts,
                stack.spec,
                EmbeddedRuntime(limits),
                items=items or None,
                clock=SystemClock(),
                log_window=window,
                settle=0.3,
                cancelled=lambda: False,
            )
        )
        assert not list(temporary.iterdir()), "the scratch folder is still there"
        observations = {o.item: o for o in seen if isinstance(o, Observation)}
        return observations, [p for p in seen if isinstance(p, Progress)]

    yield checks
    temporary.rmdir()


def test_a_right_service_passes_every_live_item(stack: Any, run: Any) -> None:
    seen, progress = run()
    assert {item: o.ok for item, o in seen.items()} == dict.fromkeys(LIVE_ITEMS, True), seen
    assert {o.runtime for o in seen.values()} == {"embedded"}
    assert {(o.commit, o.fingerprint) for o in seen.values()} == {("abc", "print")}
    assert len(seen["7.4"].samples) == 5
    assert all(0 < sample < 2000 for sample in seen["7.4"].samples)
    assert "image and the compose block are not proven" in seen["7.1"].result
    assert {p.kind for p in progress} == {"step", "log", "sample"}


def test_no_password_is_shown(stack: Any, run: Any) -> None:
    stack.edit(
        "services/echo/service.py", 'log("INFO", "started")', 'log("INFO", str(bus.connection_pool.connection_kwargs))'
    )
    _, progress = run("7.1", "7.2")
    told = [p.text for p in progress if "client_name" in p.text]
    assert told
    assert all("<redis password>" in text for text in told), told


def test_the_spec_port_is_taken(stack: Any, run: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        taken = holder.getsockname()[1]
        stack.spec = stack.respec(port=taken)
        stack.with_environment(ECHO_REDIS_HOST="cdb_redis", ECHO_POSTGRES_HOST="cdb_postgres", ECHO_PORT=str(taken))
        seen, _ = run("7.1", "7.2")
    assert seen["7.2"].ok is True
    assert f"because {taken} is taken" in seen["7.2"].result


@pytest.mark.parametrize(
    ("old", "new", "item", "cause", "word"),
    [
        (
            "subscription.subscribe",
            "subscription.get_message(timeout=0.01) or str",
            "7.3",
            "dead-subscriber",
            "none subscribed",
        ),
        ('subscribe("market_data")', 'subscribe("market-data")', "7.3", "wrong-channel", "market-data"),
        ('@app.get("/health")', '@app.get("/healthz")', "7.2", "http-404", "404"),
        ('os.environ.get("ECHO_PORT", ', '"0" or ("", ', "7.2", "wrong-port", "listens on"),
        ('publish("echoes"', 'publish("echos"', "7.4", "wrong-channel", "came out on echos"),
        ('json.dumps({"id": event["id"]', 'json.dumps({"id": "1"', "7.4", "id-lost", "another id"),
        ('bus.publish("echoes"', 'str("echoes"), ("echoes"', "7.4", "timeout", "nothing came out"),
        (
            "import psycopg\n",
            "import psycopg\nimport nowhere_to_be_found\n",
            "7.1",
            "import-error",
            "nowhere_to_be_found",
        ),
        ('os.environ["ECHO_POSTGRES_HOST"]', 'os.environ["ECHO_DB_HOST"]', "7.1", "missing-variable", "ECHO_DB_HOST"),
        ("stopping = threading.Event()", "stopping = threading.Evnt()", "7.1", "crash", "AttributeError"),
        ('log("INFO", "started")', 'log("ERROR", "no limit set")', "7.5", "error-in-log", "no limit set"),
        ('log("INFO", "started")', 'print("2025 ERROR feed lost")', "7.5", "error-in-log", "ERROR feed lost"),
    ],
)
def test_a_wrong_service_is_caught_by_the_right_item(
    stack: Any, run: Any, old: str, new: str, item: str, cause: str, word: str
) -> None:
    stack.edit("services/echo/service.py", old, new)
    seen, _ = run(*DEPLOYMENT)
    assert (seen[item].ok, seen[item].cause) == (False, cause), seen[item]
    assert word in seen[item].result
    assert seen[item].next_step
    assert [o.item for o in seen.values() if o.ok is False and o.item < item] == []


TIMER = 'threading.Timer({seconds}, bus.publish, ("echoes", {text})).start()'
PUBLISH = 'bus.publish("echoes", json.dumps({"id": event["id"], "symbol": event["symbol"]}))'


@pytest.mark.parametrize(
    ("old", "new", "item", "word"),
    [
        ("client_name=NAME,", "", "7.3", "a name (client_name=…) would help"),
        ("service=NAME, dep", 'service="other", dep', "7.2", "it calls itself other"),
        ('"id": event["id"]', '"source_id": event["id"]', "7.4", "the id stands in `source_id`"),
        ('"id": event["id"]', '"meta": {"cause": event["id"]}', "7.4", "`meta.cause`"),
        ('"id": event["id"]', '"id": "new-one", "caused_by": event["id"]', "7.4", "`caused_by`"),
        (
            PUBLISH,
            TIMER.format(seconds=1.7, text='json.dumps({"id": event["id"], "symbol": event["symbol"]})'),
            "7.4",
            "late, but not lost",
        ),
        ("store(event)\n", 'if event["symbol"] != "BTC":\n' + " " * 28 + "continue\n", "7.4", "5 of 5"),
        ('log("INFO", "started")', 'log("INFO", "no ERROR so far")', "7.5", "none at ERROR"),
        (
            "stopping = threading.Event()",
            "stopping = threading.Event()\ntry:\n    1 / 0\nexcept ZeroDivisionError: pass",
            "7.1",
            "no restart",
        ),
        ('host="127.0.0.1", port=int', 'host="0.0.0.0", port=int', "7.2", "200"),
        ('@app.get("/health")', 'import time\ntime.sleep(1.2)\n@app.get("/health")', "7.2", "200"),
    ],
)
def test_a_right_service_with_ways_of_its_own_passes(
    stack: Any, run: Any, old: str, new: str, item: str, word: str
) -> None:
    """The healthy twins: what looks odd from outside and is not wrong."""
    stack.edit("services/echo/service.py", old, new)
    seen, _ = run(*DEPLOYMENT)
    assert {name: o.ok for name, o in seen.items()} == dict.fromkeys(DEPLOYMENT, True), seen
    assert word in seen[item].result


def test_a_service_that_filters_without_a_known_example_is_unknown(stack: Any, run: Any) -> None:
    stack.edit("tests/unit/echo/test_echo_unit.py", 'EVENT = {"symbol": "BTC", "price": 2.5}', "")
    stack.edit("services/echo/service.py", "store(event)\n", 'if event["symbol"] != "BTC":\n' + " " * 28 + "continue\n")
    seen, _ = run(*DEPLOYMENT)
    assert (seen["7.4"].ok, seen["7.4"].cause) == (None, "no-acceptable-event"), seen["7.4"]
    assert "example" in seen["7.4"].next_step


@pytest.mark.parametrize(
    ("new", "word"),
    [
        ("threading.Timer(0.9, os._exit, (4,)).start()", "exit code 4"),
        ("threading.Timer(0.9, os._exit, (0,)).start()", "exit code 0"),
    ],
)
def test_a_death_in_the_window_is_never_green(stack: Any, run: Any, new: str, word: str) -> None:
    """It answers, and ends while its log is followed: neither 7.1 nor 7.5 has seen a service that stays."""
    stack.edit(
        "services/echo/service.py",
        '@app.get("/health")\ndef health():\n',
        f'@app.get("/health")\ndef health():\n    {new}\n',
    )
    seen, _ = run("7.1", "7.5", window=2.0)
    assert (seen["7.1"].ok, seen["7.5"].ok) == (False, None), seen
    assert word in seen["7.1"].result


def test_the_service_is_bound_to_loopback_only(stack: Any, run: Any) -> None:
    stack.edit("services/echo/service.py", 'host="127.0.0.1", port=int', 'host="0.0.0.0", port=int')
    stack.edit(
        "services/echo/service.py",
        'log("INFO", "started")',
        'log("INFO", "bound to " + str([s.getsockname() for s in [server.socket]]))',
    )
    _, progress = run("7.1", "7.2")
    assert any("bound to [('127.0.0.1'" in p.text for p in progress), progress


def test_a_service_that_does_not_run_leaves_the_rest_undecided(stack: Any, run: Any) -> None:
    stack.edit("services/echo/service.py", "import json\n", "import json\nraise SystemExit(3)\n")
    seen, _ = run(*DEPLOYMENT, "5.3")
    assert seen["7.1"].ok is False
    assert "exit code 3" in seen["7.1"].result
    assert {seen[item].ok for item in ("7.2", "7.3", "7.4", "7.5", "5.3")} == {None}
    assert {seen[item].cause for item in ("7.2", "7.3", "7.4", "7.5", "5.3")} == {"not-running"}


@pytest.mark.parametrize("secret", ["redis_password", "postgres_password"])
def test_a_wrong_password_is_named_as_such(stack: Any, run: Any, secret: str) -> None:
    stack.edit("services/echo/service.py", f'(secrets / "{secret}").read_text().strip()', '"guess"')
    seen, _ = run("7.1", "7.2")
    assert (seen["7.2"].ok, seen["7.2"].cause) == (False, "wrong-password"), seen["7.2"]
    assert secret.partition("_")[0] in seen["7.2"].result


@pytest.mark.parametrize(
    ("path", "old", "new", "cause", "word"),
    [
        ("schema.sql", "IF NOT EXISTS ", "", "not-idempotent", "schema.sql:2"),
        ("schema.sql", "id bigint", "id bigimt", "order-of-statements", 'schema.sql:3: type "bigimt"'),
        ("schema.sql", "PRIMARY KEY", "PRIMARY KEYS", "syntax-error", "schema.sql:3: syntax error"),
        ("schema.sql", "echoes", "eccos", "order-of-statements", 'seed.sql:1: relation "echoes"'),
        ("seed.sql", " ON CONFLICT DO NOTHING", "", "not-idempotent", "seed.sql:1: duplicate key"),
        ("schema.sql", "CREATE", 'CREATE EXTENSION "uuid-ossp";\nCREATE', "missing-extension", "schema.sql:2"),
    ],
)
def test_a_wrong_schema_is_named_with_its_line(
    stack: Any, run: Any, path: str, old: str, new: str, cause: str, word: str
) -> None:
    stack.edit(f"infrastructure/database/{path}", old, new)
    seen, _ = run("4.3")
    assert (seen["4.3"].ok, seen["4.3"].cause) == (None if cause == "missing-extension" else False, cause), seen["4.3"]
    assert word in seen["4.3"].result


def test_a_table_of_the_spec_that_no_file_creates(stack: Any, run: Any) -> None:
    stack.edit("infrastructure/database/schema.sql", "echoes", "others")
    stack.edit("infrastructure/database/seed.sql", "echoes", "others")
    seen, _ = run("4.3")
    assert (seen["4.3"].ok, seen["4.3"].cause) == (False, "missing-table")


@pytest.mark.parametrize(
    ("old", "new", "ok", "cause", "word"),
    [
        ("def test_adds", "def adds", False, "collected-zero", "no test"),
        ("import pytest\n", "import pytest\nimport nowhere\n", False, "import-error", "test_echo_unit.py:3"),
        ("== 2", "== 3", False, "tests-failed", "test_echo_unit.py:9"),
        ("mark.unit", "mark.unti", False, "test-error", "unti"),
        ("assert 1 + 1 == 2", 'pytest.skip("no time")', None, "all-skipped", "no time"),
    ],
)
def test_the_outcome_of_unit_tests_is_told_with_its_cause(
    stack: Any, run: Any, old: str, new: str, ok: bool | None, cause: str, word: str
) -> None:
    stack.edit("tests/unit/echo/test_echo_unit.py", old, new)
    seen, _ = run("5.1")
    assert (seen["5.1"].ok, seen["5.1"].cause) == (ok, cause), seen["5.1"]
    assert word in seen["5.1"].result


def test_no_test_folder(stack: Any, run: Any) -> None:
    (stack.root / "tests/e2e/echo/test_echo_e2e.py").unlink()
    (stack.root / "tests/e2e/echo").rmdir()
    seen, _ = run("5.3")
    assert (seen["5.3"].ok, seen["5.3"].cause) == (None, "no-tests")


def test_requirements_that_cannot_be_installed(stack: Any, run: Any) -> None:
    (stack.root / "services/echo/requirements.txt").write_text("flask==0.0.0.0\n")
    seen, _ = run("7.1", "7.2")
    assert (seen["7.1"].ok, seen["7.1"].cause) == (False, "requirements"), seen["7.1"]
    assert "flask" in seen["7.1"].result


def test_an_unknown_item_is_refused(run: Any) -> None:
    with pytest.raises(UsageError, match=r"2\.3"):
        run("2.3")


def test_cancelling_ends_everything(stack: Any, tmp_path: Path) -> None:
    before = children()
    cancelled: list[bool] = []
    checks = verify(
        stack.facts, stack.spec, EmbeddedRuntime(QUICK), clock=SystemClock(), cancelled=lambda: bool(cancelled)
    )
    with pytest.raises(CancelledError):
        for event in checks:
            if isinstance(event, Progress) and "starting" in event.text and event.item == "7.1":
                cancelled.append(True)
    assert children() == before


def test_closing_the_generator_ends_everything(stack: Any) -> None:
    before = children()
    checks = verify(stack.facts, stack.spec, EmbeddedRuntime(QUICK), clock=SystemClock(), cancelled=lambda: False)
    for event in checks:
        if event.item == "7.3":
            break
    assert len(children() - before) >= 3
    checks.close()
    assert children() == before


def children() -> set[str]:
    """The processes that this one has started and that still run, whatever test started them."""
    listed = subprocess.run(
        ["ps", "-ww", "-o", "pid=,args=", "--ppid", str(os.getpid())], capture_output=True, text=True
    )
    return {line for line in listed.stdout.splitlines() if "ps -ww" not in line and "<defunct>" not in line}


def test_nothing_is_left_in_the_repository(stack: Any, run: Any) -> None:
    before = {path: path.stat().st_mtime_ns for path in Path(stack.root).rglob("*")}
    run("5.1", "7.1")
    assert {path: path.stat().st_mtime_ns for path in Path(stack.root).rglob("*")} == before


def test_without_output_channels_the_services_own_counter_decides(stack: Any, run: Any) -> None:
    stack.spec = replace(stack.spec, outputs=(), tables=())
    seen, _ = run("7.4")
    assert seen["7.4"].ok is True
    assert "echo_events_total grew by 5" in seen["7.4"].result


def test_without_output_channels_and_counter_nothing_can_be_said(stack: Any, run: Any) -> None:
    stack.spec = replace(stack.spec, outputs=(), tables=())
    stack.edit("services/echo/service.py", 'app.get("/metrics")', 'app.get("/numbers")')
    seen, _ = run("7.4")
    assert (seen["7.4"].ok, seen["7.4"].cause) == (None, "not-observable")
