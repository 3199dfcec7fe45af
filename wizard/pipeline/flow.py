"""READ and JUDGE the message flow: who talks to whom in a stack, and what of it does not fit."""

from __future__ import annotations

from wizard.audit.flow import judge_flow
from wizard.stack.infer.flow import read_flow
from wizard.values.facts.stack import StackFacts
from wizard.values.flow import Flow, FlowFinding
from wizard.values.memo import derived


def flow_of(facts: StackFacts) -> tuple[Flow, tuple[FlowFinding, ...]]:
    """Returns the flow of a stack whose services were all read, and what does not fit, the worst first. Made once of
    the same facts: every service that is judged asks for it."""
    return derived(facts.derived, "flow", facts.services, lambda: _judged(facts))


def _judged(facts: StackFacts) -> tuple[Flow, tuple[FlowFinding, ...]]:
    flow = read_flow(facts)
    blocks = ((one.name, one.compose.many) for one in facts.services if one.compose and facts.profile.on_swarm)
    return flow, judge_flow(flow, {name: said for name, said in blocks if said is not None})
