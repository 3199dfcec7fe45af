"""Edits of line-based files: SQL scripts, pytest's markers in INI and TOML, requirements. Each is proved by reading
again."""

from __future__ import annotations

import json
import re

from wizard.plan.splice_text import Cut, Splice, SpliceRefused, apply, in_breaks, line_end, line_start, newline_at
from wizard.syntax import ini, toml
from wizard.syntax.sql import Statement, split
from wizard.syntax.trouble import SyntaxTrouble

_RULE = re.compile(r"--[ \t]*([-=*#~])\1{5,}[ \t]*\Z")


def append_sql(text: str, title: str, statements: str) -> Splice:
    """Append statements under a heading comment in the file's own comment style; before the final COMMIT when the
    file is one
    transaction. Refused when the last statement is not closed, and when the file cannot be split."""
    paste = f"-- {title}\n{statements.strip()}\n"
    before = _split(text, paste)
    newline = newline_at(text, len(text))
    block = in_breaks(f"{_heading(text, title)}\n{statements.strip()}", newline)
    if before and not before[-1].closed:
        raise SpliceRefused("the last statement of the file has no semicolon", paste, before[-1].line)
    splice = apply(text, [_sql_cut(text, before, block, newline)])
    after = _split(splice.after, paste)
    old = [_essence(s) for s in before]
    fresh = [_essence(s) for s in after if any(start <= s.start < end for start, end in splice.new_spans)]
    rest = [_essence(s) for s in after if not any(start <= s.start < end for start, end in splice.new_spans)]
    if rest != old or fresh != [_essence(s) for s in _split(statements, paste)]:
        raise SpliceRefused("the change would alter another statement", paste, splice.line)
    return splice


def _split(text: str, paste: str) -> tuple[Statement, ...]:
    try:
        return split(text)
    except SyntaxTrouble as trouble:
        raise SpliceRefused(
            f"the file cannot be split into statements: {trouble.message}", paste, trouble.line
        ) from trouble


def _essence(statement: Statement) -> tuple[str, str, bool]:
    return statement.kind, " ".join(statement.bare.split()), statement.closed


def _sql_cut(text: str, statements: tuple[Statement, ...], block: str, newline: str) -> Cut:
    last = statements[-1] if statements else None
    if last is not None and last.kind == "commit" and any(s.kind == "begin" for s in statements):
        at = _above_comments(text, line_start(text, last.start))
        return Cut(at, at, block + newline * 2)
    if not text.strip("\ufeff\r\n \t"):
        return Cut(len(text), len(text), block + newline)
    if text.endswith("\n"):
        blank = "" if text.endswith(newline * 2) else newline
        return Cut(len(text), len(text), blank + block + newline)
    return Cut(len(text), len(text), newline * 2 + block)


def _above_comments(text: str, at: int) -> int:
    while at > 0:
        above = line_start(text, at - 1)
        if above >= at or not text[above:at].lstrip().startswith("--"):
            return at
        at = above
    return at


def _heading(text: str, title: str) -> str:
    """The heading in the style of the file's last one: ruled above and below, ruled below, a block comment, or one
    line."""
    lines = [line.rstrip("\r") for line in text.split("\n")]
    for number in range(len(lines) - 1, -1, -1):
        line = lines[number]
        name = re.match(r"--[ \t]*([=*#~-]{2,})[ \t]+\S.*?[ \t]+\1[ \t]*\Z", line)
        if name:
            return f"-- {name[1]} {title} {name[1]}"
        if _RULE.match(line) and number >= 2 and _RULE.match(lines[number - 2]) and lines[number - 1].startswith("--"):
            return f"{lines[number - 2].rstrip()}\n-- {title}\n{line.rstrip()}"
        if re.match(r"/\*[^*].*\*/[ \t]*\Z", line):
            return f"/* {title} */"
    return f"-- {title}"


def add_ini_marker(text: str, section: str, name: str, description: str) -> Splice:
    """Add a marker to pytest's `markers` list of an INI section, in the list's own indentation; the key is made when
    it is missing."""
    entry = f"{name}: {description}"
    paste = f"[{section}]\nmarkers =\n    {entry}\n"
    document = _ini(text, paste)
    found = document.section(section)
    newline = newline_at(text, len(text) if found is None else found.start)
    key = found.key("markers") if found else None
    if found is None:
        gap = newline if text.endswith("\n") or not text.strip("\ufeff") else newline * 2
        cut = Cut(
            len(text),
            len(text),
            (gap if text.strip("\ufeff") else "") + in_breaks(paste, newline).removesuffix(newline),
        )
    elif key is None:
        cut = Cut(found.end, found.end, newline + in_breaks(f"markers =\n    {entry}", newline))
    else:
        cut = Cut(key.end, key.end, newline + _marker_indent(text, key) + entry)
    splice = apply(text, [cut])
    after = _ini(splice.after, paste)
    if _ini_data(after, section, entry) != _ini_data(document, section) or entry not in _markers(after, section):
        raise SpliceRefused("the change would alter another setting", paste, splice.line)
    return splice


