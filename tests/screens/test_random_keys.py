"""Keys at random, on every screen: nothing is written that was not on the screen before, and nothing breaks.

`make test-keys` presses 300 sequences; a seed that fails is the name of its test.
"""

from __future__ import annotations

import asyncio
import os
import random
import string
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest
from textual import events

from screens.app import StackWizardApp
from screens.bridge import Bridge
from screens.modals.review import ReviewModal
from screens.modals.tell import TellModal
from screens.phase import PhaseScreen
from wizard.pipeline.guided_session import GuidedSession
from wizard.values.proposal import Proposal

Opened = Callable[..., AbstractAsyncContextManager[Any]]
Git = Callable[..., str]
SEQUENCES = int(os.environ.get("RANDOM_KEYS", "5"))
LENGTH = 200 if "RANDOM_KEYS" in os.environ else 60
PATIENCE = 120.0
WRITING = ["A", "C", "T", "W", "u", "ctrl+r", "ctrl+s", "enter", "enter", "enter", "space", "d", "d", "z", "r", "c"]
MOVING = ["escape", "tab", "shift+tab", "up", "down", "left", "right", "home", "end", "pagedown", "pageup", "f1"]
FORM = ["f2", "f3", "f4", "f8", "f9", "ctrl+z", "backspace"]
CHARACTERS = {
    "space": " ",
    "slash": "/",
    "question_mark": "?",
    "less_than_sign": "<",
    "greater_than_sign": ">",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
}
KEYS = [*string.ascii_letters, *string.digits, *CHARACTERS, *(WRITING * 3), *(MOVING * 2), *FORM]
KEYS = [key for key in KEYS if key != "q"]  # it would end most sequences at once
START = {
    "stack": (),
    "answers": ("enter",),
    "phase": ("enter", "ctrl+s"),
    "history": ("h",),
    "ports": ("p",),
}
SIZES = ((60, 15), (80, 24), (120, 40))


class Witness:
    """What was on the screen, and what was written."""

    def __init__(self) -> None:
        self.reviewed: list[Proposal] = []
        self.unseen: list[str] = []
        self.writes = 0


@pytest.fixture
def witness(monkeypatch: pytest.MonkeyPatch) -> Witness:
    """Watches every way to write, and lets no live check run."""
    seen = Witness()
    apply_phase, make, painted = Bridge.apply_phase, Bridge.make, ReviewModal._painted

    def applying(app: Bridge, planned: Any) -> None:
        seen.writes += 1
        screen: Any = app.screen
        shown = isinstance(screen, PhaseScreen) and screen.panes.current == "changes" and screen.diff_is_shown
        heads = {line.path for line in screen.diff.lines.lines if line.kind == "heading"} if shown else set()
        if not set(planned.changeset.paths) <= heads:
            seen.unseen.append(f"phase {planned.changeset.phase}")
        apply_phase(app, planned)

    def making(app: Bridge, proposal: Proposal) -> None:
        seen.writes += 1
        if proposal not in seen.reviewed:
            seen.unseen.append(proposal.says)
        make(app, proposal)

    def seeing(modal: ReviewModal) -> None:
        seen.reviewed.append(modal._proposal)
        painted(modal)

    def nothing(*_: object, **__: object) -> Iterator[Any]:
        return iter(())

    monkeypatch.setattr(Bridge, "apply_phase", applying)
    monkeypatch.setattr(Bridge, "make", making)
    monkeypatch.setattr(ReviewModal, "_painted", seeing)
    monkeypatch.setattr(GuidedSession, "verify", lambda *_: (yield from ()))
    monkeypatch.setattr(GuidedSession, "_prove", lambda *_: nothing)
    return seen


def strike(app: StackWizardApp, key: str) -> None:
    """Sends a key as the terminal does, and waits for nothing; Pilot would sleep twice until this process is idle."""
    event = events.Key(key, key if len(key) == 1 else CHARACTERS.get(key))
    event.set_sender(app)
    assert app._driver is not None
    app._driver.send_message(event)


async def at_rest(app: StackWizardApp) -> None:
    """Returns when the keys sent were dealt with, nothing runs, and what came of it was painted."""
    async with asyncio.timeout(PATIENCE):
        painted = False
        while not app._exit:
            await asyncio.sleep(0)
            if app.message_queue_size or any(pump.message_queue_size for pump in app._registry):
                painted = False
            elif app.settled and not app.coming and app._opening is None and not app.screen._callbacks:
                if painted:
                    return
                painted = True
                app.screen._on_timer_update()
            else:
                await asyncio.sleep(0.002)  # a thread, or a timer of the app's own
                app.screen._on_timer_update()


@pytest.mark.parametrize("start", START)
@pytest.mark.parametrize("seed", range(max(1, SEQUENCES // len(START))))
async def test_no_keys_write_what_was_not_shown(
    opened: Opened, demo: Path, git: Git, witness: Witness, start: str, seed: int
) -> None:
    rng = random.Random(f"{start} {seed}")  # noqa: S311  (nothing secret)
    pressed: list[str] = []
    before = git("rev-parse", "HEAD"), git("status", "--porcelain")
    async with opened(demo, size=rng.choice(SIZES)) as person:
        await person.press(*START[start])
        while len(pressed) < LENGTH and not person.app._exit:
            pressed.append(rng.choice(KEYS))
            strike(person.app, pressed[-1])
            if rng.random() < 0.7:
                await at_rest(person.app)
            assert not witness.unseen, pressed
            if isinstance(person.screen, TellModal):
                assert "bug in the wizard" not in person.shown, pressed
        await person.settle()
        assert not witness.unseen, pressed
    if not witness.writes:
        assert (git("rev-parse", "HEAD"), git("status", "--porcelain")) == before, pressed
