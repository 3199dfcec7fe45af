"""A report of a bug can be sent to anybody: versions and the traceback, and no secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from wizard.adapters.bugs import record, report, without_secrets


def broken(text: str) -> BaseException:
    try:
        raise RuntimeError(text)
    except RuntimeError as bug:
        return bug


def test_it_has_the_versions_and_the_traceback() -> None:
    said = report(broken("no such thing"))
    for word in ("stack-wizard ", ", Python 3.", "textual 8.", "pydantic 2.", "git version", "RuntimeError: no such"):
        assert word in said, word
    assert "in broken\n    raise RuntimeError" in said


@pytest.mark.parametrize(
    "text",
    [
        "could not connect to redis://:hunter22@cache:6379/0",
        "postgresql://market:hunter22@db/market refused",
        "POSTGRES_PASSWORD='hunter22'",
        "the value hunter22 of a variable",
        'api_token = "hunter22"',
    ],
)
def test_it_has_no_secret(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MARKET_REDIS_PASSWORD", "hunter22")
    said = report(broken(text))
    assert "hunter22" not in said
    assert "RuntimeError: " in said


def test_a_secret_that_is_a_part_of_words_does_not_tear_them() -> None:
    assert without_secrets("a test of words", {"DB_PASSWORD": "e"}) == "a test of words"


def test_the_next_step_says_where_it_is_and_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    said = record(broken("x"))
    assert f"{tmp_path}/stack-wizard/bugs.log" in said
    assert "send it" in said
    assert "RuntimeError: x" in (tmp_path / "stack-wizard" / "bugs.log").read_text()
