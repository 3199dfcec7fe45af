"""Edits of YAML files that people wrote, each a splice with its proof.

Every function takes a parsed document and gives the document after the edit (`YamlEdit`), so that edits can follow each
other. What cannot be done without touching something else raises `SpliceRefused` with the text to paste.
A path is mapping keys and list indexes from the root: `("services", "web", "ports", 0)`. Fragments are YAML at indent 0
with LF.
"""

from __future__ import annotations

from collections.abc import Sequence

from wizard.plan.splice import yaml_places as places
from wizard.plan.splice.text import Cut, Splice, SpliceRefused, apply, in_breaks, line_end, line_of, newline_at
from wizard.plan.splice.yaml_find import Path, find, in_flow, walk_path, words
from wizard.plan.splice.yaml_proof import expect, plain, prove
from wizard.plan.splice.yaml_style import Style, column, quote_style, restyle, scalar_source, style_of
from wizard.syntax.yaml import Node, YamlDocument, get, get_pair, parse, walk
from wizard.syntax.yaml_data import Data, data, entries, scalar_data
from wizard.values.lean import dataclass


@dataclass(frozen=True, slots=True)
class YamlEdit:
    """The document after an edit, and the splice that made it."""

    document: YamlDocument
    splice: Splice


def add_pair(document: YamlDocument, path: Path, key: str, fragment: str) -> YamlEdit:
    """Adds `key` with a fragment as its value at the end of the mapping at `path`; the mapping may be empty
    (`services:`, `{}`) or, at the top level, missing. Blank lines between the entries, indent step and list style are
    followed.
    """
    paste = _paste(path, key, fragment)
    mapping = find(document, path, paste, missing=len(path) < 2)
    if mapping is None and not path:
        return _add_to_block(document, None, _entry(key, fragment), path, key, paste)
    if mapping is None:
        whole = f"{path[0]}:\n" + "".join(f"  {line}\n" for line in entry_lines(key, fragment, Style(), 0))
        return _add_to_block(document, document.root, whole.rstrip("\n"), (), str(path[0]), paste)
    if any(name == key for name, _, _ in entries(mapping)):
        raise SpliceRefused(f"{key} is already there", paste, mapping.line)
    if mapping.kind == "mapping" and mapping.style == "flow" and mapping.pairs:
        return _add_to_flow_mapping(document, mapping, path, key, fragment, paste)
    if mapping.kind == "mapping" and mapping.style == "block":
        return _add_to_block(document, mapping, _entry(key, fragment), path, key, paste)
    return _fill(document, mapping, path, key, fragment, paste)


def add_item(document: YamlDocument, path: Path, value: str) -> YamlEdit:
    """Adds a string to the list at `path`, in the list's own form (block or flow), dash column and quotes."""
    paste = _paste(path[:-1], str(path[-1]), f"- {scalar_source(value, '')}")
    node = find(document, path, paste)
    if node is None or node.kind != "sequence":
        raise SpliceRefused(f"{path[-1]} is not a list", paste, node.line if node else 0)
    source = scalar_source(value, quote_style(list(node.items)), flow=node.style == "flow")
    if node.style == "flow":
        cut = places.flow_cut(document.text, node, list(node.items), source)
    else:
        text = document.text
        dash = text.rindex("-", 0, node.items[0].start)
        if not places.begins_its_line(text, dash):
            raise SpliceRefused("the list begins in the middle of a line", paste, node.line)
        gap = text[dash + 1 : node.items[0].start] if node.items[0].line == line_of(text, dash) else " "
        col = column(text, dash)
        cut = places.append_cut(text, node, col, [" " * col + f"-{gap or ' '}{source}"])
    splice = apply(document.text, [cut])
    after = prove(document, splice, (), paste)
    expect(walk_path(after, path), [*_as_list(plain(node, paste)), value], splice, paste)
    return YamlEdit(after, splice)


