"""Long text goes through the person's pager on a terminal, and nowhere else; what it shows is as safe as before."""

from __future__ import annotations

from pathlib import Path

import pytest

from wizard.commands.shared.pager import page

LONG = [f"line {number} \x1b]0;owned\x07" for number in range(200)]


@pytest.fixture
def pager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A pager that keeps what it is given and in which environment; the terminal has 24 lines."""
    script, kept = tmp_path / "pager", tmp_path / "kept"
    script.write_text(f'#!/bin/sh\ncat > {kept}; echo "$LESS $LESSSECURE" >> {kept}\n')
    script.chmod(0o755)
    monkeypatch.setenv("PAGER", str(script))
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("LESS", raising=False)
    monkeypatch.setenv("LINES", "24")
    monkeypatch.setattr("wizard.commands.shared.pager.text_width", lambda: 80)
    return kept


def test_long_text_goes_to_the_pager_without_what_a_terminal_obeys(
    pager: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page(LONG)
    lines = pager.read_text().splitlines()
    assert lines[0].startswith("line 0 ") and len(lines) == 201
    assert "\x1b" not in "".join(lines)
    assert lines[-1] == "FRX 1"
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("words", ["", "cat", "cat -v", "/no/such/pager", "'half"])
def test_without_a_pager_it_is_printed(
    pager: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    monkeypatch.setenv("PAGER", words)
    page(LONG)
    assert not pager.exists()
    assert capsys.readouterr().out.startswith("line 0 ")


def test_what_fits_is_printed(pager: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page(LONG[:5])
    assert not pager.exists()
    assert len(capsys.readouterr().out.splitlines()) == 5


def test_a_pipe_and_a_terminal_that_only_prints_get_no_pager(
    pager: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "dumb")
    page(LONG)
    monkeypatch.setattr("wizard.commands.shared.pager.text_width", lambda: 0)
    monkeypatch.setenv("TERM", "xterm")
    page(LONG)
    assert not pager.exists()
    assert len(capsys.readouterr().out.splitlines()) == 400
