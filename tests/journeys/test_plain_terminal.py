"""The plain door in a real terminal (a pseudo terminal): who gets it, Ctrl-C, and a terminal that is closed."""

from __future__ import annotations

import os
import re
import select
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from wizard.pipeline.opening import open_stack
from wizard.session.draft import Drafts

pytestmark = pytest.mark.journey
Photograph = Callable[[Path], dict[str, bytes]]
PURPOSE = "Scores how the market feels."
ANSWERS = ("new", "sentiment", PURPOSE, *[""] * 12)


class Line:
    """A program on a terminal of its own: what it prints, and keys for it."""

    def __init__(self, words: tuple[str, ...], env: dict[str, str]) -> None:
        self._master, slave = os.openpty()
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
            ready, _, _ = select.select([self._master], [], [], max(0.0, end - time.monotonic()))
            assert ready, f"waited for {text!r}; it said:\n{self.said}"
            self.said += os.read(self._master, 65536).decode("utf-8", "replace")

    def type(self, *lines: str) -> None:
        """Type lines ahead, as quick hands do; the terminal keeps them until they are asked for."""
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

    def start(*words: str, **env: str) -> Line:
        opened.append(Line(words, env))
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
    person.type(*ANSWERS, "apply")
    person.wait("The commit message:")
    assert photograph(demo) != before
    person.press("\x03")
    person.wait("What was not committed is put back.")
    assert person.process.wait(10) == 130
    assert photograph(demo) == before
    assert kept_purpose(demo) == PURPOSE


def test_a_closed_terminal_keeps_the_answers_and_puts_the_phase_back(
    demo: Path, line: Callable[..., Line], photograph: Photograph
) -> None:
    before = photograph(demo)
    person = line("-C", str(demo), "--plain")
    person.type(*ANSWERS, "apply")
    person.wait("The commit message:")
    person.hang_up()
    assert person.process.wait(10) in (1, 129)  # the end of the input, or SIGHUP: whichever comes first
    assert photograph(demo) == before
    assert kept_purpose(demo) == PURPOSE


def test_a_phase_from_the_first_question_to_its_commit(demo: Path, line: Callable[..., Line]) -> None:
    person = line("-C", str(demo), "--plain")
    person.type(*ANSWERS, "apply", "commit", "quit")
    person.wait("Your answers are kept.")
    assert person.process.wait(10) == 0
    assert re.search(r"commit [0-9a-f]{10} feat\(sentiment\): add service", person.said)
    log = subprocess.run(
        ["git", "-C", str(demo), "log", "-1", "--format=%s"], capture_output=True, text=True, check=True
    )
    assert log.stdout.strip() == "feat(sentiment): add service (phase 1 of 7)"
