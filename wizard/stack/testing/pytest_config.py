"""The pytest configuration in force: which file, which markers, whether they are strict.

Order of files after pytest's own (https://docs.pytest.org/en/stable/reference/customize.html): `pytest.toml`,
`pytest.ini` and their hidden forms always count, `pyproject.toml`, `tox.ini` and `setup.cfg` only with pytest's own
section.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from itertools import pairwise

from wizard.rules.markers import marker_name
from wizard.syntax.ini import Section, parse
from wizard.syntax.toml import find_array
from wizard.syntax.toml import load as load_toml
from wizard.syntax.trouble import SyntaxTrouble
from wizard.values.facts.documents import PytestFacts
from wizard.values.source import Fact, Problem, Source

Load = Callable[[str], str | None]
_FILES: tuple[tuple[str, tuple[str, ...], bool], ...] = (
    ("pytest.toml", ("pytest",), True),
    (".pytest.toml", ("pytest",), True),
    ("pytest.ini", ("pytest",), True),
    (".pytest.ini", ("pytest",), True),
    ("pyproject.toml", ("tool.pytest.ini_options", "tool.pytest"), False),
    ("tox.ini", ("pytest",), False),
    ("setup.cfg", ("tool:pytest",), False),
)
"""(file, its section's names, whether it counts without the section)."""
_TRUE = frozenset({"true", "1", "yes", "on"})


def read_pytest(load: Load, folders: tuple[str, ...] = ("tests", "")) -> PytestFacts | None:
    """Returns the configuration pytest takes, None when there is none.

    `load` gives a file's text by its path in the stack, None when it is absent. `folders`: where it is looked for,
    nearest to the tests first, as pytest walks up from them.
    """
    for folder in folders:
        for name, sections, always in _FILES:
            path = f"{folder}/{name}" if folder else name
            text = load(path)
            if text is None:
                continue
            facts = _toml(text, path, sections) if name.endswith(".toml") else _ini(text, path, sections)
            if facts is not None:
                return facts
            if always:
                return PytestFacts(path)
    return None


def _ini(text: str, path: str, names: tuple[str, ...]) -> PytestFacts | None:
    try:
        document = parse(text)
    except SyntaxTrouble as trouble:
        if not any(f"[{name}]" in text for name in names):
            return None
        return PytestFacts(path, problems=(Problem(trouble.message, Source(path, trouble.line)),))
    section = next((found for found in map(document.section, names) if found is not None), None)
    return _from_ini(section, path) if section is not None else None


def _from_ini(section: Section, path: str) -> PytestFacts:
    markers = section.key("markers")
    lines = markers.value_lines if markers is not None else ()
    return PytestFacts(
        path=path,
        markers=tuple(Fact(marker_name(line.text), Source(path, line.number)) for line in lines if line.text.strip()),
        strict=_strict(_value(section, "addopts"), _value(section, "strict_markers"), _value(section, "strict")),
        pythonpath=tuple(_value(section, "pythonpath").split()),
        testpaths=tuple(_value(section, "testpaths").split()),
        markers_at=Source(path, markers.line) if markers is not None else None,
        python_files=tuple(_value(section, "python_files").split()),
        selects=_selects(_options(_value(section, "addopts"))),
    )


def _value(section: Section, name: str) -> str:
    key = section.key(name)
    return key.value if key is not None else ""


def _options(addopts: str) -> list[str]:
    try:
        return shlex.split(addopts)
    except ValueError:
        return addopts.split()


def _selects(options: list[str]) -> str:
    """The last `-m EXPRESSION`, which is the one that counts."""
    joined = ["", *(one[2:].removeprefix("=") for one in options if one.startswith("-m") and one != "-m")]
    apart = [value for one, value in pairwise(options) if one == "-m"]
    return apart[-1] if apart else joined[-1]


def _strict(addopts: str, *switches: str) -> bool:
    options = _options(addopts)
    return "--strict-markers" in options or "--strict" in options or any(s.strip().lower() in _TRUE for s in switches)


def _toml(text: str, path: str, names: tuple[str, ...]) -> PytestFacts | None:
    try:
        data = load_toml(text)
    except SyntaxTrouble as trouble:
        if not any(f"[{name}]" in text for name in names):
            return None
        return PytestFacts(path, problems=(Problem(trouble.message, Source(path, trouble.line)),))
    for name in names:
        table: object = data
        for part in name.split("."):
            table = table.get(part) if isinstance(table, dict) else None
        if isinstance(table, dict) and not (name == "tool.pytest" and set(table) == {"ini_options"}):
            return _from_toml(table, text, path, name)
    return None


def _from_toml(table: dict[str, object], text: str, path: str, name: str) -> PytestFacts:
    span = find_array(text, name, "markers")
    given = list(_strings(table.get("markers")))
    lines = [element.line for element in span.elements] if span is not None else []
    start = span.line if span is not None else _line_of(text, "markers")
    if len(lines) != len(given):
        lines = [start] * len(given)
    addopts = table.get("addopts")
    given_options = list(_strings(addopts)) if isinstance(addopts, list) else _options(str(addopts or ""))
    return PytestFacts(
        path=path,
        markers=tuple(Fact(marker_name(m), Source(path, line)) for m, line in zip(given, lines, strict=True)),
        strict=_strict(
            " ".join(_strings(table.get("addopts"))), str(table.get("strict_markers")), str(table.get("strict"))
        ),
        pythonpath=tuple(_words(table.get("pythonpath"))),
        testpaths=tuple(_words(table.get("testpaths"))),
        markers_at=Source(path, start) if "markers" in table else None,
        python_files=tuple(_words(table.get("python_files"))),
        selects=_selects(given_options),
    )


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield from (line.strip() for line in value.split("\n") if line.strip())
    elif isinstance(value, list):
        yield from (str(item) for item in value)


def _words(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield from value.split()
    elif isinstance(value, list):
        yield from (str(item) for item in value)


def _line_of(text: str, key: str) -> int:
    lines = text.split("\n")
    return next((number for number, line in enumerate(lines, 1) if line.lstrip().startswith(key)), 0)
