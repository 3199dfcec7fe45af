"""`run NAME --print-answers` and the shells' completion."""

from __future__ import annotations

import json
import os
import pty
import select
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from wizard.checklist.load import load
from wizard.errors import UsageError
from wizard.pipeline.opening import open_stack, read, spec_of
from wizard.rules.text import one_line
from wizard.session.answers import answers_schema, load_answers

Wizard = Callable[..., Any]
ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("name", ["market", "core", "regime", "a_new_one"])
def test_what_is_printed_is_an_answers_file_that_says_the_same(name: str, demo: Path, wizard: Wizard) -> None:
    inferred = spec_of(read(open_stack(demo)), name)
    said = wizard("run", name, "--print-answers")
    assert (said.code, said.err) == (0, "")
    answers = load_answers(said.out, "printed")
    assert {field for field in answers.given if field != "name"} == set(inferred.sources)
    for field in answers.given:
        same = "what" if field == "kind" else field  # the channels say the kind, too
        assert getattr(answers.spec, same) == getattr(inferred.spec, same), field
    for field, source in inferred.sources.items():
        assert f"# read: {one_line(source)}" in said.out, field


def test_what_only_a_person_knows_is_named(demo: Path, wizard: Wizard) -> None:
    rows = [row for row in wizard("run", "a_new_one", "--print-answers").out.splitlines() if "# needed" in row]
    assert [row.split(":")[0] for row in rows] == ["# purpose"]
    assert "# needed" not in wizard("run", "market", "--print-answers").out


def test_with_every_comment_sign_taken_away_it_is_still_valid(demo: Path, wizard: Wizard) -> None:
    lines = wizard("run", "a_new_one", "--print-answers").out.splitlines()
    keys = ("purpose", "port", "inputs", "outputs", "tables", "seed", "handler", "talks_to", "base_image", "  - ")
    said = [line[2:] if line[2:].startswith(keys) else line for line in lines]
    assert load_answers("\n".join(said), "edited").spec.name == "a_new_one"


def test_the_schema_of_the_answers_is_the_one_in_the_documents() -> None:
    written = json.loads((ROOT / "docs" / "answers.schema.json").read_text())
    assert written == answers_schema()


STACKS = sorted(path.parent for path in (ROOT / "tests" / "stacks").glob("*/services"))


@pytest.mark.parametrize("stack", [None, *STACKS], ids=lambda stack: stack.name if stack else "sample")
def test_what_is_printed_is_valid_by_the_schema(stack: Path | None, demo: Path, wizard: Wizard) -> None:
    place = stack or demo
    names = wizard("completion", "--words", "services", stack=place).out.split()
    for name in (*names, "a_new_one"):
        said = wizard("run", name, "--print-answers", stack=place)
        assert said.code == 0, said.err
        Draft202012Validator(answers_schema()).validate(yaml.safe_load(said.out))
        load_answers(said.out, "printed")


@pytest.mark.parametrize(
    ("answers", "right"),
    [
        ({}, True),
        ({"purpose": "scores"}, True),
        ({"purpose": "scores", "port": 8055, "kind": "http"}, True),
        ({"inputs": [{"name": "prices", "fields": [{"name": "price", "type": "float"}]}]}, True),
        ({"purpse": "scores"}, False),
        ({"port": "8055"}, False),
        ({"port": None}, False),
        ({"kind": "batch"}, False),
        ({"inputs": [{"nmae": "prices"}]}, False),
        ({"inputs": "prices"}, False),
        ({"tables": [{"name": "scores", "columns": [{"name": "at", "type": "datetime"}]}]}, False),
        ({"seed": "maybe"}, False),
    ],
)
def test_the_schema_takes_what_the_wizard_takes(answers: dict[str, object], right: bool) -> None:
    assert Draft202012Validator(answers_schema()).is_valid(answers) is right
    if right:
        load_answers(json.dumps(answers), "given")
    else:
        with pytest.raises(UsageError):
            load_answers(json.dumps(answers), "given")


