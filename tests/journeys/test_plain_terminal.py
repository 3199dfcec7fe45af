"""The plain door in a real terminal (a pseudo terminal): who gets it, Ctrl-C, and a terminal that is closed."""

from __future__ import annotations

import os
import re
import select
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from wizard.pipeline.opening import open_stack
from wizard.session.draft import Drafts

pytestmark = pytest.mark.journey
Photograph = Callable[[Path], dict[str, bytes]]
PURPOSE = "Scores how the market feels."
ANSWERS = ("new", "sentiment", "", PURPOSE, *[""] * 13)


class Line:
    """A program on a terminal of its own: what it prints, and keys for it."""

    def __init__(self, words: tuple[str, ...], env: dict[str, str], columns: int = 120) -> None:
        self._master, slave = os.openpty()
        termios.tcsetwinsize(slave, (24, columns))
        self.said = ""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "screens", *words],
            env={**os.environ, "TERM": "xterm-256color", **env},
            preexec_fn=lambda: os.login_tty(slave),
        )
        os.close(slave)

    def wait(self, text: str, seconds: float = 30) -> None:
        """Read until `text` was printed behind what was waited for before."""
        end, seen = time.monotonic() + seconds, len(self.said)
        while text not in self.said[seen:]:
            self._read(max(0.0, end - time.monotonic()))

    def _read(self, seconds: float) -> None:
        ready, _, _ = select.select([self._master], [], [], seconds)
        assert ready, f"it said nothing more:\n{self.said}"
        self.said += os.read(self._master, 65536).decode("utf-8", "replace")

    def answer(self, *lines: str) -> None:
        """Types each line once it is asked for: a prompt is what ends in a colon and a space, and no line end."""
        for line in lines:
            while not self.said.endswith(": "):
                self._read(30)
            self.said += "\n"
            self.type(line)

    def type(self, *lines: str) -> None:
        """Types lines ahead, as quick hands do."""
        os.write(self._master, "".join(f"{line}\n" for line in lines).encode())

    def press(self, key: str) -> None:
        """Press one key."""
        os.write(self._master, key.encode())

    def hang_up(self) -> None:
        """Close the terminal: the program gets SIGHUP and loses its screen."""
        if self._master >= 0:
            os.close(self._master)
            self._master = -1


@pytest.fixture
def line(apart: None) -> Iterator[Callable[..., Line]]:
    opened: list[Line] = []

    def start(*words: str, columns: int = 120, **env: str) -> Line:
        opened.append(Line(words, env, columns))
        return opened[-1]

    yield start
    for one in opened:
        one.hang_up()
        one.process.kill()
        one.process.wait()


def kept_purpose(stack: Path) -> object:
    opened = open_stack(stack)
    assert opened.repo is not None
    kept = Drafts(opened.repo, opened.clock).load("sentiment")
    return kept.answers["purpose"] if kept is not None else None


@pytest.mark.parametrize(
    ("words", "env"),
    [(("--plain",), {}), ((), {"TERM": "dumb"}), ((), {"ACCESSIBLE": "1"})],
    ids=["plain", "dumb", "env"],
)
def test_who_cannot_use_a_full_screen_is_asked_line_by_line(
    words: tuple[str, ...], env: dict[str, str], demo: Path, line: Callable[..., Line]
) -> None:
    person = line("-C", str(demo), *words, **env)
    person.wait("Number or word: ")
    assert "1. market: " in person.said
    assert "\x1b" not in person.said
    person.press("\x04")  # Ctrl-D: the input ends
    person.wait("Go on with: stack-wizard --plain ")
    assert person.process.wait(10) == 1


def test_ctrl_c_keeps_the_answers_and_puts_the_phase_back(
    demo: Path, line: Callable[..., Line], photograph: Photograph
) -> None:
    before = photograph(demo)
    person = line("-C", str(demo), "--plain")
    person.answer(*ANSWERS, "apply", "yes")
    person.wait("The commit message:")
    assert photograph(demo) != before
    person.press("\x03")
    person.wait("What was not committed is put back.")
    assert person.process.wait(10) == 130
    assert photograph(demo) == before
    assert kept_purpose(demo) == PURPOSE


def test_enters_typed_ahead_write_nothing(demo: Path, line: Callable[..., Line], photograph: Photograph) -> None:
    """Neither Enters nor a `yes` from before the question are an answer to it; then it waits."""
    before = photograph(demo)
    person = line("-C", str(demo), "--plain")
    person.answer("market", "phases", "\n".join(["apply", "yes", *[""] * 9]))
    person.wait("Type yes or no: ")
    assert "+++ b/services/market/" in person.said
    person.type("")
    person.wait("Type yes or no: ")
    assert photograph(demo) == before
    person.type("no")
    person.wait("What now?")
    assert photograph(demo) == before


def test_a_closed_terminal_keeps_the_answers_and_puts_the_phase_back(
    demo: Path, line: Callable[..., Line], photograph: Photograph
) -> None:
    before = photograph(demo)
    person = line("-C", str(demo), "--plain")
    person.answer(*ANSWERS, "apply", "yes")
    person.wait("The commit message:")
    person.hang_up()
    assert person.process.wait(10) in (1, 129)  # the end of the input, or SIGHUP: whichever comes first
    assert photograph(demo) == before
    assert kept_purpose(demo) == PURPOSE


def test_a_phase_from_the_first_question_to_its_commit(demo: Path, line: Callable[..., Line]) -> None:
    person = line("-C", str(demo), "--plain")
    person.answer(*ANSWERS, "apply", "yes", "commit", "quit")
    person.wait("Your answers are kept.")
    assert person.process.wait(10) == 0
    assert re.search(r"commit [0-9a-f]{10} feat\(sentiment\): add service", person.said)
    log = subprocess.run(
        ["git", "-C", str(demo), "log", "-1", "--format=%s"], capture_output=True, text=True, check=True
    )
    assert log.stdout.strip() == "feat(sentiment): add service (phase 1 of 7)"


def test_what_is_typed_before_a_question_is_dropped(demo: Path, line: Callable[..., Line]) -> None:
    person = line("-C", str(demo), "--plain")
    person.type(*ANSWERS, "apply", "commit")
    person.wait("What was typed before this question is dropped.")
    person.answer("new", "Price-Feed 2", "")
    assert "Name, Enter for price_feed_2: " in person.said
    person.answer("quit")
    assert person.process.wait(10) == 0
    assert kept_purpose(demo) is None


def test_lines_pasted_together_into_the_message_all_arrive(demo: Path, line: Callable[..., Line]) -> None:
    person = line("-C", str(demo), "--plain")
    person.answer(*ANSWERS, "apply", "yes", "text")
    person.answer("Why:\nbecause it is asked for.\n")
    person.wait("  | because it is asked for.")
    person.answer("commit", "quit")
    assert person.process.wait(10) == 0


@pytest.mark.parametrize("columns", [60, 80])
def test_no_word_is_broken_at_the_edge(columns: int, demo: Path, line: Callable[..., Line]) -> None:
    person = line("-C", str(demo), "--plain", columns=columns)
    person.answer("new", "sentiment", "", PURPOSE, "?", "quit")
    person.wait("Go on with:")
    shown = [text.rstrip("\r") for text in person.said.split("\n") if str(demo) not in text]
    assert max(map(len, shown)) <= columns
