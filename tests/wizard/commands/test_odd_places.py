"""Odd places and odd surroundings: folders in the middle of a stack, a folder that is gone, outputs that are full."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Wizard = Callable[..., Any]
Photograph = Callable[[Path], dict[str, bytes]]
LINES = (
    ("status",),
    ("check", "market"),
    ("map",),
    ("report",),
    ("run", "market", "--dry-run"),
    ("run", "market", "--yes", "--no-live"),
    ("undo", "market"),
    ("waive", "market", "3.5", "--reason", "no"),
)


@pytest.mark.parametrize("line", LINES, ids=[" ".join(line) for line in LINES])
@pytest.mark.parametrize("inner", ["services", "services/market"])
def test_a_folder_in_the_middle_of_a_stack_names_the_stack(
    inner: str, line: tuple[str, ...], demo: Path, wizard: Wizard, photograph: Photograph
) -> None:
    before = photograph(demo)
    said = wizard(*line, stack=demo / inner)
    assert said.code == 2
    assert f"{demo / inner} is a part of the stack in {demo}" in said.err
    assert f"-C {demo}" in said.err
    assert said.out == ""
    assert photograph(demo) == before


def test_a_stack_in_a_folder_of_a_larger_repository_is_one(demo: Path, wizard: Wizard) -> None:
    inner = demo / "services" / "tools"
    inner.mkdir()
    (inner / "compose.yaml").write_text("services:\n  web: {image: nginx:1.27}\n")
    assert "is a part of" not in wizard("status", stack=inner).err
    assert wizard("run", "fresh", "--dry-run", stack=inner).code == 0


@pytest.mark.parametrize("line", [("ports",), ("map",), ("waive", "a", "1.1", "--reason", "b")])
def test_a_folder_without_a_stack_is_refused_by_every_command(
    line: tuple[str, ...], demo: Path, tmp_path: Path, wizard: Wizard
) -> None:
    empty = tmp_path / "empty"
    subprocess.run(["git", "init", "-q", str(empty)], check=True)
    said = wizard(*line, stack=empty)
    assert (said.code, said.out) == (2, "")
    assert "no service was found" in said.err


def test_a_bad_name_for_the_demo_is_said_before_anything_is_made(tmp_path: Path, wizard: Wizard) -> None:
    said = wizard("demo", str(tmp_path / "new"), "--headless", "--service", "Not-Good")
    assert said.code == 2
    assert "service name 'Not-Good'" in said.err
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("words", [("report", "--output"), ("map", "--output")], ids=["report", "map"])
@pytest.mark.parametrize("place", [".", "/", ".."])
def test_an_output_that_is_a_folder(words: tuple[str, ...], place: str, demo: Path, wizard: Wizard) -> None:
    said = wizard(*words, place)
    assert said.code == 1
    assert f"{place} is a folder" in said.err


def test_all_services_go_to_the_branch_that_was_asked_for(
    demo: Path, wizard: Wizard, git: Callable[..., str], photograph: Photograph
) -> None:
    before = git("rev-parse", "HEAD")
    said = wizard("run", "--all", "--phase", "container", "--yes", "--no-live", "--branch", "images")
    assert said.code in (0, 1), said.err
    assert git("branch", "--show-current").strip() == "images"
    assert git("rev-parse", "images~1") != git("rev-parse", "images")
    assert git("rev-parse", "main" if "main" in git("branch") else "master") == before


def shell(script: str, folder: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    """Runs a script; `$WIZARD` is the program."""
    wizard = f"{sys.executable} -m screens"
    return subprocess.run(
        ["sh", "-c", script.replace("$WIZARD", wizard)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3]), **environ},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.mark.parametrize("line", ["status", "-C {demo} run market --dry-run", "-C {demo} check"])
def test_a_shell_in_a_folder_that_is_gone(line: str, demo: Path, tmp_path: Path) -> None:
    script = f"mkdir gone && cd gone && rmdir ../gone && $WIZARD {line.format(demo=demo)}"
    said = shell(script, tmp_path)
    assert said.returncode == 2
    assert said.stderr.splitlines() == [
        "stack-wizard: the folder that this shell is in is gone",
        "  next: cd to one that is there",
    ]


@pytest.mark.parametrize("columns", ["²", "-3", "0", "x", "9" * 20])
def test_help_in_odd_columns(columns: str, apart: None, tmp_path: Path) -> None:
    said = shell("$WIZARD --help", tmp_path, COLUMNS=columns)
    assert (said.returncode, said.stderr) == (0, "")
    assert said.stdout.startswith("usage: stack-wizard")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
@pytest.mark.parametrize("line", ["--help", "help run", "version", "--version", "completion bash", "explain"])
def test_what_cannot_be_written_is_not_done(line: str, apart: None, tmp_path: Path) -> None:
    assert shell(f"$WIZARD {line} > /dev/full", tmp_path).returncode == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_the_exit_code_says_it_where_no_words_can(apart: None, tmp_path: Path) -> None:
    assert shell("$WIZARD chekc 2> /dev/full", tmp_path).returncode == 2
    assert shell("$WIZARD chekc 2>&-", tmp_path).returncode == 2


def test_ctrl_c_while_the_line_is_read(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted(*_words: object) -> None:
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr("wizard.cli.build_parser", interrupted)
    from wizard.cli import main

    assert main(["status"]) == 130
    assert capsys.readouterr().err.strip() == "stack-wizard: interrupted"


def test_a_branch_that_touches_no_service_is_told_so(demo: Path, wizard: Wizard) -> None:
    said = wizard("check", "--changed", "HEAD")
    assert (said.code, said.out, said.err) == (0, "this branch touches no service\n", "")