def replace_scalar(document: YamlDocument, path: Path, value: str | int | bool) -> YamlEdit:
    """Puts another value in the place of one scalar, in the same quotes where they can hold it."""
    bare = value if isinstance(value, str) else str(value).lower()
    paste = _paste(path[:-1], str(path[-1]), scalar_source(bare, "") if isinstance(value, str) else bare)
    node = find(document, path, paste)
    if node is None or node.kind != "scalar" or node.style in ("|", ">"):
        raise SpliceRefused("the value is not written as one plain or quoted word", paste, node.line if node else 0)
    if node.anchor is not None or node.tag is not None:
        raise SpliceRefused("the value carries an anchor or a tag", paste, node.line)
    flow = in_flow(document, path)
    source = scalar_source(value, node.style, flow=flow) if isinstance(value, str) else bare
    if node.start == node.end:
        source = " " + source
    splice = apply(document.text, [Cut(node.start, node.end, source)])
    after = prove(document, splice, (node,), paste)
    expect(walk_path(after, path), value, splice, paste)
    return YamlEdit(after, splice)


def replace_value(document: YamlDocument, path: Path, fragment: str) -> YamlEdit:
    """Puts a fragment in the place of the whole value at `path` (a key of a block mapping). Refused when the old value
    holds comments, anchors or aliases, which would be lost.
    """
    paste = _paste(path[:-1], str(path[-1]), fragment)
    node = find(document, path, paste)
    parent = walk_path(document, path[:-1])
    pair = get_pair(parent, str(path[-1])) if parent is not None and parent.kind == "mapping" else None
    if node is None or pair is None or parent is None or parent.style != "block":
        raise SpliceRefused("the value is not written as an entry of its own", paste, node.line if node else 0)
    key, text = pair[0], document.text
    end = places.visible_end(node, text)
    if any(part.anchor or part.tag or part.kind == "alias" for part in walk(node)) or places.has_comment(
        text, key.end, end, node
    ):
        raise SpliceRefused("the value to be replaced holds comments, anchors or aliases", paste, node.line)
    lines = entry_lines(key.value, fragment, style_of(document, parent), column(text, key.start))
    fresh = "\n".join(lines).rstrip("\n")[column(text, key.start) + len(scalar_source(key.value, "")) + 1 :]
    cut = Cut(text.index(":", key.end) + 1, end, in_breaks(fresh, newline_at(text, key.start)))
    splice = apply(text, [cut])
    after = prove(document, splice, (node,), paste)
    expect(walk_path(after, path), data(parse(fragment + "\n").root), splice, paste)
    return YamlEdit(after, splice)


def entry_lines(key: str, fragment: str, style: Style, indent: int) -> list[str]:
    """Returns the lines of `key: fragment` in a style: scalars and flow values on the key's line, block values below
    it.
    """
    return _lines(_entry(key, fragment), style, indent)


def _lines(entry: str, style: Style, indent: int) -> list[str]:
    """The entry in the file's style; with an empty last line when it ends in a block scalar, which needs its line
    break."""
    root = parse(entry + "\n").root
    ends_open = root is not None and places.last_leaf(root).style in ("|", ">")
    return restyle(entry, style, indent) + ([""] if ends_open else [])


def _entry(key: str, fragment: str) -> str:
    body = fragment.strip("\n")
    root = parse(body).root
    name = scalar_source(key, "")
    if root is None:
        return f"{name}:"
    if root.style != "block" and root.style not in ("|", ">") and "\n" not in body:
        return f"{name}: {body}"
    if root.style in ("|", ">"):
        return f"{name}: {body}"
    return f"{name}:\n" + "\n".join(f"  {line}" if line else "" for line in body.split("\n"))


def _paste(path: Path, key: str, fragment: str) -> str:
    """The text a person would paste: the entry below the keys that lead to it."""
    lines = _entry(key, fragment).split("\n") if not key.isdigit() else [f"- {fragment}"]
    for step in reversed([step for step in path if isinstance(step, str)]):
        lines = [f"{step}:", *(f"  {line}" if line else "" for line in lines)]
    return "\n".join(lines) + "\n"


