"""Judges one log line: is it at ERROR or above? A line says its level in its own form; words are the last resort."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from wizard.values.pattern import lazy_pattern

_SUSPECT = lazy_pattern(
    r"err|eror|crit|fatal|emerg|panic|alert|traceback|exception|severe"
    r"|\"(?:level|lvl|severity\w*)\"\s*:|^[EF]\d{4} |^<[0-3]>",
    re.IGNORECASE,
)
"""Cheap: a flood of a hundred thousand plain lines a second must not be parsed."""
_ERRORS = frozenset(
    {"ERR", "EROR", "ERROR", "CRIT", "CRITICAL", "FATAL", "PANIC", "DPANIC", "EMERG", "EMERGENCY", "ALERT"}
    | {"EXCEPTION", "SEVERE", "E", "F"}
)
_LEVEL_KEYS = (
    *("level", "levelname", "severity", "severity_text", "SeverityText", "SeverityNumber", "severity_number"),
    *("log.level", "lvl", "level_name", "loglevel"),
)
_HOLDERS = ("log", "record", "level", "severity", "event", "data", "fields", "attributes")
"""Where loggers nest their level: `{"log": {"level": …}}` (ECS), `{"record": {"level": {"name": …}}}` (loguru)."""
_NESTED = 3
_PYTHON_ERROR, _PINO_ERROR, _SYSLOG_ERROR, _OTEL_ERROR = 40, 50, 3, 17
_TRACEBACK = lazy_pattern(r"Traceback \(most recent call last\)|^Exception in thread |^panic: ")
_GLOG = lazy_pattern(r"^(?P<level>[IWEF])\d{4} \d\d:\d\d:\d\d")
_SYSLOG = lazy_pattern(r"^<(?P<level>\d{1,3})>")
_KEY = lazy_pattern(r"\b(?:level|lvl|severity|loglevel)=[\"']?(?P<level>\w+)", re.IGNORECASE)
_BRACKET = lazy_pattern(
    r"\[\s*(?P<level>trace|debug|info|notice|warn|warning|error|crit|critical|fatal|alert|emerg|panic)\s*\]",
    re.IGNORECASE,
)
_WORD = lazy_pattern(
    r"(?<![\w.=/\"'-])(?P<level>TRACE|DEBUG|INFO|NOTICE|LOG|WARN|WARNING|ERROR|CRITICAL|FATAL|PANIC|SEVERE|EMERGENCY|ALERT)\b"
)


def is_error(text: str) -> bool:
    """Tells whether a log line is at ERROR or above, or begins a traceback.

    The first level that the line says decides: `INFO no ERROR so far` is none.
    """
    return bool(_SUSPECT.search(text)) and said_level(text) is True


def said_level(text: str) -> bool | None:
    """Tells whether the level that a line says is ERROR or above; None for a line that says none."""
    stripped = text.strip()
    if stripped.startswith("{") and stripped.endswith("}"):
        found = _of_json(stripped)
        if found is not None:
            return found
    if _TRACEBACK.search(stripped):
        return True
    syslog = _SYSLOG.match(stripped)
    if syslog:
        return int(syslog["level"]) % 8 <= _SYSLOG_ERROR
    level = _said(stripped)
    return None if level is None else level.upper() in _ERRORS


def _said(text: str) -> str | None:
    """The first level of a plain line: glog's letter, `level=…`, nginx' brackets, or a word in capitals."""
    glog = _GLOG.match(text)
    if glog:
        return glog["level"]
    found = [match for pattern in (_KEY, _BRACKET, _WORD) if (match := pattern.search(text))]
    return min(found, key=lambda match: match.start())["level"] if found else None


def _of_json(text: str) -> bool | None:
    try:
        record: object = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(record, dict):
        return None
    level = next(_levels(record, 0), None)
    if isinstance(level, bool) or level is None:
        return None
    if isinstance(level, str) and not level.strip().lstrip("-").isdigit():
        return level.strip().upper() in _ERRORS
    return _number_is_error(int(level), record) if isinstance(level, (int, str)) else None


def _levels(record: dict[object, object], depth: int) -> Iterator[object]:
    """Every level of a record, the outermost first."""
    for key in _LEVEL_KEYS:
        value = record.get(key)
        if isinstance(value, (str, int)):
            yield value
        elif isinstance(value, dict):
            yield from (value[name] for name in ("name", "text", "no", "value") if name in value)
    for key in _HOLDERS if depth < _NESTED else ():
        inner = record.get(key)
        if isinstance(inner, dict):
            yield from _levels(inner, depth + 1)


def _number_is_error(level: int, record: dict[object, object]) -> bool:
    """Python counts from 40, pino from 50 (40 warns), GELF as syslog downwards from 3, OpenTelemetry from 17."""
    if "short_message" in record:
        return level <= _SYSLOG_ERROR
    if "SeverityNumber" in record or "severity_number" in record:
        return level >= _OTEL_ERROR
    pino = "msg" in record and ("pid" in record or "hostname" in record)
    return level >= (_PINO_ERROR if pino else _PYTHON_ERROR)
