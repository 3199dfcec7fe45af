"""`run --all`: every service shown together, agreed to once, a commit each; what stops it leaves the others to a next
run."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Wizard = Callable[..., Any]
Git = Callable[..., str]
DOCS = ("run", "--all", "--phase", "docs", "--no-live")


def subjects(git: Git) -> list[str]:
    return [line for line in git("log", "--format=%s").splitlines() if "phase 6" in line]


def test_each_service_has_its_commit_and_a_second_run_none(demo: Path, wizard: Wizard, git: Git) -> None:
    said = wizard(*DOCS, "--yes")
    assert said.code == 0, said.err
    assert [re.sub(r":.*", "", line) for line in subjects(git)] == ["docs(regime)", "docs(market)", "docs(allocation)"]
    table = said.out.rsplit("service  ", 1)[1].splitlines()
    assert [line.split()[:2] for line in table[1:]] == [
        [name, "4/4"] for name in ("core", "risk", "execution", "ws", "allocation", "market", "regime")
    ]
    assert git("status", "--porcelain") == ""
    again = wizard(*DOCS, "--yes")
    assert again.code == 0
    assert len(subjects(git)) == 3


def put_hook(demo: Path, name: str, words: str) -> Path:
    hook = demo / ".git/hooks" / name
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\nF=services/market/README.md\n{words}\n")
    hook.chmod(0o755)
    return hook


def asked(monkeypatch: pytest.MonkeyPatch, answer: bool) -> list[str]:
    questions: list[str] = []

    def ask(question: str, default: bool) -> bool:
        del default
        questions.append(question)
        return answer

    for room in ("wizard.commands.shared.running_all", "wizard.commands.run"):
        monkeypatch.setattr(f"{room}.ask", ask)
        monkeypatch.setattr(f"{room}.is_interactive", lambda: True)
    return questions


def test_all_diffs_then_one_question(demo: Path, wizard: Wizard, git: Git, monkeypatch: pytest.MonkeyPatch) -> None:
    questions = asked(monkeypatch, True)
    said = wizard(*DOCS)
    assert said.code == 0
    assert questions == ["Write and commit this: 3 commits for 3 services in 7 files?"]
    shown = said.out.split("  written:", 1)[0]
    for name in ("allocation", "market", "regime"):
        assert f"+++ b/services/{name}/README.md" in shown
    assert shown.count("+++ b/DOCKER_STACK_RUNBOOK.md") == 3
    assert len(subjects(git)) == 3


def test_no_writes_nothing(demo: Path, wizard: Wizard, git: Git, monkeypatch: pytest.MonkeyPatch) -> None:
    asked(monkeypatch, False)
    said = wizard(*DOCS)
    assert said.code == 1
    assert "nothing was written" in said.err
    assert subjects(git) == []
    assert git("status", "--porcelain") == ""


def test_what_is_other_than_shown_is_shown_and_asked(
    demo: Path, wizard: Wizard, git: Git, monkeypatch: pytest.MonkeyPatch
) -> None:
    questions = asked(monkeypatch, True)
    put_hook(demo, "post-commit", "[ -f $F ] || printf '# Market\\n\\nSomebody wrote this.\\n' > $F")
    wizard(*DOCS)
    assert questions[0].startswith("Write and commit this")
    assert any(one.startswith("This is other than what was shown for market") for one in questions[1:])


def test_what_stops_one_stops_all_and_the_next_run_goes_on(demo: Path, wizard: Wizard, git: Git) -> None:
    hook = put_hook(demo, "commit-msg", '! grep -q "docs(market)" "$1" || { echo "not today"; exit 1; }')
    said = wizard(*DOCS, "--yes")
    assert said.code == 1
    assert "not today" in said.err
    assert "stopped at market; not done: market, regime" in said.err
    assert "run the same command again" in said.err
    assert len(subjects(git)) == 1
    assert git("status", "--porcelain") == ""
    hook.unlink()
    assert wizard(*DOCS, "--yes").code == 0
    assert len(subjects(git)) == 3


def test_a_look_writes_nothing(demo: Path, wizard: Wizard, git: Git) -> None:
    said = wizard(*DOCS, "--dry-run")
    assert said.code == 0
    assert said.out.count("+++ b/DOCKER_STACK_RUNBOOK.md") == 3
    assert git("status", "--porcelain") == ""


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("run", "--yes"), "run needs NAME"),
        (("run", "market", "--all", "--yes"), "--all takes every service"),
        (("run", "--all", "--port", "8005", "--yes"), "--port is about one service"),
        (("run", "--all", "--phase", "docs"), "nobody is there to answer"),
        (("verify",), "verify needs NAME"),
        (("verify", "core", "--all"), "--all takes every service"),
        (("verify", "--all", "--drill"), "--drill is about one service"),
    ],
)
def test_wrong_words(wizard: Wizard, words: tuple[str, ...], said: str) -> None:
    told = wizard(*words)
    assert told.code == 2
    assert said in told.err
