"""Entries added to pytest's lists in INI and TOML files that people wrote, proved by reading the file again."""

from __future__ import annotations

import json

from wizard.plan.splice.text import (
    Cut,
    Splice,
    SpliceRefused,
    apply,
    end_cut,
    in_breaks,
    line_end,
    line_start,
    newline_at,
)
from wizard.syntax import ini, toml
from wizard.syntax.trouble import SyntaxTrouble


def add_ini_entry(text: str, section: str, entry: str, name: str = "markers") -> Splice:
    """Adds a line to a list of an INI section, in the list's own indentation; the key is made when it is missing."""
    paste = f"[{section}]\n{name} =\n    {entry}\n"
    document = _ini(text, paste)
    found = document.section(section)
    newline = newline_at(text, len(text) if found is None else found.start)
    key = found.key(name) if found else None
    if found is None:
        cut = end_cut(text, paste)
    elif key is None:
        cut = Cut(found.end, found.end, newline + in_breaks(f"{name} =\n    {entry}", newline))
    else:
        cut = Cut(key.end, key.end, newline + _indent(text, key) + entry)
    splice = apply(text, [cut])
    after = _ini(splice.after, paste)
    made = after.section(section)
    have = made.key(name) if made else None
    if (
        _ini_data(after, section, name, entry) != _ini_data(document, section, name)
        or not have
        or entry not in have.values
    ):
        raise SpliceRefused("the change would alter another setting", paste, splice.line)
    return splice


def _indent(text: str, key: ini.Key) -> str:
    own = [line for line in key.value_lines if line.number != key.line]
    if not own:
        return "    "
    start = line_start(text, own[-1].start)
    return text[start : own[-1].start]


def _ini(text: str, paste: str) -> ini.IniDocument:
    try:
        return ini.parse(text)
    except SyntaxTrouble as trouble:
        raise SpliceRefused(f"the file cannot be read: {trouble.message}", paste, trouble.line) from trouble


def _ini_data(
    document: ini.IniDocument, section: str, name: str, without: str = ""
) -> dict[tuple[str, str], tuple[str, ...]]:
    """All values; the new entry, and what holds nothing but it, left out."""
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    for part in document.sections:
        for key in part.keys:
            mine = part.name == section and key.name == name
            values = tuple(value for value in key.values if not (mine and value == without))
            if values or not mine:
                found[part.name, key.name] = values
    return found


def add_toml_entry(text: str, table: str, entry: str, name: str = "markers") -> Splice:
    """Adds a string to an array of a table of pyproject.toml, one a line or in line as the array is; the array, and the
    table, are made when they are missing."""
    paste = f"[{table}]\n{name} = [\n    {_toml_string(entry, chr(34))},\n]\n"
    before = _toml(text, paste)
    splice = apply(text, [_toml_cut(text, table, entry, name, before, paste)])
    after = _toml(splice.after, paste)
    made = _toml_at(after, table).get(name)
    old = _toml_at(before, table).get(name, [])
    if not isinstance(made, list) or not isinstance(old, list) or made != [*old, entry]:
        raise SpliceRefused("the change would not read back as what was meant", paste, splice.line)
    if _without(after, table, name) != _without(before, table, name):
        raise SpliceRefused("the change would alter another setting", paste, splice.line)
    return splice


def _toml_cut(text: str, table: str, entry: str, name: str, before: dict[str, object], paste: str) -> Cut:
    span = toml.table_span(text, table)
    array = toml.find_array(text, table, name)
    newline = newline_at(text, span[0] if span else len(text))
    if span is None:
        if _toml_at(before, table):
            raise SpliceRefused(f"[{table}] is written in another form", paste)
        return end_cut(text, paste)
    if array is None:
        if name in _toml_at(before, table):
            raise SpliceRefused(f"{name} is not written as an array of this table", paste)
        end = span[1] + len(text[span[1] : span[2]].rstrip())
        body = in_breaks(paste.split("\n", 1)[1].removesuffix("\n"), newline)
        at = line_end(text, end)
        return Cut(at, at, newline + body)
    return _array_cut(text, array, entry, newline)


def _array_cut(text: str, array: toml.ArraySpan, entry: str, newline: str) -> Cut:
    if not array.elements:
        return Cut(array.start + 1, array.start + 1, _toml_string(entry, '"'))
    last = array.elements[-1]
    source = _toml_string(entry, last.source[0])
    start = line_start(text, last.start)
    own_line = not text[start : last.start].strip()
    separator = newline + text[start : last.start] if own_line else " "
    if not array.trailing_comma:
        return Cut(last.end, last.end, f",{separator}{source}")
    comma = text.index(",", last.end) + 1
    rest = text[comma : line_end(text, comma)].strip()
    at = line_end(text, comma) if own_line and (not rest or rest.startswith("#")) else comma
    return Cut(at, at, f"{separator}{source},")


def _toml_string(value: str, quote: str) -> str:
    if quote == "'" and "'" not in value and value.isprintable():
        return f"'{value}'"
    return json.dumps(value, ensure_ascii=False)


def _toml(text: str, paste: str) -> dict[str, object]:
    try:
        return toml.load(text)
    except SyntaxTrouble as trouble:
        raise SpliceRefused(f"the file cannot be read: {trouble.message}", paste, trouble.line) from trouble


def _toml_at(data: dict[str, object], table: str) -> dict[str, object]:
    found: object = data
    for name in table.split("."):
        found = found.get(name, {}) if isinstance(found, dict) else {}
    return found if isinstance(found, dict) else {}


def _without(data: dict[str, object], table: str, name: str) -> object:
    """The data without one array, and without tables that then hold nothing."""

    def strip(node: object, path: list[str]) -> object:
        if not isinstance(node, dict):
            return node
        if not path:
            return {key: value for key, value in node.items() if key != name}
        inner = strip(node.get(path[0], {}), path[1:])
        rest = {key: value for key, value in node.items() if key != path[0]}
        return {**rest, path[0]: inner} if inner else rest

    return strip(data, table.split("."))
