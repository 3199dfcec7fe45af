"""The house keeps its measures: how many modules a folder has, how long a file is, and how many are crumbs."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MOST_MODULES = 20
"""Modules of one folder: past that, a prefix that recurs is a folder that is missing."""
LONGEST = 350
"""Lines of one file: past that, usually two rooms in one."""
MOST_CRUMBS = 15
"""Modules under `CRUMB` lines that are neither a door nor a value that many share."""
CRUMB = 40
SHARED_VALUES = frozenset(f"wizard/{name}.py" for name in ("values/pattern", "values/phase", "syntax/trouble"))
DOORS = ("wizard/commands/", "wizard/__main__.py", "wizard/cli_types.py")
"""A command is a door: its file is where a reader looks for the verb, however short it is."""


def modules(room: str) -> list[Path]:
    return [path for path in (ROOT / room).rglob("*.py") if path.name != "__init__.py"]


def lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


@pytest.mark.parametrize("room", ["wizard", "screens"])
def test_no_folder_has_more_modules_than_one_can_hold_in_mind(room: str) -> None:
    folders = {path.parent for path in modules(room)}
    crowded = {
        str(folder.relative_to(ROOT)): len(own)
        for folder in folders
        if len(own := [path for path in folder.glob("*.py") if path.name != "__init__.py"]) > MOST_MODULES
    }
    assert not crowded


@pytest.mark.parametrize("room", ["wizard", "screens", "tests"])
def test_no_file_is_two_rooms_in_one(room: str) -> None:
    limit = LONGEST if room != "tests" else 2 * LONGEST
    long = {str(path.relative_to(ROOT)): lines(path) for path in modules(room) if lines(path) > limit}
    assert not long


@pytest.mark.parametrize("room", ["wizard", "screens"])
def test_no_expression_is_compiled_because_its_module_is_imported(room: str) -> None:
    """`lazy_pattern` does it at the first use: most commands need a few of some four hundred."""
    eager = {
        f"{path.relative_to(ROOT)}:{number}": line
        for path in modules(room)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if re.match(r"[A-Za-z_]\w*.* = re\.compile\((?!b|rb)", line)
    }
    assert not eager


def test_few_modules_are_crumbs() -> None:
    crumbs = [
        name
        for path in modules("wizard")
        if lines(path) < CRUMB
        and not (name := str(path.relative_to(ROOT))).startswith(DOORS)
        and name not in SHARED_VALUES
    ]
    assert len(crumbs) <= MOST_CRUMBS, sorted(crumbs)


MAP = (ROOT / "docs" / "ARCHITECTURE.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("room", ["wizard", "screens"])
def test_every_room_stands_on_the_map(room: str) -> None:
    rooms = {path.parent.relative_to(ROOT) for path in modules(room) if path.parent != ROOT / room}
    assert rooms
    assert [str(one) for one in rooms if f"{one}/" not in MAP and f"`{one.name}/`" not in MAP] == []


def test_the_map_names_nothing_that_is_gone() -> None:
    named = [name for name in re.findall(r"`([a-z_./]+(?:\.py|\.yaml|/))`", MAP) if not name.startswith(".stack")]
    known = {
        str(path.relative_to(ROOT)) + ("/" if path.is_dir() else "")
        for room in ("wizard", "screens", "templates", "tests")
        for path in (ROOT / room, *(ROOT / room).rglob("*"))
    }
    assert len(named) > 40
    lost = [name for name in named if not any(one == name or one.endswith(f"/{name}") for one in known)]
    assert set(lost) <= {"models.py", "config.py", "store.py", "bus.py", "stack-wizard/"}, lost


NO_VERB = frozenset(
    {"the", "a", "an", "true", "false", "none", "every", "one"}
    | {"what", "where", "whether", "why", "how", "which", "who"}
)


@pytest.mark.parametrize("room", ["wizard"])
def test_docstrings_begin_with_what_a_function_does(room: str) -> None:
    functions = [
        (path, node)
        for path in modules(room)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_") and not is_property(node)
    ]
    assert len(functions) > 500
    riddles = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
        for path, node in functions
        if (text := ast.get_docstring(node)) and text.split()[0].strip(".,:;").lower() in NO_VERB
    ]
    assert not riddles


def is_property(node: ast.FunctionDef) -> bool:
    names = {part for one in node.decorator_list for part in ast.unparse(one).split(".")}
    return bool(names & {"property", "cached_property", "setter"})


NAME_WORDS = re.compile(
    r"(?<![A-Za-z])(?:HOST|HOSTNAME|PORT|URL|URI|DSN|ADDR|REDIS|VALKEY|POSTGRES\w*|PG\w*|DB|DATABASE|SQL|PASSWORD|PASS|PWD"
    r"|SECRET|TOKEN|USER|PYTHON|KEY|BROKER|pass|pwd|auth|secret|token)(?![A-Za-z])|\[A-Z_?\]\[A-Z0-9_\]|\[A-Z0-9_\]"
)
"""Words that variables and secrets are named with, and patterns that look like the name of a variable."""
NOT_OVER_NAMES = {
    "wizard/audit/docs/readme.py": "finds variables in the prose of a README",
    "wizard/stack/detect/compose_commands.py": "expands the folder that a script starts from",
    "wizard/stack/documents/sql.py": "reads statements of SQL",
    "wizard/stack/image/probe.py": "finds a shell's variables in a command",
    "wizard/stack/infer/channels.py": "says what in a document is no channel",
    "wizard/stack/infer/words.py": "tells functions of frameworks from a service's logic",
    "wizard/verify/causes.py": "recognises messages of a log",
}
"""Files whose patterns hold such a word and read a text, with what that text is."""
PATTERNS = frozenset({"compile", "lazy_pattern", "match", "search", "fullmatch", "sub", "findall", "finditer", "split"})
QUESTIONS = frozenset({"startswith", "endswith", "removeprefix", "removesuffix"})


def text_of(node: ast.AST) -> str:
    return "".join(n.value for n in ast.walk(node) if isinstance(n, ast.Constant) and isinstance(n.value, str))


def asked_of_a_name(node: ast.AST) -> str:
    """The text that a pattern, `x.endswith(…)` or `… in x` looks for."""
    if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.In | ast.NotIn):
        return text_of(node.left) if isinstance(node.left, ast.Constant) else ""
    if not isinstance(node, ast.Call) or not node.args:
        return ""
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    of_re = isinstance(node.func, ast.Name) or (isinstance(node.func, ast.Attribute) and is_re(node.func.value))
    return text_of(node.args[0]) if name in QUESTIONS or (name in PATTERNS and of_re) else ""


def is_re(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and node.id == "re"


def test_questions_about_names_are_answered_in_rules_alone() -> None:
    found = {
        f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}"
        for path in modules("wizard")
        if "wizard/rules/" not in (name := str(path.relative_to(ROOT))) and name not in NOT_OVER_NAMES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if NAME_WORDS.search(asked_of_a_name(node))
    }
    assert not found


@pytest.mark.parametrize(
    ("code", "is_one"),
    [
        ('lazy_pattern(r"_(?:HOST|URL)$")', True),
        ('re.search(r"(^|_)DB(_|$)", name)', True),
        ('name.endswith("PORT")', True),
        ('"PORT" in name', True),
        ('lazy_pattern(r"export ([A-Z][A-Z0-9_]*)=")', True),
        ('name.endswith(".yml")', False),
        ('re.search(r"supporting", text)', False),
        ('values.get("PORT")', False),
    ],
)
def test_what_counts_as_a_question_about_a_name(code: str, is_one: bool) -> None:
    asked = (asked_of_a_name(node) for node in ast.walk(ast.parse(code)))
    assert any(NAME_WORDS.search(text) for text in asked) is is_one
