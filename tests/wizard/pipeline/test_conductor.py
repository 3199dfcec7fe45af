"""One conductor takes a phase through its steps: run through, held and answered, or closed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.phases import CONTAINER, DOCS
from wizard.errors import RefusedError
from wizard.pipeline.conductor import conduct, next_plan
from wizard.pipeline.opening import open_stack, read, spec_of
from wizard.pipeline.work import Applied, Committed, Judged
from wizard.stack.read import read_stack

Git = Callable[..., str]


def planned(root: Path, name: str = "market") -> tuple[Any, Any]:
    stack = open_stack(root)
    return stack, next_plan(stack, spec_of(read(stack), name).spec, DOCS, ())


def test_run_through_it_commits_with_its_own_message(demo: Path, git: Git) -> None:
    events: list[Any] = list(conduct(*planned(demo)))
    assert [type(event) for event in events] == [Applied, Judged, Committed]
    assert git("log", "-1", "--format=%B").strip() == events[1].message.strip()


def test_held_at_its_judgement_it_takes_the_message_that_is_sent(demo: Path, git: Git) -> None:
    steps = conduct(*planned(demo))
    while not isinstance(next(steps), Judged):
        continue
    assert git("status", "--porcelain") != ""
    assert isinstance(steps.send("docs: mine"), Committed)
    assert git("log", "-1", "--format=%s").strip() == "docs: mine"


@pytest.mark.parametrize("after", [Applied, Judged])
def test_closed_before_the_commit_it_puts_everything_back(
    demo: Path, after: type, photograph: Callable[[Path], dict[str, bytes]]
) -> None:
    before = photograph(demo)
    steps = conduct(*planned(demo))
    while not isinstance(next(steps), after):
        continue
    assert photograph(demo) != before
    steps.close()
    assert photograph(demo) == before


def readings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is read from now on, one entry a reading of the stack."""
    seen: list[str] = []
    whole = read_stack

    def counted(*args: Any, **named: Any) -> Any:
        seen.append(str(named.get("only")))
        return whole(*args, **named)

    monkeypatch.setattr("wizard.pipeline.opening.read_stack", counted)
    return seen


def test_a_plan_reads_the_stack_once_whatever_it_asks(demo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stack = open_stack(demo)
    spec = spec_of(read(stack), "market").spec
    seen = readings(monkeypatch)
    next_plan(stack, spec, CONTAINER, ())
    assert len(seen) == 1


def test_a_phase_is_read_before_and_after_and_the_next_begins_there(
    wizard: Callable[..., Any], git: Git, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = len(git("log", "--format=%h").split())
    seen = readings(monkeypatch)
    wizard("run", "sentiment", "--yes", "--no-live")
    phases = len(git("log", "--format=%h").split()) - before
    assert phases == 5  # it has no tables
    assert len(seen) <= phases + 3  # the answers, the first plan, each phase afterwards, the summary


@pytest.mark.parametrize("words", [("switch", "-q", "-c", "other"), ("checkout", "-q", "-b", "feature/two", "HEAD")])
def test_a_phase_planned_on_another_branch_is_not_written(demo: Path, git: Git, words: tuple[str, ...]) -> None:
    stack, plan = planned(demo)
    home = git("branch", "--show-current").strip()
    git(*words)
    with pytest.raises(RefusedError, match=f"the phase was planned on {home}"):
        next(conduct(stack, plan))
    assert git("status", "--porcelain") == ""
    git("switch", "-q", home)
    assert [type(event) for event in conduct(stack, plan)][-1] is Committed
