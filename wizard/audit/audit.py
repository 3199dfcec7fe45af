"""The audit: every item of the checklist, one finding each, and what contradicts what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from wizard.audit.compose.swarm import swarm_contradictions
from wizard.audit.context import Context
from wizard.audit.contradictions import contradictions
from wizard.audit.declared import declared, switched_off
from wizard.audit.flow import flow_contradictions
from wizard.audit.index import StackIndex, index_stack
from wizard.audit.registry import REGISTRY
from wizard.audit.service.code import view
from wizard.audit.set_variables import set_variables
from wizard.rules.merge_markers import UNFINISHED, unfinished_at
from wizard.rules.ports import port_mentions
from wizard.values.checklist import Checklist
from wizard.values.choice import Left
from wizard.values.facts.stack import ServiceFacts, StackFacts
from wizard.values.finding import Finding, Report, Status
from wizard.values.flow import FlowFinding
from wizard.values.lean import replace
from wizard.values.observation import Observation
from wizard.values.source import Source
from wizard.values.spec import Inferred, ServiceSpec, Waiver


def audit_service(
    facts: StackFacts,
    service: ServiceFacts | None,
    spec: ServiceSpec,
    checklist: Checklist,
    observations: tuple[Observation, ...] = (),
    index: StackIndex | None = None,
    inferred: Inferred | None = None,
    flow: tuple[FlowFinding, ...] = (),
) -> Report:
    """Returns the thirty findings of one service.

    `service` None: it does not exist yet. `observations`: what was observed in this run; the manifest's record is
    used for items that were not. `index`: `index_stack(facts)`, when many services of one stack are
    audited (see `audit_stack`). `inferred`: where the spec was read; what it assumes is evidence of nothing. `flow`:
    what does not fit between services; what stops this one is a contradiction of it.
    """
    spec = _without_assumed(spec, inferred)
    index = index or index_stack(facts)
    service = _with_block(facts, service, index)
    code, env = view(service), set_variables(service, facts.texts)
    mentions = port_mentions(service, index.names, facts.profile.prefix) if service else ()
    unmerged = {p.source.path: p.source.line for p in facts.problems if p.message == UNFINISHED}
    waivers = {w.item: w for w in service.manifest.waivers} if service and service.manifest else {}
    left = service.manifest.left if service and service.manifest else ()
    findings: list[Finding] = []
    words: dict[str, str] = {}
    for item in checklist.items:
        ctx = Context(facts, service, spec, observations, item, index, code, env, mentions, inferred, words)
        finding = _unmerged(_judged(ctx), unmerged)
        finding = _waived(ctx, finding, waivers[item.id]) if item.id in waivers else finding
        findings.append(_with_left(ctx, finding, left))
    base = Context(facts, service, spec, observations, checklist.items[0], index, code, env, mentions, inferred)
    swarm = swarm_contradictions(facts, spec.name, service.compose.key) if service and service.compose else ()
    found = (*contradictions(base), *flow_contradictions(flow, spec.name), *swarm)
    # Both sides of an unfinished merge are read: that they disagree is no contradiction of the stack.
    found = tuple(c for c in found if not any(at.path in unmerged for _, at in c.says)) if unmerged else found
    return Report(spec.name, tuple(findings), found)


def audit_stack(
    facts: StackFacts,
    specs: Iterable[ServiceSpec],
    checklist: Checklist,
    inferred: Mapping[str, Inferred] | None = None,
    flow: tuple[FlowFinding, ...] = (),
) -> tuple[Report, ...]:
    """Returns one report a spec, in order, without observations of this run; the stack-wide look-ups are made once.

    `inferred`: by service, where its spec was read. `flow`: what does not fit between services.
    """
    index = index_stack(facts)
    services = {s.name: s for s in facts.services}
    known = inferred or {}
    return tuple(
        audit_service(facts, services.get(spec.name), spec, checklist, (), index, known.get(spec.name), flow)
        for spec in specs
    )


def _judged(ctx: Context) -> Finding:
    """Judges one item: by the function of its check, or by what the stack's own checklist declares."""
    if ctx.item.off is not None:
        return switched_off(ctx)
    return declared(ctx) if ctx.item.checks else REGISTRY[ctx.item.check](ctx)


def _without_assumed(spec: ServiceSpec, inferred: Inferred | None) -> ServiceSpec:
    """The spec without channels and tables that only a default answer made up."""
    assumed = inferred.assumed if inferred else ()
    return replace(
        spec,
        inputs=() if "inputs" in assumed else spec.inputs,
        outputs=() if "outputs" in assumed else spec.outputs,
        tables=() if "tables" in assumed else spec.tables,
    )


def _with_block(facts: StackFacts, service: ServiceFacts | None, index: StackIndex) -> ServiceFacts | None:
    """A block of the service's key is its own, even where a wrong build context makes it look like another's."""
    if service is None or service.compose or not service.folder:
        return service
    block = index.compose.get(facts.profile.prefix + service.name)
    return replace(service, compose=block) if block and block.build else service


def _unmerged(finding: Finding, unmerged: Mapping[str, int]) -> Finding:
    """Says of a finding that rests on a file with conflict markers that nobody can tell: nobody chose a side yet."""
    at = next((source for source in finding.sources if source.path in unmerged), None)
    if at is None:
        return finding
    place = Source(at.path, unmerged[at.path])
    hint = f"Resolve the merge in {at.path} (`git status` shows whether git waits for it), then check again."
    summary = unfinished_at(at.path, place.line)
    return replace(finding, status=Status.UNKNOWN, summary=summary, sources=(place,), observations=(), hint=hint)


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


def _with_left(ctx: Context, finding: Finding, left: tuple[Left, ...]) -> Finding:
    """Says of what is not done that a person left an edit for it out, and why."""
    mine = [one for one in left if finding.item == one.what or finding.item in one.items]
    if not mine or finding.done:
        return finding
    said = "; ".join(f"{one.what} was left out: {one.reason}" for one in mine)
    return replace(
        finding,
        summary=" ".join(f"{finding.summary} ({said})".split()),
        sources=(*finding.sources, ctx.spec_source),
        hint=f"take it with `stack-wizard run {ctx.name} --only {mine[0].what}`",
    )
