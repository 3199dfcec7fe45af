"""The audit: every item of the checklist, one finding each, and what contradicts what."""

from __future__ import annotations

from collections.abc import Iterable

from wizard.audit.code import view
from wizard.audit.context import Context
from wizard.audit.contradictions import contradictions
from wizard.audit.given import given
from wizard.audit.index import StackIndex, index_stack
from wizard.audit.registry import REGISTRY
from wizard.checklist.schema import Checklist
from wizard.values.facts import ServiceFacts, StackFacts
from wizard.values.finding import Finding, Report, Status
from wizard.values.lean import replace
from wizard.values.observation import Observation
from wizard.values.spec import ServiceSpec, Waiver


def audit_service(
    facts: StackFacts,
    service: ServiceFacts | None,
    spec: ServiceSpec,
    checklist: Checklist,
    observations: tuple[Observation, ...] = (),
    index: StackIndex | None = None,
) -> Report:
    """The thirty findings of one service.

    `service` None: it does not exist yet. `observations`: what was observed in this run; the manifest's record is
    used for items that were not. `index`: `index_stack(facts)`, when many services of one stack are
    audited (see `audit_stack`).
    """
    index = index or index_stack(facts)
    service = _with_block(facts, service, index)
    code, env = view(service), given(service, facts.texts)
    waivers = {w.item: w for w in service.manifest.waivers} if service and service.manifest else {}
    findings: list[Finding] = []
    for item in checklist.items:
        ctx = Context(facts, service, spec, observations, item, index, code, env)
        finding = REGISTRY[item.check](ctx)
        findings.append(_waived(ctx, finding, waivers[item.id]) if item.id in waivers else finding)
    base = Context(facts, service, spec, observations, checklist.items[0], index, code, env)
    return Report(spec.name, tuple(findings), contradictions(base))


def audit_stack(
    facts: StackFacts,
    specs: Iterable[ServiceSpec],
    checklist: Checklist,
) -> tuple[Report, ...]:
    """One report a spec, in order, without observations of this run; the stack-wide look-ups are made once."""
    index = index_stack(facts)
    services = {s.name: s for s in facts.services}
    return tuple(audit_service(facts, services.get(spec.name), spec, checklist, (), index) for spec in specs)


def _with_block(facts: StackFacts, service: ServiceFacts | None, index: StackIndex) -> ServiceFacts | None:
    """A block of the service's key is its own, even where a wrong build context makes it look like another's."""
    if service is None or service.compose or not service.folder:
        return service
    block = index.compose.get(facts.profile.prefix + service.name)
    return replace(service, compose=block) if block and block.build else service


def _waived(ctx: Context, finding: Finding, waiver: Waiver) -> Finding:
    """A waiver covers everything but what is met or does not apply."""
    if finding.status in (Status.MET, Status.NA):
        return finding
    words = f"waived by {waiver.author} on {waiver.date}: {waiver.reason} (was {finding.status}: {finding.summary})"
    return replace(
        finding,
        status=Status.WAIVED,
        summary=" ".join(words.split()),
        sources=(ctx.spec_source, *finding.sources),
        hint="",
    )
