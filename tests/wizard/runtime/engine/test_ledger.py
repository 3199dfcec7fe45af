"""The list of what a run created: kept on disk as it is made, found by the next run, and never shared by two."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from wizard.errors import RuntimeUnavailableError
from wizard.runtime.engine import containers as module
from wizard.runtime.engine.containers import PROJECT, SERVICE, ProjectContainers
from wizard.runtime.engine.engine import EngineAddress
from wizard.runtime.engine.ledger import Made, ledger_path, open_ledger

ADDRESS = EngineAddress("unix:///nowhere", "test")


CONFLICT = 'Conflict. The container name "/theirs" is already in use by container "4034da59c500".'


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "runs" / "one.json"


def test_what_is_noted_is_on_disk_at_once_and_found_by_the_next_run(path: Path) -> None:
    first = open_ledger(path, "desk")
    first.note(Made("container", "abc"))
    first.note(Made("volume", "desk_data"))
    first.note(Made("container", "abc"))
    first.close()  # as when the process dies: nothing was forgotten
    second = open_ledger(path, "desk")
    assert second.left == (Made("container", "abc"), Made("volume", "desk_data"))
    second.forget(Made("container", "abc"))
    second.close()
    third = open_ledger(path, "desk")
    assert third.left == (Made("volume", "desk_data"),)
    third.close()


def test_two_runs_of_one_project_see_each_other(path: Path) -> None:
    first = open_ledger(path, "desk")
    with pytest.raises(
        RuntimeUnavailableError, match=r"another verify of the Compose project desk runs \(process \d+\)"
    ):
        open_ledger(path, "desk")
    first.close()
    open_ledger(path, "desk").close()


@pytest.mark.parametrize("text", ["", "nonsense", "[]", '{"made": 7}', '{"made": [["container"]]}', "\x00" * 30])
def test_a_broken_list_names_nothing(path: Path, text: str) -> None:
    path.parent.mkdir()
    path.write_text(text)
    ledger = open_ledger(path, "desk")
    assert ledger.left == ()
    ledger.close()


def test_each_engine_and_project_has_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    one = ledger_path(ADDRESS, "desk")
    assert one.is_relative_to(tmp_path)
    assert len({one, ledger_path(ADDRESS, "other"), ledger_path(EngineAddress("unix:///b", ""), "desk")}) == 3


class Engine:
    """The engine's answers: what was there before, and what a name stands for now."""

    def __init__(self, before: list[Any], now: dict[str, Any]) -> None:
        self.containers = SimpleNamespace(list=lambda **_: before, get=lambda name: now[name])
        self.networks = SimpleNamespace(list=lambda names: [SimpleNamespace(name=names[0], id=f"id of {names[0]}")])


def container(identity: str, service: str, status: str = "running", project: str = "desk") -> Any:
    return SimpleNamespace(id=identity, status=status, labels={SERVICE: service, PROJECT: project})


@pytest.mark.parametrize(
    ("lines", "noted"),
    [
        ([" Container desk-core-1  Creating", " Container desk-core-1  Created"], [Made("container", "new")]),
        ([" Container desk-core-1 Created ", " Container desk-core-1 Started "], [Made("container", "new")]),
        ([" Container desk-redis-1  Running", " Container desk-redis-1  Healthy"], []),
        ([" Container desk-old-1  Started"], [Made("started", "old")]),
        (
            [" Network desk_default  Creating", " Network desk_default  Created"],
            [Made("network", "id of desk_default")],
        ),
        ([' Volume "desk_data"  Created'], [Made("volume", "desk_data")]),
        (["says: Container desk-core-1 Created by me"], []),
        (["#5 [2/4] RUN echo Container desk-core-1 Created"], []),
    ],
)
def test_what_compose_says_that_it_made_is_noted_by_its_id(
    monkeypatch: pytest.MonkeyPatch, path: Path, lines: list[str], noted: list[Made]
) -> None:
    """What a colleague makes at the same time stands in no line of this run's Compose."""
    from contextlib import nullcontext

    monkeypatch.setattr(module, "asked", lambda address, what: nullcontext())
    ledger = open_ledger(path, "desk")
    engine: Any = Engine(
        [container("redis", "redis"), container("old", "old", "exited")],
        {
            "desk-core-1": container("new", "core"),
            "desk-redis-1": container("redis", "redis"),
            "desk-old-1": container("old", "old"),
        },
    )
    project = ProjectContainers(engine, ADDRESS, "desk", ledger)
    for line in lines:
        project.heard(line)
    assert list(ledger.made) == noted
    ledger.close()


@pytest.mark.parametrize(
    ("lines", "removed"),
    [
        ([" Container desk-core-1  Creating", " service:redis:1 Error response from daemon: no"], ["new"]),
        ([" Container desk-core-1 Creating ", " Container desk-core-1 Created "], ["new"]),
        ([" Container desk-redis-1  Creating"], []),
        ([" Network desk-core-1  Creating"], []),
        ([" Container desk-gone-1  Creating"], []),
        ([" Container theirs Creating ", f" Container theirs Error response from daemon: {CONFLICT}"], []),
        ([" Container theirs Creating "], []),
        (
            [
                " Container desk-late-1 Creating ",
                f"Error response from daemon: {CONFLICT.replace('theirs', 'desk-late-1')}",
            ],
            [],
        ),
    ],
)
def test_what_compose_had_begun_when_it_failed_is_removed_too(
    monkeypatch: pytest.MonkeyPatch, path: Path, lines: list[str], removed: list[str]
) -> None:
    """The engine made it, and Compose stopped speaking before it said so; what has that name already is somebody's."""
    from contextlib import suppress

    monkeypatch.setattr(module, "asked", lambda address, what: suppress(KeyError))
    told: list[str] = []
    monkeypatch.setattr(module, "clear", lambda client, address, ledger: told.extend(m.identity for m in ledger.made))
    there = {
        "desk-core-1": container("new", "core"),
        "desk-redis-1": container("redis", "redis"),
        "theirs": container("theirs", "core", project="other"),
        "desk-late-1": container("late", "late"),
    }
    engine: Any = Engine([container("redis", "redis")], there)
    ledger = open_ledger(path, "desk")
    project = ProjectContainers(engine, ADDRESS, "desk", ledger)
    for line in lines:
        project.heard(line)
    project.clear()
    assert told == removed
    ledger.close()
