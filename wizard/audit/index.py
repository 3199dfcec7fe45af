"""What every service's audit asks of the whole stack, gathered once: a stack's audit grows linearly."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import TypeVar

from wizard.values.facts.compose import ComposeService
from wizard.values.facts.documents import RegistryEntry, Section, SqlStatement
from wizard.values.facts.stack import PortClaim, ServiceFacts, StackFacts
from wizard.values.lean import dataclass
from wizard.values.pattern import lazy_pattern
from wizard.values.source import Source

_WORD = lazy_pattern(r"\w+")
K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class StackIndex:
    """Look-ups over one `StackFacts`. `owners`: compose key or service name -> its facts. `cyclic`: keys on a cycle.
    `published`: the claims of all Compose files, those beside the profile's too. `names`: of all services.
    `secrets`: names of the top-level secrets. `containers`: every compose key and container name. `packages`: names
    that are modules of the stack itself.
    """

    compose: Mapping[str, ComposeService]
    owners: Mapping[str, ServiceFacts]
    published: Mapping[int, tuple[PortClaim, ...]]
    registry: Mapping[int, tuple[RegistryEntry, ...]]
    reserved: Mapping[str, tuple[RegistryEntry, ...]]
    created: Mapping[str, tuple[SqlStatement, ...]]
    inserted: Mapping[str, tuple[SqlStatement, ...]]
    headings: Mapping[str, tuple[Section, ...]]
    secrets: Mapping[str, Source]
    containers: frozenset[str]
    cyclic: frozenset[str]
    packages: frozenset[str]
    names: frozenset[str]


def index_stack(facts: StackFacts) -> StackIndex:
    """Builds the look-ups of one stack."""
    services = facts.compose.services
    statements = [statement for file in facts.sql for statement in file.statements]
    entries = facts.registry.entries if facts.registry else ()
    known = (*services, *facts.compose.beside)
    names = {s.container_name.value for s in known if s.container_name} | {s.key for s in known}
    return StackIndex(
        compose={s.key: s for s in services},
        owners=_owners(facts.services),
        published=_grouped((c.port, c) for c in facts.claims if c.state == "published"),
        registry=_grouped((e.port, e) for e in entries),
        reserved=_grouped((e.service, e) for e in entries if e.service),
        created=_grouped((s.table, s) for s in statements if s.kind == "create_table"),
        inserted=_grouped((s.table, s) for s in statements if s.kind == "insert"),
        headings=_headings(facts.runbook.sections if facts.runbook else ()),
        secrets={name: source for name, _, source in facts.compose.secrets},
        containers=frozenset(names),
        cyclic=_cyclic({s.key: [d.service for d in s.depends_on] for s in services}),
        packages=_packages(facts),
        names=frozenset(s.name for s in facts.services),
    )


def _grouped(pairs: Iterable[tuple[K, V]]) -> dict[K, tuple[V, ...]]:
    groups: dict[K, list[V]] = defaultdict(list)
    for key, value in pairs:
        groups[key].append(value)
    return {key: tuple(values) for key, values in groups.items()}


def _headings(sections: tuple[Section, ...]) -> dict[str, tuple[Section, ...]]:
    """The runbook's sections by each word of their headings; `cdb_market` is a word, and so are its parts."""
    pairs = []
    for section in sections:
        words = {word for word in _WORD.findall(section.title.lower()) if word}
        words |= {part for word in words for part in word.split("_")}
        pairs += [(word, section) for word in words]
    return _grouped(pairs)


def _owners(services: tuple[ServiceFacts, ...]) -> dict[str, ServiceFacts]:
    owners = {s.compose.key: s for s in services if s.compose}
    return owners | {s.name: s for s in services}


def _packages(facts: StackFacts) -> frozenset[str]:
    """First folder names of everything read, and the services' own: an import of these is no third-party package."""
    tops = {path.split("/", 1)[0] for path in facts.texts if "/" in path}
    modules = {path[:-3] for path in facts.texts if path.endswith(".py") and "/" not in path}
    return frozenset(tops | modules | {s.name for s in facts.services})


def _cyclic(graph: dict[str, list[str]]) -> frozenset[str]:
    """The nodes that lie on a cycle: what remains when nodes without open edges are taken away from both ends."""
    forward = {node: {t for t in targets if t in graph} for node, targets in graph.items()}
    return frozenset(_peel(forward) & _peel(_reversed(forward)))


def _peel(edges: dict[str, set[str]]) -> set[str]:
    """Nodes from which a cycle can be reached."""
    open_edges = {node: len(targets) for node, targets in edges.items()}
    back = _reversed(edges)
    todo = [node for node, count in open_edges.items() if not count]
    left = set(edges)
    while todo:
        node = todo.pop()
        left.discard(node)
        for source in back[node]:
            open_edges[source] -= 1
            if not open_edges[source]:
                todo.append(source)
    return left


def _reversed(edges: dict[str, set[str]]) -> dict[str, set[str]]:
    back: dict[str, set[str]] = {node: set() for node in edges}
    for node, targets in edges.items():
        for target in targets:
            back[target].add(node)
    return back
