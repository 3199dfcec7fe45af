from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizard.rules.text import clean, column, one_line, width


def test_escape_sequences_leave_no_trace() -> None:
    assert clean("a\x1b[31mred\x1b[0m b\x1b]0;title\x07c") == "ared bc"


def test_an_unfinished_title_sequence_does_not_swallow_the_next_lines_escape() -> None:
    assert "\x1b" not in clean("\x1b]0;evil\nnext \x1b[2J")


def test_bidirectional_overrides_are_shown_as_replaced() -> None:
    assert clean("a\u202eb") == "a\ufffdb"


def test_undecodable_bytes_are_shown_as_replaced() -> None:
    assert clean(b"caf\xe9".decode("utf-8", "surrogateescape")) == "caf\ufffd"


def test_one_line_shows_that_something_is_missing() -> None:
    assert one_line("x" * 300, 10) == "x" * 9 + "…"
    assert one_line("two\nlines\there") == "two lines here"


@given(st.text())
def test_cleaned_text_can_neither_move_the_cursor_nor_fail_to_encode(text: str) -> None:
    cleaned = clean(text)
    cleaned.encode("utf-8")
    assert not any((ord(c) < 32 and c not in "\t\n") or 0x7F <= ord(c) < 0xA0 for c in cleaned)


@pytest.mark.parametrize("names", [["a"], ["notifications_service", "a"], ["取引所の気配値を配るサービス", "a"], []])
def test_a_column_is_as_wide_as_its_longest_name(names: list[str]) -> None:
    padded = column(names)
    rooms = {width(padded(name)) for name in ("service", *names)}
    assert rooms == {max(20, *(width(name) for name in names), 0)}
