"""YAML text to a tree in which every node knows where it stands, at the speed of libyaml.

The tree is built from the events of PyYAML's C parser: no round-trip loader is involved (27 to 38 times slower), and
the libyaml inside ruamel.yaml.clib (0.1.7) refuses valid Compose such as `[8080:80]`.
Aliases stay aliases, duplicate keys stay double, comments are not kept: they are found in the text between the nodes.
Offsets are code points into the text given to `parse`, BOM and CRLF included: `text[node.start:node.end]` is the node's
source.
"""

from __future__ import annotations

import gc
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from yaml._yaml import CParser
from yaml.error import MarkedYAMLError, YAMLError
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from wizard.rules.text import undecoded
from wizard.syntax.trouble import SyntaxTrouble
from wizard.values.pattern import lazy_pattern

MAX_DEPTH = 200


class Node:
    """A node of the tree. `kind`: `scalar`, `mapping`, `sequence` or `alias`; the fields of other kinds are empty.

    `start`, `end`: code point offsets into the text. A quoted scalar and a flow collection include quotes and brackets;
    a block scalar starts at its `|` and ends after its trailing blank lines; a block collection ends where its last
    leaf ends (not, as libyaml has it, at the next token); an empty value has no width and stands right after its colon
    or dash. A node with an anchor or a tag starts at those.
    `line`: 1-based. `style`: `''` plain, `'`, `"`, `|`, `>` for scalars; `flow` or `block` for collections.
    `value`: the text of a scalar (escapes resolved), the name of an alias. `target`: the node an alias means.
    """

    if not TYPE_CHECKING:  # mypy would refuse to assign the fields that every kind brings as its own slots
        __slots__ = ()
    kind: ClassVar[str] = ""
    start: int = 0
    end: int = 0
    line: int = 0
    value: str = ""
    style: str = ""
    tag: str | None = None
    anchor: str | None = None
    pairs: Sequence[tuple[Node, Node]] = ()
    items: Sequence[Node] = ()
    target: Node | None = None

    def __repr__(self) -> str:
        return f"<{self.kind} {self.start}:{self.end} line {self.line} {self.value!r}>"


class Scalar(Node):
    """A scalar without anchor and tag."""

    __slots__ = ("end", "line", "start", "style", "value")
    kind = "scalar"

    def __init__(self, start: int, end: int, line: int, value: str, style: str) -> None:
        self.start = start
        self.end = end
        self.line = line
        self.value = value
        self.style = style


class MarkedScalar(Scalar):
    """A scalar with an anchor or a tag; apart because most have none and every slot costs time."""

    __slots__ = ("anchor", "tag")


class Mapping(Node):
    """A mapping: `pairs` of key and value in order, duplicates included."""

    __slots__ = ("anchor", "end", "line", "pairs", "start", "style", "tag")
    kind = "mapping"

    def __init__(self, start: int, line: int, style: str, tag: str | None, anchor: str | None) -> None:
        self.start = start
        self.line = line
        self.style = style
        self.tag = tag
        self.anchor = anchor
        self.pairs: list[tuple[Node, Node]] = []


class Items(Node):
    """A sequence."""

    __slots__ = ("anchor", "end", "items", "line", "start", "style", "tag")
    kind = "sequence"

    def __init__(self, start: int, line: int, style: str, tag: str | None, anchor: str | None) -> None:
        self.start = start
        self.line = line
        self.style = style
        self.tag = tag
        self.anchor = anchor
        self.items: list[Node] = []


class Alias(Node):
    """A `*name`; `target` is the anchored node, `value` the name."""

    __slots__ = ("end", "line", "start", "target", "value")
    kind = "alias"

    def __init__(self, start: int, end: int, line: int, value: str, target: Node) -> None:
        self.start = start
        self.end = end
        self.line = line
        self.value = value
        self.target = target