def test_the_words_that_completion_asks_for(demo: Path, wizard: Wizard) -> None:
    assert "market" in wizard("completion", "--words", "services").out.split()
    assert wizard("completion", "--words", "phases").out.split() == [str(phase) for phase in load().sequence]
    fixes = wizard("completion", "--words", "fixes").out.split()
    assert {"safe", "all", "pydantic-dataclasses", "1.1"} <= set(fixes)
    assert set(wizard("completion", "--words", "items").out.split()) > {item.id for item in load().items}


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "tcsh"])
def test_each_shell_gets_a_script(shell: str, wizard: Wizard) -> None:
    script = wizard("completion", shell).out
    assert "check" in script
    assert "completion --words" not in script or "services" in script


def test_bash_completes_commands_formats_and_services(demo: Path, wizard: Wizard, tmp_path: Path) -> None:
    if shutil.which("bash") is None:
        pytest.skip("there is no bash on this machine")
    program = tmp_path / "stack-wizard"
    program.write_text("#!/bin/sh\necho core\necho market\n")
    program.chmod(0o755)
    (tmp_path / "script").write_text(wizard("completion", "bash").out)
    asked = (
        'PATH="$1:$PATH"; source "$1/script"; ask() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); '
        '_shtab_stack_wizard; echo "${COMPREPLY[@]}"; }; ask stack-wizard che; ask stack-wizard check --format js; '
        "ask stack-wizard check mar"
    )
    done = subprocess.run(["bash", "-c", asked, "bash", str(tmp_path)], capture_output=True, text=True, check=True)
    assert [line.strip() for line in done.stdout.splitlines()] == ["check", "json", "market"]


ASKED = {
    "stack-wizard che": "check",
    "stack-wizard check --format js": "json",
    "stack-wizard check mar": "market",
    "stack-wizard run market --phase comp": "compose",
    "stack-wizard waive market 7": "7.4",
    "stack-wizard completion fi": "fish",
}
"""What is typed, and the whole word that the Tab key makes of its end."""


def asking(shell: str, wizard: Wizard, folder: Path) -> Path:
    """A folder with the shell's script, and a program that knows a service, a phase and an item."""
    if shutil.which(shell) is None:
        pytest.skip(f"there is no {shell} on this machine")
    program = folder / "stack-wizard"
    program.write_text(
        '#!/bin/sh\ncase "$3" in services) echo market;; phases) echo compose;; items) echo 7.4;; esac\n'
    )
    program.chmod(0o755)
    (folder / "_stack-wizard").write_text(wizard("completion", shell).out)
    return folder


def test_fish_completes_commands_formats_services_phases_and_items(wizard: Wizard, tmp_path: Path) -> None:
    folder = asking("fish", wizard, tmp_path)
    asked = "; ".join(["source $argv[1]/_stack-wizard", *(f"complete -C '{line}'; echo next" for line in ASKED)])
    said = subprocess.run(
        ["fish", "--no-config", "-c", asked, str(folder)],
        env={**os.environ, "PATH": f"{folder}:{os.environ['PATH']}", "HOME": str(folder), "TERM": "dumb"},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    words = [answer.split("\t")[0].strip() for answer in said.stdout.split("next\n")[:-1]]
    assert words == list(ASKED.values()), said.stderr


def test_zsh_completes_commands_formats_services_phases_and_items(wizard: Wizard, tmp_path: Path) -> None:
    folder = asking("zsh", wizard, tmp_path)
    ours, theirs = pty.openpty()
    shell = subprocess.Popen(
        ["zsh", "-f", "-i"],
        env={**os.environ, "PATH": f"{folder}:{os.environ['PATH']}", "HOME": str(folder), "TERM": "dumb"},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    try:
        begin = f"fpath=({folder} $fpath); autoload -U compinit; compinit -u -D; setopt no_beep; echo begi''n\n"
        typed(ours, begin, "begin\r")
        for line, word in ASKED.items():
            typed(ours, f"{line}\t", f"{line.rpartition(' ')[0]} {word} ")
            typed(ours, "\x15echo nex''t\n", "next\r")  # ^U: the line is not run
    finally:
        shell.kill()
        shell.wait()
        os.close(ours)
        os.close(theirs)


def typed(terminal: int, keys: str, awaited: str) -> None:
    """Types, and waits until the words are on the terminal."""
    os.write(terminal, keys.encode())
    seen, end = "", time.monotonic() + 60
    while awaited not in seen:
        assert time.monotonic() < end, f"{keys!r} never showed {awaited!r}: {seen[-400:]!r}"
        if select.select([terminal], [], [], 0.5)[0]:
            seen += os.read(terminal, 65536).decode(errors="replace")
