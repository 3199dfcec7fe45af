"""What contradicts what: one contradiction a topic, naming every value and the line that says it.

Each file alone looks fine; only side by side do they disagree (a Dockerfile that probes 8005, a compose block that
publishes 8006, a registry that reserves 8007).
"""

from __future__ import annotations

from collections.abc import Iterable

from wizard.audit.context import Context
from wizard.audit.docs.documents import find
from wizard.audit.docs.readme import own_ports, wrong_channels
from wizard.audit.docs.runbook import service_section, stale_containers
from wizard.audit.environment import further_ports, near
from wizard.audit.service.channels import used
from wizard.rules.names import is_dead_letter
from wizard.rules.sockets import names_it
from wizard.values.facts.code import PUTS_OUT, TAKES_IN
from wizard.values.facts.documents import DocumentFacts, Section
from wizard.values.finding import Contradiction
from wizard.values.lean import dataclass
from wizard.values.source import Fact, Source


@dataclass(frozen=True, slots=True)
class Statement:
    """A value, who says it and where. `who`: as in a sentence ("the Dockerfile's HEALTHCHECK probes")."""

    who: str
    value: str
    source: Source


def contradictions(ctx: Context) -> tuple[Contradiction, ...]:
    """Returns those of port, channel, variable and container name that have more than one value."""
    if ctx.service is None:
        return ()
    found = (_ports(ctx), _channels(ctx), _variables(ctx), _containers(ctx))
    return tuple(contradiction for contradiction in found if contradiction)


def _made(ctx: Context, topic: str, statements: Iterable[Statement]) -> Contradiction:
    said = tuple(dict.fromkeys(statements))
    message = f"{topic} of {ctx.name}: {_sentence(said)}"
    return Contradiction(ctx.name, topic, message, tuple((s.value, s.source) for s in said))


def _sentence(said: tuple[Statement, ...]) -> str:
    """Value by value, the loneliest first; of a value that many name, the first and the last."""
    groups: dict[str, list[Statement]] = {}
    for statement in said:
        groups.setdefault(statement.value, []).append(statement)
    return "; ".join(_group(group) for group in sorted(groups.values(), key=len))


def _group(group: list[Statement]) -> str:
    ends = group if len(group) < 3 else (group[0], group[-1])
    shown = " and ".join(f"{s.who} {s.value} ({s.source})" for s in ends)
    return f"{shown}, and {len(group) - 2} more" if len(group) > 2 else shown


# The order in which a contradiction of ports names the places. What repeats another place is left out:
# `given` is what the Dockerfile or compose sets.
_PLACES = (
    "default",
    "start",
    "code",
    "image_env",
    "expose",
    "image_check",
    "compose_env",
    "published",
    "compose_check",
)


def _ports(ctx: Context) -> Contradiction | None:
    further = further_ports(ctx)
    said = sorted((s for s in ctx.port_mentions if s.kind in _PLACES), key=lambda s: _PLACES.index(s.kind))
    by_line = {s.source: s for s in reversed(said)}
    inside = [s for s in said if by_line[s.source] is s and s.port not in further]
    found = [*_spec_port(ctx), *(Statement(s.who, str(s.port), s.source) for s in inside)]
    found += [*_document_ports(ctx), *(s for s in _registry_port(ctx) if int(s.value) not in further)]
    mapped = _mapping(ctx)
    values = {mapped.get(s.value, s.value) for s in found}
    return _made(ctx, "port", found) if len(values) > 1 else None


def _mapping(ctx: Context) -> dict[str, str]:
    """Container port -> host port where compose maps one to another: the two sides may differ, 3.5 judges that."""
    ports = ctx.compose.ports if ctx.compose else ()
    return {str(p.target): str(p.published) for p in ports if p.published and p.published != p.target}


def _spec_port(ctx: Context) -> list[Statement]:
    if ctx.service and ctx.service.manifest:
        return [Statement("the spec says", str(ctx.service.manifest.spec.port), ctx.spec_source)]
    return []


