"""Somebody who strikes keys as a terminal sends them, and a witness of what was on the screen and what was written."""

from __future__ import annotations

import asyncio
import os
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from textual import events
from textual.drivers.headless_driver import HeadlessDriver
from textual.geometry import Size

from screens.app import StackWizardApp
from screens.bridge import Bridge
from screens.modals.review import ReviewModal
from screens.phase import PhaseScreen
from wizard.pipeline.guided_session import GuidedSession
from wizard.values.proposal import Proposal

PATIENCE = 300.0
ROUNDS = 8  # of the loop between two looks at every queue: looking costs more than a round
CHARACTERS = {
    "space": " ",
    "slash": "/",
    "question_mark": "?",
    "less_than_sign": "<",
    "greater_than_sign": ">",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "left_curly_bracket": "{",
    "right_curly_bracket": "}",
    "colon": ":",
    "plus": "+",
    "asterisk": "*",
    "ampersand": "&",
    "comma": ",",
    "dollar_sign": "$",
    "exclamation_mark": "!",
    "minus": "-",
    "equals_sign": "=",
    "semicolon": ";",
    "apostrophe": "'",
    "grave_accent": "`",
    "backslash": "\\",
    "full_stop": ".",
    "at": "@",
    "number_sign": "#",
    "percent_sign": "%",
    "circumflex_accent": "^",
    "left_parenthesis": "(",
    "right_parenthesis": ")",
    "underscore": "_",
    "vertical_line": "|",
    "tilde": "~",
    "quotation_mark": '"',
}
Tree = dict[str, tuple[int, int, int]]


class Witness:
    """What was on the screen, and what was written: `unseen` and `bugs` stay empty."""

    def __init__(self) -> None:
        self.reviewed: list[Proposal] = []
        self.unseen: list[str] = []
        self.bugs: list[str] = []
        self.writes = 0  # that the app was asked for, and what ends one: a commit, taking back
        self._tree: Tree = {}
        self._writes = 0

    def begin(self, stack: Path) -> None:
        """Takes in how the stack is now."""
        self._tree = tree(stack)
        asyncio.get_running_loop().set_exception_handler(lambda _, said: self.bugs.append(str(said)))

    async def look(self, app: StackWizardApp, pressed: list[str]) -> None:
        """Waits until the keys were dealt with, and compares the stack with the last look: whatever wrote was asked for
        through the app, after it was shown.
        """
        await at_rest(app)
        now = tree(app.root) if not app._exit else self._tree  # what is open when it ends is put back afterwards
        if now != self._tree and self.writes == self._writes:
            changed = sorted(path for path in {*now, *self._tree} if now.get(path) != self._tree.get(path))
            self.unseen.append(f"written behind the app's back: {changed}")
        self._tree, self._writes = now, self.writes
        assert not self.unseen, (self.unseen, pressed)
        assert not self.bugs, (self.bugs, pressed)


def tree(stack: Path) -> Tree:
    """Returns every file of a stack and where its branches are, as the system tells without reading them."""
    found: Tree = {}
    folders = [str(stack)]
    while folders:
        for entry in os.scandir(folders.pop()):
            if entry.is_dir(follow_symlinks=False):
                if entry.name != ".git":
                    folders.append(entry.path)
            else:
                _take(found, entry.path)
    for path in (stack / ".git" / "HEAD", *sorted((stack / ".git" / "refs").rglob("*"))):
        if path.is_file():
            _take(found, str(path))
    return found


def _take(found: Tree, path: str) -> None:
    info = os.lstat(path)
    found[path] = (info.st_mtime_ns, info.st_size, info.st_ino)


def attend(monkeypatch: pytest.MonkeyPatch) -> Witness:
    """Watches every way to write and every bug, lets no live check run, and no key be waited for in vain."""
    seen = Witness()
    apply_phase, make, painted = Bridge.apply_phase, Bridge.make, ReviewModal._painted
    commit_phase, take_back = Bridge.commit_phase, Bridge.take_back

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

    def committing(app: Bridge, message: str) -> None:
        seen.writes += 1
        commit_phase(app, message)

    def taking_back(app: Bridge, reason: str = "") -> None:
        seen.writes += 1
        take_back(app, reason)

    def seeing(modal: ReviewModal) -> None:
        seen.reviewed.append(modal._proposal)
        painted(modal)

    def recording(bug: BaseException) -> str:
        seen.bugs.append("".join(traceback.format_exception(bug)))
        return "kept by the witness"

    def nothing(*_: object, **__: object) -> Iterator[Any]:
        return iter(())

    monkeypatch.setattr(Bridge, "apply_phase", applying)
    monkeypatch.setattr(Bridge, "make", making)
    monkeypatch.setattr(Bridge, "commit_phase", committing)
    monkeypatch.setattr(Bridge, "take_back", taking_back)
    monkeypatch.setattr(ReviewModal, "_painted", seeing)
    monkeypatch.setattr(GuidedSession, "verify", lambda *_: (yield from ()))
    monkeypatch.setattr(GuidedSession, "_prove", lambda *_: nothing)
    monkeypatch.setattr("wizard.adapters.bugs.record", recording)
    monkeypatch.setattr("screens.layers.typeahead.PATIENCE", 10 * PATIENCE)
    return seen


def strike(app: StackWizardApp, key: str) -> None:
    """Sends a key as the terminal does, and waits for nothing; Pilot would sleep twice until this process is idle.

    `paste TEXT`, `click X Y` and `resize W H` are the other things that a terminal sends.
    """
    word, _, rest = key.partition(" ")
    if word == "paste":
        _send(app, events.Paste(rest))
    elif word == "resize":
        width, height = map(int, rest.split())
        assert isinstance(app._driver, HeadlessDriver)
        app._driver._size = (width, height)
        _send(app, events.Resize(Size(width, height), Size(width, height)))
    elif word == "click":
        x, y = map(int, rest.split())
        for kind in (events.MouseDown, events.MouseUp):
            _send(app, kind(None, x, y, 0, 0, 1, shift=False, meta=False, ctrl=False, screen_x=x, screen_y=y))
    else:
        _send(app, events.Key(key, key if len(key) == 1 else CHARACTERS.get(key)))


def _send(app: StackWizardApp, event: events.Event) -> None:
    event.set_sender(app)
    assert app._driver is not None
    app._driver.send_message(event)


async def at_rest(app: StackWizardApp) -> None:
    """Returns when the keys sent were dealt with, nothing runs, and what came of it was painted."""
    async with asyncio.timeout(PATIENCE):
        painted = False
        while not app._exit:
            for _ in range(ROUNDS):
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
