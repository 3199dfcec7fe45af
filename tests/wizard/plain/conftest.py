"""A person who types: the plain session on pipes, in this process."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from wizard.plain import run
from wizard.plain.voice import Voice

Talk = Callable[..., tuple[int, str]]


class Keys:
    """What is typed, line by line; `Ctrl-C` interrupts."""

    def __init__(self, lines: tuple[str, ...]) -> None:
        self._lines = iter(lines)

    def readline(self) -> str:
        line = next(self._lines, None)
        if line == "Ctrl-C":
            raise KeyboardInterrupt
        return "" if line is None else f"{line}\n"

    def isatty(self) -> bool:
        return False


@pytest.fixture
def talk(demo: Path, quiet_machine: None, monkeypatch: pytest.MonkeyPatch) -> Talk:
    """Holds a session in which these lines are typed; the exit code, and everything that was said."""

    def hold(*lines: str, stack: Path = demo, tour: bool = False) -> tuple[int, str]:
        heard = io.StringIO()
        monkeypatch.setattr(sys, "stdin", Keys(lines))
        monkeypatch.setattr(sys, "stdout", heard)
        code = run(stack, tour)
        return code, heard.getvalue()

    return hold


@pytest.fixture
def voice() -> Callable[..., tuple[Voice, io.StringIO]]:
    """A voice that hears these lines, and what it says."""

    def make(*lines: str) -> tuple[Voice, io.StringIO]:
        heard = io.StringIO()
        return Voice(Keys(lines), heard), heard

    return make
