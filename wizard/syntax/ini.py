"""INI text to sections, keys and multi-line values with offsets, after iniconfig, which pytest reads its own files
with.

A value goes on in the lines below that begin with white space; lines whose first visible character is `#` or `;` are
comments, inside a value too.
"""

from __future__ import annotations

from wizard.syntax.markdown import split_lines
from wizard.syntax.markdown_values import Line
from wizard.syntax.trouble import SyntaxTrouble
from wizard.values.lean import dataclass
from wizard.values.pattern import lazy_pattern

_SECTION = lazy_pattern(r"\[([^\]]*)\][ \t]*(?:[#;].*)?\Z")


@dataclass(frozen=True, slots=True)
class Key:
    """A key. `value`: its lines, stripped, joined by a line break, comments left out. `value_lines`: each non-empty
    value line with its offset, the one on the key's own line included. `end`: behind the last line that belongs to it
    (trailing blanks and comments not)."""

    name: str
    value: str
    line: int
    start: int
    end: int
    value_lines: tuple[Line, ...]

    @property
    def values(self) -> tuple[str, ...]:
        """The non-empty value lines' texts (pytest's `linelist`)."""
        return tuple(line.text for line in self.value_lines)


@dataclass(frozen=True, slots=True)
class Section:
    """A section; `end`: offset behind its last key's last line, or behind its heading when it has no keys."""

    name: str
    line: int
    start: int
    end: int
    keys: tuple[Key, ...]

    def key(self, name: str) -> Key | None:
        """Returns a key by name."""
        return next((key for key in self.keys if key.name == name), None)


@dataclass(frozen=True, slots=True)
class IniDocument:
    """All sections in order."""

    text: str
    sections: tuple[Section, ...]

    def section(self, name: str) -> Section | None:
        """Returns a section by name."""
        return next((section for section in self.sections if section.name == name), None)


def parse(text: str) -> IniDocument:
    """Returns the sections of an INI text. Raises `SyntaxTrouble` for a key outside a section, a line that is neither,
    a double section or a double key, as pytest does.
    """
    sections: list[Section] = []
    keys: list[Key] = []
    head: tuple[str, Line] | None = None
    lines = split_lines(text)
    at = 0
    while at < len(lines):
        line = lines[at]
        at += 1
        if not line.text.strip() or line.text.lstrip()[0] in "#;":
            continue
        match = _SECTION.match(line.text)
        if match:
            sections += _closed(head, keys)
            head, keys = (match[1], line), []
            if any(section.name == match[1] for section in sections):
                raise SyntaxTrouble(f"the section [{match[1]}] is there twice", line.number)
            continue
        key, at = _key(lines, at - 1)
        if head is None:
            raise SyntaxTrouble("a key outside of a section", line.number)
        if any(other.name == key.name for other in keys):
            raise SyntaxTrouble(f"the key {key.name!r} is there twice", line.number)
        keys.append(key)
    return IniDocument(text, tuple(sections + _closed(head, keys)))


def _closed(head: tuple[str, Line] | None, keys: list[Key]) -> list[Section]:
    if head is None:
        return []
    name, line = head
    return [Section(name, line.number, line.start, keys[-1].end if keys else line.end, tuple(keys))]


def _key(lines: tuple[Line, ...], at: int) -> tuple[Key, int]:
    """The key on this line with its continuation lines, and the index of the next line."""
    first, index = lines[at], at + 1
    at = next((n for n, char in enumerate(first.text) if char in "=:"), 0)
    if not at or first.text[0] == "[" or first.text[0].isspace():
        raise SyntaxTrouble("neither a section, a key nor a comment", first.number)
    given = first.text[at + 1 :]
    begin = first.start + at + 1 + len(given) - len(given.lstrip(" \t"))
    values = [Line(given.strip(" \t"), begin, first.number)] if given.strip(" \t") else []
    end = first.end
    while index < len(lines) and (not lines[index].text.strip() or lines[index].text[0] in " \t#;"):
        line = lines[index]
        bare = line.text.strip()
        if bare and bare[0] not in "#;":
            values.append(Line(bare, line.start + len(line.text) - len(line.text.lstrip()), line.number))
            end = line.start + len(line.text.rstrip())
        index += 1
    value = "\n".join(line.text for line in values)
    return Key(first.text[:at].rstrip(" \t"), value, first.number, first.start, end, tuple(values)), index