def _marker_indent(text: str, key: ini.Key) -> str:
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


def _markers(document: ini.IniDocument, section: str) -> tuple[str, ...]:
    found = document.section(section)
    key = found.key("markers") if found else None
    return key.values if key else ()


def _ini_data(document: ini.IniDocument, section: str, without: str = "") -> dict[tuple[str, str], tuple[str, ...]]:
    """All values; the new marker, and what holds nothing but it, left out."""
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    for part in document.sections:
        for key in part.keys:
            mine = part.name == section and key.name == "markers"
            values = tuple(value for value in key.values if not (mine and value == without))
            if values or not mine:
                found[part.name, key.name] = values
    return found


def add_toml_marker(text: str, table: str, name: str, description: str) -> Splice:
    """Add a marker to the `markers` array of a table of pyproject.toml, one a line or in line as the array is; the
    array, and the
    table, are made when they are missing."""
    entry = f"{name}: {description}"
    paste = f"[{table}]\nmarkers = [\n    {_toml_string(entry, chr(34))},\n]\n"
    before = _toml(text, paste)
    splice = apply(text, [_toml_cut(text, table, entry, before, paste)])
    after = _toml(splice.after, paste)
    markers = _toml_at(after, table).get("markers")
    old = _toml_at(before, table).get("markers", [])
    if not isinstance(markers, list) or not isinstance(old, list) or markers != [*old, entry]:
        raise SpliceRefused("the change would not read back as what was meant", paste, splice.line)
    if _without_markers(after, table) != _without_markers(before, table):
        raise SpliceRefused("the change would alter another setting", paste, splice.line)
    return splice


def _toml_cut(text: str, table: str, entry: str, before: dict[str, object], paste: str) -> Cut:
    span = toml.table_span(text, table)
    array = toml.find_array(text, table, "markers")
    newline = newline_at(text, span[0] if span else len(text))
    if span is None:
        if _toml_at(before, table):
            raise SpliceRefused(f"[{table}] is written in another form", paste)
        gap = "" if not text.strip("\ufeff") else newline if text.endswith("\n") else newline * 2
        return Cut(len(text), len(text), gap + in_breaks(paste, newline))
    if array is None:
        if "markers" in _toml_at(before, table):
            raise SpliceRefused("markers is not written as an array of this table", paste)
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


def _without_markers(data: dict[str, object], table: str) -> object:
    """The data without the markers, and without tables that then hold nothing."""

    def strip(node: object, path: list[str]) -> object:
        if not isinstance(node, dict):
            return node
        if not path:
            return {key: value for key, value in node.items() if key != "markers"}
        inner = strip(node.get(path[0], {}), path[1:])
        rest = {key: value for key, value in node.items() if key != path[0]}
        return {**rest, path[0]: inner} if inner else rest

    return strip(data, table.split("."))


def append_requirement(text: str, line: str) -> Splice:
    """Append a requirement. Refused for a file of hashed requirements, where pip wants a hash of every one."""
    if "--hash=" in text:
        raise SpliceRefused("the file pins by hash: add the requirement with its hashes", line + "\n")
    newline = newline_at(text, len(text))
    if text and not text.endswith("\n"):
        if text.endswith("\\"):
            raise SpliceRefused("the last line is not finished", line + "\n", text.count("\n") + 1)
        return apply(text, [Cut(len(text), len(text), newline + line)])
    if text.removesuffix("\n").removesuffix("\r").endswith("\\"):
        raise SpliceRefused("the last line is not finished", line + "\n", text.count("\n"))
    return apply(text, [Cut(len(text), len(text), line + newline)])


def pin_requirement(text: str, line: int, name: str, pinned: str) -> Splice:
    """Replace a bare requirement (`flask`, no version, a comment may follow) on a line by its pinned form
    (`flask==3.1.3`)."""
    lines = text.split("\n")
    source = lines[line - 1] if 0 < line <= len(lines) else ""
    match = re.match(rf"(\s*)({re.escape(name)})(?=\s*(?:#.*)?\r?\Z)", source.replace("_", "-"), re.IGNORECASE)
    if not match or "--hash=" in text:
        raise SpliceRefused(f"{name} has a version of its own", pinned + "\n", line)
    start = sum(len(part) + 1 for part in lines[: line - 1]) + match.start(2)
    return apply(text, [Cut(start, start + len(match[2]), pinned)])
