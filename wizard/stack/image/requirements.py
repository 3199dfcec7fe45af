"""Facts of a requirements file (https://pip.pypa.io/en/stable/reference/requirements-file-format/)."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator

from wizard.rules.text import of_utf16
from wizard.stack.python.third_party import normalise
from wizard.values.facts.code import Requirement, RequirementsFacts
from wizard.values.pattern import lazy_pattern
from wizard.values.source import Problem, Source

Load = Callable[[str], str | None]
MAX_FILES = 50
_COMMENT = lazy_pattern(r"(?:^|(?<!\s)\s+)#.*$")
_INCLUDE = lazy_pattern(r"(-r|-c|--requirement|--constraint)(?:\s+|\s*=\s*|(?=[^\s-]))(\S.*)")
_EDITABLE = lazy_pattern(r"(?:-e|--editable)(?:\s+|\s*=\s*)(\S.*)")
_PER_LINE = lazy_pattern(r"(?<!\s)\s+--(?:hash|config-settings?|global-option|install-option)(?:[= ]\s*\S+)")
_EGG = lazy_pattern(r"[#&]egg=([A-Za-z0-9._-]+)")
_WHEEL = lazy_pattern(r"(?:^|/)([A-Za-z0-9_.]+?)-\d[^/]*\.whl")
_NAMED_ARCHIVE = lazy_pattern(r"(?:^|/)([A-Za-z0-9_.-]+?)-\d[\w.]*\.(?:tar\.gz|zip|tgz)")
_DIRECT = lazy_pattern(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?\s*(?:\[[^\]]*\])?\s*@\s*[A-Za-z][A-Za-z0-9+.-]*:")

_IDENTIFIER = r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?"
_RELEASE = r"\d+(?:\.\d+)"
_LABEL = r"(?:(?:a|b|rc)\d+)?(?:\.post\d+)?(?:\.dev\d+)?(?:\+[a-z0-9]+(?:\.[a-z0-9]+)*)?"
_CLAUSE = rf"(?:(?:>=?|<=?|!=)\s*+{_RELEASE}*|~=\s*+{_RELEASE}+|[!=]=\s*+{_RELEASE}*\.\*|==\s*+{_RELEASE}*{_LABEL})"
_PLAIN = lazy_pattern(
    rf"({_IDENTIFIER})\s*+(?:\[\s*+{_IDENTIFIER}(?:\s*+,\s*+{_IDENTIFIER})*\s*+\]\s*+)?({_CLAUSE}(?:\s*+,\s*+{_CLAUSE})*)?\s*+",
    re.ASCII,
)
"""A name, extras, and comparisons with plain releases: most lines, read without `packaging`, whose import takes longer
than reading a small stack. The tests compare the two."""


def read_requirements(path: str, load: Load) -> RequirementsFacts:
    """Reads a requirements file and what it includes with `-r`; `-c` constraints pin what is listed without being
    listed.

    `load` gives a file's text by its path in the stack, None when it is absent. Unparsable lines and missing
    includes become problems with their line.
    """
    reader = _Reader(load)
    reader.file(path, constraint=False, asked=Source(path))
    return RequirementsFacts(path, tuple(reader.pinned()), tuple(reader.problems))


class _Reader:
    def __init__(self, load: Load) -> None:
        self.load = load
        self.found: list[Requirement] = []
        self.constraints: dict[str, Requirement] = {}
        self.problems: list[Problem] = []
        self.seen: set[tuple[str, bool]] = set()

    def pinned(self) -> Iterator[Requirement]:
        """Yields the requirements, those that only a constraints file pins counting as pinned."""
        for item in self.found:
            fixed = self.constraints.get(item.name)
            if not item.pinned and fixed is not None and fixed.pinned:
                yield Requirement(item.name, item.specifier or fixed.specifier, True, item.source)
            else:
                yield item

    def file(self, path: str, *, constraint: bool, asked: Source) -> None:
        if (path, constraint) in self.seen or len(self.seen) >= MAX_FILES:
            return
        self.seen.add((path, constraint))
        text = self.load(path)
        if text is None:
            self.problems.append(Problem(f"{path} does not exist", asked))
            return
        for line, number in logical_lines(of_utf16(text) or text):  # pip, too, goes by the mark at the start
            self._line(line, Source(path, number), constraint)

    def _line(self, line: str, source: Source, constraint: bool) -> None:
        include = _INCLUDE.match(line)
        if include:
            target = posixpath.normpath(posixpath.join(posixpath.dirname(source.path), include[2].strip()))
            if "://" not in include[2]:
                self.file(target, constraint=constraint or include[1] in ("-c", "--constraint"), asked=source)
            return
        editable = _EDITABLE.match(line)
        if line.startswith("-") and not editable:
            return
        requirement = _requirement(editable[1] if editable else line, source, editable=editable is not None)
        if isinstance(requirement, Problem):
            self.problems.append(requirement)
        elif constraint:
            self.constraints.setdefault(requirement.name, requirement)
        else:
            self.found.append(requirement)


def logical_lines(text: str) -> Iterator[tuple[str, int]]:
    """Yields (line without comment, its first line number); continuations joined as pip does."""
    pending, start = "", 0
    for number, raw in enumerate(text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n"), 1):
        start = start or number
        if raw.endswith("\\") and not raw.lstrip().startswith("#"):
            pending += raw[:-1] + " "
            continue
        line = _COMMENT.sub("", pending + raw).strip()
        if line:
            yield line, start
        pending, start = "", 0
    if pending.strip():
        yield _COMMENT.sub("", pending).strip(), start


def _requirement(line: str, source: Source, *, editable: bool) -> Requirement | Problem:
    hashed = "--hash" in line
    line = _PER_LINE.sub("", line).strip()
    plain = _PLAIN.fullmatch(line)
    location = editable or _is_location(line)
    if plain and (plain[2] or not location):
        clauses = "".join((plain[2] or "").split()).split(",")
        if len({clause[:2].rstrip("0123456789") for clause in clauses}) == len(clauses):  # else some may be equal
            exact = any(clause.startswith("==") and not clause.endswith("*") for clause in clauses)
            return Requirement(normalise(plain[1]), ",".join(sorted(clauses)), exact or hashed, source)
    return _location(line, source) if location else _pep508(line, source, hashed)


def _is_location(line: str) -> bool:
    """Tells a bare URL or path from PEP 508's `name @ URL`, with or without blanks."""
    if _DIRECT.match(line):
        return False
    head = line.partition(" ")[0]
    return "://" in head or head.startswith((".", "/", "file:")) or head.endswith((".whl", ".tar.gz", ".zip"))


