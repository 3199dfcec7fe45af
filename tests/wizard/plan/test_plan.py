"""The door of the room, on the sample stack as it is read by the real rooms."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.phases import COMPOSE, DATABASE, DEPLOYMENT, PHASES, SERVICE
from wizard.audit.matrix import matrix
from wizard.checklist import load
from wizard.plan.context import PlanContext
from wizard.plan.plan import plan_matrix, plan_phase
from wizard.plan.registry import PLANNERS
from wizard.values.facts.documents import MatrixRow
from wizard.values.finding import Finding, Report, Status
from wizard.values.observation import Observation
from wizard.values.phase import Phase
from wizard.values.source import Source
from wizard.values.spec import ServiceSpec

ReadContext = Callable[..., PlanContext]
SAMPLE = Path(__file__).parents[3] / "templates" / "demo"


@pytest.fixture
def sample(tmp_path: Path) -> dict[str, str]:
    """The files of the sample stack."""
    texts = (path for path in SAMPLE.rglob("*") if path.is_file() and path.suffix != ".pyc")
    return {str(path.relative_to(SAMPLE)): path.read_text(encoding="utf-8") for path in texts}


def changed(ctx: PlanContext, phase: Phase) -> tuple[str, ...]:
    return plan_phase(ctx.facts, ctx.spec, ctx.report, phase, load()).paths


def test_every_phase_has_a_planner() -> None:
    assert set(PLANNERS) == {item.planner for item in load().items}


def test_a_complete_service_is_left_alone(tmp_path: Path, sample: dict[str, str], context_in: ReadContext) -> None:
    ctx = context_in(tmp_path, "core", sample)
    manifest = f".stack-wizard/services/{ctx.spec.name}.yaml"
    assert changed(ctx, SERVICE) == (manifest,)
    for phase in (COMPOSE, DATABASE, DEPLOYMENT):
        assert changed(ctx, phase) == ()


def test_the_manifest_goes_with_the_first_phase_that_writes(
    tmp_path: Path, sample: dict[str, str], context_in: ReadContext
) -> None:
    ctx = context_in(tmp_path, "allocation", sample)
    manifest = ".stack-wizard/services/allocation.yaml"
    assert manifest in changed(ctx, COMPOSE)
    assert changed(ctx, DATABASE) == ()
    written = plan_phase(ctx.facts, ctx.spec, ctx.report, COMPOSE, load())
    texts = dict(ctx.facts.texts) | {edit.path: edit.after or "" for edit in written.edits}
    after = replace(ctx.facts, texts=texts)
    assert plan_phase(after, ctx.spec, ctx.report, SERVICE, load()).empty


def test_planning_twice_gives_the_same(tmp_path: Path, sample: dict[str, str], context_in: ReadContext) -> None:
    ctx = context_in(tmp_path, "market", sample)
    for phase in PHASES:
        first = plan_phase(ctx.facts, ctx.spec, ctx.report, phase, load())
        assert plan_phase(ctx.facts, ctx.spec, ctx.report, phase, load()) == first
        assert all(edit.before == ctx.facts.texts.get(edit.path) for edit in first.edits)


def proven(ctx: PlanContext) -> Report:
    """The report once everything of phase 7 was seen to work."""

    def seen(finding: Finding) -> Finding:
        if finding.phase != DEPLOYMENT:
            return finding
        observed = Observation(finding.item, "curl", "200", True, "embedded", "2026-11-24T00:00:00Z")
        return replace(finding, status=Status.MET, observations=(observed,))

    return replace(ctx.report, findings=tuple(seen(finding) for finding in ctx.report.findings))


def test_deployment_writes_the_row_of_what_was_seen(
    tmp_path: Path, sample: dict[str, str], context_in: ReadContext
) -> None:
    ctx = context_in(tmp_path, "market", sample)
    changes = plan_phase(ctx.facts, ctx.spec, proven(ctx), DEPLOYMENT, load())
    edit = next(edit for edit in changes.edits if edit.path == "FUTURE_SERVICES.md")
    assert "| market | ✅ | ✅ | ❌ | Running |" in (edit.after or "")
    old, new = (edit.before or "").splitlines(), (edit.after or "").splitlines()
    changed = [b for a, b in zip(old, new, strict=True) if a != b]
    assert [line for line in changed if not line.startswith("|")] == ["- 8005: Market Service"]  # no longer planned
    assert len(changed) == 2


def test_deployment_writes_nothing_before_it_was_seen(
    tmp_path: Path, sample: dict[str, str], context_in: ReadContext
) -> None:
    ctx = context_in(tmp_path, "market", sample)
    changes = plan_phase(ctx.facts, ctx.spec, ctx.report, DEPLOYMENT, load())
    assert changes.empty
    assert "stack-wizard verify market" in changes.notes[0]


def test_a_service_that_is_not_in_the_matrix_gets_a_row(
    tmp_path: Path, sample: dict[str, str], context_in: ReadContext
) -> None:
    ctx = context_in(tmp_path, "fresh", sample)
    changes = plan_phase(ctx.facts, ctx.spec, proven(ctx), DEPLOYMENT, load())
    edit = next(edit for edit in changes.edits if edit.path == "FUTURE_SERVICES.md")
    assert "| fresh | ❌ | ❌ | ❌ | Running |" in (edit.after or "")


def test_the_matrix_is_written_from_evidence_and_then_agrees(
    tmp_path: Path, sample: dict[str, str], context_in: ReadContext
) -> None:
    ctx = context_in(tmp_path, "core", sample)
    lines = matrix(ctx.facts, (ctx.report,))
    edit = plan_matrix(ctx.facts, lines)
    if edit is not None:
        again = context_in(tmp_path, "core", {edit.path: edit.after or ""})
        assert plan_matrix(again.facts, matrix(again.facts, (again.report,))) is None
    odd = [replace(line, cells=(("Status", "Gone"),)) for line in lines if line.service == "core"]
    changed_edit = plan_matrix(ctx.facts, odd)
    assert changed_edit is not None
    assert "| core | ✅ | ✅ | ✅ | Gone |" in (changed_edit.after or "")


def test_the_whole_of_a_new_service_can_be_planned_from_one_reading(
    tmp_path: Path, sample: dict[str, str], context_in: ReadContext, specs: dict[str, ServiceSpec]
) -> None:
    ctx = context_in(
        tmp_path, "signals", sample, **{f: getattr(specs["plain"], f) for f in ("port", "inputs", "outputs")}
    )
    counts = [len(changed(ctx, phase)) for phase in PHASES]
    assert counts[0] == 10
    assert all(counts[:3])
    row = MatrixRow("signals", (("Status", "x"),), Source(""))
    assert row.service not in {line.service for line in matrix(ctx.facts, ())}
