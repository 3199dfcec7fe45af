"""The proof after a YAML splice: it parses, every node that was not meant is equal, and what was meant is there."""

from __future__ import annotations

from collections.abc import Collection

from wizard.plan.splice.text import Splice, SpliceRefused
from wizard.syntax.trouble import SyntaxTrouble
from wizard.syntax.yaml import Node, Scalar, YamlDocument, parse
from wizard.syntax.yaml_data import Data, data


def prove(document: YamlDocument, splice: Splice, replaced: Collection[Node], paste: str) -> YamlDocument:
    """Returns the document after the splice, proven. `replaced`: the nodes (with all below them) that the splice puts
    something else in place of.

    Raises `SpliceRefused` when the new text does not parse or any other node differs in kind, value, style, tag, anchor
    or place.
    """
    try:
        after = parse(splice.after)
    except SyntaxTrouble as trouble:
        raise SpliceRefused(f"the file would not parse any more: {trouble.message}", paste, splice.line) from trouble
    comparison = _Comparison(splice.new_spans, {id(node) for node in replaced})
    if not comparison.root(document.root, after.root):
        raise SpliceRefused("the change would alter something else in the file", paste, splice.line)
    return after


def expect(node: Node | None, wanted: Data, splice: Splice, paste: str) -> None:
    """Raises `SpliceRefused` unless the node holds the wanted value, aliases resolved."""
    if node is None or not same_data(plain(node, paste), wanted):
        raise SpliceRefused("the change would not read back as what was meant", paste, splice.line)


def plain(node: Node | None, paste: str) -> Data:
    """Returns the value of a node; one that cannot be resolved (an alias bomb) is a refusal."""
    try:
        return data(node)
    except SyntaxTrouble as trouble:
        raise SpliceRefused(trouble.message, paste, trouble.line) from trouble


def same_data(one: Data, other: Data) -> bool:
    """Tells whether two values are equal and of the same types: `1`, `1.0`, `true` and `"1"` are four values."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict) and isinstance(other, dict):
        return list(one) == list(other) and all(same_data(value, other[key]) for key, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same_data, one, other))
    return one == other


class _Comparison:
    """Walks both trees side by side, leaving out the new nodes of the later one and the replaced ones of the
    earlier."""

    def __init__(self, spans: tuple[tuple[int, int], ...], gone: set[int]) -> None:
        self.spans = spans
        self.gone = gone

    def new(self, node: Node) -> bool:
        """Returns True when the node begins in new text; one without width stands right behind what it belongs to."""
        at = node.start
        if node.start == node.end:
            return any(start < at <= end for start, end in self.spans)
        return any(start <= at < end for start, end in self.spans)

    def root(self, one: Node | None, other: Node | None) -> bool:
        """Proves the root: a document may have been empty before."""
        if one is None or id(one) in self.gone:
            return other is not None and self.new(other)
        return other is not None and self.same(one, other)

    def same(self, one: Node, other: Node) -> bool:
        """Compares two nodes: equal but for what was meant to change."""
        if id(one) in self.gone:
            return self.new(other)
        if type(one) is not type(other):
            return False
        if type(one) is Scalar:
            return one.value == other.value and one.style == other.style
        if one.style != other.style or one.tag != other.tag or one.anchor != other.anchor:
            return False
        if one.kind == "mapping":
            return self.pairs(one, other)
        if one.kind == "sequence":
            return self.items(one, other)
        return one.value == other.value

    def pairs(self, one: Node, other: Node) -> bool:
        """Compares the pairs of two mappings."""
        rest = other.pairs
        if len(rest) != len(one.pairs):
            rest = [pair for pair in rest if not self.new(pair[0])]
            if len(rest) != len(one.pairs):
                return False
        same = self.same
        for (key, value), (later, after) in zip(one.pairs, rest, strict=True):
            if not same(key, later) or not same(value, after):
                return False
        return True

    def items(self, one: Node, other: Node) -> bool:
        """Compares the items of two sequences."""
        rest = other.items
        if len(rest) != len(one.items):
            rest = [item for item in rest if not self.new(item)]
        return len(rest) == len(one.items) and all(map(self.same, one.items, rest))
