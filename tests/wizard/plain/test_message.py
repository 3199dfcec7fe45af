from __future__ import annotations

import io
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from wizard.plain.message import settle
from wizard.plain.voice import Voice

Voices = Callable[..., tuple[Voice, io.StringIO]]
TRAILERS = "Stack-Wizard-Service: orders\nStack-Wizard-Phase: 1/7 service\nStack-Wizard-Items: 1.1 met\n"
PROPOSED = f"feat(orders): add service (phase 1 of 7)\n\n- 1.1 met: Create service.py\n\n{TRAILERS}"


@pytest.fixture(autouse=True)
def no_editor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.delenv("EDITOR", raising=False)


def test_it_is_shown_and_taken_as_it_is(voice: Voices) -> None:
    spoken, heard = voice("", "1", "com", "commit")
    assert settle(spoken, PROPOSED) == PROPOSED
    assert heard.getvalue().count("Number or word: ") == 4  # neither Enter nor a slip of a key commits
    assert "  | feat(orders): add service (phase 1 of 7)\n" in heard.getvalue()
    assert "editor" not in heard.getvalue()


def test_another_first_line_and_another_text_keep_the_trailers(voice: Voices) -> None:
    spoken, _ = voice("subject", "  feat: orders  at last ", "text", "Why:", "because.", "", "commit")
    assert settle(spoken, PROPOSED) == f"feat: orders at last\n\nWhy:\nbecause.\n\n{TRAILERS}"


def test_nothing_typed_changes_nothing(voice: Voices) -> None:
    spoken, _ = voice("subject", "", "text", "", "commit")
    assert settle(spoken, PROPOSED) == PROPOSED


@pytest.mark.parametrize("word", ["take back", "back", "4"])
def test_taking_back_is_an_empty_message(word: str, voice: Voices) -> None:
    spoken, _ = voice("?", word)
    assert settle(spoken, PROPOSED) == ""


def test_an_editor_that_drops_the_trailers_loses_nothing(
    voice: Voices, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor = tmp_path / "my editor"
    editor.write_text('#!/bin/sh\nprintf "mine\\n\\nbody\\n" > "$1"\n')
    editor.chmod(editor.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("EDITOR", f"'{editor}'")
    spoken, _ = voice("editor", "commit")
    assert settle(spoken, PROPOSED) == f"mine\n\nbody\n\n{TRAILERS}"


def test_an_editor_that_fails_leaves_the_message(voice: Voices, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VISUAL", "false")
    spoken, heard = voice("editor", "commit")
    assert settle(spoken, PROPOSED) == PROPOSED
    assert "The editor did not work" in heard.getvalue()
