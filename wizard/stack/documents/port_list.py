"""The port list of a document, in whatever style somebody wrote it.

Lists (`- 8005: Market Service (planned)`, `* market: 8005`), plain lines (`8005 – market`), fenced lists and tables are
read. Lines are known by their numbers and their place beside others of the kind, not by words of one language.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from wizard.syntax.markdown_values import MarkdownDocument, Table
from wizard.values.facts.documents import RegistryEntry
from wizard.values.lean import dataclass, replace
from wizard.values.pattern import lazy_pattern
from wizard.values.source import Source

LOWEST, HIGHEST, LONGEST_RANGE = 1024, 65535, 200
_LEAD = r"\s*(?:[-*+•]|\d{1,3}[.)])?\s*(?:\[[ xX]\]\s*)?"
_HOST = r"(?:(?:https?://)?(?:localhost|127\.0\.0\.1|0\.0\.0\.0)?:)?"
_TO = r"\s*(?:-|–|—|to|\.\.|bis)\s*"
_ONE = rf"[`*_]{{0,3}}\d{{4,5}}(?:{_TO}\d{{4,5}})?(?:/tcp)?[`*_]{{0,3}}"
# One port, a range, or several of them: `8010, 9100`, `8010 / 9100`, `8010 and 9100`.
_PORT = r"[`*_]{0,3}" + _HOST + rf"(?P<ports>{_ONE}(?:\s*(?:[,/+&]|and|und|et|y)\s*{_ONE})*)"
_PATH = r"(?:/(?:[A-Za-z][^\s)|`*]*)?[`*_]{0,3})?"
"""The rest of a URL: `http://localhost:8001/docs`."""
_NUMBER = lazy_pattern(r"\d{4}")
_SPAN = lazy_pattern(rf"(\d{{4,5}})(?:{_TO}(\d{{4,5}}))?")
_BETWEEN = r"\s*(?:[:=|→]|->|=>|[-–—](?!\d))\s*"
_PORT_FIRST = lazy_pattern(_LEAD + _PORT + _PATH + r"(?:" + _BETWEEN + r"(?P<owner>.*)|\s+(?P<rest>[^\d\s:].*)|\s*)\Z")
_OWNER_FIRST = lazy_pattern(
    _LEAD + r"(?P<owner>[^\d:|→][^:|→]*?)" + _BETWEEN + r"(?:[Pp]ort\s*)?" + _PORT + _PATH + r"(?P<rest>\W.*)?\Z"
)
_FILE_LINE = lazy_pattern(
    r"\.(?:py|pyi|tsx?|jsx?|go|rs|java|kt|rb|sh|sql|md|ya?ml|toml|ini|json|html?|css|c|cc|cpp|hpp?|cs|php)[`*_]*:\d"
)
"""`scanner.py:1255` names a line of a file."""
_BRACKETS = lazy_pattern(r"\(([^()]*)\)|\[([^\[\]]*)\](?!\()")
_NOBODY = frozenset(
    {
        "",
        "-",
        "–",
        "—",
        "?",
        "n/a",
        "na",
        "tbd",
        "none",
        "reserved",
        "free",
        "available",
        "unused",
        "unassigned",
        "open",
    }
    | {"frei", "reserviert", "libre", "reservado", "réservé", "libero", "riservato", "nobody", "..."}
)


@dataclass(frozen=True, slots=True)
class _Found:
    """A line that may be an entry. `group`: neighbouring lines of one kind share it."""

    entries: tuple[RegistryEntry, ...]
    group: tuple[str, int]


def port_entries(document: MarkdownDocument, path: str) -> tuple[RegistryEntry, ...]:
    """Returns the entries of the port list in document order, owners not yet matched. A line alone of its kind is no
    list.
    """
    found = [*_from_tables(document, path), *_from_lines(document, path)]
    sizes = Counter(item.group for item in found)
    entries = [entry for item in found if sizes[item.group] > 1 for entry in item.entries]
    return tuple(sorted(entries, key=lambda entry: (entry.source.line, entry.port)))


def _from_lines(document: MarkdownDocument, path: str) -> Iterator[_Found]:
    in_table = {row.line for table in document.tables for row in (table.header, *table.rows)}
    in_fence = {number for fence in document.fences for number in range(fence.line, fence.end_line + 1)}
    block = 0
    blank = True
    for line in document.lines:
        text = line.text.rstrip()
        if not text or text.lstrip().startswith(("#", ">")):
            block += bool(text) or not blank
            blank = not text
            continue
        blank = False
        if line.number in in_table or len(text) > 300 or not _NUMBER.search(text) or _FILE_LINE.search(text):
            continue
        place = ("fence" if line.number in in_fence else "line", block)
        if match := _PORT_FIRST.match(text):
            owner = match["owner"] if match["owner"] is not None else match["rest"] or ""
            if _is_prose(owner):
                continue
            yield _Found(_entries(match, owner, Source(path, line.number)), (f"port {place[0]}", block))
        elif place[0] == "line" and (match := _OWNER_FIRST.match(text)) and _is_item(text):
            rest = (match["rest"] or "").strip()
            if not _is_prose(match["owner"]):
                yield _Found(_entries(match, f"{match['owner']} {rest}", Source(path, line.number)), ("owner", block))


def _is_item(text: str) -> bool:
    return text.lstrip()[:1] in "-*+•" or bool(re.match(r"\s*\d{1,3}[.)]\s", text))


def _is_prose(owner: str) -> bool:
    """A sentence, a command or a mapping `8005:8005` is no owner."""
    bare = _BRACKETS.sub("", owner).strip(" `*_")
    return len(bare.split()) > 8 or bool(re.match(r"[\d\"']", bare)) or bare.startswith(("/", "$", "http"))


def _entries(match: re.Match[str], owner: str, source: Source) -> tuple[RegistryEntry, ...]:
    spans = [(int(span[1]), int(span[2] or span[1])) for span in _SPAN.finditer(match["ports"])]
    if any(not LOWEST <= first <= last <= HIGHEST or last - first > LONGEST_RANGE for first, last in spans):
        return ()
    name, note = _name_and_note(owner)
    ports = dict.fromkeys(port for first, last in spans for port in range(first, last + 1))
    return tuple(RegistryEntry(port, name, "", note, source) for port in ports)


def _name_and_note(text: str) -> tuple[str, str]:
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)  # a link's address is no note
    notes = [a or b for a, b in _BRACKETS.findall(text)]
    bare = _BRACKETS.sub(" ", text)
    name, dash, behind = re.sub(r"[`*]+|~~|(?<!\w)_+|_+(?!\w)", "", bare).partition(" – ")
    if not dash:
        name, dash, behind = name.partition(" — ")
    if not dash and (spaced := re.match(r"\s*(\S+)\s+-\s+(.*)", bare)):
        name, dash, behind = re.sub(r"[`*]+", "", spaced[1]), "-", spaced[2]
    if dash and behind.strip():
        notes.append(behind.strip())
    name = " ".join(name.split()).strip(" ,;:-–—|")
    if name.lower() in _NOBODY:
        return "", ", ".join([*notes, name] if name.strip("-–— ?") else notes)
    return name, ", ".join(note.strip() for note in notes if note.strip())


def _from_tables(document: MarkdownDocument, path: str) -> Iterator[_Found]:
    for number, table in enumerate(document.tables):
        column = port_column(table)
        if column is None:
            continue
        owner_column = _owner_column(table, column)
        for row in table.rows:
            if column >= len(row.cells):
                continue
            match = re.fullmatch(_PORT, row.cells[column].text.strip())
            if match:
                owner = row.cells[owner_column].text if owner_column < len(row.cells) else ""
                notes = [
                    cell.text
                    for index, cell in enumerate(row.cells)
                    if index not in (column, owner_column) and cell.text
                ]
                found = _entries(match, owner, Source(path, row.line))
                noted = tuple(replace(e, note=e.note or ", ".join(notes[:2])) for e in found)
                yield _Found(noted, ("table", number))


def port_column(table: Table) -> int | None:
    """Returns the first column in which at least half of the cells are ports."""
    for column in range(len(table.header.cells)):
        cells = [row.cells[column].text.strip() for row in table.rows if column < len(row.cells)]
        ports = sum(1 for cell in cells if re.fullmatch(_PORT, cell))
        if ports and ports * 2 >= len(cells):
            return column
    return None


def _owner_column(table: Table, port_column: int) -> int:
    """The column of names: the one beside the ports with the most different short texts."""

    def spread(column: int) -> tuple[int, int]:
        cells = [row.cells[column].text for row in table.rows if column < len(row.cells)]
        short = {cell.strip().lower() for cell in cells if cell.strip() and len(cell.split()) <= 5}
        return len(short), -column

    others = [column for column in range(len(table.header.cells)) if column != port_column]
    return max(others, key=spread, default=len(table.header.cells))
