"""The door of this room: the planner of each phase, and the change set of one phase of one service."""

from __future__ import annotations

from collections.abc import Callable

from wizard.checklist import Checklist
from wizard.plan import compose, container, database, deployment, docs, service, testing
from wizard.plan.context import PlanContext
from wizard.plan.manifest import plan_manifest
from wizard.plan.matrix import plan_matrix
from wizard.plan.render import make_renderer, overrides_in
from wizard.values.edit import ChangeSet
from wizard.values.facts import StackFacts
from wizard.values.finding import Report
from wizard.values.lean import replace
from wizard.values.phase import Phase
from wizard.values.spec import ServiceSpec

PLANNERS: dict[Phase, Callable[[PlanContext], ChangeSet]] = {
    Phase.SERVICE: service.plan,
    Phase.CONTAINER: container.plan,
    Phase.COMPOSE: compose.plan,
    Phase.DATABASE: database.plan,
    Phase.TESTING: testing.plan,
    Phase.DOCS: docs.plan,
    Phase.DEPLOYMENT: deployment.plan,
}

__all__ = ["PLANNERS", "make_context", "plan_manifest", "plan_matrix", "plan_phase"]


def plan_phase(facts: StackFacts, spec: ServiceSpec, report: Report, phase: Phase, checklist: Checklist) -> ChangeSet:
    """What the wizard would write for one phase; pure. The manifest goes with the first phase that writes anything."""
    changes = PLANNERS[phase](make_context(facts, spec, report, checklist))
    return _with_manifest(changes, facts, spec)


def make_context(facts: StackFacts, spec: ServiceSpec, report: Report, checklist: Checklist) -> PlanContext:
    """The planners' context, with the stack's own templates before the wizard's."""
    renderer = make_renderer(overrides_in(facts.texts))
    return PlanContext(facts, facts.service(spec.name), spec, report, checklist, renderer)


def _with_manifest(changes: ChangeSet, facts: StackFacts, spec: ServiceSpec) -> ChangeSet:
    """A colleague on another machine goes on with the same answers, so they are committed with the first phase."""
    edit = plan_manifest(facts, spec)
    if edit is None or edit.path in changes.paths or (changes.empty and changes.phase is not Phase.SERVICE):
        return changes
    return replace(changes, edits=(*changes.edits, edit))
