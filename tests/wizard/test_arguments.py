"""The parser: only the command that is named, and help as the standard formatter would lay it out."""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path

import pytest

from tests.man_page import man_page
from wizard import arguments
from wizard.arguments import build_parser
from wizard.help_words import COMMANDS, EXITS, LINES


@pytest.mark.parametrize("columns", ["20", "50", "80", "200", "wide", "0"])
@pytest.mark.parametrize("words", [["--help"], ["run", "--help"], ["-C", ".", "check", "-h"]])
def test_help_is_as_wide_as_the_standard_formatter_has_it(
    columns: str, words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", columns)

    def shown() -> str:
        with pytest.raises(SystemExit) as end:
            arguments.build_parser(words).parse_args(words)
        assert end.value.code == 0
        return capsys.readouterr().out

    ours = shown()
    monkeypatch.setattr(arguments, "HelpFormatter", argparse.RawDescriptionHelpFormatter)
    assert shown() == ours


@pytest.mark.parametrize(
    ("words", "only"),
    [
        (["check", "-h"], "check"),
        (["-C", "check", "run", "x"], "run"),
        (["-q", "--plain", "status"], "status"),
        (["--help", "check"], None),
        (["--he", "check"], None),
        (["-Cx", "check"], None),
        ([], None),
    ],
)
def test_only_the_named_command_is_built(words: list[str], only: str | None) -> None:
    parser = arguments.build_parser(words)
    (commands,) = (a.choices for a in parser._actions if isinstance(a, argparse._SubParsersAction))
    assert list(commands) == ([only] if only else list(COMMANDS))


@pytest.mark.parametrize("name", COMMANDS)
def test_help_has_lines_to_copy_and_what_the_exit_code_means(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        build_parser([name]).parse_args([name, "--help"])
    shown = capsys.readouterr().out
    assert all(line in shown for line in LINES[name])
    assert EXITS[name] in shown


@pytest.mark.parametrize("line", [line for lines in LINES.values() for line in lines])
def test_a_line_to_copy_is_right(line: str) -> None:
    words = shlex.split(line, comments=True)
    end = next((at for at, word in enumerate(words) if word in (">", "|")), len(words))
    assert words[0] == "stack-wizard"
    build_parser(words[1:end]).parse_args(words[1:end])


def test_every_argument_is_explained() -> None:
    for parser in build_parser().commands():
        silent = [action.dest for action in parser._actions if not action.help and action.dest != "action"]
        assert not silent, parser.prog


def test_the_man_page_in_the_documents_is_the_parsers() -> None:
    written = (Path(__file__).parents[2] / "docs" / "stack-wizard.1").read_text(encoding="utf-8")
    assert written == man_page()
    assert "\\-\\-words" not in written
