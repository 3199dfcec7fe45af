"""The message flow as a drawing: one SVG without scripts, links or outside resources, light and dark."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from wizard.errors import RefusedError
from wizard.output.flow.graph import Graph, graph_of
from wizard.rules.text import one_line, width
from wizard.values.flow import TABLE, Flow
from wizard.values.lean import dataclass

LONGEST = 28
"""Characters of a name in its box; the title, which a pointer shows, has it whole."""
CHARACTER, HEIGHT, PADDING = 7.3, 30.0, 14.0
"""Pixels: a character of the 12 px monospaced font, a box, the room beside its text."""
LAYER, BESIDE, MARGIN = 90.0, 18.0, 20.0
"""Pixels between layers, between boxes of one layer, and around the drawing."""
STYLE = """
.flow{font:12px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
.flow rect{stroke:#57606a;stroke-width:1}
.flow text{fill:#1b1f24;text-anchor:middle;dominant-baseline:central}
.flow path{fill:none;stroke:#57606a;stroke-width:1.25}.flow .tip{fill:#57606a;stroke:none}
.flow .service{fill:#ddf4ff}.flow .channel,.flow .stream,.flow .list{fill:#fff8c5}.flow .table{fill:#e6e9ec}
@media (prefers-color-scheme:dark){
.flow rect{stroke:#9198a1}.flow text{fill:#e6edf3}.flow path{stroke:#9198a1}.flow .tip{fill:#9198a1;stroke:none}
.flow .service{fill:#0c2d6b}.flow .channel,.flow .stream,.flow .list{fill:#4b2900}.flow .table{fill:#2d333b}}"""
"""The colours, also for a page that holds the drawing (its policy allows this text by its hash)."""


@dataclass(frozen=True, slots=True)
class Box:
    """A node on the paper: its middle and its width."""

    x: float
    y: float
    width: float


def drawing(flow: Flow, *, styled: bool = True) -> str:
    """Returns the drawing. `styled`: with its colours inside, for a file of its own.

    Raises `RefusedError` where the layout library is not installed.
    """
    graph = graph_of(flow)
    boxes = _laid_out(graph)
    right = max((box.x + box.width / 2 for box in boxes), default=0.0) + MARGIN
    low = max((box.y + HEIGHT / 2 for box in boxes), default=0.0) + MARGIN
    style = f"<style>{STYLE}</style>" if styled else ""
    size = f'viewBox="0 0 {right:.0f} {low:.0f}" width="{right:.0f}" height="{low:.0f}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" class="flow" role="img" aria-label="message flow" {size}>'
    return "\n".join([head + style, *_edges(graph, boxes), *_nodes(graph, boxes), "</svg>"])


def _laid_out(graph: Graph) -> list[Box]:
    """Places every node: parts that hang together by the library, one below the other, layers from left to right."""
    try:
        from fast_sugiyama import from_edges
    except ImportError as missing:
        raise RefusedError(
            "a drawing needs the layout library, which is not installed",
            next_step="pip install 'stack-wizard[report]', or use --format mermaid or dot",
        ) from missing
    widths = [min(width(name), LONGEST) * CHARACTER + 2 * PADDING for _, name in graph.nodes]
    boxes = [Box(0, 0, each) for each in widths]
    top = MARGIN
    spacing = HEIGHT + BESIDE
    for part in from_edges(list(graph.edges), vertex_spacing=spacing) if graph.edges else ():
        # what the library puts into long edges comes back as further nodes
        places = {int(node): place for node, place in part[0] if int(node) < len(boxes)}
        layers = sorted({place[1] for place in places.values()}, reverse=True)
        starts = _layer_starts(places, layers, widths)
        least = min(place[0] for place in places.values())
        for node, (across, down) in places.items():
            boxes[node] = Box(starts[down], top + HEIGHT / 2 + across - least, widths[node])
        top += max(place[0] for place in places.values()) - least + spacing
    return boxes


def _layer_starts(
    places: dict[int, tuple[float, float]], layers: list[float], widths: list[float]
) -> dict[float, float]:
    """The middle of each layer, from left to right: as wide as its widest box."""
    starts: dict[float, float] = {}
    x = MARGIN
    for layer in layers:
        widest = max(widths[node] for node, place in places.items() if place[1] == layer)
        starts[layer] = x + widest / 2
        x += widest + LAYER
    return starts


def _nodes(graph: Graph, boxes: list[Box]) -> Iterator[str]:
    for (kind, name), box in zip(graph.nodes, boxes, strict=True):
        shown = one_line(name, LONGEST)
        round_ = {"service": 3, TABLE: 0}.get(kind, HEIGHT / 2)
        left, top = box.x - box.width / 2, box.y - HEIGHT / 2
        title = escape(one_line(f"{kind} {name}"))
        yield (
            f'<g><title>{title}</title><rect class="{kind}" x="{left:.1f}" y="{top:.1f}" width="{box.width:.1f}" '
            f'height="{HEIGHT:.0f}" rx="{round_}"/><text x="{box.x:.1f}" y="{box.y:.1f}">{escape(shown)}</text></g>'
        )


def _edges(graph: Graph, boxes: list[Box]) -> Iterator[str]:
    """Curves from the right side of who writes to the left side of what is written; a way back goes round below."""
    for start, end in graph.edges:
        one, other = boxes[start], boxes[end]
        x1, x2 = one.x + one.width / 2, other.x - other.width / 2 - 6
        if x2 > x1:
            bend = (x2 - x1) / 2
            points = (x1 + bend, one.y, x2 - bend, other.y, x2, other.y)
        else:
            low = max(one.y, other.y) + HEIGHT
            points = (x1 + 60, low, x2 - 60, low, x2, other.y)
        way = f"M{x1:.1f} {one.y:.1f}C{' '.join(f'{point:.1f}' for point in points)}"
        tip = f"M{x2 + 6:.1f} {other.y:.1f}l-7 -4v8z"
        yield f'<path d="{way}"/><path class="tip" d="{tip}"/>'
