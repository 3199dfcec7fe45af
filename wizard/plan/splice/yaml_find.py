"""The node an edit goes to, refused where a change would reach others: through aliases, merge keys and anchors in
use."""

from __future__ import annotations

from collections.abc import Sequence

from wizard.plan.splice.text import SpliceRefused
from wizard.syntax.yaml import Node, YamlDocument, get
from wizard.syntax.yaml_data import entries

Path = Sequence[str | int]


def walk_path(document: YamlDocument, path: Path) -> Node | None:
    """Returns the node at a path, aliases not followed; None when a step is missing."""
    node = document.root
    for step in path:
        if node is None:
            return None
        if isinstance(step, str):
            node = get(node, step)
        else:
            node = node.items[step] if node.kind == "sequence" and step < len(node.items) else None
    return node


def find(document: YamlDocument, path: Path, paste: str, *, missing: bool = False) -> Node | None:
    """Returns the node to edit. Refuses a path that leads through an alias or a merge, one that does not exist, and
    double keys.
    """
    node = document.root
    for depth, step in enumerate(path):
        if node is None or (node.kind == "scalar" and not node.value and not node.style):
            node = None
        elif node.kind == "alias":
            raise SpliceRefused(
                f"{words(path[:depth])} is an alias (*{node.value}): a change there would reach others",
                paste,
                node.line,
            )
        elif isinstance(step, str):
            node = _own(node, step, paste)
        else:
            node = node.items[step] if node.kind == "sequence" and step < len(node.items) else None
        if node is None:
            if missing:
                return None
            raise SpliceRefused(f"{words(path[: depth + 1])} is not in this file", paste)
    if node is not None and node.kind == "alias":
        raise SpliceRefused(
            f"{words(path)} is an alias (*{node.value}): a change there would reach others", paste, node.line
        )
    _not_shared(document, path, paste)
    return node


def _own(node: Node, key: str, paste: str) -> Node | None:
    found = [value for name, value in node.pairs if name.kind == "scalar" and name.value == key]
    if len(found) > 1:
        raise SpliceRefused(f"{key} is there twice", paste, found[1].line)
    if not found and any(name == key for name, _, _ in entries(node)):
        raise SpliceRefused(f"{key} comes from a merge key (<<): a change there would reach others", paste, node.line)
    return found[0] if found else None


def _not_shared(document: YamlDocument, path: Path, paste: str) -> None:
    """Refuse a place inside an anchored node that is used elsewhere: the edit would change those places too."""
    used = {id(alias.target) for alias in document.aliases}
    for depth in range(len(path) + 1 if used else 0):
        node = walk_path(document, path[:depth])
        if node is not None and id(node) in used:
            raise SpliceRefused(
                f"{words(path[:depth])} is used elsewhere as *{node.anchor}: a change there would reach others",
                paste,
                node.line,
            )


def words(path: Path) -> str:
    """Returns a path in words."""
    return ".".join(str(step) for step in path) or "the file"


def in_flow(document: YamlDocument, path: Path) -> bool:
    """Returns True when a collection around the place is in flow style."""
    parents = (walk_path(document, path[:depth]) for depth in range(len(path)))
    return any(parent is not None and parent.style == "flow" for parent in parents)
