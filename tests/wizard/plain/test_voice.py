from __future__ import annotations

import io
import os
from collections.abc import Callable

import pytest

from wizard.plain.voice import Ended, Option, Quit, Voice

Voices = Callable[..., tuple[Voice, io.StringIO]]
OPTIONS = (Option("apply", "write"), Option("answers", "change"), Option("take back", "undo"))


def test_words_that_are_wishes_and_how_to_mean_them_literally(voice: Voices) -> None:
    spoken, _ = voice("back", "?", "help", r"\back", r"\quit", "  text  ", "", "QUIT")
    replies = [spoken.ask("> ") for _ in range(7)]
    assert [(reply.text, reply.word) for reply in replies] == [
        ("", "back"),
        ("", "?"),
        ("", "?"),
        ("back", ""),
        ("quit", ""),
        ("text", ""),
        ("", ""),
    ]
    with pytest.raises(Quit):
        spoken.ask("> ")
    with pytest.raises(Ended):
        spoken.ask("> ")


@pytest.mark.parametrize(
    ("typed", "picked"),
    [("1", "apply"), ("apply", "apply"), ("ap", "apply"), ("3", "take back"), ("TAKE", "take back")],
)
def test_an_option_is_picked_by_number_word_or_its_beginning(typed: str, picked: str, voice: Voices) -> None:
    spoken, heard = voice(typed)
    assert spoken.choose("What now?", OPTIONS) == picked
    assert "  1. apply: write\n" in heard.getvalue()


def test_what_writes_is_picked_by_its_whole_word_only(voice: Voices) -> None:
    spoken, heard = voice("1", "app", "", "Apply")
    assert spoken.choose("What now?", (Option("apply", "write it.", writes=True), OPTIONS[1])) == "apply"
    assert heard.getvalue().count("it needs the whole word: apply") == 2
    assert heard.getvalue().count("Enter alone does nothing here") == 1


def test_what_is_no_option_is_asked_again(voice: Voices) -> None:
    spoken, heard = voice("a", "0", "4", "nonsense", "2")
    assert spoken.choose("What now?", OPTIONS) == "answers"
    assert heard.getvalue().count("There is no ") == 4


def test_enter_takes_the_default_where_there_is_one(voice: Voices) -> None:
    spoken, _ = voice("", "", "1")
    assert spoken.choose("What now?", OPTIONS, "answers") == "answers"
    assert spoken.choose("What now?", OPTIONS) == "apply"


def test_text_from_outside_moves_no_cursor_and_has_no_colour(voice: Voices) -> None:
    spoken, heard = voice("\x1b[2Jtyped")
    spoken.say("\x1b[31mred\x1b[0m \x1b]0;title\x07 \udcff [bold]")
    spoken.ask("> ")
    assert "\x1b" not in heard.getvalue()
    assert "red" in heard.getvalue()
    assert "[bold]" in heard.getvalue()


def test_a_terminal_without_unicode_gets_what_it_can_show() -> None:
    raw = io.BytesIO()
    terminal = io.TextIOWrapper(raw, "ascii", write_through=True)
    Voice(io.StringIO(), terminal).say("naïve …")
    assert raw.getvalue() == b"na?ve ?\n"


@pytest.mark.parametrize(
    ("typed", "agreed"), [(("", "", "yes"), True), (("Y",), True), (("apply", "no"), False), (("", "back"), False)]
)
def test_enter_agrees_to_nothing(typed: tuple[str, ...], agreed: bool, voice: Voices) -> None:
    spoken, _ = voice(*typed)
    assert spoken.agree("Write it?") is agreed


class Terminal(io.StringIO):
    """A terminal of some columns, to print on."""

    def isatty(self) -> bool:
        return True

    def fileno(self) -> int:
        return 1


@pytest.mark.parametrize("columns", [60, 80, 200])
def test_no_word_is_broken_at_the_edge_of_a_terminal(columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.get_terminal_size", lambda _: os.terminal_size((columns, 24)))
    heard = Terminal()
    words = ["reserved"] * 30
    spoken = Voice(io.StringIO("yes\n"), heard)
    spoken.say("  " + " ".join(words), "short\n    and below")
    spoken.ask(" ".join(words) + ": ")
    lines = heard.getvalue().splitlines()
    assert max(map(len, lines)) <= columns
    assert " ".join(heard.getvalue().split()).count("reserved") == 60
    assert "short\n    and below\n" in heard.getvalue()


def test_in_a_pipe_lines_stay_whole(voice: Voices) -> None:
    spoken, heard = voice()
    spoken.say("word " * 60)
    assert heard.getvalue().count("\n") == 1
