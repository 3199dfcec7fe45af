"""What contradicts what: one contradiction a topic, naming every value and the line that says it.

Each file alone looks fine; only side by side do they disagree (a Dockerfile that probes 8005, a compose block that
publishes 8006, a registry that reserves 8007).
"""

from __future__ import annotations

from collections.abc import Iterable

from wizard.audit.channels import used
from wizard.audit.compose_ports import is_for
from wizard.audit.context import Context
from wizard.audit.documents import find
from wizard.audit.environment import near, port_variables
from wizard.audit.readme import own_ports, wrong_channels
from wizard.audit.runbook import service_section, stale_containers
from wizard.values.doc_facts import DocumentFacts, Section
from wizard.values.finding import Contradiction
from wizard.values.lean import dataclass
from wizard.values.source import Fact, Source


@dataclass(frozen=True, slots=True)
class Saying:
    """Who says which value where. `who`: as in a sentence ("the Dockerfile's HEALTHCHECK probes")."""

    who: str
    value: str
    source: Source


def contradictions(ctx: Context) -> tuple[Contradiction, ...]:
    """Port, channel, variable and container name: those that have more than one value."""
    if ctx.service is None:
        return ()
    found = (_ports(ctx), _channels(ctx), _variables(ctx), _containers(ctx))
    return tuple(contradiction for contradiction in found if contradiction)


def _made(ctx: Context, topic: str, sayings: Iterable[Saying]) -> Contradiction:
    said = tuple(dict.fromkeys(sayings))
    message = f"{topic} of {ctx.name}: {_sentence(said)}"
    return Contradiction(ctx.name, topic, message, tuple((s.value, s.source) for s in said))


def _sentence(said: tuple[Saying, ...]) -> str:
    """Value by value, the loneliest first; of a value that many name, the first and the last."""
    groups: dict[str, list[Saying]] = {}
    for saying in said:
        groups.setdefault(saying.value, []).append(saying)
    return "; ".join(_group(group) for group in sorted(groups.values(), key=len))


def _group(group: list[Saying]) -> str:
    ends = group if len(group) < 3 else (group[0], group[-1])
    shown = " and ".join(f"{s.who} {s.value} ({s.source})" for s in ends)
    return f"{shown}, and {len(group) - 2} more" if len(group) > 2 else shown


def _ports(ctx: Context) -> Contradiction | None:
    inside = [*_spec_port(ctx), *_code_ports(ctx), *_dockerfile_ports(ctx)]
    sayings = [*inside, *_compose_ports(ctx), *_document_ports(ctx), *_registry_port(ctx)]
    mapped = _mapping(ctx)
    values = {mapped.get(s.value, s.value) for s in sayings}
    return _made(ctx, "port", sayings) if len(values) > 1 else None


def _mapping(ctx: Context) -> dict[str, str]:
    """Container port -> host port where compose maps one to another: the two sides may differ, 3.5 judges that."""
    ports = ctx.compose.ports if ctx.compose else ()
    return {str(p.target): str(p.published) for p in ports if p.published and p.published != p.target}


def _spec_port(ctx: Context) -> list[Saying]:
    if ctx.service and ctx.service.manifest:
        return [Saying("the spec says", str(ctx.service.manifest.spec.port), ctx.spec_source)]
    return []


def _code_ports(ctx: Context) -> list[Saying]:
    """Defaults and served ports, unless compose or the Dockerfile sets another value in their place."""
    env = ctx.env
    settled: dict[str, str] = {}
    says: list[Saying] = []
    for variable in port_variables(ctx):
        default = variable.default or ""
        setting = env.get(variable.name.upper())
        value = setting.value if setting and setting.value else default
        if default.isdigit() and value == default:
            says.append(Saying(f"{variable.name} defaults to", default, variable.source))
        settled[default] = value
    served = [f for f in ctx.code.served if settled.get(str(f.value), str(f.value)) == str(f.value)]
    known = {s.source for s in says}
    return [*says, *(Saying("the code serves", str(f.value), f.source) for f in served if f.source not in known)]


def _port_names(ctx: Context) -> set[str]:
    return {v.name.upper() for v in port_variables(ctx)}


def _dockerfile_ports(ctx: Context) -> list[Saying]:
    file = ctx.dockerfile
    if file is None:
        return []
    exposed = [Saying("the Dockerfile exposes", str(f.value), f.source) for f in file.expose]
    names = _port_names(ctx)
    env = [Saying(f"the Dockerfile sets {n} to", v, s) for n, v, s in file.env if n.upper() in names and v.isdigit()]
    check = file.healthcheck
    if check and check.port is not None and not check.disabled:
        return [*env, *exposed, Saying("the Dockerfile's HEALTHCHECK probes", str(check.port), check.source)]
    return [*env, *exposed]


