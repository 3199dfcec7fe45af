"""Many services at once: what is unknown is not wrong, what is broken is, and a trouble stops nobody else."""

from __future__ import annotations

from pathlib import Path

from wizard.checklist.load import load
from wizard.pipeline.many import STEPS, ServiceStep, over_many
from wizard.pipeline.opening import open_stack
from wizard.values.phase import Phase


def last_steps(stack: Path, phase: Phase | None, *names: str) -> dict[str, ServiceStep]:
    steps = list(over_many(open_stack(stack), names, phase))
    assert [step.done for step in steps if step.service == names[0]] == [0, 1, 2, STEPS]
    return {step.service: step for step in steps if step.good is not None}


def test_open_items_are_wrong_only_when_something_is_known_to_lack(demo: Path) -> None:
    live = next(info.phase for info in load().phases if info.records)
    core = last_steps(demo, live, "core")["core"]
    assert "open" in core.said, "nothing was run: what happens then is unknown"
    assert core.good is True
    container = next(phase for phase in load().sequence if phase.name == "compose")
    found = last_steps(demo, container, "market", "core")
    assert found["market"].good is False, found["market"].said
    assert found["core"].good is True, found["core"].said


def test_a_service_with_something_broken_is_wrong_and_one_that_only_waits_for_a_run_is_not(demo: Path) -> None:
    found = last_steps(demo, None, "market", "core")
    assert found["core"].good is True
    assert found["market"].good is False
    assert "broken" in found["market"].said
