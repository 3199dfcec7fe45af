"""Leaving an edit out, and taking a recipe, by answering questions."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.wizard.plain.test_session import ANSWERS

Talk = Callable[..., tuple[int, str]]


def test_a_file_that_is_left_is_not_written_and_the_reason_is_kept(demo: Path, talk: Talk) -> None:
    _, said = talk(*ANSWERS, "leave", "1", "We have our own", "apply", "yes", "commit", "quit")
    assert "(We have our own)" in said
    kept = (demo / ".stack-wizard/services/sentiment.yaml").read_text()
    assert 'reason: "We have our own"' in kept
    left = next(line.partition(": ")[2] for line in kept.splitlines() if line.strip().startswith("- what: "))
    assert not (demo / left.strip('"')).exists()


def test_nothing_is_left_out_without_a_reason(demo: Path, talk: Talk) -> None:
    _, said = talk(*ANSWERS, "leave", "1", "", "quit")
    assert "Nothing is left out: that needs a reason" in said
