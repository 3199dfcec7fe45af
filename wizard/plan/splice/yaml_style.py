"""How a YAML file is written: its indent step, its list style, its quotes; and a fragment put into that style."""

from __future__ import annotations

import json
import re
from collections import Counter

from wizard.plan.splice.text import line_start
from wizard.syntax.yaml import Node, YamlDocument, parse, walk
from wizard.syntax.yaml_data import scalar_data
from wizard.values.lean import dataclass
from wizard.values.pattern import lazy_pattern

MOST_MEASURED = 20
_PLAIN = lazy_pattern(r"[A-Za-z0-9_./$(<][\w./${}()<>+=~^-]*(?::[\w./$-][\w./${}()<>+=~^-]*)*\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Style:
    """`step`: columns a mapping inside a mapping is indented by; `dash`: columns a list's dash is indented by below its
    key."""

    step: int = 2
    dash: int = 2


def column(text: str, at: int) -> int:
    """Returns the column of an offset, from 0."""
    return at - line_start(text, at)


def style_of(document: YamlDocument, near: Node | None = None) -> Style:
    """Returns the style most used below `near` (a service, the services), filled up from the whole document."""
    steps: Counter[int] = Counter()
    dashes: Counter[int] = Counter()
    for root in (near, document.root):
        if not steps or not dashes:
            weight = 1000 if root is near else 1
            for node in _sample(root):
                if node.kind == "mapping" and node.style == "block":
                    _measure(document.text, node, steps, dashes, weight)
    step = steps.most_common(1)[0][0] if steps else 2
    return Style(step, dashes.most_common(1)[0][0] if dashes else step)


def _sample(root: Node | None) -> list[Node]:
    """All nodes below; of a mapping with many entries (services) those of the last ones, which the new one will stand
    behind."""
    if root is None or len(root.pairs) <= MOST_MEASURED:
        return walk(root)
    return [root, *(node for _, value in root.pairs[-MOST_MEASURED:] for node in walk(value))]


def _measure(text: str, node: Node, steps: Counter[int], dashes: Counter[int], weight: int) -> None:
    for key, value in node.pairs:
        if value.style != "block" or value.line == key.line:
            continue
        if value.kind == "mapping":
            depth = column(text, value.pairs[0][0].start) - column(text, key.start)
            if depth > 0:
                steps[depth] += weight
        elif value.kind == "sequence":
            depth = column(text, value.start) - column(text, key.start)
            if depth >= 0:
                dashes[depth] += weight


def restyle(fragment: str, style: Style, indent: int) -> list[str]:
    """Returns the lines of a fragment (written at indent 0, LF) in this style, moved right by `indent`; comments go
    with what follows.
    """
    document = parse(fragment)
    lines = fragment.rstrip("\n").split("\n")
    moved: dict[int, int] = {}
    if document.root is not None and document.root.style == "block":
        _place(fragment, document.root, style, indent, moved)
    columns = {number: len(line) - len(line.lstrip(" ")) for number, line in enumerate(lines, 1)}
    found = []
    for number, line in enumerate(lines, 1):
        shift = _shift(number, moved, columns, indent)
        found.append(" " * max(columns[number] + shift, 0) + line.lstrip(" ") if line.strip() else "")
    return found


def _shift(number: int, moved: dict[int, int], columns: dict[int, int], default: int) -> int:
    """How far a line moves; a comment moves with the nearest line of its own column, the ones below it first."""
    if number in moved:
        return moved[number] - columns[number]
    near = [n for n in moved if columns[n] == columns[number]]
    best = min(near, key=lambda n: (n < number, abs(n - number)), default=0)
    return moved[best] - columns[best] if best else default


def _place(text: str, node: Node, style: Style, col: int, moved: dict[int, int]) -> None:
    """Note the new column of every line that a block node begins, and of the lines of multi-line values."""
    if node.kind == "sequence":
        for item in node.items:
            dash = text.rindex("-", 0, item.start)
            old = column(text, dash)
            moved.setdefault(text.count("\n", 0, dash) + 1, col)
            _inside(text, item, style, col, old, col + column(text, item.start) - old, moved)
        return
    for key, value in node.pairs:
        old = column(text, key.start)
        moved.setdefault(key.line, col)
        deeper = col + (style.dash if value.kind == "sequence" else style.step)
        _inside(text, value, style, col, old, deeper, moved)


def _inside(text: str, value: Node, style: Style, col: int, old: int, deeper: int, moved: dict[int, int]) -> None:
    if value.style == "block":
        _place(text, value, style, deeper, moved)
        return
    first = text.count("\n", 0, value.start) + 1
    for number, line in enumerate(text[value.start : value.end].rstrip("\n").split("\n")[1:], first + 1):
        moved.setdefault(number, max(len(line) - len(line.lstrip(" ")) + col - old, 0))


def quote_style(nodes: list[Node]) -> str:
    """Returns the quotes most values carry: `"`, `'` or none; strings that would be numbers or booleans without quotes
    do not vote.
    """
    votes = Counter(node.style for node in nodes if node.kind == "scalar" and node.style in ("", "'", '"'))
    return votes.most_common(1)[0][0] if votes else ""


def scalar_source(value: str, quotes: str, *, flow: bool = False) -> str:
    """Returns the source of a string in these quotes (none: plain where YAML would read the same string back, else
    double).
    """
    if quotes == "'" and value.isprintable():
        return "'" + value.replace("'", "''") + "'"
    if quotes == "" and is_plain(value) and not (flow and re.search(r"[\[\]{},]", value)):
        return value
    return json.dumps(value, ensure_ascii=False)


def is_plain(value: str) -> bool:
    """Returns True when the string may stand without quotes and stays a string."""
    if not _PLAIN.match(value) or value.endswith(":"):
        return False
    root = parse(value).root
    return root is not None and root.kind == "scalar" and scalar_data(root) == value and not _sexagesimal(value)


def _sexagesimal(value: str) -> bool:
    """`22:22` is a number for YAML 1.1 readers, and a trap in port lists; so are yes and no."""
    return bool(re.fullmatch(r"[\d_]+(:[0-5]?\d)+(\.\d*)?", value)) or value.lower() in (
        "yes",
        "no",
        "on",
        "off",
        "y",
        "n",
    )
