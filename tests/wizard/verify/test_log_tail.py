"""What counts as an error in a log."""

from __future__ import annotations

import pytest

from wizard.values.live import LogLine
from wizard.verify.log_tail import LogTail, is_error


@pytest.mark.parametrize(
    "text",
    [
        '{"level": "ERROR", "message": "x"}',
        '{"levelname": "critical"}',
        '{"severity": "Fatal", "message": "x"}',
        '{"level": 40, "msg": "x"}',
        "2025-01-01 ERROR feed lost",
        "CRITICAL: disk",
        "ts=1 level=error msg=x",
        "Traceback (most recent call last):",
        '{"broken json ERROR',
        "[ERROR] {x}",
    ],
)
def test_errors(text: str) -> None:
    assert is_error(text)


@pytest.mark.parametrize(
    "text",
    [
        '{"level": "INFO", "message": "no ERROR here"}',
        '{"level": "WARNING", "message": "error"}',
        '{"level": 20, "message": "error"}',
        "0 errors found",
        "errors=0",
        "INFO started",
        "",
        "[]",
        "TERROR",
    ],
)
def test_not_errors(text: str) -> None:
    assert not is_error(text)


def feed(*texts: str) -> LogTail:
    log = LogTail()
    for number, text in enumerate(texts):
        log.feed(LogLine(f"t{number}", text))
    return log


def test_a_traceback_is_one_problem_told_by_its_exception() -> None:
    log = feed(
        "start",
        "Traceback (most recent call last):",
        '  File "x.py", line 1',
        "    1 / 0",
        "ZeroDivisionError: division",
        "end",
    )
    problems, errors, total = log.problems()
    assert (len(problems), errors, total) == (1, 1, 6)
    assert problems[0].at == "t1"
    assert problems[0].text.endswith("ZeroDivisionError: division")


def test_a_flood_of_errors_is_counted_not_kept() -> None:
    log = feed(*("ERROR x" for _ in range(10_000)))
    problems, errors, total = log.problems()
    assert (len(problems), errors, total) == (50, 10_000, 10_000)
    assert len(log.recent()) == 1000


def test_fresh_lines_are_given_once() -> None:
    log = feed("a", "b")
    assert log.fresh() == ["a", "b"]
    assert log.fresh() == []