class YamlDocument:
    """One parsed text: `root` is None when it holds nothing but comments. `aliases`: every alias, in order.

    `later`: the roots of the documents after the first.
    """

    __slots__ = ("aliases", "later", "root", "text")

    def __init__(
        self, text: str, root: Node | None, aliases: tuple[Node, ...] = (), later: tuple[Node, ...] = ()
    ) -> None:
        self.text = text
        self.root = root
        self.aliases = aliases
        self.later = later


_OPEN: dict[Any, type[Mapping] | type[Items]] = {MappingStartEvent: Mapping, SequenceStartEvent: Items}


def parse(text: str, *, several: bool = False) -> YamlDocument:
    """Parses a text to the positioned tree of its YAML document, or of all of them.

    Raises `SyntaxTrouble` for a syntax error, a second document (unless `several`), an unknown alias, or nesting deeper
    than `MAX_DEPTH`.
    """
    clean = _substitute(text)
    shift = 1 if clean.startswith("\ufeff") else 0
    on = gc.isenabled()
    gc.disable()
    try:
        roots, aliases = _build(CParser(clean[shift:] if shift else clean), several)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise SyntaxTrouble(_sentence(error), mark.line + 1 if mark else 0) from error
    except YAMLError as error:
        raise SyntaxTrouble(*_unprintable(clean, error)) from error
    finally:
        if on:
            gc.enable()
    for root in roots:
        if shift:
            _shift(root, shift)
        if clean is not text:
            _restore(root, text)
    return YamlDocument(text, roots[0] if roots else None, tuple(aliases), tuple(roots[1:]))


def _build(parser: Any, several: bool) -> tuple[list[Node], list[Node]]:
    """The event loop, one function on purpose: everything in it is paid once for every node of every file."""
    get = parser.get_event
    anchors: dict[str, Node] = {}
    aliases: list[Node] = []
    stack: list[tuple[Any, Node | None, bool, Node]] = []
    children: Any = None
    key: Node | None = None
    in_map = False
    roots: list[Node] = []
    node: Node
    while True:
        event = get()
        kind = type(event)
        if kind is ScalarEvent:
            mark = event.start_mark
            node = Scalar(mark.index, event.end_mark.index, mark.line + 1, event.value, event.style or "")
            if event.anchor is not None or event.tag is not None:
                node = _marked(node, event, anchors)
        elif kind is MappingStartEvent or kind is SequenceStartEvent:
            mark = event.start_mark
            anchor = event.anchor
            style = "flow" if event.flow_style else "block"
            node = _OPEN[kind](mark.index, mark.line + 1, style, event.tag, anchor)
            stack.append((children, key, in_map, node))
            if anchor is not None:
                anchors[anchor] = node
            if len(stack) > MAX_DEPTH:
                raise SyntaxTrouble(f"nested deeper than {MAX_DEPTH} levels", node.line)
            in_map = kind is MappingStartEvent
            children = node.pairs if in_map else node.items
            key = None
            continue
        elif kind is MappingEndEvent or kind is SequenceEndEvent:
            last, was_map = children, in_map
            children, key, in_map, node = stack.pop()
            if node.style == "flow":
                node.end = event.end_mark.index
            else:
                node.end = last[-1][1].end if was_map else last[-1].end
        elif kind is AliasEvent:
            node = _alias(event, anchors)
            aliases.append(node)
        elif event is None:
            return roots, aliases
        else:
            if kind is DocumentStartEvent and roots:
                if not several:
                    raise SyntaxTrouble("a second document begins here; one is expected", event.start_mark.line + 1)
                anchors.clear()
            continue
        if in_map:
            if key is None:
                key = node
            else:
                children.append((key, node))
                key = None
        elif children is None:
            roots.append(node)
        else:
            children.append(node)


def _marked(plain: Scalar, event: Any, anchors: dict[str, Node]) -> MarkedScalar:
    node = MarkedScalar(plain.start, plain.end, plain.line, plain.value, plain.style)
    node.tag = event.tag
    node.anchor = event.anchor
    if node.anchor is not None:
        anchors[node.anchor] = node
    return node


