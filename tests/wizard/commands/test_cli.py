"""The command line itself: where it works, what it does without words, how it ends."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from wizard import __version__
from wizard.cli import main
from wizard.cli_types import Opening
from wizard.session.sample import create_demo

Wizard = Callable[..., Any]
Photograph = Callable[[Path], dict[str, bytes]]


def test_without_words_or_a_terminal_it_shows_the_status_and_how_to_go_on(
    demo: Path, command: Wizard, photograph: Photograph
) -> None:
    before = photograph(demo)
    for words, stack in (((), demo), ((str(demo),), None), (("--no-color", str(demo)), None)):
        said = command(*words, stack=stack)
        assert said.code == 0
        assert "core                 yes         yes         yes      Running" in said.out
        assert "stack-wizard run NAME --yes" in said.err
    assert photograph(demo) == before


def test_the_folder_may_stand_before_or_behind_the_command(demo: Path, wizard: Wizard, tmp_path: Path) -> None:
    assert wizard("status", "-C", str(demo), stack=tmp_path).out == wizard("status").out


def test_version_and_help(command: Wizard) -> None:
    assert command("--version").out == f"stack-wizard {__version__}\n"
    shown = command("--help")
    assert shown.code == 0
    for name in ("demo", "init", "status", "ports", "check", "run", "verify", "undo", "waive", "explain"):
        assert f"\n    {name} " in shown.out
        assert command(name, "--help").out.startswith(f"usage: stack-wizard {name} ")


def test_a_reader_that_stops_reading_is_no_trouble(demo: Path, apart: None) -> None:
    script = f"{sys.executable} -m screens -q -C {demo} check | head -n 1; echo ${{PIPESTATUS[1]}}"
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=False)
    assert done.stdout.splitlines()[-1] == "0"
    assert done.stderr == ""


@pytest.mark.parametrize("buffered", ["", "1"])
@pytest.mark.parametrize("words", ["explain 3.5", "run market --phase container --yes"])
def test_an_output_that_is_full_is_no_bug(
    words: str, buffered: str, demo: Path, apart: None, photograph: Photograph, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    monkeypatch.setenv("PYTHONUNBUFFERED", buffered)
    before = photograph(demo)
    script = f"{sys.executable} -m screens -C {demo} {words} > /dev/full"
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("stack-wizard: the output cannot be written: No space left on device\n  next: ")
    assert done.stderr.count("\n") == 2
    assert photograph(demo) == before


@pytest.mark.parametrize(("words", "code"), [("explain 3.5", 0), ("check market", 1), ("--version", 1)])
def test_closed_streams_are_no_bug(words: str, code: int, demo: Path, apart: None) -> None:
    script = (
        f"{sys.executable} -m screens {words} -C {demo}"
        if words != "--version"
        else f"{sys.executable} -m screens {words}"
    )
    done = subprocess.run(["bash", "-c", f"{script} <&- >&- 2>&-"], capture_output=True, check=False)
    assert done.returncode == code


def test_a_bug_is_told_from_trouble_and_leaves_a_log(
    wizard: Wizard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("the moon is full")

    monkeypatch.setattr("wizard.commands.check.read", broken)
    said = wizard("check")
    assert said.code == 3
    assert "this is a bug in the wizard: RuntimeError: the moon is full" in said.err
    assert "Traceback" not in said.err
    log = tmp_path / "home" / "state" / "stack-wizard" / "bugs.log"
    assert str(log) in said.err
    assert "RuntimeError: the moon is full" in log.read_text()
    assert "Traceback" in wizard("--debug", "check").err


def test_an_interrupted_look_ends_with_130(wizard: Wizard, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("wizard.commands.check.read", interrupted)
    said = wizard("check")
    assert (said.code, said.err) == (130, "stack-wizard: interrupted\n")


def test_the_interactive_session_gets_stack_tour_and_door(
    demo: Path, tmp_path: Path, apart: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[tuple[Path, bool, bool]] = []
    remote: list[bool] = []

    def open_app(stack: Path, opening: Opening) -> int:
        opened.append((stack, opening.tour, opening.plain))
        remote.append(opening.remote)
        return 7

    assert main(["-C", str(demo), "--plain"], open_app) == 7
    assert main(["demo", str(tmp_path / "new"), "--plain"], open_app) == 7
    monkeypatch.setattr("wizard.commands.app.is_interactive", lambda: True)
    main([str(demo)], open_app)
    assert not any(remote)
    main([str(demo), "--remote"], open_app)
    assert (remote.pop(), opened.pop()) == (True, (demo, False, False))
    for name, value in (("ACCESSIBLE", "1"), ("TERM", "dumb"), ("ACCESSIBLE", "0")):
        monkeypatch.setenv(name, value)
        main([str(demo)], open_app)
        monkeypatch.delenv(name)
    assert opened == [
        (demo, False, True),
        (tmp_path / "new", True, True),
        (demo, False, False),
        (demo, False, True),
        (demo, False, True),
        (demo, False, False),
    ]


@pytest.mark.parametrize("shell", ["bash", "zsh", "tcsh"])
def test_completion_knows_the_commands_and_their_options(shell: str, wizard: Wizard) -> None:
    script = wizard("completion", shell).out
    assert "verify" in script
    assert "--answers" in script or "answers" in script


def test_explain_lists_then_explains(wizard: Wizard) -> None:
    listed = wizard("explain").out
    assert sum(line.startswith("  ") for line in listed.splitlines()) == 30
    one = wizard("explain", "3.5").out
    for heading in ("Why", "Evidence", "By hand"):
        assert f"\n{heading}\n" in one
    assert max(map(len, one.splitlines())) <= 100
    assert wizard("explain", "compose").out.count("\nWhy\n") == 5
    assert wizard("explain", "3").out == wizard("explain", "compose").out


def test_init_shows_what_it_found_and_why_and_keeps_a_profile(demo: Path, wizard: Wizard) -> None:
    profile = demo / ".stack-wizard" / "stack.yaml"
    shown = wizard("init", "--dry-run")
    assert shown.code == 0
    assert "edit_file          infrastructure/compose/dev.yml\n" in shown.out
    assert "FUTURE_SERVICES.md:54" in shown.out
    assert not profile.exists()
    assert "written: .stack-wizard/stack.yaml" in wizard("init").out
    profile.write_text(
        profile.read_text().replace('edit_file: "infrastructure/compose/dev.yml"', "edit_file: other.yml")
    )
    again = wizard("init")
    assert again.code == 1
    assert "has a profile already" in again.err
    assert "other.yml" in profile.read_text()
    assert wizard("init", "--force").code == 0
    assert "other.yml" not in profile.read_text()


def test_a_profile_with_an_unknown_key_names_the_nearest(demo: Path, wizard: Wizard) -> None:
    wizard("init")
    profile = demo / ".stack-wizard" / "stack.yaml"
    profile.write_text(profile.read_text().replace("edit_file:", "edit_fil:"))
    said = wizard("status")
    assert said.code == 1
    assert ".stack-wizard/stack.yaml:" in said.err
    assert "edit_file" in said.err


def test_the_demo_takes_an_empty_folder_or_its_own(tmp_path: Path, command: Wizard, photograph: Photograph) -> None:
    full = tmp_path / "full"
    full.mkdir()
    (full / "mine.txt").write_text("mine")
    said = command("demo", str(full), "--headless")
    assert said.code == 1
    assert "not empty" in said.err
    assert [path.name for path in full.iterdir()] == ["mine.txt"]
    stack = create_demo(tmp_path / "stack")
    before = photograph(stack)
    assert create_demo(stack) == stack
    assert photograph(stack) == before