def _add_to_block(
    document: YamlDocument, mapping: Node | None, entry: str, path: Path, key: str, paste: str
) -> YamlEdit:
    """Append an entry to a block mapping, or to a text that has no mapping yet (`mapping` None)."""
    text = document.text
    style = style_of(document, mapping)
    if mapping is None or mapping.kind != "mapping":
        if document.root is not None:
            raise SpliceRefused("the file is not a mapping", paste, document.root.line)
        cut = places.end_cut(text, _lines(entry, style, 0))
    elif mapping.style != "block":
        raise SpliceRefused("the file is written in flow style", paste, mapping.line)
    else:
        indent = places.column_of_keys(text, mapping, paste)
        blank = _blank_lines(document, mapping, path)
        cut = places.append_cut(text, mapping, indent, _lines(entry, style, indent), blank=blank)
    return _proved(document, cut, (), path, key, entry, paste)


def _blank_lines(document: YamlDocument, mapping: Node, path: Path) -> int:
    """As many as between the entries there; behind a lone section or service as many as between the file's sections."""
    own = places.blank_lines(document.text, mapping)
    if own is not None:
        return own
    if tuple(path) not in ((), ("services",)):
        return 0
    sections = places.blank_lines(document.text, document.root) if document.root is not None else None
    return 1 if sections is None else sections


def _fill(document: YamlDocument, empty: Node, path: Path, key: str, fragment: str, paste: str) -> YamlEdit:
    """Give a key without a value (nothing, `~`, `null` or `{}`) its first entry."""
    text = document.text
    nothing = empty.kind == "scalar" and not empty.style and scalar_data(empty) is None
    if empty.anchor or empty.tag or not (nothing or (empty.kind == "mapping" and not empty.pairs)):
        raise SpliceRefused(f"{words(path)} is not a mapping", paste, empty.line)
    parent = walk_path(document, path[:-1])
    pair = get_pair(parent, str(path[-1])) if path else None
    if parent is None or pair is None or parent.style != "block":
        raise SpliceRefused(f"{words(path)} is written in flow style", paste, empty.line)
    owner = pair[0]
    places.column_of_keys(text, parent, paste)
    style = style_of(document, parent)
    col = column(text, owner.start)
    colon = text.index(":", owner.end) + 1
    cuts = [Cut(colon, empty.end, "")] if empty.end > empty.start else []
    lines = entry_lines(key, fragment, style, col + style.step)
    end = line_end(text, empty.end)
    at = places.comments_end(text, end, col + 1)
    cuts.append(places.insertion(text, at, lines, blank=int(at > end and not path[1:])))
    return _proved(document, cuts, (empty,), path, key, _entry(key, fragment), paste)


def _add_to_flow_mapping(
    document: YamlDocument, mapping: Node, path: Path, key: str, fragment: str, paste: str
) -> YamlEdit:
    root = parse(fragment).root
    if root is None or root.kind != "scalar" or root.style in ("|", ">"):
        raise SpliceRefused(f"{words(path)} is written in flow style", paste, mapping.line)
    held = scalar_data(root)
    source = fragment.strip() if not isinstance(held, str) else scalar_source(held, root.style, flow=True)
    values = [value for _, value in mapping.pairs]
    cut = places.flow_cut(document.text, mapping, values, f"{scalar_source(key, '', flow=True)}: {source}")
    return _proved(document, cut, (), path, key, _entry(key, fragment), paste)


def _proved(
    document: YamlDocument,
    cuts: Cut | list[Cut],
    replaced: Sequence[Node],
    path: Path,
    key: str,
    entry: str,
    paste: str,
) -> YamlEdit:
    splice = apply(document.text, cuts if isinstance(cuts, list) else [cuts])
    after = prove(document, splice, replaced, paste)
    expect(walk_path(after, [*path, key]), data(get(parse(entry + "\n").root, key)), splice, paste)
    return YamlEdit(after, splice)


def _as_list(value: Data) -> list[Data]:
    return value if isinstance(value, list) else []
