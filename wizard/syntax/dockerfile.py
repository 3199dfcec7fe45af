"""Dockerfile text to instructions with offsets, after BuildKit's parser (frontend/dockerfile/parser/parser.go).

Continuations follow the `# escape=` directive, comments and blank lines inside a continuation are skipped, heredocs of
RUN, COPY and ADD belong to their instruction. https://docs.docker.com/reference/dockerfile/
"""

from __future__ import annotations

import json
import re

from wizard.syntax.trouble import SyntaxTrouble
from wizard.values.lean import dataclass
from wizard.values.pattern import lazy_pattern

WORDS = frozenset(
    [
        "ADD",
        "ARG",
        "CMD",
        "COPY",
        "ENTRYPOINT",
        "ENV",
        "EXPOSE",
        "FROM",
        "HEALTHCHECK",
        "LABEL",
        "MAINTAINER",
        "ONBUILD",
        "RUN",
        "SHELL",
        "STOPSIGNAL",
        "USER",
        "VOLUME",
        "WORKDIR",
    ]
)
_DIRECTIVE = lazy_pattern(r"#\s*([a-zA-Z][a-zA-Z0-9]*)\s*=\s*(.+?)\s*\Z")
_FLAG = lazy_pattern(r"--([a-z][a-z-]*)(?:=((?:\"[^\"]*\"|'[^']*'|\S)*))?(?=\s|\Z)\s*")
_WORD = lazy_pattern(r"(?:\\.|\"(?:\\.|[^\"\\])*\"|'[^']*'|[^\s\\])+", re.DOTALL)
_HEREDOC = lazy_pattern(r"\d*<<(-?)([^<]+)", re.DOTALL)
_QUOTE = lazy_pattern(r"\\(.)|\"((?:\\.|[^\"\\])*)\"|'([^']*)'", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Heredoc:
    """A here-document: its delimiter, its body and where the body stands (delimiter line excluded)."""

    name: str
    body: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction. `word`: upper case. `value`: what follows word and flags on one logical line, continuation
    marks, comment lines and line breaks inside taken out. `flags`: (`interval`, `10s`) pairs. `start`/`end`: offsets of
    the whole instruction, heredoc bodies included, the last line break not. `value_start`: offset right after word and
    flags on the first line (where the value begins, if it is there)."""

    word: str
    value: str
    flags: tuple[tuple[str, str], ...]
    start: int
    end: int
    line: int
    end_line: int
    value_start: int
    heredocs: tuple[Heredoc, ...] = ()

    def flag(self, name: str) -> str:
        """Returns a flag's value, '' without."""
        return next((value for key, value in self.flags if key == name), "")

    @property
    def words(self) -> tuple[str, ...] | None:
        """The exec form's words (`["python", "-m", "x"]`), None for the shell form."""
        return exec_form(self.value)


@dataclass(frozen=True, slots=True)
class DockerfileDocument:
    """All instructions in order, the escape character, and the parser directives (name in lower case, value)."""

    text: str
    instructions: tuple[Instruction, ...]
    escape: str = "\\"
    directives: tuple[tuple[str, str], ...] = ()

    @property
    def stages(self) -> tuple[tuple[Instruction, ...], ...]:
        """The instructions of each stage, each beginning with its FROM; what stands before the first FROM is in
        none."""
        found: list[list[Instruction]] = []
        for instruction in self.instructions:
            if instruction.word == "FROM":
                found.append([])
            if found:
                found[-1].append(instruction)
        return tuple(tuple(stage) for stage in found)


@dataclass(slots=True)
class _Line:
    number: int
    start: int
    text: str

    @property
    def end(self) -> int:
        return self.start + len(self.text)


def parse(text: str) -> DockerfileDocument:
    """Returns the instructions of a Dockerfile. Raises `SyntaxTrouble` for an unknown instruction or an open
    heredoc.
    """
    lines = _lines(text)
    directives, index = _directives(lines)
    escape = "`" if ("escape", "`") in directives else "\\"
    goes_on = re.compile(rf"(?:(?<=[^{re.escape(escape)}])|\A){re.escape(escape)}[ \t]*\Z")
    found: list[Instruction] = []
    while index < len(lines):
        if _skipped(lines[index].text):
            index += 1
            continue
        instruction, index = _instruction(lines, index, goes_on)
        found.append(instruction)
    return DockerfileDocument(text, tuple(found), escape, directives)


def _lines(text: str) -> list[_Line]:
    lines: list[_Line] = []
    start = 0
    for number, raw in enumerate(text.split("\n"), 1):
        shift = 1 if number == 1 and raw.startswith("\ufeff") else 0
        lines.append(_Line(number, start + shift, raw[shift:].removesuffix("\r")))
        start += len(raw) + 1
    return lines


def _directives(lines: list[_Line]) -> tuple[tuple[tuple[str, str], ...], int]:
    """Directives stand above everything else; the first other line ends them. Returns them and the next line's
    index."""
    found: list[tuple[str, str]] = []
    for index, line in enumerate(lines):
        match = _DIRECTIVE.match(line.text.strip())
        if not match or match[1].lower() in (name for name, _ in found):
            return tuple(found), index
        found.append((match[1].lower(), match[2]))
    return tuple(found), len(lines)


def _skipped(text: str) -> bool:
    bare = text.strip()
    return not bare or bare.startswith("#")


def _instruction(lines: list[_Line], index: int, goes_on: re.Pattern[str]) -> tuple[Instruction, int]:
    first = last = lines[index]
    logical = ""
    while True:
        line = lines[index]
        index += 1
        if line is first or not _skipped(line.text):
            last = line
            part = line.text.lstrip() if line is first else line.text
            more = goes_on.search(part)
            logical += part[: more.start()] if more else part
            if not more:
                break
        if index >= len(lines):
            break
    word, flags, value = _take_apart(logical, first.number)
    heredocs, index, last = _heredocs(word, value, lines, index, last)
    start = first.start + len(first.text) - len(first.text.lstrip())
    length = _prefix(first.text.lstrip())
    return Instruction(word, value, flags, start, last.end, first.number, last.number, start + length, heredocs), index


def _take_apart(logical: str, number: int) -> tuple[str, tuple[tuple[str, str], ...], str]:
    word, _, rest = logical.strip().replace("\t", " ", 1).partition(" ") if logical.strip() else ("", "", "")
    if word.upper() not in WORDS:
        raise SyntaxTrouble(f"unknown instruction {word[:40]!r}", number)
    rest = rest.strip()
    flags: list[tuple[str, str]] = []
    while match := _FLAG.match(rest):
        flags.append((match[1], (match[2] or "").strip("\"'")))
        rest = rest[match.end() :]
    return word.upper(), tuple(flags), rest


def _prefix(text: str) -> int:
    """The length of word, flags and white space at the beginning of an instruction's first line."""
    match = re.match(r"\S+\s*", text)
    at = match.end() if match else len(text)
    while flag := _FLAG.match(text, at):
        at = flag.end()
    return at


def _heredocs(
    word: str, value: str, lines: list[_Line], index: int, last: _Line
) -> tuple[tuple[Heredoc, ...], int, _Line]:
    found: list[Heredoc] = []
    if word not in ("RUN", "COPY", "ADD", "ONBUILD") or "<<" not in value:
        return (), index, last
    for tabs, name in _heredoc_names(value):
        begin = index
        while True:
            if index >= len(lines):
                raise SyntaxTrouble(f"the here-document {name} is not closed", last.number)
            line = lines[index]
            index += 1
            if (line.text.lstrip("\t") if tabs else line.text) == name:
                break
        body = "".join(part.text + "\n" for part in lines[begin : index - 1])
        found.append(Heredoc(name, body, lines[begin].start, line.start))
        last = line
    return tuple(found), index, last


def _heredoc_names(value: str) -> list[tuple[bool, str]]:
    """(tabs stripped, delimiter) of each word that is a `<<NAME`, in order.

    BuildKit splits the line into words (quotes and backslashes kept together, blanks apart) and takes those that are a
    here-document whole: `$((1<<10))`, `x<<EOF`, `<<<text` and `"a <<b"` are none, `<<"E"OF` ends with EOF.
    """
    words = (_HEREDOC.fullmatch(word[0]) for word in _WORD.finditer(value))
    found = ((match[1], _QUOTE.sub(lambda m: m[1] or m[2] or m[3] or "", match[2])) for match in words if match)
    return [(bool(tabs), name) for tabs, name in found if name and not re.search(r"\s", name)]


def exec_form(value: str) -> tuple[str, ...] | None:
    """Returns the words of a JSON array of strings, None for anything else (which Docker then runs through a shell)."""
    if not value.startswith("["):
        return None
    try:
        words = json.loads(value)
    except ValueError:
        return None
    return tuple(words) if isinstance(words, list) and all(isinstance(word, str) for word in words) else None
