"""Keys at random, on every screen: nothing is written that was not on the screen before, and nothing breaks.

`make test-keys` presses 300 sequences; a seed that fails is in the name of its test.
"""

from __future__ import annotations

import os
import random
import string
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest

from tests.screens.witness import CHARACTERS, Witness, attend, strike

Opened = Callable[..., AbstractAsyncContextManager[Any]]
SEQUENCES = int(os.environ.get("RANDOM_KEYS", "5"))
LENGTH = 200 if "RANDOM_KEYS" in os.environ else 60
WRITING = ["A", "C", "T", "W", "u", "ctrl+r", "ctrl+s", "enter", "enter", "enter", "space", "d", "d", "z", "r", "c"]
MOVING = ["escape", "tab", "shift+tab", "up", "down", "left", "right", "home", "end", "pagedown", "pageup", "f1"]
FORM = ["f2", "f3", "f4", "f5", "f8", "f9", "ctrl+z", "backspace", "delete", "ctrl+p", "ctrl+x"]
OTHER = ["paste price float\nsize int", "click", "click", "resize"]
KEYS: list[str] = [*string.ascii_letters, *string.digits, *CHARACTERS, *(WRITING * 3), *(MOVING * 2), *FORM, *OTHER]
START = {
    "stack": (),
    "answers": ("enter",),
    "phase": ("enter", "ctrl+s"),
    "history": ("enter", "ctrl+s", "d", "A", "C", "escape", "h"),
    "ports": ("p",),
}
SIZES = ((60, 15), (80, 24), (120, 40))


@pytest.fixture
def witness(monkeypatch: pytest.MonkeyPatch) -> Witness:
    """Watches every way to write."""
    return attend(monkeypatch)


def drawn(rng: random.Random, size: tuple[int, int]) -> str:
    """Draws a key, a click somewhere on the screen, or another size of the terminal."""
    key = rng.choice(KEYS)
    if key == "click":
        return f"click {rng.randrange(size[0])} {rng.randrange(size[1])}"
    if key == "resize":
        width, height = rng.choice(SIZES)
        return f"resize {width} {height}"
    return key


@pytest.mark.parametrize("start", START)
@pytest.mark.parametrize("seed", range(max(1, SEQUENCES // len(START))))
async def test_no_keys_write_what_was_not_shown(
    opened: Opened, demo: Path, witness: Witness, start: str, seed: int
) -> None:
    rng = random.Random(f"{start} {seed}")  # noqa: S311  (nothing secret)
    pressed: list[str] = []
    while len(pressed) < LENGTH:  # keys may end the app: it is opened again
        async with opened(demo, size=rng.choice(SIZES)) as person:
            await person.press(*START[start])
            witness.begin(demo)
            while len(pressed) < LENGTH and not person.app._exit:
                pressed.append(drawn(rng, person.app.size))
                strike(person.app, pressed[-1])
                if rng.random() < 0.7:
                    await witness.look(person.app, pressed)
            await witness.look(person.app, pressed)
