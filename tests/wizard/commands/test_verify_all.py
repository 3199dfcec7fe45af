"""`verify --all`: every service on servers that are started once, one table at the end."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from wizard.errors import RefusedError
from wizard.pipeline.opening import open_stack, read, spec_of
from wizard.runtime.embedded.runtime import EmbeddedRuntime
from wizard.values.observation import Observation

Wizard = Callable[..., Any]


class Shared:
    """A runtime that only counts: how often it was shared, and whose checks ran meanwhile."""

    def __init__(self) -> None:
        self.blocks = 0
        self.checked: list[str] = []
        self.inside = False

    @contextmanager
    def shared(self) -> Iterator[None]:
        self.blocks, self.inside = self.blocks + 1, True
        yield
        self.inside = False


@pytest.fixture
def runtime(monkeypatch: pytest.MonkeyPatch) -> Shared:
    """Every health check passes but the one of `risk`; `ws` cannot be checked."""
    counting = Shared()

    class Checks:
        def __init__(self, *_: Any, **__: Any) -> None:
            assert counting.inside

        def __call__(self, facts: Any, spec: Any, items: tuple[str, ...]) -> Iterator[Observation]:
            assert counting.inside
            assert "7.2" in items
            counting.checked.append(spec.name)
            if spec.name == "ws":
                raise RefusedError("its image cannot be built", next_step="look at the Dockerfile")
            ok = spec.name != "risk"
            said = "200" if ok else "503: redis is down"
            mark = facts.fingerprint(spec.name, "7.2")
            yield Observation("7.2", "curl", said, ok, "embedded", "2026-01-01T00:00:00Z", fingerprint=mark)

    monkeypatch.setattr("wizard.commands.shared.verifying_all.Proof", Checks)
    monkeypatch.setattr("wizard.commands.shared.verifying_all.runtime_of", lambda *_: counting)
    return counting


def test_one_start_and_one_table(demo: Path, wizard: Wizard, runtime: Shared) -> None:
    said = wizard("verify", "--all")
    assert said.code == 1
    assert runtime.blocks == 1
    assert not runtime.inside
    assert runtime.checked == ["core", "risk", "execution", "ws", "allocation", "market", "regime"]
    head, *rows = said.out.splitlines()
    column = head.index("7.2")
    found = {row.split()[0]: row[column] for row in rows[:7]}
    assert found["core"] == "✓"
    assert found["risk"] == "✗"
    assert "risk 7.2 broken: Check health endpoint responds" in said.out
    assert "503: redis is down" in said.out
    assert "ws: its image cannot be built" in said.out


def test_as_json(wizard: Wizard, runtime: Shared) -> None:
    services = json.loads(wizard("verify", "--all", "--format", "json").out)["services"]
    assert [one["service"] for one in services] == runtime.checked


@pytest.mark.embedded
def test_each_run_finds_the_shared_servers_empty(demo: Path) -> None:
    import redis

    facts = read(open_stack(demo))
    runtime = EmbeddedRuntime()
    places: list[tuple[int, int]] = []
    said: list[str] = []
    with runtime.shared():
        for name in ("risk", "execution"):
            run = runtime.open(facts, spec_of(facts, name).spec, lambda: False)
            run.start_dependencies(said.append)
            at, stored = run.redis(), run.postgres()
            assert at is not None
            assert stored is not None
            with redis.Redis(at.host, at.port, password=at.password) as client:
                assert client.dbsize() == 0
                client.set("left", name)
            assert not run.psql("SELECT 1 FROM left_behind").ok
            assert run.psql("CREATE TABLE left_behind (id int)").ok
            run.close()
            places.append((at.port, stored.port))
    assert places[0] == places[1]
    with pytest.raises(redis.exceptions.ConnectionError):
        redis.Redis("127.0.0.1", places[0][0]).ping()
