"""A recipe changes code between two runs of the service's own tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.byhand import copied, git
from tests.phases import CONTAINER, SERVICE
from wizard.errors import RefusedError
from wizard.pipeline.conductor import conduct, next_plan
from wizard.pipeline.opening import open_stack, read, spec_of
from wizard.pipeline.work import Applied, Committed
from wizard.values.choice import Choice
from wizard.values.observation import Observation, Progress

RESULTS = {
    True: "3 passed",
    False: "1 failed: tests/unit/booking/test_booking.py:4",
    None: "nothing to run pytest with",
}


def carried_out(root: Path, outcomes: list[bool | None], choice: Choice, phase: Any = SERVICE) -> tuple[list[Any], int]:
    """The events of a phase of `booking` whose tests end so, one after the other; and how often they were run."""
    asked: list[tuple[str, ...]] = []

    def proof(facts: Any, spec: Any, items: tuple[str, ...]) -> Iterator[Observation | Progress]:
        asked.append(items)
        ok = outcomes[len(asked) - 1]
        mark = facts.fingerprints[spec.name]
        yield Observation(items[0], "pytest", RESULTS[ok], ok, "embedded", "2026-11-28T00:00:00Z", fingerprint=mark)

    stack = open_stack(root)
    plan = next_plan(stack, spec_of(read(stack), "booking").spec, phase, (), choice=choice)
    events = list(conduct(stack, plan, proof=proof))
    return events, len(asked)


@pytest.fixture
def byhand(tmp_path: Path) -> Path:
    return copied(tmp_path, {})


def said(events: list[Any]) -> str:
    return "\n".join(event.text for event in events if isinstance(event, Progress))


def test_they_are_run_before_and_after_and_both_are_told(byhand: Path) -> None:
    events, runs = carried_out(byhand, [True, True], Choice(fixes=("redis-name",)))
    assert runs == 2
    assert "before the change of services/booking/service.py: 3 passed" in said(events)
    kinds = [type(event) for event in events]
    assert kinds.index(Progress) < kinds.index(Applied) < kinds.index(Observation) < kinds.index(Committed)


def test_what_fails_only_afterwards_is_taken_back_with_its_reason(byhand: Path) -> None:
    before = (byhand / "services/booking/service.py").read_text()
    with pytest.raises(RefusedError, match=r"passed before the change .* and fail with it: 1 failed") as caught:
        carried_out(byhand, [True, False], Choice(fixes=("redis-name",)))
    assert "--fix" in str(caught.value.next_step)
    assert (byhand / "services/booking/service.py").read_text() == before
    assert git(byhand, "status", "--porcelain") == ""
    assert git(byhand, "rev-list", "--count", "HEAD").strip() == "1"


@pytest.mark.parametrize("outcome", [False, None])
def test_tests_that_do_not_pass_before_judge_nothing_and_it_is_said(byhand: Path, outcome: bool | None) -> None:
    events, runs = carried_out(byhand, [outcome], Choice(fixes=("redis-name",)))
    assert runs == 1
    assert f"cannot judge the change of services/booking/service.py: {RESULTS[outcome]}" in said(events)
    assert isinstance(events[-1], Committed)


@pytest.mark.parametrize(("phase", "choice"), [(SERVICE, Choice()), (CONTAINER, Choice(fixes=("all",)))])
def test_where_no_code_changes_they_are_not_run(byhand: Path, phase: Any, choice: Choice) -> None:
    _, runs = carried_out(byhand, [], choice, phase)
    assert runs == 0


def test_a_recipe_requires_what_its_code_imports_in_the_same_commit(byhand: Path) -> None:
    stack = open_stack(byhand)
    plan = next_plan(stack, spec_of(read(stack), "regime").spec, SERVICE, (), choice=Choice(fixes=("1.4",)))
    edits = {edit.path: edit for edit in plan.changeset.edits}
    assert "from pydantic.dataclasses import dataclass" in str(edits["services/regime/models.py"].after)
    assert str(edits["services/regime/requirements.txt"].after).splitlines()[-1].startswith("pydantic==")