def _compose_ports(ctx: Context) -> list[Saying]:
    block = ctx.compose
    if block is None:
        return []
    names = _port_names(ctx)
    says = [
        Saying(f"compose sets {e.name} to", e.value, e.source)
        for e in block.environment
        if e.name.upper() in names and e.value and e.value.isdigit()
    ]
    main = [p for p in block.ports if p.published == ctx.spec.port] or list(block.ports)
    says += [Saying("compose publishes", str(p.published), p.source) for p in main[:1] if p.published]
    check = block.healthcheck
    if check and check.port is not None and not check.disabled:
        says.append(Saying("compose's healthcheck probes", str(check.port), check.source))
    return says


def _document_ports(ctx: Context) -> list[Saying]:
    says: list[Saying] = []
    if ctx.service and ctx.service.readme:
        says += _said(ctx, "the README says", ctx.service.readme, 1, 0)
    section = service_section(ctx)
    if section and ctx.facts.runbook:
        says += _said(ctx, "the runbook says", ctx.facts.runbook, section.source.line, section.end_line)
    return says


def _said(ctx: Context, who: str, document: DocumentFacts, first: int, last: int) -> list[Saying]:
    """The first line of each port."""
    by_port: dict[int, Saying] = {}
    for fact in own_ports(ctx, document, first, last):
        by_port.setdefault(fact.value, Saying(who, str(fact.value), fact.source))
    return list(by_port.values())


def _registry_port(ctx: Context) -> list[Saying]:
    registry = ctx.facts.registry
    entries = ctx.index.reserved.get(ctx.name, ()) or tuple(
        e for e in (registry.entries if registry else ()) if not e.service and is_for(e, ctx.name)
    )
    return [Saying("the registry reserves", str(e.port), e.source) for e in entries]


def _channels(ctx: Context) -> Contradiction | None:
    spec = {c.name for c in (*ctx.spec.inputs, *ctx.spec.outputs)}
    code = [f for kind in ("subscribe", "publish", "xread", "xadd") for f in used(ctx, kind) if f.value]
    in_code = {f.value for f in code}
    manifest = ctx.service.manifest if ctx.service else None
    lost = sorted(spec - in_code) if in_code and manifest and all(f.value for f in code) else []
    strange = [f for f in code if f.value not in spec and "*" not in f.value]
    says: list[Saying] = []
    if lost and strange:
        says += [Saying("the spec says", name, ctx.spec_source) for name in lost]
        says += [Saying("the code uses", f.value, f.source) for f in strange]
    document = ctx.service.readme if ctx.service else None
    for token, meant, source in wrong_channels(ctx, document) if document else ():
        says += [Saying("the code uses", f.value, f.source) for f in code if f.value == meant]
        says.append(Saying("the README says", token, source))
    return _made(ctx, "channel", says) if len({s.value for s in says}) > 1 else None


def _variables(ctx: Context) -> Contradiction | None:
    """A variable that compose sets under one name and the code reads under nearly that name."""
    block = ctx.compose
    read = {v.name: v for v in ctx.code.variables if v.name}
    says: list[Saying] = []
    set_names = {e.name for e in block.environment} if block else set()
    for entry in block.environment if block else ():
        meant = near(entry.name, set(read) - set_names) if entry.name not in read else ""
        if not meant:
            continue
        says.append(Saying("the code reads", meant, read[meant].source))
        says.append(Saying("compose sets", entry.name, entry.source))
        document = ctx.service.readme if ctx.service else None
        line = find(document, entry.name) or find(document, meant) if document else None
        if document and line:
            says.append(Saying("the README says", entry.name if find(document, entry.name) else meant, line))
    return _made(ctx, "variable", says) if says else None


def _containers(ctx: Context) -> Contradiction | None:
    """Names in commands of README and runbook that no compose file has."""
    block = ctx.compose
    if block is None:
        return None
    readme = ctx.service.readme if ctx.service else None
    commands = dict.fromkeys(fact for section in (readme.sections if readme else ()) for fact in section.commands)
    section = service_section(ctx)
    wrong = [Saying("the README says", f.value, f.source) for f in stale_containers(ctx, commands)]
    wrong += [Saying("the runbook says", f.value, f.source) for f in _stale_in(ctx, section)]
    name = block.container_name
    right = Saying("compose says", name.value if name else block.key, name.source if name else block.declared[-1])
    return _made(ctx, "container", [right, *wrong]) if wrong else None


def _stale_in(ctx: Context, section: Section | None) -> list[Fact[str]]:
    return stale_containers(ctx, section.commands) if section else []
