"""The diff view: a cursor, files with counts, full screen, side by side, the place for editor and clipboard."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

from screens.history import HistoryScreen
from screens.widgets.layout import Line, lay_out

Opened = Callable[..., AbstractAsyncContextManager[Any]]
CHANGE = (
    Line("[x] edit dev.yml  +1 −1  why", "heading", key="edit:dev.yml", path="dev.yml"),
    Line("@@ -3,2 +3,3 @@", "hunk", key="edit:dev.yml", path="dev.yml"),
    Line(" ports:", "plain", 3, 3, "edit:dev.yml", "dev.yml"),
    Line("-  - 8006:8006", "remove", 4, 0, "edit:dev.yml", "dev.yml"),
    Line("+  - 8005:8005", "add", 4, 0, "edit:dev.yml", "dev.yml"),
    Line("+  - 8007:8007", "add", 5, 0, "edit:dev.yml", "dev.yml"),
)


async def to_changes(person: Any) -> None:
    await person.press("enter", "ctrl+s", "d")


async def test_the_cursor_moves_by_lines_hunks_and_files_and_says_where_it_is(opened: Opened) -> None:
    async with opened(size=(160, 40)) as person:
        await to_changes(person)
        lines = person.screen.diff.lines
        files = sum(line.kind == "heading" for line in lines.lines)
        assert f"file 1 of {files}" in person.shown
        await person.press("right_square_bracket")
        assert lines.current.kind in ("heading", "offer")
        await person.press("right_curly_bracket", "j")
        assert lines.current.number == 1
        await person.press("G")
        assert f"file {files} of {files} · line {len(lines.lines):,} of {len(lines.lines):,}" in person.shown
        await person.press("g", "k")
        assert lines.current == lines.lines[0]


async def test_at_80_columns_the_place_is_said_in_short(opened: Opened) -> None:
    async with opened() as person:
        await to_changes(person)
        lines = person.screen.diff.lines.lines
        files = sum(line.kind == "heading" for line in lines)
        assert f"1/{files} · " in person.shown


async def test_full_screen_shows_the_files_and_escape_leaves_it(opened: Opened) -> None:
    async with opened() as person:
        await to_changes(person)
        assert not person.screen.diff.files.region.area
        await person.press("z")
        assert person.screen.diff.lines.region.width == 80
        assert not person.screen.items.region.area
        assert "[x] new services/market/config.py" in person.shown
        await person.press("shift+tab", "j")
        assert person.screen.diff.key == person.screen.diff.files.current
        await person.press("enter")
        assert person.screen.focused is person.screen.diff.lines
        assert person.screen.state.step.value == "planned"
        await person.press("escape")
        assert person.screen.items.region.area


async def test_from_160_columns_before_and_after_stand_side_by_side(opened: Opened) -> None:
    async with opened(size=(160, 40)) as person:
        await to_changes(person)
        person.screen.diff.show(CHANGE)
        await person.press("z")
        row = next(line for line in person.shown.splitlines() if "8006:8006" in line)
        assert "8005:8005" in row
        await person.press("b")
        row = next(line for line in person.shown.splitlines() if "8006:8006" in line)
        assert "8005:8005" not in row


async def test_where_only_the_screen_holds_both_sides_the_diff_gets_it(opened: Opened) -> None:
    async with opened(size=(160, 40)) as person:
        await to_changes(person)
        person.screen.diff.show(CHANGE)
        await person.press("b")
        assert person.screen.has_class("-full")
        row = next(line for line in person.shown.splitlines() if "8006:8006" in line)
        assert "8005:8005" in row


async def test_too_narrow_for_side_by_side_says_so(opened: Opened) -> None:
    async with opened() as person:
        await to_changes(person)
        await person.press("b")
        assert any("side by side needs" in notice for notice in person.notices)


@pytest.mark.parametrize(
    ("beside", "rows"),
    [
        (False, [(0,), (1,), (2,), (3,), (4,), (5,)]),
        (True, [(0,), (1,), (2, 2), (3, 4), (None, 5)]),
    ],
)
def test_rows_pair_what_replaces_what(beside: bool, rows: list[tuple[int | None, ...]]) -> None:
    laid = lay_out(CHANGE, 0, beside=beside)
    assert [tuple(piece and piece.line for piece in row) for row in laid.rows] == rows
    assert [laid.line(laid.row_of[n]) for n in (0, 2, 5)] == [0, 2, 5]


def test_a_new_file_has_no_other_side() -> None:
    new = (Line("@@ -0,0 +1,2 @@", "hunk"), Line("+a", "add", 1), Line("+b", "add", 2))
    assert [len(row) for row in lay_out(new, 0, beside=True).rows] == [1, 1, 1]


async def test_the_line_under_the_cursor_is_copied_and_edited(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    opened_files: list[tuple[str, int]] = []
    monkeypatch.setattr("screens.terminal.editor.edit", lambda app, path, line: opened_files.append((path, line)))
    async with opened() as person:
        await to_changes(person)
        person.screen.diff.show([Line("+port: 1", "add", 7, 0, "edit:README.md", "README.md")])
        await person.press("y", "e")
        assert person.app.clipboard == "README.md:7"
        assert opened_files == [("README.md", 7)]
        person.screen.diff.show([Line("+port: 1", "add", 7, 0, "edit:new.py", "new.py")])
        await person.press("e")
        assert any("new.py is not there" in notice for notice in person.notices)


async def test_history_shows_what_a_commit_changed_in_the_same_view(opened: Opened) -> None:
    async with opened(size=(120, 40)) as person:
        await person.press("enter", "ctrl+s", "d", "A", "C", "escape", "h")
        assert person.on(HistoryScreen)
        texts = [line.text for line in person.screen.diff.lines.lines]
        assert any(text.startswith("new services/market/models.py  +") for text in texts)
        assert "git show" not in person.shown
        await person.press("enter", "slash")
        await person.type("pydantic")
        assert "1 of " in person.shown
        await person.press("enter", "n")
        assert "2 of " in person.shown
        await person.press("z")
        assert not person.screen.commits.region.area
        await person.press("escape", "escape", "escape", "escape")  # the search, full screen, the diff, the screen
        assert not person.on(HistoryScreen)


def test_what_stands_alone_has_the_width_of_both_sides() -> None:
    alone = (Line("[x] edit " + "word " * 10, "heading"), Line(" " + "word " * 10, "plain", 1, 1))
    laid = lay_out(alone, 40, beside=True)
    assert [len(row) for row in laid.rows] == [1, 2, 2]
