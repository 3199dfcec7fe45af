"""Phase 3 on a Swarm: what `docker stack deploy` makes of a service's block, and what takes the place of what it
ignores."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from wizard.audit.context import Context, listed
from wizard.rules.swarm import is_everyones
from wizard.values.facts.compose import DIFFERS, HARMLESS, REFUSED, ComposeService, PublishedPort, SwarmRemark
from wizard.values.facts.stack import StackFacts
from wizard.values.finding import Contradiction, Finding, Report, Status
from wizard.values.lean import replace
from wizard.values.source import Source

STACK = "(stack)"
"""Whose report has what is no service's own: the top level, and the stack's servers. What a Swarm contradicts has no
other side that could be right: this stands for it."""
TOPIC = "swarm"
_FIREWALL = "a Swarm binds no address: close it in the nodes' firewall (chain DOCKER-USER)"


def swarm_contradictions(facts: StackFacts, name: str, key: str) -> tuple[Contradiction, ...]:
    """Returns every part of a service's block that a Swarm does not take as it is written; `key` '': of the top level.
    What is harmless is none."""
    return tuple(_contradiction(facts, name, one) for one in facts.compose.swarm if _hurts(one) and one.service == key)


def _hurts(remark: SwarmRemark) -> bool:
    return remark.effect != HARMLESS


def _contradiction(facts: StackFacts, name: str, remark: SwarmRemark) -> Contradiction:
    where = said(remark)
    message = f"{where} ({remark.source}), and the stack is deployed to a Swarm: {remark.words} ({remark.rule})"
    target = ("deploy_target: swarm", facts.detected.source("deploy_target"))
    return Contradiction(name, TOPIC, message, ((where, remark.source), target), STACK)


def said(remark: SwarmRemark) -> str:
    """Returns what a remark is about: `restart of cdb_market`, `name of the top level`."""
    of = remark.service or "the top level"
    return f"{remark.place} of {of}" if remark.place else of


def stack_report(facts: StackFacts) -> Report | None:
    """Returns what a Swarm does not take of the top level and of blocks that are no service's of the checklist; None
    without any, and for a stack that Compose starts."""
    owned = {service.compose.key for service in facts.services if service.compose is not None}
    keys = dict.fromkeys(one.service for one in facts.compose.swarm if one.service not in owned)
    found = [contradiction for key in keys for contradiction in swarm_contradictions(facts, STACK, key)]
    return Report(STACK, (), tuple(found)) if found else None


def harmless(remarks: Iterable[SwarmRemark]) -> Iterator[SwarmRemark]:
    """Yields what is passed over and changes nothing, so that it is only named."""
    return (one for one in remarks if one.effect == HARMLESS)


def refusal(ctx: Context, block: ComposeService) -> Finding | None:
    """Returns the finding of 3.1 where the deploy is refused, for this block first; None where it is not."""
    refused = [one for one in ctx.facts.compose.swarm if one.effect == REFUSED]
    own = [one for one in refused if one.service == block.key]
    if not refused:
        return None
    first = (own or refused)[0]
    more = f"; and {len(refused) - 1} more" if len(refused) > 1 else ""
    words = f"`docker stack deploy` refuses {said(first)}: {first.words}{more}"
    return ctx.broken(words, *(one.source for one in (own or refused)[:8]), hint=f"{first.rule} says so.")


def image(ctx: Context, block: ComposeService, built: Finding | None) -> Finding:
    """Judges item 3.1: the nodes can pull the image, and what builds it is there. `built`: what is said of its build,
    None for a block that builds nothing."""
    if built is not None and not built.done:
        return built
    if block.image is None:
        return ctx.broken("no image is named, and a Swarm builds none", block.declared[-1])
    name = block.image
    wrong = is_everyones(name.value, built is not None)
    if wrong:
        say = ctx.broken if built is not None and "registry" in wrong else ctx.unknown
        hint = "Push it to a registry that every node reaches, and name it with that: REGISTRY/NAME:TAG or @sha256:…"
        return say(wrong, name.source, hint=hint)
    if built is None and not _is_named_after(ctx, name.value):
        words = f"it runs {name.value}, and nothing says that this is built from the service's Dockerfile"
        return ctx.unknown(words, name.source)
    own = [one for one in harmless(ctx.facts.compose.swarm) if one.service == block.key and one.place != "depends_on"]
    passed = listed([f"{one.place} ({one.source})" for one in own], len(own))
    words = f"every node pulls {name.value}" + (f"; `docker stack deploy` passes over {passed}" if own else "")
    return ctx.met(words, *block.declared, name.source, *(one.source for one in own))


def _is_named_after(ctx: Context, reference: str) -> bool:
    last = reference.partition("@")[0].rpartition("/")[2].partition(":")[0].replace("-", "_").lower()
    folder = ctx.folder.rpartition("/")[2].replace("-", "_").lower()
    return any(name and (last == name or last.endswith(f"_{name}")) for name in (ctx.name, ctx.key, folder))


def start_order(ctx: Context, block: ComposeService, wanted: dict[str, Source]) -> Finding:
    """Judges item 3.3: no task waits for another, so that the service has to survive what is not there yet: its code
    tries again, or it ends and the Swarm starts it once more."""
    dead = "a Swarm waits for nothing at the start"
    lines = tuple(entry.source for entry in block.depends_on)
    long = next((entry for entry in block.depends_on if entry.condition), None)
    if long is not None:
        words = f"depends_on has the long form, for which `docker stack deploy` refuses the file; {dead}"
        hint = "Write the short list, or take it out: what it uses has to be waited for by the code."
        return ctx.broken(words, long.source, hint=hint)
    if not wanted:
        return ctx.met("it uses no other service of the stack", block.declared[-1], *lines)
    names = listed(list(wanted))
    again = next((use for use in ctx.code.redis if use.kind in ("retry", "connect_retry")), None)
    if again is not None:
        return ctx.met(f"{dead}: its code tries {names} again", again.source, *lines)
    policy = block.deployed("restart_policy.condition")
    if policy is not None and policy.value == "none":
        hint = "Let the code try again, or write deploy.restart_policy.condition: any."
        words = f"{dead}, no loop that tries again was found, and it is not started again"
        return ctx.broken(words, policy.source, *wanted.values(), hint=hint)
    by = f"restart_policy {policy.value}" if policy else "a Swarm restarts by itself"
    words = f"{dead}: {names} may be away, and whether it then tries again or ends ({by}) was not found in its code"
    hint = "Let the code try the connection again, or end with an error: then the Swarm starts it once more."
    return ctx.unknown(words, policy.source if policy else block.declared[-1], *wanted.values(), hint=hint)


def binding(ctx: Context, block: ComposeService, port: PublishedPort) -> Finding | None:
    """Judges where one port is published, as far as that is wrong; None where `mode: host` holds it to one node."""
    if port.host_ip:
        words = f"{port.raw}: the address is ignored, and the port is open on all addresses of every node"
        return ctx.broken(words, port.source, hint=_way_out(port))
    if port.mode != "host":
        return ctx.broken(
            f"{port.raw} is open on all addresses of every node (ingress)", port.source, hint=_way_out(port)
        )
    if port.published is None:
        return ctx.broken(f"{port.raw} takes any free host port", port.source)
    order = block.deployed("update_config.order")
    if order is not None and order.value == "start-first":
        words = f"start-first starts the new task beside the old one, which holds host port {port.published}"
        return ctx.broken(words, order.source, port.source, hint="Write order: stop-first, or publish no host port.")
    many, spread = block.many, block.deployed("placement.max_replicas_per_node")
    if many is not None and many.value != "global" and (spread is None or spread.value != "1"):
        words = f"{many.value} tasks of it cannot share host port {port.published} of one node"
        return ctx.broken(words, many.source, port.source, hint="Write placement.max_replicas_per_node: 1.")
    return None


def _way_out(port: PublishedPort) -> str:
    return (
        f"Publish nothing (its network reaches port {port.target}), or {{target: {port.target}, published: "
        f"{port.published or port.target}, mode: host}}; {_FIREWALL}."
    )


def unpublished(ctx: Context, block: ComposeService) -> Finding:
    """Returns the finding of 3.5 for a block that publishes no port: a Swarm has nothing nearer to localhost."""
    port = ctx.spec.port or "its port"
    return ctx.met(f"publishes nothing: only its networks reach {block.key}:{port}", block.declared[-1])


def with_firewall(finding: Finding) -> Finding:
    """Returns a finding of 3.5 that is met by `mode: host`, with what a Swarm leaves to the firewall."""
    words = f"{finding.summary}; on the node that runs it, on all its addresses: {_FIREWALL}"
    return replace(finding, summary=words) if finding.status is Status.MET else finding


def sealed_by_variable(ctx: Context, block: ComposeService) -> Finding | None:
    """Returns the finding of 3.2 for a secret that takes its text from a variable, or a variable of `.env` alone;
    None without."""
    held = dict(ctx.facts.compose.secret_variables)
    for secret in block.secrets:
        if secret.value in held:
            words = f"the secret {secret.value} is taken from {held[secret.value]}, which `docker stack deploy` refuses"
            declared = [at for name, _, at in ctx.facts.compose.secrets if name == secret.value]
            hint = "Give it a file:, or create it with `docker secret create` and write external: true."
            return ctx.broken(words, secret.source, *declared, hint=hint)
    unread = {one.source: one for one in ctx.facts.compose.swarm if one.place == "variable" and one.effect == DIFFERS}
    lost = next((unread[entry.source] for entry in block.environment if entry.source in unread), None)
    return ctx.unknown(lost.words, lost.source) if lost is not None else None
