"""The live view: steps, results, round trips and log as they come; stopping it; what it brings back to the phase."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest
from textual.widgets import Static

from screens.deploy import DeployScreen
from screens.phase import PhaseScreen
from wizard.errors import CancelledError, RuntimeUnavailableError
from wizard.pipeline.guided_session import GuidedSession
from wizard.values.observation import Observation, Progress

Opened = Callable[..., AbstractAsyncContextManager[Any]]


def seen(item: str, ok: bool | None = True, result: str = "as it should be") -> Observation:
    return Observation(item, "GET /health", result, ok, "embedded", "2026-01-01T00:00:00+00:00", 0.1, next_step="look")


def script(monkeypatch: pytest.MonkeyPatch, run: Callable[..., Iterator[Any]]) -> None:
    monkeypatch.setattr(GuidedSession, "verify", run)
    monkeypatch.setattr(GuidedSession, "runtime", lambda _: "embedded")


async def to_live(person: Any) -> None:
    await person.pilot.press("enter")
    await person.settle()
    await person.pilot.press("ctrl+s")
    await person.settle()
    await person.pilot.press("v")


async def test_results_round_trips_and_errors_are_shown_as_they_come(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(*_: object) -> Iterator[Any]:
        yield Progress("7.1", "step", "starting it")
        yield Progress("7.1", "log", '{"level": "INFO", "message": "up"}')
        yield Progress("7.1", "log", '{"level": "ERROR", "message": "no price"}')
        yield seen("7.1")
        yield Progress("7.4", "sample", "in → out", 1.5)
        yield Progress("7.4", "sample", "in → out", 3.0)
        yield seen("7.4", False, "an event was lost")

    script(monkeypatch, run)
    async with opened(size=(120, 40)) as person:
        await to_live(person)
        await person.settle()
        assert person.on(DeployScreen)
        assert person.screen.trips.samples == (1.5, 3.0)
        assert (person.screen.log_tail.total, person.screen.log_tail.errors) == (2, 1)
        shown = person.shown
        assert "✓ 7.1" in shown and "✗ 7.4" in shown and "an event was lost" in shown
        assert "2 round trips · median 3.0 ms" in shown
        assert "✗ {" in shown
        await person.press("x")
        assert "no price" in person.shown and '"up"' not in person.shown
        await person.press("x", "slash", "u", "p", "enter")
        assert '"up"' in person.shown and "no price" not in person.shown
        await person.press("slash", "escape")
        assert "no price" in person.shown
        await person.press("enter")
        assert person.on(PhaseScreen)


async def test_escape_stops_the_run_before_it_leaves(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, frame = threading.Event(), threading.Event()
    ended: list[str] = []

    def run(_: GuidedSession, _spec: object, _items: object, cancelled: Callable[[], bool]) -> Iterator[Any]:
        try:
            begun.set()
            while not cancelled():
                frame.wait(0.02)
                yield Progress("7.1", "step", "waiting")
            raise CancelledError("stopped", next_step="run it again")
        finally:
            ended.append("all that was started is stopped")

    script(monkeypatch, run)
    async with opened() as person:
        await to_live(person)
        while not begun.is_set():
            await person.pilot.pause(0.01)
        assert person.app.writing
        await person.pilot.press("enter")
        assert person.on(DeployScreen)
        await person.press("escape")
        assert ended
        assert person.on(DeployScreen)
        assert "stopped" in person.shown
        await person.press("escape")
        assert person.on(PhaseScreen)


async def test_without_a_runtime_the_reason_is_said(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(_: GuidedSession) -> str:
        raise RuntimeUnavailableError("no engine answers", next_step="start one")

    monkeypatch.setattr(GuidedSession, "runtime", none)
    async with opened() as person:
        await to_live(person)
        await person.settle()
        assert "no engine answers; start one" in person.words


async def test_a_bug_in_a_check_is_logged_and_loses_nothing(
    opened: Opened, monkeypatch: pytest.MonkeyPatch, demo: Any
) -> None:
    def run(*_: object) -> Iterator[Any]:
        yield seen("7.1")
        raise ZeroDivisionError("a [bug]")

    script(monkeypatch, run)
    async with opened() as person:
        await to_live(person)
        await person.settle()
        assert "this is a bug in the wizard: ZeroDivisionError: a [bug]" in person.words
        await person.press("escape")
        assert person.on(DeployScreen)
        assert person.screen.run_state.ended
        await person.press("enter")
        assert person.on(PhaseScreen)
    log = demo.parent / "home" / "state" / "stack-wizard" / "bugs.log"
    assert "ZeroDivisionError: a [bug]" in log.read_text()


async def test_ten_thousand_lines_a_second_neither_block_nor_fill_memory(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(*_: object) -> Iterator[Any]:
        for number in range(30_000):
            yield Progress("7.5", "log", f"line {number}")

    script(monkeypatch, run)
    async with opened() as person:
        await to_live(person)
        await person.settle()
        assert "line 29999" in person.shown
        await person.press("k", "k")
        assert not person.screen.log_tail.following
        assert "line 29999" not in person.shown
        await person.press("G")
        assert "line 29999" in person.shown


@pytest.mark.embedded
async def test_the_real_servers_prove_a_new_service_from_the_app(opened: Opened, free_port: int, git: Any) -> None:
    async with opened(size=(120, 40)) as person:
        await person.press("plus")
        await person.type("trades")
        await person.press("tab")
        await person.type("Counts trades")
        await person.press("tab", "end", *["backspace"] * 4)
        await person.type(str(free_port))
        await person.press("tab", "enter")
        await person.type("trades_in")
        await person.press("tab")
        await person.type("symbol str")
        await person.press("tab", "tab", "enter")
        await person.type("trades_out")
        await person.press("tab")
        await person.type("symbol str")
        await person.press("ctrl+s")
        assert person.on(PhaseScreen)
        while person.screen.state.phase.number < 7:
            await person.press("enter")
        await person.press("enter")
        assert person.on(DeployScreen)
        assert len(person.screen.trips.samples) == 5
        assert not [r for r in person.screen.run_state.results if r.ok is False]
        await person.press("enter", "d", "A", "C")
        assert git("log", "--format=%s").count("of 7)") == 6  # no table, so phase 4 has nothing to write
        assert git("status", "--short") == ""


async def test_no_result_is_wrapped_twice(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each line that hangs is as long as the box is wide, also where it has a bar to scroll."""
    said = " ".join(f"word{number}" for number in range(40))

    def run(*_: object) -> Iterator[Any]:
        for item in ("4.3", "5.1", "5.2", "7.1", "7.2", "7.3", "7.4"):
            yield seen(item, result=said)

    script(monkeypatch, run)
    async with opened(size=(120, 30)) as person:
        await to_live(person)
        await person.settle()
        text = person.screen.query_one("#live", Static)
        assert text.size.height == len(text.content.plain.split("\n"))
