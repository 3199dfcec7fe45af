"""Finding: `/` filters lists and searches texts, and the letters typed after it are only letters."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

from screens.phase import PhaseScreen
from screens.widgets.layout import Line
from screens.widgets.lines import Lines

Opened = Callable[..., AbstractAsyncContextManager[Any]]
Photograph = Callable[[Path], dict[str, bytes]]


async def test_a_list_is_filtered_while_one_types_and_whole_again_afterwards(opened: Opened) -> None:
    async with opened(size=(120, 40)) as person:
        every = person.screen.services.option_count
        await person.press("slash")
        await person.type("market")
        assert person.screen.services.option_count == 1
        assert f"1 of {every}" in person.words
        await person.press("escape")
        assert person.screen.services.option_count == every


async def test_the_diff_is_searched_and_n_goes_on(opened: Opened) -> None:
    async with opened(size=(120, 40)) as person:
        await person.press("enter", "ctrl+s")
        await person.press("slash")
        await person.type("redis")
        count = sum("redis" in line.text.lower() for line in person.screen.diff.lines.lines)
        assert f"1 of {count}" in person.words
        await person.press("enter", "n", "n", "N")
        assert f"2 of {count}" in person.words


async def test_the_count_is_of_what_is_shown_now(opened: Opened) -> None:
    async with opened(size=(120, 40)) as person:
        await person.press("enter", "ctrl+s", "slash")
        await person.type("redis")
        await person.press("enter", "4")
        assert "redis nothing found" in person.words


async def test_letters_after_a_slash_write_nothing(opened: Opened, demo: Path, photograph: Photograph) -> None:
    async with opened() as person:
        await person.press("enter", "ctrl+s")
        before = photograph(demo)
        await person.press("slash", *"CATWucache")
        assert person.on(PhaseScreen)
        assert photograph(demo) == before


async def test_long_lines_wrap_and_run(opened: Opened) -> None:
    async with opened(size=(120, 40)) as person:
        await person.press("enter", "ctrl+s")
        lines: Lines = person.screen.diff.lines
        lines.show([Line("+" + "word " * 100, "add", 1), Line("+end", "add", 2)])
        await person.settle()
        assert lines.virtual_size.height > 2
        await person.press("d", "w")
        assert lines.virtual_size.height == 2


async def test_what_changed_within_a_line_is_marked(opened: Opened) -> None:
    async with opened(size=(120, 40)) as person:
        await person.press("enter", "ctrl+s")
        lines: Lines = person.screen.diff.lines
        lines.show([Line("-port: 8006", "remove", 3), Line("+port: 8005", "add", 3)])
        assert [lines._mark(0), lines._mark(1)] == [(10, 11), (10, 11)]
