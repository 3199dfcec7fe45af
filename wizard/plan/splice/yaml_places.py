"""Where new text goes in a YAML file: behind the last leaf and the comments that belong to it, before what belongs to
the next thing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from wizard.plan.splice.text import Cut, SpliceRefused, in_breaks, line_end, line_start, newline_at, next_line
from wizard.plan.splice.yaml_style import column
from wizard.syntax.yaml import Node, last_leaf_end


def begins_its_line(text: str, at: int) -> bool:
    """Returns True when only spaces stand before this offset on its line."""
    return not text[line_start(text, at) : at].strip(" ")


def column_of_keys(text: str, mapping: Node, paste: str) -> int:
    """Returns the column of a block mapping's keys. Raises `SpliceRefused` when they do not stand on lines of their
    own.
    """
    for number, (key, _) in enumerate(mapping.pairs):
        before = text[line_start(text, key.start) : key.start]
        if before.strip(" " if number else " -"):
            raise SpliceRefused("a key does not begin its line", paste, key.line)
    return column(text, mapping.pairs[0][0].start)


def last_leaf(node: Node) -> Node:
    """Returns the node's last leaf."""
    while node.style == "block" and (node.pairs or node.items):
        node = node.pairs[-1][1] if node.pairs else node.items[-1]
    return node


def keeps(leaf: Node, text: str) -> bool:
    """Returns True for a block scalar that keeps its trailing blank lines (`|+`)."""
    return leaf.style in ("|", ">") and "+" in text[leaf.start : line_end(text, leaf.start)].split("#")[0]


def visible_end(node: Node, text: str) -> int:
    """Returns where a node's text ends; a block scalar that keeps its trailing blank lines (`|+`) ends behind them."""
    leaf = last_leaf(node)
    if keeps(leaf, text):
        return leaf.start + len(text[leaf.start : leaf.end].removesuffix("\n").removesuffix("\r"))
    return last_leaf_end(node, text)


def comments_end(text: str, end: int, col: int) -> int:
    """Returns, from the end of a line, the end of the last comment line below that stands at column `col` or deeper,
    nothing but comments and blank lines between. Such comments belong to the block above; one further left belongs to
    what follows.
    """
    at = next_line(text, end)
    while at < len(text):
        stop = line_end(text, at)
        line = text[at:stop]
        bare = line.strip()
        if bare and (not bare.startswith("#") or len(line) - len(line.lstrip()) < col):
            return end
        if bare:
            end = stop
        at = next_line(text, stop)
    return end


def append_cut(text: str, node: Node, col: int, lines: Sequence[str], *, blank: int = 0) -> Cut:
    """Returns the insertion of lines, already indented, behind a block node whose entries stand at column `col`.

    No blank line goes behind a block scalar that keeps its trailing blank lines: it would become part of it.
    """
    end = line_end(text, visible_end(node, text))
    at = comments_end(text, end, col)
    return insertion(text, at, lines, blank=0 if at == end and keeps(last_leaf(node), text) else blank)


def insertion(text: str, at: int, lines: Sequence[str], *, blank: int = 0) -> Cut:
    """Returns lines as new lines behind the line that ends at `at`; the file's last line keeps having, or lacking, its
    line break, unless the new lines end in a block scalar, which needs one (an empty last line says so).
    """
    newline = newline_at(text, at)
    kept = lines[:-1] if lines and not lines[-1] and at < len(text) else lines
    return Cut(at, at, newline * (blank + 1) + in_breaks("\n".join(kept), newline))


def end_cut(text: str, lines: Sequence[str]) -> Cut:
    """Returns the lines as the last ones of a text that holds nothing but comments and blanks (or nothing)."""
    newline = newline_at(text, len(text))
    body = in_breaks("\n".join(lines).removesuffix("\n"), newline)
    if not text.strip("\ufeff\r\n \t"):
        return Cut(len(text), len(text), body + newline)
    if text.endswith("\n"):
        return Cut(len(text), len(text), newline + body + newline)
    return Cut(len(text), len(text), newline * 2 + body)


def blank_lines(text: str, mapping: Node) -> int | None:
    """Returns how many blank lines stand before most entries of a block mapping (before their comment lines, if they
    have any); None when there is one entry only, so nothing to follow.
    """
    votes = Counter(_blanks_above(text, line_start(text, key.start)) for key, _ in mapping.pairs[1:])
    return votes.most_common(1)[0][0] if votes else None


def _blanks_above(text: str, start: int) -> int:
    """Blank lines above a line and the comment lines right above it."""
    blanks = 0
    while start > 0:
        above = line_start(text, start - 1)
        line = text[above : start - 1].strip()
        if line.startswith("#") and not blanks:
            start = above
        elif not line:
            blanks += 1
            start = above
        else:
            return blanks
    return blanks


def has_comment(text: str, start: int, end: int, node: Node) -> bool:
    """Returns True when a comment stands between two offsets, outside the scalars of a node (or behind the node on its
    last line: no).
    """
    at = start
    for leaf in _leaves(node):
        if "#" in text[at : leaf.start]:
            return True
        at = leaf.end
    return "#" in text[at:end]


def _leaves(node: Node) -> list[Node]:
    if node.kind in ("scalar", "alias"):
        return [node]
    children = [part for pair in node.pairs for part in pair] or list(node.items)
    return [leaf for child in children for leaf in _leaves(child)]


def flow_cut(text: str, node: Node, parts: Sequence[Node], source: str) -> Cut:
    """Returns a further item of a flow collection, behind its last one; on a line of its own when that one is."""
    if not parts:
        return Cut(node.start + 1, node.start + 1, source)
    last = parts[-1]
    start = line_start(text, last.start)
    if last.start > node.start and begins_its_line(text, last.start) and start > node.start:
        return Cut(last.end, last.end, "," + newline_at(text, last.end) + text[start : last.start] + source)
    return Cut(last.end, last.end, ", " + source)
