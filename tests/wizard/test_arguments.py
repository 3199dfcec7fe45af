"""The parser: only the command that is named, and help as the standard formatter would lay it out."""

from __future__ import annotations

import argparse

import pytest

from wizard import arguments


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
    assert list(commands) == ([only] if only else list(arguments.COMMANDS))