def _location(line: str, source: Source) -> Requirement:
    """A URL, path or VCS reference; without a name in it, nothing can be said about what it provides."""
    for pattern in (_EGG, _WHEEL, _NAMED_ARCHIVE):
        found = pattern.search(line)
        if found:
            return Requirement(normalise(found[1]), line, True, source)
    last = line.partition("[")[0].partition("#")[0].rstrip("/").rsplit("/", 1)[-1]
    name = last.partition("@")[0].removesuffix(".git")
    return Requirement(normalise(name) if name.strip(".") else ".", line, True, source, named=False)


def _pep508(line: str, source: Source, hashed: bool) -> Requirement | Problem:
    from packaging.requirements import InvalidRequirement
    from packaging.requirements import Requirement as Parsed

    try:
        parsed = Parsed(line)
    except InvalidRequirement as error:
        reason = str(error).split("\n", 1)[0].rstrip(".:")
        return Problem(f"not a requirement (PEP 508): {reason}", source)
    exact = any(item.operator in ("==", "===") and not item.version.endswith("*") for item in parsed.specifier)
    specifier = str(parsed.specifier) if parsed.url is None else f"@ {parsed.url}"
    marker = str(parsed.marker) if parsed.marker is not None else ""
    return Requirement(normalise(parsed.name), specifier, exact or hashed or parsed.url is not None, source, marker)
