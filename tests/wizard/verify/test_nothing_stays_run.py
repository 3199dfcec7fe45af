"""Nothing of a check stays in the stack: entries, groups, rows; also when it fails or is stopped in the middle."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.wizard.verify import shapes
from tests.wizard.verify.shapes import BRIEF, Shape, edit, spec_of, stack
from wizard.adapters.clock import SystemClock
from wizard.adapters.files.files import DiskFiles
from wizard.errors import CancelledError
from wizard.runtime.embedded.run import EmbeddedRun
from wizard.runtime.embedded.runtime import EmbeddedRuntime
from wizard.stack.read import read_stack
from wizard.values.observation import Progress
from wizard.verify.verify import verify

pytestmark = [pytest.mark.embedded, pytest.mark.own_ports]
OTHER_DATABASE = Shape(
    shapes.GROUP.work, before='client = redis.Redis(host=os.environ["REDIS_HOST"], db=2, decode_responses=True)\n'
)
LATE = Shape(
    shapes.LIST.work.replace("client.rpush(", "threading.Timer(2.5, client.rpush, (").replace(
        "[1]))))", "[1])))))).start()"
    )
)
STORED = {
    "GROUP": shapes.GROUP,
    "STREAM": shapes.STREAM,
    "LIST": shapes.LIST,
    "SAFE": shapes.SAFE,
    "DATABASE": OTHER_DATABASE,
}
TAKEN = {"TAKES_LIST": shapes.TAKES_LIST, "TAKES_GROUP": shapes.TAKES_GROUP, "TABLE_GROUP": shapes.TABLE_GROUP}


@pytest.fixture
def left(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What stands in the stores when the servers are about to go."""
    redis = pytest.importorskip("redis")
    found: list[str] = ["not looked"]
    close = EmbeddedRun.close

    def look(run: Any) -> None:
        at = run.redis()
        if at is not None:
            found.clear()
            for number in range(4):
                client = redis.Redis(port=at.port, password=at.password or None, db=number)
                found.extend(f"{number} {key!r}" for key in client.scan_iter())
                client.close()
        if run._postgres is not None:
            run._postgres.cancelled = lambda: False
            rows = run._postgres.psql("SELECT count(*) FROM bookings", run._postgres.endpoint.database)
            found.extend([] if rows.output.strip() == "0" else [rows.output, rows.message])
        close(run)

    monkeypatch.setattr(EmbeddedRun, "close", look)
    yield found


def events(root: Path, spec: Any, cancelled: list[bool]) -> Any:
    return verify(
        read_stack(DiskFiles(root)),
        spec,
        EmbeddedRuntime(BRIEF),
        items=("7.1", "7.4"),
        clock=SystemClock(),
        log_window=0.1,
        settle=0.1,
        cancelled=lambda: bool(cancelled),
    )


@pytest.mark.parametrize("name", [*STORED, *TAKEN])
def test_nothing_stays_of_a_check(tmp_path: Path, left: list[str], name: str) -> None:
    root = stack(tmp_path, {**STORED, **TAKEN}[name])
    list(events(root, spec_of(root), []))
    assert left == []


@pytest.mark.parametrize("name", STORED)
def test_nothing_stays_of_one_that_fails(tmp_path: Path, left: list[str], name: str) -> None:
    root = stack(tmp_path, STORED[name])
    spec = spec_of(root)
    edit(root, '"signals"', '"elsewhere"')
    list(events(root, spec, []))
    assert left == []


@pytest.mark.parametrize("stopped", [True, False])
@pytest.mark.parametrize("name", ["GROUP", "LIST"])
def test_nothing_stays_of_one_that_is_stopped(tmp_path: Path, left: list[str], name: str, stopped: bool) -> None:
    """By the person's wish, or because nobody reads on."""
    root = stack(tmp_path, STORED[name])
    cancelled: list[bool] = []
    running = events(root, spec_of(root), cancelled)
    next(event for event in running if isinstance(event, Progress) and event.kind == "sample")
    if stopped:
        cancelled.append(True)
        with pytest.raises(CancelledError):
            list(running)
    running.close()
    assert left == []


def test_rows_go_although_a_person_stopped_it(tmp_path: Path, left: list[str]) -> None:
    root = stack(tmp_path, shapes.TABLE_LIST)
    cancelled: list[bool] = []
    with pytest.raises(CancelledError):
        for event in events(root, spec_of(root), cancelled):
            if isinstance(event, Progress) and "sending probe events" in event.text:
                cancelled.append(True)
    assert left == []


def test_what_comes_late_goes_too(tmp_path: Path, left: list[str]) -> None:
    root = stack(tmp_path, LATE)
    list(events(root, spec_of(root), []))
    assert left == []
