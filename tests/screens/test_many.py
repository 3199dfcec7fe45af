"""Many services: marked, sorted, checked and planned together, and nothing written."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest

from screens.many import ManyScreen
from screens.stack import StackScreen
from wizard.checklist.load import load
from wizard.pipeline.many import STEPS, ServiceStep, over_many
from wizard.pipeline.opening import judge, open_stack, read
from wizard.pipeline.work import plan

Opened = Callable[..., AbstractAsyncContextManager[Any]]


def last(steps: list[ServiceStep]) -> dict[str, ServiceStep]:
    return {step.service: step for step in steps}


def test_each_is_judged_as_it_is_alone(demo: Path, quiet_machine: None) -> None:
    stack = open_stack(demo)
    names = [service.name for service in read(stack).services]
    steps = list(over_many(stack, names, None))
    assert [[step.done for step in steps if step.service == name] for name in names] == [[0, 1, 2, STEPS]] * 7
    for name, step in last(steps).items():
        report = judge(read(stack), name)
        assert step.said.startswith(f"{report.count} done")
        assert step.good is (not report.contradictions and not any(f.status == "broken" for f in report.findings))
    assert "1 contradiction" in last(steps)["market"].said


@pytest.mark.parametrize("number", [1, 3, 6])
def test_each_is_planned_as_it_is_alone(number: int, demo: Path, quiet_machine: None, photograph: Any) -> None:
    before = photograph(demo)
    stack = open_stack(demo)
    phase = load().sequence[number - 1]
    found = last(list(over_many(stack, ["market", "core"], phase)))
    for name, step in found.items():
        edits = plan(stack, judge_spec(stack, name), phase).changeset.edits
        assert step.said.startswith(f"{len(edits)} file" if edits else "nothing to write"), step
    assert photograph(demo) == before


def judge_spec(stack: Any, name: str) -> Any:
    from wizard.pipeline.opening import spec_of

    return spec_of(read(stack), name).spec


def test_one_that_cannot_be_planned_says_why_and_the_next_is_taken(demo: Path, quiet_machine: None) -> None:
    compose = demo / "infrastructure" / "compose" / "dev.yml"
    compose.write_text(compose.read_text().replace("    cdb_core:\n", "    cdb_core: [\n"))
    found = last(list(over_many(open_stack(demo), ["market", "core"], load().sequence[2])))
    assert [step.done for step in found.values()] == [STEPS, STEPS]
    assert not any(step.good for step in found.values())


async def test_marked_services_are_checked_and_planned_with_a_bar_each(
    opened: Opened, demo: Path, photograph: Any
) -> None:
    before = photograph(demo)
    async with opened() as person:
        await person.press("ampersand")
        assert person.on(StackScreen)
        assert any("Space marks one" in notice for notice in person.notices)
        await person.press("space", "space")
        assert "2 marked" in person.words
        assert person.shown.count("●") == 2
        await person.press("ampersand")
        assert person.on(ManyScreen)
        assert "2 of 2 checked" in person.words
        assert person.shown.count("━" * 10 + " ") >= 2
        assert "market" in person.shown and "contradiction" in person.shown
        await person.press("3")
        assert "2 of 2 planned for phase 3 compose" in person.words
        assert "to write" in person.words
        await person.press("escape")
        assert person.on(StackScreen)
        assert "2 marked" in person.words
    assert photograph(demo) == before


async def test_all_that_are_shown_are_marked_and_filtered_ones_are_not(opened: Opened) -> None:
    async with opened() as person:
        await person.press("slash")
        await person.type("running")
        await person.press("enter", "asterisk")
        assert "4 marked" in person.words
        await person.press("asterisk")
        assert "marked" not in person.words


async def test_services_are_sorted_and_the_cursor_stays(opened: Opened) -> None:
    async with opened() as person:
        assert person.screen.chosen == "market"
        orders = []
        for _ in range(4):
            await person.press("comma")
            assert person.screen.chosen == "market"
            orders.append([option.id for option in person.screen.services.options])
        assert orders[0] == sorted(orders[0])
        assert orders[1][-1] == "market"
        assert len({tuple(order) for order in orders}) == 4
        assert all(sorted(order) == orders[0] for order in orders)
