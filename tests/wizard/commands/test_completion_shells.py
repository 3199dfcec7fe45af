"""The Tab key in real shells: the words of the stack at `-C`, names with spaces and quotes, names that are commands."""

from __future__ import annotations

import os
import pty
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from wizard.commands.shared.typed_line import folder_typed, name_typed, words_of

Wizard = Callable[..., Any]
ROOT = Path(__file__).parents[3]
HOSTILE = ("xa$(touch pwned)", "xb`touch pwned`", "xc two", "xd'quote", 'xe"quote', "xf;touch pwned", "xg*")
"""Folders with code, so that each is a service of the stack."""


@pytest.mark.parametrize(
    ("line", "folder"),
    [
        ("stack-wizard check ", None),
        ("stack-wizard -C /a check ", "/a"),
        ("stack-wizard -C/a check ", "/a"),
        ("stack-wizard -C /a -C /b check ", "/b"),
        ("stack-wizard check -C /a ", "/a"),
        ("stack-wizard -C ", None),
        ("stack-wizard -C '/a b' check ", "/a b"),
        ('stack-wizard -C "/a \\"b\\" $c" check ', '/a "b" $c'),
        ("stack-wizard -C /a\\ b check ", "/a b"),
        ("stack-wizard -C '/not closed", "/not closed"),
        ("stack-wizard -C $(touch pwned) check ", "$(touch"),
        ("cd /x && ./bin/stack-wizard -C /a check ", "/a"),
        ("stack-wizard -C /a check; stack-wizard check ", None),
        ("make -C /a && stack-wizard check ", None),
    ],
)
def test_the_folder_is_read_from_the_line_as_it_is_typed(line: str, folder: str | None) -> None:
    assert folder_typed(line) == folder


def test_words_and_names_are_read_from_the_line() -> None:
    assert list(words_of("a 'b c' d\\ e \"f\\$g\" h")) == ["a", "b c", "d e", "f$g", "h"]
    assert name_typed("stack-wizard run --yes market --port 80", "run") == "market"
    assert name_typed("stack-wizard run ", "run") == ""


def test_the_words_of_the_stack_that_the_line_names(demo: Path, tmp_path: Path, wizard: Wizard) -> None:
    line = f"stack-wizard -C '{demo}' check "
    assert "market" in wizard("completion", "--words", "services", "--line", line, stack=tmp_path).out.split()
    gone = "stack-wizard -C /no/such/folder check "
    assert "market" in wizard("completion", "--words", "services", "--line", gone, stack=demo).out.split()
    ports = wizard("completion", "--words", "ports", "--line", "stack-wizard run market --port ").out.split()
    assert ports[0] == "8005"
    assert wizard("completion", "--words", "patterns").out == ""


@pytest.fixture
def hostile(demo: Path) -> Path:
    """A stack in a folder whose name has a space and a quote, with services whose names are commands."""
    stack = demo.with_name("my stack's")
    demo.rename(stack)
    for name in HOSTILE:
        shutil.copytree(stack / "services" / "market", stack / "services" / name)
    return stack


@contextmanager
def typing(shell: list[str], folder: Path, setup: str) -> Iterator[Callable[[str, str], None]]:
    """A shell on a terminal; `type(keys, awaited)` waits until the words are on it."""
    if shutil.which(shell[0]) is None:
        pytest.skip(f"there is no {shell[0]} on this machine")
    folder.joinpath("stack-wizard").write_text(f'#!/bin/sh\nexec {sys.executable} -m screens "$@"\n')
    folder.joinpath("stack-wizard").chmod(0o755)
    ours, theirs = pty.openpty()
    environ = {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}", "HOME": str(folder), "TERM": "dumb"}
    process = subprocess.Popen(
        shell,
        env={**environ, "PYTHONPATH": str(ROOT), "PS1": "$ ", "INPUTRC": os.devnull, "COLUMNS": "400"},
        cwd=folder,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )

    def type_keys(keys: str, awaited: str) -> None:
        os.write(ours, keys.encode())
        seen, end = "", time.monotonic() + 60
        while awaited not in seen:
            assert time.monotonic() < end, f"{keys!r} never showed {awaited!r}: {seen[-600:]!r}"
            if select.select([ours], [], [], 0.5)[0]:
                seen += os.read(ours, 65536).decode(errors="replace")

    try:
        type_keys(setup, "begin\r")
        yield type_keys
    finally:
        process.kill()
        process.wait()
        os.close(ours)
        os.close(theirs)


