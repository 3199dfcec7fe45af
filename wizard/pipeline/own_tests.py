"""The service's own unit tests around a change of its code: run before it is written, and again after.

What passed before and fails after is no improvement: the phase is taken back and says which test failed.
"""

from __future__ import annotations

from collections.abc import Generator

from wizard.checklist.load import checklist_of
from wizard.errors import RefusedError
from wizard.pipeline.opening import Stack, read
from wizard.pipeline.work import Event, Planned, Prove
from wizard.values.observation import Observation, Progress

Steps = Generator[Event, str | None, Observation | None]


def changed_code(planned: Planned) -> tuple[str, ...]:
    """Returns the Python files that people wrote and the phase changes."""
    edits = planned.changeset.edits
    return tuple(e.path for e in edits if e.path.endswith(".py") and e.before is not None and e.after is not None)


def tests_before(stack: Stack, planned: Planned, proof: Prove | None) -> Steps:
    """Runs the tests on the code as it is; None when no code changes, nothing is proven, or there are no tests."""
    if proof is None or not changed_code(planned):
        return None
    seen = yield from _run(stack, planned, proof)
    if seen is None or seen.ok is not True:
        why = seen.result if seen is not None else "they could not be run"
        text = f"its tests cannot judge the change of {', '.join(changed_code(planned))}: {why}"
        yield Progress(_item(planned), "step", text)
        return None
    yield Progress(_item(planned), "step", f"before the change of {', '.join(changed_code(planned))}: {seen.result}")
    return seen


def tests_after(stack: Stack, planned: Planned, proof: Prove) -> Steps:
    """Runs them on what was written. Raises `RefusedError` where they fail."""
    seen = yield from _run(stack, planned, proof)
    if seen is not None and seen.ok is False:
        paths = ", ".join(changed_code(planned))
        raise RefusedError(
            f"the service's tests passed before the change of {paths} and fail with it: {seen.result}",
            where=paths,
            next_step="the phase is taken back: name fewer recipes with --fix, or leave the file out with --skip",
        )
    if seen is not None:
        yield seen
    return seen


def _run(stack: Stack, planned: Planned, proof: Prove) -> Steps:
    found, item = None, _item(planned)
    for event in proof(read(stack, only=planned.spec.name), planned.spec, (item,)):
        if not isinstance(event, Observation):
            yield event
        elif event.item == item:
            found = event
    return found


def _item(planned: Planned) -> str:
    return checklist_of(planned.facts).judged_by("unit-tests").id
