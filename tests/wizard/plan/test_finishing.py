"""Finishing services of whole stacks: the sample stack and the three fixture stacks, read, planned, written and read
again."""

from __future__ import annotations

import difflib
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.phases import COMPOSE, CONTAINER, DATABASE, DOCS
from wizard.adapters.files.files import DiskFiles
from wizard.checklist import load
from wizard.plan.context import PlanContext
from wizard.plan.plan import plan_phase
from wizard.stack.read import read_stack
from wizard.values.edit import ChangeSet
from wizard.values.finding import Status
from wizard.values.phase import Phase

ReadContext = Callable[..., PlanContext]
ROOT = Path(__file__).parents[3]
STACKS = {
    "demo": ROOT / "templates/demo",
    **{name: ROOT / "tests/stacks" / name for name in ("flat", "rootcompose", "layered")},
}
PHASES = (CONTAINER, COMPOSE, DATABASE, DOCS)
# what may be replaced on purpose: a health check, a port, a short dependency, a bare requirement, a stale line
ON_PURPOSE = re.compile(
    r"HEALTHCHECK|EXPOSE|CMD curl|CMD \[|:\d{4}|\d{4}: |^\s*- \w+\s*$|^[\w-]+\s*$|docker start|^#+ |\|", re.MULTILINE
)


def _services() -> list[tuple[str, str]]:
    return [(stack, service.name) for stack, root in STACKS.items() for service in read_stack(DiskFiles(root)).services]


@pytest.fixture(params=_services(), ids=lambda pair: "-".join(pair))
def place(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, str]:
    stack, name = request.param
    shutil.copytree(STACKS[stack], tmp_path / "stack")
    return tmp_path / "stack", name


def _plan(context_in: ReadContext, root: Path, name: str, phase: Phase) -> tuple[PlanContext, ChangeSet]:
    ctx = context_in(root, name)
    return ctx, plan_phase(ctx.facts, ctx.spec, ctx.report, phase, load())


def test_a_service_is_finished_once_and_nothing_else_is_touched(
    place: tuple[Path, str], context_in: ReadContext
) -> None:
    root, name = place
    files = DiskFiles(root)
    first = context_in(root, name).report
    for phase in PHASES:
        _, changes = _plan(context_in, root, name, phase)
        for edit in changes.edits:
            _only_on_purpose(edit.before, edit.after or "")
            files.write(edit.path, edit.after or "")
        _, again = _plan(context_in, root, name, phase)
        assert again.edits == (), f"{phase} is planned again: {[edit.path for edit in again.edits]}"
    last = context_in(root, name).report
    worse = [
        (before.item, after.summary)
        for before, after in zip(first.findings, last.findings, strict=True)
        if before.status is Status.MET and after.status is not Status.MET
    ]
    assert worse == []


def _only_on_purpose(before: str | None, after: str) -> None:
    if before is None:
        return
    delta = difflib.ndiff(before.splitlines(), after.splitlines())
    removed = [line[2:] for line in delta if line.startswith("- ")]
    assert [line for line in removed if not ON_PURPOSE.search(line)] == []
    assert after.endswith("\n") == before.endswith("\n")
    assert after.count("\r\n") == 0 or before.count("\r\n") == before.count("\n")
