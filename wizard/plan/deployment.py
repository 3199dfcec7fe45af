"""Phase 7: what the live run showed goes into the manifest, and its stack's list of services."""

from __future__ import annotations

from wizard.plan.context import PlanContext
from wizard.plan.docs.matrix import plan_brought_in
from wizard.plan.manifest import plan_manifest
from wizard.values.edit import ChangeSet


def plan(ctx: PlanContext) -> ChangeSet:
    """Plans the record (the facts' manifest already carries it) and the list of services; nothing while nothing was
    observed live.
    """
    if not any(finding.observations for finding in ctx.findings):
        note = "its live items are decided by a live run: stack-wizard verify " + ctx.spec.name
        return ChangeSet(ctx.spec.name, ctx.phase, (), (), (note,))
    edits = (plan_manifest(ctx.facts, ctx.spec), plan_brought_in(ctx))
    return ChangeSet(ctx.spec.name, ctx.phase, tuple(edit for edit in edits if edit is not None))
