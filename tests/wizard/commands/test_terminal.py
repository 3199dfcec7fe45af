"""Questions, notices and widths: what a person at a terminal meets."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from wizard.commands import terminal

Wizard = Callable[..., Any]
Photograph = Callable[[Path], dict[str, bytes]]
Answers = Callable[..., None]


@pytest.fixture
def person(monkeypatch: pytest.MonkeyPatch) -> Answers:
    """Somebody at a terminal who types these answers; `Ctrl-C` interrupts, and then there is nobody."""

    def sits(*answers: str) -> None:
        typed = iter(answers)

        def answer(question: str = "") -> str:
            print(question)
            line = next(typed, None)
            if line is None:
                raise EOFError
            if line == "Ctrl-C":
                raise KeyboardInterrupt
            return line

        monkeypatch.setattr("wizard.commands.run.is_interactive", lambda: True)
        monkeypatch.setattr("builtins.input", answer)

    return sits


def test_run_shows_its_answers_and_asks_before_each_phase(
    demo: Path, wizard: Wizard, person: Answers, photograph: Photograph
) -> None:
    before = photograph(demo)
    person("no")
    said = wizard("run", "market", "--no-live")
    assert said.code == 1
    assert "answers about market" in said.out
    assert "port       8005  FUTURE_SERVICES.md:58 (8005)" in said.out
    assert "market.in" not in said.out  # nothing in the stack says that it reads anything
    assert "handler    handle  default" in said.out
    assert "stack-wizard --plain" in said.err
    assert photograph(demo) == before
    person("", "", "n")
    said = wizard("run", "market", "--no-live")
    assert said.code == 1
    assert "Apply and commit phase 1 service? [Y/n]" in said.out
    assert "feat(market): add service" in said.out
    assert "phase 2 container: left as it is" in said.out
    assert "+++ b/services/market/Dockerfile" in said.out  # shown before it is asked


@pytest.mark.parametrize("answers", [(), ("y",), ("y", "Ctrl-C"), ("Ctrl-C",)], ids=str)
def test_nobody_and_ctrl_c_are_a_no(
    answers: tuple[str, ...], demo: Path, wizard: Wizard, person: Answers, photograph: Photograph
) -> None:
    before = photograph(demo)
    person(*answers)
    assert wizard("run", "market", "--no-live").code == (130 if "Ctrl-C" in answers else 1)
    assert photograph(demo) == before


def test_whatever_takes_long_says_what_it_does(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    said = Event()
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setattr(terminal, "SOON", 0.0)
    monkeypatch.setattr(sys, "stderr", _Noticing(sys.stderr, said))
    with terminal.step("reading the stack", argparse.Namespace(quiet=False)):
        assert said.wait(5)
    assert capsys.readouterr().err == "… reading the stack\n"
    said.clear()
    with terminal.step("reading the stack", argparse.Namespace(quiet=True)):
        assert not said.is_set()
    monkeypatch.setattr(terminal, "SOON", 3600.0)
    with terminal.step("reading the stack", argparse.Namespace(quiet=False)):
        pass
    assert capsys.readouterr().err == ""


def test_on_a_terminal_that_can_the_line_counts_and_goes_away(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    said = Event()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(terminal, "SOON", 0.0)
    monkeypatch.setattr(sys, "stderr", _Noticing(sys.stderr, said))
    with terminal.step("reading the stack", argparse.Namespace(quiet=False)):
        assert said.wait(5)
    shown = capsys.readouterr().err
    assert shown.startswith("\r… reading the stack")
    assert shown.endswith("\r\x1b[K")
    assert "\n" not in shown


class _Noticing:
    """A terminal's stream that tells when a line was written to it."""

    def __init__(self, stream: Any, written: Event) -> None:
        self._stream, self._written = stream, written

    def write(self, text: str) -> int:
        return int(self._stream.write(text))

    def flush(self) -> None:
        self._stream.flush()
        self._written.set()

    def isatty(self) -> bool:
        return True


def test_text_is_broken_at_the_width_of_a_terminal_only(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    line = "    next: " + "word " * 20
    terminal.emit_text([line.rstrip()])
    assert capsys.readouterr().out == line.rstrip() + "\n"
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "50")
    terminal.emit_text([line.rstrip()])
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 50


@pytest.mark.parametrize(
    ("env", "flag", "plain"),
    [
        ({}, False, False),
        ({}, True, True),
        ({"ACCESSIBLE": "1"}, False, True),
        ({"ACCESSIBLE": "0"}, False, False),
        ({"TERM": "dumb"}, False, True),
    ],
)
def test_who_gets_the_plain_door(
    env: dict[str, str], flag: bool, plain: bool, apart: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    assert terminal.wants_plain(argparse.Namespace(plain=flag)) is plain
    assert "TERM" not in os.environ or env
