"""What is painted can be read in every theme: measured on the cells of the screen, whatever the stylesheets say."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager
from typing import Any

from rich.segment import Segment
from textual.color import Color

from screens.present.contrast import LEAST, contrast
from tests.screens.test_contrast import themes

Opened = Callable[..., AbstractAsyncContextManager[Any]]
WORDS = re.compile(r"[^\W_]")
WALK = (
    ("",),
    ("enter",),
    ("ctrl+s", "d"),
    ("slash", "r", "e", "d", "i", "s", "enter"),
    ("escape", "i", "W"),
    ("escape", "question_mark"),
    ("escape", "colon"),
    ("escape", "escape", "escape", "p"),
    ("escape", "t"),
    ("escape", "s"),
    ("escape", "c"),
)
"""The stack, the form, the diff, a search in it, a question, help, all actions, ports, traffic, summary, sides."""


def unreadable(screen: Any) -> Iterator[tuple[str, float]]:
    """Yields what cannot be read, with its contrast. What is dim cannot be done now, and is said elsewhere; what lies
    behind a box is meant to fade."""
    box = next(iter(screen.query("#box, CommandPalette > Vertical")), screen).region
    for strip in screen._compositor.render_strips()[box.y : box.bottom]:
        for segment in strip.crop(box.x, box.right):
            if WORDS.search(segment.text) and (ratio := _ratio(segment)) < LEAST - 0.05:
                yield segment.text.strip(), round(ratio, 2)


def _ratio(segment: Segment) -> float:
    style = segment.style
    if style is None or style.dim or style.color is None or style.bgcolor is None:
        return 21.0
    ink, ground = (Color.from_rich_color(colour) for colour in (style.color, style.bgcolor))
    return contrast(ground + ink, ground)


async def test_every_word_can_be_read_in_every_theme(opened: Opened) -> None:
    found: dict[tuple[str, str], float] = {}
    async with opened(size=(100, 32)) as person:
        for keys in WALK:
            await person.press(*(key for key in keys if key))
            for theme in themes():
                person.app.theme = theme
                await person.settle()
                person.app.clear_notifications()
                await person.settle()
                for words, ratio in unreadable(person.screen):
                    found.setdefault((theme, words[:40]), ratio)
    assert not found
