"""The message flow as a graph: Mermaid and DOT text. Names are outside text and never leave their quotes."""

from __future__ import annotations

from collections.abc import Iterator

from wizard.rules.text import one_line
from wizard.values.flow import TABLE, Carrier, Flow
from wizard.values.lean import dataclass

LONGEST = 60
"""Characters of a name in a drawing; the tables have it whole."""


@dataclass(frozen=True, slots=True)
class Graph:
    """Nodes with their text, and which leads where. A node is `service` or the medium it stands for."""

    nodes: tuple[tuple[str, str], ...]
    edges: tuple[tuple[int, int], ...]


def graph_of(flow: Flow) -> Graph:
    """Returns services and carriers as nodes: who writes leads to the carrier, the carrier to who reads."""
    places: dict[tuple[str, str], int] = {}
    edges: dict[tuple[int, int], None] = {}

    def node(kind: str, name: str) -> int:
        return places.setdefault((kind, name), len(places))

    for carrier in flow.carriers:
        middle = node(carrier.medium, carrier.name)
        edges.update(((node("service", end.service), middle), None) for end in carrier.writers)
        edges.update(((middle, node("service", end.service)), None) for end in carrier.readers)
    return Graph(tuple(places), tuple(edges))


def mermaid(flow: Flow) -> Iterator[str]:
    """Yields a Mermaid flowchart: boxes for services, rounded channels, flags for streams and lists, cylinders."""
    shapes = {
        "service": ("[", "]"),
        "channel": ("([", "])"),
        "stream": (">", "]"),
        "list": (">", "]"),
        TABLE: ("[(", ")]"),
    }
    graph = graph_of(flow)
    yield "flowchart LR"
    for number, (kind, name) in enumerate(graph.nodes):
        left, right = shapes[kind]
        yield f'  n{number}{left}"{_mermaid_text(name)}"{right}'
    for start, end in graph.edges:
        yield f"  n{start} --> n{end}"


def _mermaid_text(name: str) -> str:
    """The name with entity codes for all that Mermaid or the HTML it makes could read as syntax."""
    line = one_line(name, LONGEST)
    return "".join(char if char.isalnum() or char in " _.:-/*" else f"#{ord(char)};" for char in line)


def dot(flow: Flow) -> Iterator[str]:
    """Yields a graph for Graphviz, left to right."""
    shapes = {"service": "box", "channel": "ellipse", "stream": "cds", "list": "cds", TABLE: "cylinder"}
    graph = graph_of(flow)
    yield "digraph flow {"
    yield "  rankdir=LR;"
    for number, (kind, name) in enumerate(graph.nodes):
        yield f"  n{number} [shape={shapes[kind]}, label={_dot_text(name)}];"
    for start, end in graph.edges:
        yield f"  n{start} -> n{end};"
    yield "}"


def _dot_text(name: str) -> str:
    """A quoted string of the DOT language: `\\N` and the like would be replaced, so backslashes are doubled."""
    escaped = one_line(name, LONGEST).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def part_of(flow: Flow, names: tuple[str, ...]) -> Flow:
    """Returns the carriers that any of these services has an end of; all of them for no names."""
    if not names:
        return flow
    carriers: tuple[Carrier, ...] = tuple(one for one in flow.carriers if set(one.services) & set(names))
    return Flow(carriers, tuple(one for one in flow.unseen if one.service in names))