def every_line(type_keys: Callable[[str, str], None], stack: Path, quoted: dict[str, str]) -> None:
    """Completes in the stack that `-C` names, then each hostile name; nothing may have been run."""
    place = "-C " + str(stack).replace("'", "\\'").replace(" ", "\\ ")
    for command, begun, whole in (
        ("check", "mar", "market "),
        ("run market --port", "8005", "8005 "),
        ("run market --phase", "comp", "compose "),
        ("waive market", "7.4", "7.4 "),
        *(("check", name[:2], quoted[name[:2]]) for name in HOSTILE),
    ):
        type_keys(f"stack-wizard {place} {command} {begun}\t", f"{command} {whole}")
        type_keys("\x15echo nex''t\n", "next\r")  # ^U: the line is not run
    assert not list(stack.parent.rglob("pwned"))


ESCAPED = {
    "xa": "xa\\$\\(touch\\ pwned\\)",
    "xb": "xb\\`touch\\ pwned\\`",
    "xc": "xc\\ two",
    "xd": "xd\\'quote",
    "xe": 'xe\\"quote',
    "xf": "xf\\;touch\\ pwned",
    "xg": "xg\\*",
}


def test_bash(hostile: Path, tmp_path: Path, wizard: Wizard) -> None:
    folder = tmp_path / "shell"
    folder.mkdir()
    (folder / "script").write_text(wizard("completion", "bash", stack=hostile).out)
    setup = "bind 'set bell-style none'; source ./script; echo begi''n\n"
    with typing(["bash", "--norc", "--noprofile", "-i"], folder, setup) as type_keys:
        every_line(type_keys, hostile, ESCAPED)
    assert not (folder / "pwned").exists()


def test_zsh(hostile: Path, tmp_path: Path, wizard: Wizard) -> None:
    folder = tmp_path / "shell"
    folder.mkdir()
    (folder / "_stack-wizard").write_text(wizard("completion", "zsh", stack=hostile).out)
    setup = f"fpath=({folder} $fpath); autoload -U compinit; compinit -u -D; setopt no_beep; echo begi''n\n"
    with typing(["zsh", "-f", "-i"], folder, setup) as type_keys:
        every_line(type_keys, hostile, ESCAPED)
    assert not (folder / "pwned").exists()


def test_fish(hostile: Path, tmp_path: Path, wizard: Wizard) -> None:
    if shutil.which("fish") is None:
        pytest.skip("there is no fish on this machine")
    folder = tmp_path / "shell"
    folder.mkdir()
    (folder / "script").write_text(wizard("completion", "fish", stack=hostile).out)
    (folder / "stack-wizard").write_text(f'#!/bin/sh\nexec {sys.executable} -m screens "$@"\n')
    (folder / "stack-wizard").chmod(0o755)
    place = "-C " + str(hostile).replace("'", "\\'").replace(" ", "\\ ")
    asked = [f"stack-wizard {place} check {begun}" for begun in ("mar", *(name[:2] for name in HOSTILE))]
    lines = "\n".join(f"complete -C {quoted_for_fish(line)}; echo next" for line in asked)
    said = subprocess.run(
        ["fish", "--no-config", "-c", f"source ./script\n{lines}"],
        env={**os.environ, "PATH": f"{folder}:{os.environ['PATH']}", "HOME": str(folder), "PYTHONPATH": str(ROOT)},
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    words = [answer.split("\t")[0].strip() for answer in said.stdout.split("next\n")[:-1]]
    assert [word.replace("\\", "") for word in words] == ["market", *HOSTILE]
    assert not (folder / "pwned").exists()


def quoted_for_fish(line: str) -> str:
    return "'" + line.replace("\\", "\\\\").replace("'", "\\'") + "'"
