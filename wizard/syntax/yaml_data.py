"""Plain Python values of YAML nodes under the YAML 1.2 core schema, aliases and merge keys resolved, bombs refused.

https://yaml.org/spec/1.2.2/#103-core-schema; merge keys: https://yaml.org/type/merge.html, which Compose follows.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from wizard.syntax.trouble import SyntaxTrouble
from wizard.syntax.yaml import Node
from wizard.values.pattern import lazy_pattern

Data: TypeAlias = "str | int | float | bool | list[Data] | dict[Data, Data] | None"
MAX_NODES = 200_000
_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE = frozenset({"true", "True", "TRUE"})
_FALSE = frozenset({"false", "False", "FALSE"})
_INT = lazy_pattern(r"[-+]?[0-9]+\Z")
_OCTAL = lazy_pattern(r"0o[0-7]+\Z")
_HEX = lazy_pattern(r"0x[0-9a-fA-F]+\Z")
_FLOAT = lazy_pattern(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")
_INFINITE = lazy_pattern(r"([-+]?)\.(inf|Inf|INF)\Z")
_TEXT_TAGS = ("!", "tag:yaml.org,2002:str")


def data(node: Node | None, *, limit: int = MAX_NODES) -> Data:
    """Returns the value of a node. Raises `SyntaxTrouble` when resolving aliases would make more than `limit` nodes,
    when an alias stands inside what it names, or when a merge key is given something else than mappings. Duplicate
    keys: the last one wins.
    """
    return None if node is None else _Resolver(limit).value(node)[0]


def resolve(node: Node | None) -> Node | None:
    """Returns the node itself, or the anchored one an alias means."""
    return node.target if node is not None and node.kind == "alias" else node


def scalar_data(node: Node) -> str | int | float | bool | None:
    """Returns the value of a scalar node: quoted and block scalars and `!!str` are text, plain ones follow the core
    schema.
    """
    text = node.value
    if node.style or node.tag in _TEXT_TAGS:
        return text
    if text in _NULL:
        return None
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    return _number(text)


def _number(text: str) -> str | int | float:
    if text[0] not in "+-.0123456789":
        return text
    if _INT.match(text):
        return int(text) if len(text) < 1000 else text
    if _OCTAL.match(text):
        return int(text[2:], 8)
    if _HEX.match(text):
        return int(text[2:], 16)
    if _FLOAT.match(text):
        return float(text)
    infinite = _INFINITE.match(text)
    if infinite:
        return float(f"{infinite[1]}inf")
    return float("nan") if text in (".nan", ".NaN", ".NAN") else text


class _Resolver:
    """Resolves each anchored node once and remembers how many nodes it stands for, so that a bomb is counted, not
    built."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.done: dict[int, tuple[Data, int]] = {}
        self.open: set[int] = set()

    def value(self, node: Node) -> tuple[Data, int]:
        """Returns value and expanded node count."""
        kind = node.kind
        if kind == "scalar":
            return scalar_data(node), 1
        if kind == "alias":
            return self.target(node)
        if id(node) in self.done:
            return self.done[id(node)]
        self.open.add(id(node))
        made = self.mapping(node) if kind == "mapping" else self.sequence(node)
        self.open.discard(id(node))
        self.done[id(node)] = made
        if made[1] > self.limit:
            raise SyntaxTrouble(f"aliases make more than {self.limit} values", node.line)
        return made

    def target(self, alias: Node) -> tuple[Data, int]:
        """Returns what an alias means."""
        node = alias.target
        if node is None or id(node) in self.open:
            raise SyntaxTrouble(f"the alias *{alias.value} stands inside what it names", alias.line)
        return self.value(node)

    def sequence(self, node: Node) -> tuple[Data, int]:
        """Returns a list."""
        parts = [self.value(item) for item in node.items]
        return [part[0] for part in parts], 1 + sum(part[1] for part in parts)

    def mapping(self, node: Node) -> tuple[Data, int]:
        """Returns a dict: merged keys first, own keys over them."""
        merged: dict[Data, Data] = {}
        own: dict[Data, Data] = {}
        size = 1
        for key, value in node.pairs:
            part, count = self.value(value)
            size += 1 + count
            if is_merge(key):
                for source in part if isinstance(part, list) else [part]:
                    if not isinstance(source, dict):
                        raise SyntaxTrouble("'<<' takes a mapping or a list of mappings", key.line)
                    merged.update({k: v for k, v in source.items() if k not in merged})
            else:
                own[self.key(key)] = part
        return {**merged, **own} if merged else own, size

    def key(self, node: Node) -> Data:
        """Returns a key: scalars only (Compose knows no other)."""
        target = resolve(node)
        if target is None or target.kind != "scalar":
            raise SyntaxTrouble("a key must be a plain value", node.line)
        return scalar_data(target)


def is_merge(key: Node) -> bool:
    """Returns True for a `<<` merge key."""
    return key.kind == "scalar" and key.value == "<<" and not key.style


def entries(node: Node | None) -> list[tuple[str, Node, Node]]:
    """Returns (key text, key node, value node) of a mapping or an alias to one, merge keys followed, own keys before
    merged ones, each key once (last duplicate wins). Value nodes may be aliases: `resolve` them. A recursive merge ends
    where it would repeat.
    """
    found: dict[str, tuple[str, Node, Node]] = {}
    _collect(resolve(node), found, set())
    return list(found.values())


def _collect(node: Node | None, found: dict[str, tuple[str, Node, Node]], seen: set[int]) -> None:
    if node is None or node.kind != "mapping" or id(node) in seen:
        return
    seen.add(id(node))
    own = {key.value: (key.value, key, value) for key, value in node.pairs if not is_merge(key)}
    for name, entry in own.items():
        found.setdefault(name, entry)
    for key, value in node.pairs:
        if is_merge(key):
            target = resolve(value)
            for source in target.items if target is not None and target.kind == "sequence" else (value,):
                _collect(resolve(source), found, seen)


def doubled_keys(nodes: Iterable[Node]) -> list[tuple[Node, Node]]:
    """Finds keys that stand twice in one mapping, each as (first key, later key), in document order."""
    found: list[tuple[Node, Node]] = []
    for node in nodes:
        pairs = node.pairs
        if not pairs or len({key.value for key, _ in pairs}) == len(pairs):
            continue
        seen: dict[str, Node] = {}
        for key, _ in pairs:
            if key.value in seen and key.kind == "scalar" and not is_merge(key):
                found.append((seen[key.value], key))
            seen.setdefault(key.value, key)
    return sorted(found, key=lambda pair: pair[1].start)
