"""Phase 7: what the live run showed goes into the manifest, and the service's row into the status matrix."""

from __future__ import annotations

from wizard.plan.context import PlanContext
from wizard.plan.manifest import plan_manifest
from wizard.plan.matrix import plan_row
from wizard.values.edit import ChangeSet
from wizard.values.phase import Phase


def plan(ctx: PlanContext) -> ChangeSet:
    """The record (the facts' manifest already carries it) and the row; nothing while no live item was observed."""
    if not any(finding.observations for finding in ctx.report.of_phase(Phase.DEPLOYMENT)):
        note = "the deployment items are decided by a live run: stack-wizard verify " + ctx.spec.name
        return ChangeSet(ctx.spec.name, Phase.DEPLOYMENT, (), (), (note,))
    edits = (plan_manifest(ctx.facts, ctx.spec), plan_row(ctx))
    return ChangeSet(ctx.spec.name, Phase.DEPLOYMENT, tuple(edit for edit in edits if edit is not None))
