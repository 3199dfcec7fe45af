"""What a run put into the stack goes out again, whichever step of removing it fails."""

from __future__ import annotations

from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

import pytest
import redis

from wizard.errors import RefusedError
from wizard.values.live import LiveTrouble
from wizard.verify.outlet import Came
from wizard.verify.traces import Traces


class Store:
    """A server of streams and tables in which the call `number` fails with `error`, once."""

    def __init__(self, number: int = 0, error: Exception | None = None) -> None:
        self.left, self.error = number, error
        self.kept = {"one": ["1", "2"], "two": ["3"]}
        self.rows = {"prices", "trades"}

    def step(self) -> None:
        self.left -= 1
        if self.left == 0 and self.error is not None:
            raise self.error

    def held(self, name: str, mark: str) -> list[tuple[str, str, str]]:
        self.step()
        return [("stream", name, entry) for entry in self.kept[name]]

    def take_back(self, kind: str, name: str, what: str) -> None:
        self.step()
        self.kept[name].remove(what)

    def drop_if_empty(self, stream: str) -> None:
        self.step()

    def psql(self, sql: str) -> str:
        self.step()
        self.rows -= {table for table in self.rows if f'"{table}"' in sql}
        return ""


def _run(store: Any) -> None:
    tables = (SimpleNamespace(name="prices"), SimpleNamespace(name="trades"))
    live: Any = SimpleNamespace(
        spec=SimpleNamespace(tables=tables, inputs=(), outputs=()), run=store, token="t", cleaning=nullcontext
    )
    traces = Traces.__new__(Traces)
    traces._live, traces._link = live, store
    traces._put, traces.identities = [], ["probe-1"]
    traces._names, traces.mark = {"one", "two"}, "probe"
    with traces:
        for name, entries in store.kept.items():
            for entry in list(entries):
                traces.add("stream", name, entry)


def test_everything_goes() -> None:
    store = Store()
    _run(store)
    assert not any(store.kept.values()) and not store.rows


@pytest.mark.parametrize(
    "error", [redis.exceptions.ResponseError("no"), LiveTrouble("x", "no", ""), RefusedError("no", next_step="")]
)
@pytest.mark.parametrize("number", range(1, 10))
def test_what_cannot_be_removed_does_not_keep_the_rest(number: int, error: Exception) -> None:
    store = Store(number, error)
    _run(store)
    assert sum(map(len, store.kept.values())) + len(store.rows) <= 1


@pytest.mark.parametrize("error", [redis.exceptions.ConnectionError("gone"), redis.exceptions.TimeoutError("gone")])
@pytest.mark.parametrize("number", range(1, 8))
def test_rows_go_although_redis_is_gone(number: int, error: Exception) -> None:
    store = Store(number, error)
    _run(store)
    assert not store.rows


def test_what_somebody_else_put_there_stays() -> None:
    store: Any = Store()
    store.kept["two"].append("theirs")
    spec = SimpleNamespace(tables=(), inputs=(), outputs=())
    traces = Traces.__new__(Traces)
    traces._live, traces._link = SimpleNamespace(spec=spec, run=store, cleaning=nullcontext), store  # type: ignore[assignment]
    traces._put, traces.identities, traces._names, traces.mark = [], ["probe-1"], set(), "probe"
    with traces:
        traces.came(Came("stream", "two", {"id": "theirs"}, "theirs"))
        traces.came(Came("stream", "two", {"id": "probe-1"}, "3"))
    assert store.kept["two"] == ["theirs"]
