"""What is wrong with a Compose file as YAML, beyond its syntax: doubled keys and alias bombs."""

from __future__ import annotations

from wizard.syntax.trouble import SyntaxTrouble
from wizard.syntax.yaml import Node, YamlDocument, walk
from wizard.values.source import Problem, Source

MAX_NODES = 1_000_000


def check(document: YamlDocument, path: str) -> tuple[Problem, ...]:
    """The doubled keys as problems. Raises `SyntaxTrouble` for an alias bomb or an alias inside what it names."""
    nodes = walk(document.root)
    if any(node.kind == "alias" for node in nodes):
        _Sizes().of(document.root)
    return tuple(
        Problem(f"the key {second.value!r} stands twice here, first in line {first.line}", Source(path, second.line))
        for first, second in _doubled(nodes)
    )


def _doubled(nodes: list[Node]) -> list[tuple[Node, Node]]:
    found: list[tuple[Node, Node]] = []
    for node in nodes:
        pairs = node.pairs
        if not pairs or len({key.value for key, _ in pairs}) == len(pairs):
            continue
        seen: dict[str, Node] = {}
        for key, _ in pairs:
            if key.value in seen and key.kind == "scalar" and key.value != "<<":
                found.append((seen[key.value], key))
            seen.setdefault(key.value, key)
    return found


class _Sizes:
    """How many nodes a node stands for once its aliases are followed; each node is visited once."""

    def __init__(self) -> None:
        self.known: dict[int, int] = {}
        self.open: set[int] = set()

    def of(self, node: Node | None) -> int:
        """The size. Raises `SyntaxTrouble` beyond `MAX_NODES` and for a circle."""
        if node is None or node.kind == "scalar":
            return 1
        if node.kind == "alias":
            return self.of_alias(node)
        if id(node) not in self.known:
            self.open.add(id(node))
            size = 1 + sum(map(self.of, node.items)) + sum(1 + self.of(value) for _, value in node.pairs)
            self.open.discard(id(node))
            if size > MAX_NODES:
                raise SyntaxTrouble(f"its aliases unfold to more than {MAX_NODES} values: not read", node.line)
            self.known[id(node)] = size
        return self.known[id(node)]

    def of_alias(self, node: Node) -> int:
        """The size of what an alias means."""
        if id(node.target) in self.open:
            raise SyntaxTrouble(f"the alias *{node.value} stands inside what it names", node.line)
        return self.of(node.target)
