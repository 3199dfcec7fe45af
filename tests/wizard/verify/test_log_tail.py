"""What counts as an error in a log."""

from __future__ import annotations

import pytest

from wizard.values.live import LogLine
from wizard.verify.log_level import is_error
from wizard.verify.log_tail import LogTail


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
        '{"log": {"level": "error"}, "message": "x"}',
        '{"text": "x", "record": {"level": {"icon": "", "name": "ERROR", "no": 40}}}',
        '{"severity_text": "FATAL", "body": "x"}',
        '{"SeverityNumber": 17, "Body": "x"}',
        '{"level": 50, "time": 1, "pid": 7, "hostname": "h", "msg": "x"}',
        '{"version": "1.1", "short_message": "x", "level": 3}',
        '{"level": "error", "msg": "INFO"}',
        "2025/11/01 10:00:00 [error] 12#12: *1 connect() failed",
        "2025/11/01 10:00:00 [emerg] 1#1: bind() failed",
        "E1101 10:00:00.000000       7 server.cc:12] lost",
        "F1101 10:00:00.000000       7 server.cc:12] gone",
        "<3>kernel: broken",
        "t=2025 lvl=eror msg=x",
        'time="2025" level=fatal msg="x"',
        "severity=ERROR service=x",
        "2025-11-01 10:00:00,000 - app - ERROR - lost",
        "ERROR:root:lost",
        "Exception in thread Thread-1 (listen):",
        "panic: runtime error: index out of range",
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
        '{"log": {"level": "info"}, "error": {"message": null}}',
        '{"record": {"level": {"name": "WARNING", "no": 30}}, "text": "error"}',
        '{"level": 40, "time": 1, "pid": 7, "hostname": "h", "msg": "retry after error"}',
        '{"version": "1.1", "short_message": "error count", "level": 6}',
        '{"severity": "INFO", "message": "errors: 0"}',
        "2025/11/01 10:00:00 [notice] 1#1: start worker, error_log on",
        "I1101 10:00:00.000000       7 server.cc:12] ERROR count 0",
        "<6>kernel: error-free",
        "INFO level ERROR is logged to stderr",
        "2025-11-01 WARNING retry after ERROR",
        'level=info msg="no ERROR"',
        "GET /errors 200",
        "Error pages are served from /errors",
        "Entering loop E",
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


@pytest.mark.parametrize(
    "text", ["\x1b[31mERROR\x1b[0m feed lost", "[\x1b[1;31mCRITICAL\x1b[0m] x", "\x1b[31;1m2025 ERROR\x1b[m: x"]
)
def test_a_level_counts_whatever_its_colour(text: str) -> None:
    problems, errors, _ = feed("\x1b[32mINFO\x1b[0m no ERROR so far", text).problems()
    assert errors == 1
    assert "\x1b" not in problems[0].text


def test_what_a_validation_error_repeats_of_its_input_is_not_told() -> None:
    line = "  Field required [type=missing, input_value={'redis_password': '1f3e6...c369'}, input_type=dict]"
    short = "  Input should be a valid integer [type=int_parsing, input_value='s3cret, input_type', input_type=str]"
    log = feed("x", line, short)
    assert log.recent()[1] == "  Field required [type=missing, input_value=…, input_type=dict]"
    assert "s3cret" not in log.recent()[2]