def _document_ports(ctx: Context) -> list[Statement]:
    says: list[Statement] = []
    if ctx.service and ctx.service.readme:
        says += _said(ctx, "the README says", ctx.service.readme, 1, 0)
    section = service_section(ctx)
    if section and ctx.facts.runbook:
        says += _said(ctx, "the runbook says", ctx.facts.runbook, section.source.line, section.end_line)
    return says


def _said(ctx: Context, who: str, document: DocumentFacts, first: int, last: int) -> list[Statement]:
    """The first line of each port."""
    by_port: dict[int, Statement] = {}
    for fact in own_ports(ctx, document, first, last):
        by_port.setdefault(fact.value, Statement(who, str(fact.value), fact.source))
    return list(by_port.values())


def _registry_port(ctx: Context) -> list[Statement]:
    registry = ctx.facts.registry
    entries = ctx.index.reserved.get(ctx.name, ()) or tuple(
        e
        for e in (registry.entries if registry else ())
        if not e.service and names_it(e, ctx.name, ctx.facts.profile.prefix)
    )
    return [Statement("the registry reserves", str(e.port), e.source) for e in entries]


def _channels(ctx: Context) -> Contradiction | None:
    spec = {c.name for c in (*ctx.spec.inputs, *ctx.spec.outputs)}
    code = [f for kind in (*TAKES_IN, *PUTS_OUT) for f in used(ctx, kind) if f.value]
    in_code = {f.value for f in code}
    manifest = ctx.service.manifest if ctx.service else None
    lost = sorted(spec - in_code) if in_code and manifest and all(f.value for f in code) else []
    strange = [f for f in code if f.value not in spec and "*" not in f.value and not is_dead_letter(f.value)]
    says: list[Statement] = []
    if lost and strange:
        says += [Statement("the spec says", name, ctx.spec_source) for name in lost]
        says += [Statement("the code uses", f.value, f.source) for f in strange]
    document = ctx.service.readme if ctx.service else None
    for token, meant, source in wrong_channels(ctx, document) if document else ():
        says += [Statement("the code uses", f.value, f.source) for f in code if f.value == meant]
        says.append(Statement("the README says", token, source))
    return _made(ctx, "channel", says) if len({s.value for s in says}) > 1 else None


def _variables(ctx: Context) -> Contradiction | None:
    """A variable that compose sets under one name and the code reads under nearly that name."""
    block = ctx.compose
    read = {v.name: v for v in ctx.code.variables if v.name}
    says: list[Statement] = []
    set_names = {e.name for e in block.environment} if block else set()
    for entry in block.environment if block else ():
        meant = near(entry.name, set(read) - set_names) if entry.name not in read else ""
        if not meant:
            continue
        says.append(Statement("the code reads", meant, read[meant].source))
        says.append(Statement("compose sets", entry.name, entry.source))
        document = ctx.service.readme if ctx.service else None
        line = find(document, entry.name) or find(document, meant) if document else None
        if document and line:
            says.append(Statement("the README says", entry.name if find(document, entry.name) else meant, line))
    return _made(ctx, "variable", says) if says else None


def _containers(ctx: Context) -> Contradiction | None:
    """Names in commands of README and runbook that no compose file has."""
    block = ctx.compose
    if block is None:
        return None
    readme = ctx.service.readme if ctx.service else None
    commands = dict.fromkeys(fact for section in (readme.sections if readme else ()) for fact in section.commands)
    section = service_section(ctx)
    wrong = [Statement("the README says", f.value, f.source) for f in stale_containers(ctx, commands)]
    wrong += [Statement("the runbook says", f.value, f.source) for f in _stale_in(ctx, section)]
    name = block.container_name
    right = Statement("compose says", name.value if name else block.key, name.source if name else block.declared[-1])
    return _made(ctx, "container", [right, *wrong]) if wrong else None


def _stale_in(ctx: Context, section: Section | None) -> list[Fact[str]]:
    return stale_containers(ctx, section.commands) if section else []
