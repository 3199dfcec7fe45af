"""Command lines that are wrong: each ends in one sentence that says what, and one that says what to do next."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Wizard = Callable[..., Any]

WRONG = [
    ("chekc", "no command", "did you mean check?"),
    ("hlep", "no command", "did you mean help?"),
    ("verson", "no command", "did you mean version?"),
    ("zzz", "no command", "commands are demo"),
    ("--verbsoe", "no option '--verbsoe'", "did you mean --verbose?"),
    ("--nonsense", "no option '--nonsense'", "--help"),
    ("-C", "-C needs a value", "--help"),
    ("-C nowhere status", "no folder nowhere", "-C DIR"),
    ("check --format", "--format needs a value", "stack-wizard check --help"),
    ("check --format xml", "--format cannot be 'xml'", "choose one of text, json"),
    ("check --format jsn", "--format cannot be 'jsn'", "did you mean json?"),
    ("check --fromat json", "no option '--fromat'", "did you mean --format?"),
    ("check --phase", "--phase needs a value", "--help"),
    ("check --phase 9", "no phase '9'", "phases are 1 to 7"),
    ("check --phase dokumente", "no phase 'dokumente'", "docs"),
    ("check --phase 5..2", "runs backwards", "--phase container..testing"),
    ("check --runtime podman", "--runtime cannot be 'podman'", "docker"),
    ("check --live --log-window soon", "--log-window takes a number, not 'soon'", "--help"),
    ("check nobody", "no service 'nobody'", "the stack has"),
    ("status market", "there is no folder market", "stack-wizard check market"),
    ("status --wirte", "no option '--wirte'", "did you mean --write?"),
    ("ports 8005", "no further word '8005'", "--help"),
    ("run", "run needs NAME", "or --all for every service"),
    ("run market extra", "no further word 'extra'", "--help"),
    ("run market --answers", "--answers needs a value", "--help"),
    ("run market --port", "--port needs a value", "--help"),
    ("run market --yess", "no option '--yess'", "did you mean --yes?"),
    ("run market --dryrun", "no option '--dryrun'", "did you mean --dry-run?"),
    ("run market", "nobody is there to answer", "--answers FILE"),
    ("run market --fix", "--fix needs a value", "--help"),
    ("run market --fix 9.9", "there is no item 9.9", "recipes for 1.1, 1.3"),
    ("run market --fix redis-nam", "'redis-nam' is no item with a recipe, no recipe", "did you mean redis-name?"),
    ("run market --fix marks", "'marks' is no item", "by its name: port-from-env, health-503"),
    ("run market --fix 2.3", "no recipe for item 2.3", "--fix safe"),
    ("run market --fix saef", "'saef' is no item", "did you mean safe?"),
    ("run market --fix 1.4;5.4", "'1.4;5.4' is no item", "--fix all"),
    ("run market --fix ,", "--fix needs an item", "--fix safe"),
    ("run market --only", "--only needs a value", "--help"),
    ("run market --only 9.9", "no item '9.9'", "items are 1.1"),
    ("run market --only nonsense", "'nonsense' is neither an item nor a path", "an item's number, or a path"),
    ("run market --skip ../etc/passwd --reason no", "neither an item nor a path", "a path in the stack"),
    ("run market --skip 3.5", "--skip needs a reason", "--reason TEXT"),
    ("run market --reason because", "--reason says why --skip", "--skip PATH|ITEM"),
    ("run market --only 3.5 --skip 3.5 --reason no", "3.5 is in --only and in --skip", "one of the two"),
    ("run Market-Data --print-answers", "lower-case", "did you mean market_data?"),
    ("verify", "verify needs NAME", "or --all for every service"),
    ("verify market --format yaml", "--format cannot be 'yaml'", "choose one of"),
    ("undo", "undo needs NAME", "say `stack-wizard undo NAME`"),
    ("undo market --phase x", "no phase 'x'", "phases are 1 to 7"),
    ("waive", "waive needs NAME and ITEM", "say `stack-wizard waive NAME ITEM"),
    ("waive market", "waive needs ITEM", "say `stack-wizard waive NAME ITEM"),
    ("explain 9.9", "no item '9.9'", "items are 1.1"),
    ("explain 1.1 2.2", "no further word '2.2'", "--help"),
    ("templates shwo x", "ACTION cannot be 'shwo'", "did you mean show?"),
    ("templates show --bulit-in x", "no option '--bulit-in'", "did you mean --built-in?"),
    ("completion", "completion needs a shell", "completion bash"),
    ("completion ksh", "cannot be 'ksh'", "did you mean"),
    ("demo --service", "--service needs a value", "--help"),
    # words of other tools, and the case of letters
    ("CHECK", "no command", "did you mean check?"),
    ("list", "no command", "`stack-wizard status`"),
    ("deploy market", "no command", "`stack-wizard run NAME`"),
    ("plan market", "no command", "run NAME --dry-run"),
    ("market", "no command", "`stack-wizard check NAME`"),
    ("tui", "no command", "`stack-wizard` alone"),
    ("help chek", "cannot be 'chek'", "did you mean check?"),
    ("version --json", "version takes no further word", "stack-wizard version"),
    ("-V", "no option '-V'", "did you mean --version?"),
    ("check --json", "no option '--json'", "did you mean --format json?"),
    ("check --color never", "no option '--color'", "did you mean --no-color?"),
    ("check --format md", "--format cannot be 'md'", "did you mean markdown?"),
    # options of the wrong command: nothing that is merely a little like them is offered
    ("--yes run market", "no option '--yes'", "after its command"),
    ("verify market --live", "no option '--live'", "`stack-wizard verify --help`"),
    ("run market --force", "no option '--force'", "next: `stack-wizard run --help`"),
    ("templates show readme.md --force", "no option '--force'", "`stack-wizard templates show --help`"),
    ("init market", "no further word 'market'", "`stack-wizard init --help`"),
    ("waive market 3.5 --reson x", "no option '--reson'", "did you mean --reason?"),
    ("waive market 3.5", "waive needs --reason TEXT or --take-back", "--help"),
    # options that do not go together, or say nothing alone
    ("waive market 3.5 --reason x --take-back", "--take-back and --reason do not go together", "leave one"),
    ("check --live=yes", "--live takes no value", "--help"),
    ("run market --no", "--no can be --no-color or --no-commit or --no-live", "write it out"),
    ("check --baseline --write-baseline", "--baseline does not go with --write-baseline", "leave one"),
    ("check --accept-new", "--accept-new goes with --write-baseline", "too"),
    ("check --runtime docker", "--runtime goes with --live", "too"),
    ("report --port 8000", "--port goes with --serve", "too"),
    ("run market --yes --no-live --runtime docker", "--no-live does not go with --runtime", "leave one"),
    ("run --all --print-answers", "--print-answers does not go with --all", "leave one"),
    ("status -q -v", "--quiet does not go with --verbose", "leave one"),
    ("check --live --log-window -1", "--log-window takes 0 to 3600 seconds", "--help"),
    ("check --live --log-window nan", "--log-window takes 0 to 3600 seconds", "--help"),
    # an empty word, as a shell makes one of an unset variable, is never "not given"
    ("check ''", "NAME is empty", "unset variable"),
    ("check market --phase ''", "--phase is empty", "unset variable"),
    ("status ''", "DIR is empty", "unset variable"),
    ("demo '' --headless", "DIR is empty", "unset variable"),
    ("check -C ''", "-C is empty", "unset variable"),
    ("run market --yes --branch ''", "--branch is empty", "unset variable"),
    ("run market --yes --answers ''", "--answers is empty", "unset variable"),
    ("run market --yes --port ''", "--port is empty", "unset variable"),
    ("map --output ''", "--output is empty", "unset variable"),
    ("run market --yes --answers /dev/null", "the answers are empty", "--print-answers"),
    # phases, items and services: what the word is instead
    ("check market --phase 3.5", "no phase '3.5'", "3.5 is an item of phase 3 compose"),
    ("check market --phase compose,testing", "no phase 'compose,testing'", "a range is P..Q"),
    ("check market --phase 3/9", "no phase '3/9'", "phases are 1 to 7"),
    ("check market --phase tests", "no phase 'tests'", "did you mean testing?"),
    ("waive market compose --reason x", "'compose' is a phase, and no item", "3.1, 3.2"),
    ("run market --dry-run --only compose", "neither an item nor a path", "--phase compose"),
    ("check compose", "no service 'compose'", "say NAME --phase compose"),
    ("check 3.5", "no service '3.5'", "3.5 is an item"),
    ("check redis", "no service 'redis'", "cdb_redis (infrastructure/compose/base.yml:6) has no code here"),
    ("check market,core", "'market,core' is no name of one service", "market core"),
    ("run services/new_one --dry-run", "lower-case", "did you mean new_one?"),
    # folders
    ("-C pyproject.toml status", "pyproject.toml is no folder", "-C DIR"),
    ("status ~nobody/stack", "no folder ~nobody/stack (no shell", "name the stack's folder"),
]


@pytest.mark.parametrize(("line", "says", "step"), WRONG, ids=[line for line, _, _ in WRONG])
def test_a_wrong_line_says_what_and_what_next(line: str, says: str, step: str, demo: Path, wizard: Wizard) -> None:
    said = wizard(*shlex.split(line))
    assert said.code == 2
    assert said.out == ""
    first, second = said.err.splitlines()
    assert first.startswith("stack-wizard: ")
    assert says in first
    assert second.startswith("  next: ")
    assert step in second


@pytest.mark.parametrize("words", [("help", "run"), ("run", "--help")])
def test_help_is_a_word_too(words: tuple[str, ...], command: Wizard) -> None:
    said = command(*words)
    assert said.code == 0
    assert said.out.startswith("usage: stack-wizard run ")


def test_version_is_a_word_too(command: Wizard) -> None:
    assert command("version").out == command("--version").out


def test_help_has_examples_the_environment_and_the_exit_codes(command: Wizard) -> None:
    shown = command("help").out
    for word in ("examples:", "NO_COLOR", "DOCKER_HOST", "exit codes:", "stack-wizard run market --phase 3 --dry-run"):
        assert word in shown


@pytest.mark.parametrize("spelling", ["3", "compose", "Compose", "phase 3", "phase-3", "Phase_3", "03", "3/7", " 3 "])
def test_a_phase_is_known_in_every_spelling(spelling: str, demo: Path, wizard: Wizard) -> None:
    said = wizard("check", "core", "--phase", spelling)
    assert " 3 compose (" in said.out
    assert "1.1" not in said.out


@pytest.mark.parametrize("spelling", ["3.5", "03.5", "3,5", "item 3.5", " 3.5 "])
def test_an_item_is_known_in_every_spelling(spelling: str, demo: Path, wizard: Wizard) -> None:
    assert wizard("explain", spelling).out.startswith("3.5 Bind ports")


@pytest.mark.parametrize("spelling", ["3", "Phase-3", "phase 3", "03", "COMPOSE"])
def test_explain_knows_a_phase_in_every_spelling(spelling: str, demo: Path, wizard: Wizard) -> None:
    assert wizard("explain", spelling).out.startswith("3.1 Add service")


@pytest.mark.parametrize("spelling", ["MARKET", "cdb_market", "services/market", "./services/market/", " market "])
@pytest.mark.parametrize("before", [("check",), ("run", "--dry-run"), ("map",), ("run", "--print-answers")])
def test_a_service_is_known_in_every_spelling(
    spelling: str, before: tuple[str, ...], demo: Path, wizard: Wizard
) -> None:
    command, *options = before
    assert wizard(command, spelling, *options) == wizard(command, "market", *options)


@pytest.mark.parametrize("spelling", ["compose..testing", "3-5", "3..5", "3...5", "phase 3 .. 5", "3…5"])
def test_a_range_of_phases(spelling: str, demo: Path, wizard: Wizard) -> None:
    said = wizard("check", "core", "--phase", spelling)
    assert [part in said.out for part in (" 2 container", " 3 compose", " 5 testing", " 6 docs")] == [
        False,
        True,
        True,
        False,
    ]
