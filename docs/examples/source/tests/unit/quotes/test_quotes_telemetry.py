"""Unit tests of the service's logs and metrics."""

from __future__ import annotations

import json
import logging
import platform
from types import SimpleNamespace

import pytest
from flask import Flask

from quotes import telemetry as telemetry_module
from quotes.config import SERVICE
from quotes.telemetry import (
    MOST_KINDS,
    REPEAT_SECONDS,
    REPEATS,
    JsonFormatter,
    Metrics,
    RepeatFilter,
    setup_logging,
)

pytestmark = pytest.mark.unit


def record(message: str = "it is %s", created: float = 0.0) -> logging.LogRecord:
    """A record of one second after the epoch, or later."""
    made = logging.LogRecord("a", logging.WARNING, "", 1, message, ("so",), None)
    made.created = 1.0 + created
    return made


def test_a_record_is_one_line_of_json() -> None:
    """With the time in UTC; a traceback stays inside the line."""
    line = json.loads(JsonFormatter().format(record()))
    assert line == {
        "level": "WARNING",
        "time": "1970-01-01T00:00:01+00:00",
        "service": SERVICE,
        "logger": "a",
        "message": "it is so",
    }
    made = record()
    try:
        raise ValueError("why\nnot")
    except ValueError as error:
        made.exc_info = (ValueError, error, error.__traceback__)
    text = JsonFormatter().format(made)
    assert "\n" not in text
    assert "ValueError: why" in json.loads(text)["exception"]


def test_the_event_is_named_in_the_lines_about_it() -> None:
    """A log can be searched by it."""
    made = record()
    made.event = "a-1"
    assert json.loads(JsonFormatter().format(made))["event"] == "a-1"


def test_repeats_are_left_out_and_counted() -> None:
    """Other messages pass; the first one of the next ten seconds says how many were left out."""
    filtered = RepeatFilter()
    assert [filtered.filter(record()) for _ in range(REPEATS + 2)] == [True] * REPEATS + [False] * 2
    assert filtered.filter(record("other %s"))
    assert not filtered.filter(record(created=REPEAT_SECONDS))
    later = record(created=REPEAT_SECONDS + 0.5)
    assert filtered.filter(later)
    assert later.getMessage() == f"it is so (3 more in {REPEAT_SECONDS:.0f} s)"


def test_after_ten_seconds_as_many_pass_again() -> None:
    """The record that says how many were left out is the first of them."""
    filtered = RepeatFilter()
    later = REPEAT_SECONDS + 0.5
    assert all(filtered.filter(record()) for _ in range(REPEATS))
    found = [filtered.filter(record(created=later)) for _ in range(REPEATS + 1)]
    assert found == [True] * REPEATS + [False]


def test_logs_are_lines_of_json_on_standard_output(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of every logger, from the level on, without repeats, and of no other handler."""
    root = logging.getLogger()
    level = root.level
    monkeypatch.setattr(root, "handlers", [logging.StreamHandler()])
    try:
        setup_logging("WARNING")
        logging.getLogger("library").info("it is %s", "fine")
        for _ in range(REPEATS + 1):
            logging.getLogger("library").warning("it is %s", "\u00e4")
    finally:
        root.setLevel(level)
    said = capsys.readouterr()
    messages = [json.loads(line)["message"] for line in said.out.splitlines()]
    assert messages == ["it is \u00e4"] * REPEATS
    assert "it is \u00e4" in said.out
    assert said.err == ""


def test_a_request_is_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the clock that never goes back."""
    metrics, app = Metrics(), Flask("under_test")
    metrics.watch(app)
    times = iter((10.0, 10.5))
    clock = SimpleNamespace(perf_counter=lambda: next(times))
    monkeypatch.setattr(telemetry_module, "time", clock)
    app.test_client().get("/nowhere")
    labels = {"method": "GET", "route": "unmatched"}
    value = metrics.registry.get_sample_value
    assert value("http_request_seconds_sum", labels) == 0.5
    assert value("http_request_seconds_count", labels) == 1


def test_kinds_are_forgotten_before_they_are_too_many() -> None:
    """A message that is put together anew each time must not fill the memory."""
    filtered = RepeatFilter()
    assert all(filtered.filter(record(f"{number} %s")) for number in range(3 * MOST_KINDS))
    assert len(filtered._seen) == MOST_KINDS


def test_a_message_that_was_not_left_out_stays_as_it_is() -> None:
    """Nothing is counted where nothing was left out."""
    filtered = RepeatFilter()
    assert all(filtered.filter(record()) for _ in range(REPEATS))
    later = record(created=REPEAT_SECONDS + 0.5)
    assert filtered.filter(later)
    assert later.getMessage() == "it is so"


def test_the_build_is_said() -> None:
    """Which commit runs, on which Python."""
    metrics = Metrics()
    metrics.built("1a2b3c")
    labels = {"revision": "1a2b3c", "python": platform.python_version()}
    assert metrics.registry.get_sample_value("build_info", labels) == 1


def test_a_dependency_is_up_or_not() -> None:
    """As 1 and 0."""
    metrics = Metrics()
    for answered in (True, False):
        metrics.up("server", answered)
        found = metrics.registry.get_sample_value("dependency_up", {"dependency": "server"})
        assert found == float(answered)


def test_the_handler_is_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when it fails."""
    metrics = Metrics()
    times = iter((10.0, 10.5))
    clock = SimpleNamespace(perf_counter=lambda: next(times))
    monkeypatch.setattr(telemetry_module, "time", clock)
    with pytest.raises(ZeroDivisionError), metrics.handling():
        raise ZeroDivisionError
    assert metrics.registry.get_sample_value("handler_seconds_sum") == 0.5


def test_what_happens_to_messages_is_counted() -> None:
    """Under the names the README gives."""
    metrics = Metrics()
    metrics.received("in")
    metrics.failed("in", "invalid")
    metrics.published("out")
    metrics.lost("overflow", 4)
    metrics.disconnected()
    metrics.deaf(2.5)
    metrics.waiting(7)
    with metrics.handling():
        pass
    value = metrics.registry.get_sample_value
    assert value("messages_received_total", {"channel": "in"}) == 1
    assert value("messages_failed_total", {"channel": "in", "reason": "invalid"}) == 1
    assert value("messages_published_total", {"channel": "out"}) == 1
    assert value("messages_lost_total", {"reason": "overflow"}) == 4
    assert value("redis_disconnects_total") == 1
    assert value("redis_deaf_seconds_total") == 2.5
    assert value("messages_waiting") == 7
    assert value("handler_seconds_count") == 1
    assert (value("last_message_timestamp_seconds") or 0) > 1_700_000_000
