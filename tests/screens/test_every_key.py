"""Every key of the keyboard, a paste and a click on everything, one by one on every screen: none writes unseen.

`make test-keys` tries them on every screen, with ctrl, alt and shift, too; here it is every deed where most is done.
"""

from __future__ import annotations

import os
import string
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest

from screens.keymap import DEEDS
from tests.screens.witness import CHARACTERS, Witness, at_rest, attend, strike

Opened = Callable[..., AbstractAsyncContextManager[Any]]
SIGNS = [name for name in CHARACTERS if name != "space"]
NAMED = ["enter", "escape", "space", "tab", "backspace", "delete", "insert", "home", "end", "pageup", "pagedown"]
NAMED += ["up", "down", "left", "right"]
FUNCTION = [f"f{number}" for number in range(1, 13)]
PLAIN = [*string.ascii_letters, *string.digits, *SIGNS, *NAMED, *FUNCTION]
HELD = [
    *(f"ctrl+{key}" for key in [*string.ascii_lowercase, *string.digits, *NAMED, *FUNCTION]),
    *(f"alt+{key}" for key in [*string.ascii_lowercase, *string.digits, *NAMED, *FUNCTION]),
    *(f"shift+{key}" for key in [*NAMED, *FUNCTION]),
    *(f"ctrl+shift+{key}" for key in NAMED),
]
PASTES = ["paste A", "paste enter\nA\nC\n", "paste \n"]
WHOLE = "RANDOM_KEYS" in os.environ
BOUND = [key for deed in DEEDS.values() for key in deed.keys.split(",")]
KEYBOARD = [*PLAIN, *HELD, *PASTES] if WHOLE else [*dict.fromkeys((*BOUND, *string.ascii_uppercase, "1", *PASTES))]
PLACES: dict[str, tuple[str, ...]] = {
    "stack": (),
    "stack, filtered": ("slash", "m"),
    "answers": ("enter",),
    "new answers": ("plus",),
    "phase": ("enter", "ctrl+s"),
    "phase, changes": ("enter", "ctrl+s", "d"),
    "phase, full screen": ("enter", "ctrl+s", "d", "z"),
    "phase, written": ("enter", "ctrl+s", "d", "A"),
    "phase, message": ("enter", "ctrl+s", "d", "A", "m"),
    "phase, reason": ("enter", "ctrl+s", "W"),
    "phase, sides": ("enter", "ctrl+s", "c"),
    "live view": ("enter", "ctrl+s", "v"),
    "history": ("enter", "ctrl+s", "d", "A", "C", "escape", "h"),
    "ports": ("p",),
    "traffic": ("t",),
    "summary": ("s",),
    "many": ("asterisk", "ampersand"),
    "help": ("f1",),
    "palette": ("ctrl+p",),
    "quit?": ("q",),
}


@pytest.fixture
def witness(monkeypatch: pytest.MonkeyPatch) -> Witness:
    """Watches every way to write."""
    return attend(monkeypatch)


def place(app: Any) -> tuple[object, ...]:
    """Returns where one is, as far as it matters to the next key."""
    focus = app.screen.focused
    pane = getattr(getattr(app.screen, "panes", None), "current", "")
    step = getattr(getattr(app.screen, "state", None), "step", "")
    return (
        len(app.screen_stack),
        type(app.screen),
        focus.id if focus else "",
        pane,
        step,
        app.screen.has_class("-full"),
    )


async def go(app: Any, way: tuple[str, ...]) -> None:
    """Goes there from wherever one is, with everything taken back that is written and not committed."""
    await at_rest(app)
    if app.uncommitted:
        app.take_back()
        await at_rest(app)
    while len(app.screen_stack) > 1:
        await app.pop_screen()
    await at_rest(app)
    for key in ("escape", *way):
        strike(app, key)
        await at_rest(app)


def clicks(app: Any) -> list[str]:
    """Returns a click in the middle of everything that is shown, and one at the start of each of its lines."""
    whole = app.screen.region
    regions = [widget.region.intersection(whole) for widget in app.screen.walk_children() if widget.visible]
    found = dict.fromkeys((region.x + region.width // 2, region.y + region.height // 2) for region in regions if region)
    found |= dict.fromkeys((region.x + 1, region.y) for region in regions if region)
    return [f"click {x} {y}" for x, y in found if (x, y) in whole]


@pytest.mark.parametrize("where", PLACES if WHOLE else ("stack", "phase", "phase, changes"))
async def test_no_single_key_writes_what_was_not_shown(
    opened: Opened, demo: Path, witness: Witness, where: str
) -> None:
    left, clicked = list(KEYBOARD), False
    while left:  # a key may end the app: it is opened again
        async with opened(demo) as person:
            app = person.app
            await go(app, PLACES[where])
            here = place(app)
            witness.begin(demo)
            if not clicked:
                left, clicked = [*left, *clicks(app)], True
            while left and not app._exit:
                key = left.pop(0)
                strike(app, key)
                await witness.look(app, [where, key])
                if not app._exit and place(app) != here:
                    await go(app, PLACES[where])
                    here = place(app)
                    witness.begin(demo)
