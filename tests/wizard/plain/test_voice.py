from __future__ import annotations

import io
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
