"""The service's log as it arrives: counted, its errors kept, never stored whole (a service may write 100,000 lines a
second).
"""

from __future__ import annotations

import json
import re
import threading
from collections import deque

from wizard.values.live import LogLine

_SUSPECT = re.compile(r"error|critical|fatal|emerg|panic|traceback|\"level\"\s*:\s*\d", re.IGNORECASE)
_TEXT = re.compile(
    r"\b(ERROR|CRITICAL|FATAL|PANIC)\b|\blevel=(error|critical|fatal|panic)\b|Traceback \(most recent call last\)"
)
_LEVELS = frozenset({"ERROR", "CRITICAL", "FATAL", "PANIC", "EMERGENCY", "ALERT", "EXCEPTION"})
_LEVEL_KEYS = ("level", "levelname", "severity", "log.level", "lvl")
_ERROR_NUMBER = 40
_KEPT_PROBLEMS = 50


def is_error(text: str) -> bool:
    """Whether a log line is at ERROR or above, or begins a traceback.

    A JSON line is judged by its level alone (Python's numbers count from 40), any other by its words.
    """
    if not _SUSPECT.search(text):
        return False
    stripped = text.strip()
    if stripped.startswith("{") and stripped.endswith("}"):
        level = _json_level(stripped)
        if level is not None:
            return level
    return bool(_TEXT.search(text))


def _json_level(text: str) -> bool | None:
    try:
        record: object = json.loads(text)
    except ValueError:
        return None
    if not isinstance(record, dict):
        return None
    level = next((record[key] for key in _LEVEL_KEYS if key in record), None)
    if isinstance(level, int):
        return level >= _ERROR_NUMBER
    return level.upper() in _LEVELS if isinstance(level, str) else None


class LogTail:
    """Collects a log from another thread. `feed` never blocks; everything else is read by the checks."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._fresh: deque[str] = deque(maxlen=200)
        self._recent: deque[str] = deque(maxlen=1000)
        self._problems: list[LogLine] = []
        self._in_traceback = False
        self._errors = 0
        self._total = 0

    def feed(self, line: LogLine) -> None:
        """One line arrived."""
        with self._lock:
            self._total += 1
            self._fresh.append(line.text)
            self._recent.append(line.text)
            if self._in_traceback and self._problems:
                self._continue(line)
            elif is_error(line.text):
                self._errors += 1
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
        """The lines since the last call, at most the last 200."""
        with self._lock:
            lines = list(self._fresh)
            self._fresh.clear()
        return lines

    def recent(self) -> list[str]:
        """The last 1000 lines."""
        with self._lock:
            return list(self._recent)

    def problems(self) -> tuple[tuple[LogLine, ...], int, int]:
        """(the first errors with their time, how many errors, how many lines)."""
        with self._lock:
            return tuple(self._problems), self._errors, self._total
