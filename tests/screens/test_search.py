"""Finding: `/` filters lists and searches texts, and the letters typed after it are only letters."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest

from screens.phase import PhaseScreen
from screens.widgets.layout import Line
from screens.widgets.lines import Lines
from screens.widgets.rows import NOTHING_FITS, Rows
from screens.widgets.search import SearchBar

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


@pytest.mark.parametrize(
    ("way", "key"), [((), "enter"), (("h",), "u"), (("t",), "enter"), (("enter", "ctrl+s", "c"), "enter")]
)
async def test_a_list_in_which_nothing_fits_says_so_and_escape_shows_it_again(
    opened: Opened, way: tuple[str, ...], key: str
) -> None:
    async with opened() as person:
        if way == ("h",):
            await person.press("enter", "ctrl+s", "d", "A", "C", "escape")
        await person.press(*way)
        here, rows = person.screen, person.screen.query(Rows).first()
        every = rows.option_count
        assert every
        await person.press("slash", *"zzz", "enter", key)
        assert person.screen is here
        assert rows.option_count == 0
        assert any(NOTHING_FITS in text for text in (*person.notices, person.words))
        await person.press("escape")
        assert person.screen is here, "the search is ended first"
        assert rows.option_count == every


async def test_nothing_of_a_service_is_shown_that_is_not_under_the_cursor(opened: Opened) -> None:
    async with opened() as person:
        assert "next: phase 1" in person.words
        await person.press("slash", *"zzz")
        assert "next: phase 1" not in person.words
        await person.press("escape")
        assert "next: phase 1" in person.words


async def test_escape_ends_a_search_before_it_leaves(opened: Opened) -> None:
    async with opened(size=(120, 40)) as person:
        await person.press("enter", "ctrl+s", "d", "slash", *"redis", "enter", "n", "escape")
        assert person.on(PhaseScreen)
        assert "redis nothing found" not in person.words
        assert not person.screen.query_one(SearchBar).has_class("-shown")
        await person.press("escape")
        assert not person.on(PhaseScreen)
