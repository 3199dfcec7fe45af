"""The service's log as it arrives: counted, its errors kept, never stored whole (a service may write 100,000 lines a
second).
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable

from wizard.rules.text import uncoloured
from wizard.rules.wanted import lines_with
from wizard.values.live import LogLine
from wizard.values.pattern import lazy_pattern
from wizard.verify.log_level import is_error

_SHOWN = 2000
"""Lines that wait to be shown; a door that reads slower is told how many it did not see."""
_RECENT = 1000
_KEPT_PROBLEMS = 50


_INPUT = lazy_pattern(r"input_value=.*(?=, input_type=)|input_value=.*")
"""Pydantic shows what it was given, of secrets too: the first and the last characters of a password."""


def readable(text: str) -> str:
    """Returns a line without colours and without the input that a validation error repeats."""
    return _INPUT.sub("input_value=…", uncoloured(text))


class LogTail:
    """Collects a log from another thread. `feed` never blocks; everything else is read by the checks.

    `sought`: texts that are looked for in every line, `*` in them for anything.
    """

    def __init__(self, sought: Iterable[str] = ()) -> None:
        self._lock = threading.Lock()
        self._fresh: deque[str] = deque(maxlen=_SHOWN)
        self._unseen = 0
        self._recent: deque[str] = deque(maxlen=_RECENT)
        self._problems: list[LogLine] = []
        self._in_traceback = False
        self._errors = 0
        self._total = 0
        self._doubted = 0
        self._doubt = False
        self._sought = set(sought)
        self._found: set[str] = set()

    def feed(self, line: LogLine) -> None:
        """Takes one line that arrived; colours and what a validation error repeats of its input are left out."""
        line = LogLine(line.at, readable(line.text))
        with self._lock:
            self._total += 1
            self._unseen += len(self._fresh) == _SHOWN
            self._fresh.append(line.text)
            self._recent.append(line.text)
            self._found |= {text for text in self._sought - self._found if next(lines_with(text, (line.text,)), 0)}
            if self._in_traceback and self._problems:
                self._continue(line)
            elif is_error(line.text):
                self._errors += 1
                self._doubted += self._doubt
                if len(self._problems) < _KEPT_PROBLEMS:
                    self._problems.append(line)
                    self._in_traceback = line.text.startswith("Traceback (most")

    def _continue(self, line: LogLine) -> None:
        """Lines of a traceback are one problem, told by its last line: the exception."""
        if line.text.startswith((" ", "\t")) or not line.text:
            return
        begin = self._problems[-1]
        self._problems[-1] = LogLine(begin.at, f"{begin.text.rstrip(':')}: … {line.text}")
        self._in_traceback = False

    def fresh(self) -> list[str]:
        """Returns the lines since the last call; of more than 2,000 the last ones, and how many are left out."""
        with self._lock:
            lines = list(self._fresh)
            if self._unseen:
                lines.insert(0, f"… {self._unseen} lines came faster than they are shown; all of them were judged")
            self._fresh.clear()
            self._unseen = 0
        return lines

    def recent(self) -> list[str]:
        """Returns the last 1,000 lines."""
        with self._lock:
            return list(self._recent)

    def has(self, text: str) -> bool:
        """Tells whether any line had one of the texts that this log was told to look for."""
        with self._lock:
            return text in self._found

    @property
    def doubting(self) -> bool:
        """Whether what happens now may be due to an event that was made up for a check."""
        with self._lock:
            return self._doubt

    def doubt(self, begins: bool = True) -> None:
        """Notes that from now on an error may be due to a made-up event, or may not be any more."""
        with self._lock:
            self._doubt = begins

    def doubted(self) -> int:
        """Returns how many errors came while there was doubt."""
        with self._lock:
            return self._doubted

    def problems(self) -> tuple[tuple[LogLine, ...], int, int]:
        """Returns the first errors with their time, how many errors there were, and how many lines."""
        with self._lock:
            return tuple(self._problems), self._errors, self._total