def _alias(event: Any, anchors: dict[str, Node]) -> Node:
    mark = event.start_mark
    if event.anchor not in anchors:
        raise SyntaxTrouble(f"the alias *{event.anchor} names no anchor before it", mark.line + 1)
    return Alias(mark.index, event.end_mark.index, mark.line + 1, event.anchor, anchors[event.anchor])


_ODD = lazy_pattern("[\ud800-\udfff\u0085\u2028\u2029]")
_PRIVATE = lazy_pattern("[\ue000-\uefff]")
_AS_PRIVATE = {0x85: 0xE800, 0x2028: 0xE801, 0x2029: 0xE802}


def _substitute(text: str) -> str:
    """The text with each character that libyaml dislikes, or takes for a line break against YAML 1.2, as one private
    character."""
    if text.isascii() or (undecoded(text) is None and not any(chr(char) in text for char in _AS_PRIVATE)):
        return text
    return _ODD.sub(lambda m: chr(_AS_PRIVATE.get(ord(m[0]), ord(m[0]) - 0xD800 + 0xE000)), text)


def _restore(root: Node | None, text: str) -> None:
    """Put the substituted characters back into the values, unless the text uses private characters itself."""
    if _PRIVATE.search(text):
        return
    back = {value: key for key, value in _AS_PRIVATE.items()}
    for node in walk(root):
        if node.value:
            node.value = _PRIVATE.sub(lambda m: chr(back.get(ord(m[0]), ord(m[0]) - 0xE000 + 0xD800)), node.value)


def _shift(root: Node | None, by: int) -> None:
    """The C parser does not count a BOM: move every offset behind it."""
    for node in walk(root):
        node.start += by
        node.end += by


def walk(root: Node | None) -> list[Node]:
    """Returns every node below and with `root`, keys included, aliases not followed, in document order."""
    found: list[Node] = []
    todo = [] if root is None else [root]
    while todo:
        node = todo.pop()
        found.append(node)
        if node.pairs:
            for key, value in reversed(node.pairs):
                todo += (value, key)
        elif node.items:
            todo.extend(reversed(node.items))
    return found


def _sentence(error: MarkedYAMLError) -> str:
    problem = str(error.problem or "cannot be read as YAML")
    return f"{error.context}: {problem}" if error.context else problem


def _unprintable(text: str, error: YAMLError) -> tuple[str, int]:
    """A reader error carries a byte position only."""
    position = getattr(error, "position", None)
    reason = str(getattr(error, "reason", error))
    if not isinstance(position, int):
        return reason, 0
    before = text.encode("utf-8", "replace")[:position]
    return reason, before.count(b"\n") + 1


def get(node: Node | None, key: str) -> Node | None:
    """Returns the value of a key written in this mapping itself (merge keys not followed), the last one of duplicates;
    None without.
    """
    pair = get_pair(node, key)
    return pair[1] if pair else None


def get_pair(node: Node | None, key: str) -> tuple[Node, Node] | None:
    """Returns key and value nodes of a key of this mapping itself, the last of duplicates."""
    for pair in reversed(node.pairs if node is not None else ()):
        if pair[0].value == key and pair[0].kind == "scalar":
            return pair
    return None


def path(document: YamlDocument, *keys: str) -> Node | None:
    """Returns the node under a path of mapping keys from the root, nothing resolved; None when a step is missing."""
    node = document.root
    for key in keys:
        node = get(node, key)
    return node


def last_leaf_end(node: Node, text: str) -> int:
    """Returns where the node's last visible character ends: a block scalar's trailing blank lines and line break are
    left out.
    """
    while node.style == "block" and (node.pairs or node.items):
        node = node.pairs[-1][1] if node.pairs else node.items[-1]
    if node.style in ("|", ">"):
        return node.start + len(text[node.start : node.end].rstrip(" \t\r\n"))
    return node.end
