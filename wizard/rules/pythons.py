"""Answers which releases and which code a version of Python can run: pins, modules, names and syntax.

The table holds the newest release that each version of Python can install (`Requires-Python`), as
`uv pip compile --no-deps --python-version` resolved it in November 2026; a test asks again where an index is in reach.
"""

from __future__ import annotations

import ast
import sys
import threading

from wizard.rules.base_images import python_of
from wizard.rules.images import split_image
from wizard.values.facts.code import Requirement
from wizard.values.pattern import lazy_pattern
from wizard.values.source import Fact, Source

_ONE_AT_A_TIME = threading.Lock()
Version = tuple[int, int]
WRITTEN_FOR: Version = (3, 10)
"""What the wizard's own templates need: unions of types at run time, `typing.TypeAlias`."""
NEW_BASE = "python:3.11-slim"
"""The base of a new service where the stack's own images are older than what the wizard writes."""
COLUMNS: tuple[Version, ...] = ((3, 7), (3, 8), (3, 9), (3, 10), (3, 11), (3, 12))
NEWEST: dict[str, tuple[str, ...]] = {
    "aiohttp": ("3.8.6", "3.10.11", "3.13.5", "3.14.5", "3.14.5", "3.14.5"),
    "alembic": ("1.12.1", "1.14.1", "1.16.5", "1.20.1", "1.20.1", "1.20.1"),
    "celery": ("5.3.0", "5.5.3", "5.6.3", "5.7.0", "5.7.0", "5.7.0"),
    "click": ("8.1.8", "8.1.8", "8.1.8", "8.5.1", "8.5.1", "8.5.1"),
    "django": ("3.2.25", "4.2.30", "4.2.30", "5.2.19", "5.2.19", "6.1.3"),
    "fastapi": ("0.103.2", "0.124.4", "0.128.8", "0.162.5", "0.165.0", "0.165.0"),
    "flask": ("2.2.5", "3.0.3", "3.1.3", "3.1.3", "3.1.3", "3.1.3"),
    "gunicorn": ("23.0.0", "23.0.0", "23.0.0", "27.0.1", "27.0.1", "27.0.1"),
    "httpx": ("0.24.1", "0.28.1", "0.28.1", "0.28.1", "0.28.1", "0.28.1"),
    "jinja2": ("3.1.6", "3.1.6", "3.1.6", "3.1.6", "3.1.6", "3.1.6"),
    "numpy": ("1.21.6", "1.24.4", "2.0.2", "2.2.6", "2.4.6", "2.5.5"),
    "orjson": ("3.9.7", "3.10.15", "3.11.5", "3.13.0", "3.13.0", "3.13.0"),
    "pandas": ("1.1.5", "2.0.3", "2.3.3", "2.3.3", "3.1.1", "3.1.1"),
    "prometheus-client": ("0.17.1", "0.21.1", "0.26.0", "0.26.0", "0.26.0", "0.26.0"),
    "psycopg": ("3.1.20", "3.2.13", "3.2.13", "3.3.9", "3.3.9", "3.3.9"),
    "psycopg-binary": ("3.1.20", "3.2.13", "3.2.13", "3.3.9", "3.3.9", "3.3.9"),
    "pydantic": ("2.5.3", "2.10.6", "2.13.5", "2.14.4", "2.14.4", "2.14.4"),
    "pydantic-core": ("2.14.6", "2.27.2", "2.46.5", "2.50.5", "2.50.5", "2.50.5"),
    "pydantic-settings": ("2.0.3", "2.8.1", "2.11.0", "2.15.0", "2.16.3", "2.16.3"),
    "pytest": ("7.4.4", "8.3.5", "8.4.2", "9.2.0", "9.2.0", "9.2.0"),
    "python-dotenv": ("0.21.1", "1.0.1", "1.2.1", "1.2.4", "1.2.4", "1.2.4"),
    "pyyaml": ("6.0.1", "6.0.3", "6.0.3", "6.0.4", "6.0.4", "6.0.4"),
    "redis": ("5.0.8", "6.1.1", "7.0.1", "8.1.0", "8.1.0", "8.1.0"),
    "requests": ("2.31.0", "2.32.4", "2.32.5", "2.34.2", "2.34.2", "2.34.2"),
    "scipy": ("1.7.3", "1.10.1", "1.13.1", "1.15.3", "1.17.1", "1.18.1"),
    "sqlalchemy": ("2.0.58", "2.0.58", "2.0.58", "2.0.58", "2.1.9", "2.1.9"),
    "starlette": ("0.29.0", "0.44.0", "0.49.3", "1.7.0", "1.10.0", "1.10.0"),
    "urllib3": ("2.0.7", "2.2.3", "2.6.3", "2.8.0", "2.8.0", "2.8.0"),
    "uvicorn": ("0.22.0", "0.33.0", "0.39.0", "0.54.0", "0.54.0", "0.54.0"),
    "waitress": ("2.1.2", "3.0.0", "3.0.2", "3.0.2", "3.0.2", "3.0.2"),
    "websockets": ("11.0.3", "13.1", "15.0.1", "16.1.1", "17.4", "17.4"),
    "werkzeug": ("2.2.3", "3.0.6", "3.1.9", "3.1.9", "3.1.9", "3.1.9"),
}
_MODULES: dict[str, Version] = {
    "importlib.metadata": (3, 8),
    "graphlib": (3, 9),
    "zoneinfo": (3, 9),
    "tomllib": (3, 11),
    "wsgiref.types": (3, 11),
    "annotationlib": (3, 14),
    "compression": (3, 14),
}
_NAMES: dict[str, Version] = {
    "functools.cached_property": (3, 8),
    "typing.Literal": (3, 8),
    "typing.Protocol": (3, 8),
    "typing.TypedDict": (3, 8),
    "typing.Final": (3, 8),
    "asyncio.to_thread": (3, 9),
    "functools.cache": (3, 9),
    "math.lcm": (3, 9),
    "typing.Annotated": (3, 9),
    "contextlib.aclosing": (3, 10),
    "dataclasses.KW_ONLY": (3, 10),
    "inspect.get_annotations": (3, 10),
    "itertools.pairwise": (3, 10),
    "types.NoneType": (3, 10),
    "types.UnionType": (3, 10),
    "typing.Concatenate": (3, 10),
    "typing.ParamSpec": (3, 10),
    "typing.TypeAlias": (3, 10),
    "typing.TypeGuard": (3, 10),
    "asyncio.Runner": (3, 11),
    "asyncio.TaskGroup": (3, 11),
    "asyncio.timeout": (3, 11),
    "contextlib.chdir": (3, 11),
    "datetime.UTC": (3, 11),
    "enum.StrEnum": (3, 11),
    "enum.verify": (3, 11),
    "hashlib.file_digest": (3, 11),
    "logging.getLevelNamesMapping": (3, 11),
    "typing.LiteralString": (3, 11),
    "typing.Never": (3, 11),
    "typing.NotRequired": (3, 11),
    "typing.Required": (3, 11),
    "typing.Self": (3, 11),
    "typing.TypeVarTuple": (3, 11),
    "typing.Unpack": (3, 11),
    "typing.assert_never": (3, 11),
    "typing.assert_type": (3, 11),
    "collections.abc.Buffer": (3, 12),
    "itertools.batched": (3, 12),
    "typing.TypeAliasType": (3, 12),
    "typing.override": (3, 12),
    "copy.replace": (3, 13),
    "typing.ReadOnly": (3, 13),
    "typing.TypeIs": (3, 13),
    "warnings.deprecated": (3, 13),
}
"""Modules and names of the standard library with the version that brought them, as its manual says (`New in`)."""
_UNIONS: Version = (3, 10)
"""What brought `X | Y` for types that are made when a module runs."""
_RECENT = lazy_pattern(
    r"\b(?:override|batched|TypeAliasType|Buffer|ReadOnly|TypeIs|deprecated|annotationlib|compression|replace"
    r"|PythonFinalizationError)\b"
)
"""Words without which a module needs nothing that 3.11 lacks: most files are not parsed a second time."""
_BUILTINS: dict[str, Version] = {
    "aiter": (3, 10),
    "anext": (3, 10),
    "EncodingWarning": (3, 10),
    "BaseExceptionGroup": (3, 11),
    "ExceptionGroup": (3, 11),
    "PythonFinalizationError": (3, 13),
}


def installable(name: str, version: str, python: Version) -> bool | None:
    """Tells whether a version of Python can install a release; None when the table cannot say it.

    Only what a later minor release than the newest one says is evidence: a branch may get repairs after the table was
    made, and where the newest release of all is installable, a newer one may be so, too.
    """
    newest = newest_for(name, python)
    if newest is None or newest == NEWEST[name][-1]:
        return None
    try:
        return _minor(version) <= _minor(newest)
    except ValueError:
        return None


def newest_for(name: str, python: Version) -> str | None:
    """Returns the newest release of a distribution that a version of Python installs; None when it is not known."""
    row = NEWEST.get(name)
    if row is None or python < COLUMNS[0]:
        return None
    return row[COLUMNS.index(min(python, COLUMNS[-1]))]


def _minor(version: str) -> tuple[int, int]:
    parts = version.partition("!")[2] or version
    major, _, rest = parts.partition(".")
    return int(major), int(rest.partition(".")[0] or 0)


def applies(requirement: Requirement, python: Version) -> bool:
    """Tells whether a requirement's marker (`; python_version >= "3.10"`) lets it be installed under a Python."""
    if not requirement.marker:
        return True
    from packaging.markers import Marker, UndefinedEnvironmentName

    text = f"{python[0]}.{python[1]}"
    try:
        return bool(Marker(requirement.marker).evaluate({"python_version": text, "python_full_version": f"{text}.0"}))
    except UndefinedEnvironmentName:
        return True


def python_of_image(reference: str) -> Version | None:
    """Returns the version of Python that an image brings, by its name; None when that does not say it."""
    image, tag, _ = split_image(reference)
    return python_of(image, tag)


def base_for_new(reference: str) -> str:
    """Returns the image for a new service: the stack's own, unless its Python is too old for what the wizard writes."""
    python = python_of_image(reference)
    return reference if python is None or python >= WRITTEN_FOR else NEW_BASE


def too_new(text: str, path: str, python: Version) -> tuple[Fact[str], ...]:
    """Returns what a module uses that a version of Python does not have, each with its line and the version it needs.

    What stands under a condition or a `try` is left alone: the code may know what it does.
    """
    mentioned = _is_mentioned(text, python)
    if not mentioned and python >= sys.version_info[:2]:
        return ()
    if python >= (3, 11) and not _RECENT.search(text):
        return ()
    try:
        tree = tree_of(text, python)
    except SyntaxError as error:
        return (
            (Fact(f"syntax of a later Python ({error.msg})", Source(path, error.lineno or 1)),) if _parses(text) else ()
        )
    except (ValueError, RecursionError, MemoryError):
        return ()
    if not mentioned:
        return ()
    later = any(isinstance(node, ast.ImportFrom) and node.module == "__future__" for node in tree.body)
    found: dict[str, Fact[str]] = {}
    modules: dict[str, str] = {}
    for node in _unguarded(tree):
        for name, needs in _uses(node, modules, later):
            if needs > python:
                words = f"{name} (Python {needs[0]}.{needs[1]})"
                found.setdefault(words, Fact(words, Source(path, getattr(node, "lineno", 1))))
    return tuple(found.values())


def may_mean_ascii(char: str) -> bool:
    """Tells whether a character in a name may be read by Python as ASCII ones: `ＵＴＣ` is `UTC`."""
    return (char > "\u0131" or char in "ªº") and f"_{char}".isidentifier()


def _as_read(text: str) -> str:
    from unicodedata import normalize  # its tables take more memory than a small stack

    return normalize("NFKC", text)


def _is_mentioned(text: str, python: Version) -> bool:
    """Tells whether a text has the words of anything that a version of Python lacks: walking its tree, which finds out
    whether it means that, takes a hundred times as long."""
    if python < _UNIONS and "|" in text:
        return True
    said = text if text.isascii() or not any(map(may_mean_ascii, set(text))) else _as_read(text)
    later = (name for known in (_MODULES, _NAMES, _BUILTINS) for name, needs in known.items() if needs > python)
    return any(all(part in said for part in name.split(".")) for name in later)


def tree_of(text: str, feature_version: Version | None = None) -> ast.Module:
    """Parses a module as `ast.parse` does, and raises what that raises; for one thread at a time.

    Before Python 3.11.8 the parser counts its depth in one place for all threads: two texts at once end in a
    `SystemError` now and then (python/cpython#106905).
    """
    with _ONE_AT_A_TIME:
        return ast.parse(text, feature_version=feature_version)


def expression_of(text: str) -> ast.expr:
    """Parses an expression, in the same way."""
    with _ONE_AT_A_TIME:
        return ast.parse(text, mode="eval").body


def _parses(text: str) -> bool:
    try:
        tree_of(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _unguarded(tree: ast.Module) -> list[ast.AST]:
    """The nodes outside `try` and `if`, in the order of the text."""
    found: list[ast.AST] = []
    todo: list[ast.AST] = [tree]
    while todo:
        node = todo.pop()
        found.append(node)
        if not isinstance(node, ast.Try | ast.If):
            todo += reversed(list(ast.iter_child_nodes(node)))
    return found


def _uses(node: ast.AST, modules: dict[str, str], later: bool) -> list[tuple[str, Version]]:
    """(name, version that brought it) of what one node needs. `modules`: local name -> module, filled here."""
    if isinstance(node, ast.Import):
        modules.update({alias.asname or alias.name: alias.name for alias in node.names})
        return [(alias.name, _MODULES[alias.name]) for alias in node.names if alias.name in _MODULES]
    if isinstance(node, ast.ImportFrom) and node.module and not node.level:
        whole = [(node.module, _MODULES[node.module])] if node.module in _MODULES else []
        names = (f"{node.module}.{alias.name}" for alias in node.names)
        return whole + [(name, _NAMES[name]) for name in names if name in _NAMES]
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        name = f"{modules.get(node.value.id, '')}.{node.attr}"
        return [(name, _NAMES[name])] if name in _NAMES else []
    if isinstance(node, ast.Name) and node.id in _BUILTINS and isinstance(node.ctx, ast.Load):
        return [(node.id, _BUILTINS[node.id])]
    return [("X | Y as an annotation", _UNIONS)] if not later and _is_union(node) else []


def _is_union(node: ast.AST) -> bool:
    """Tells whether a node is annotated with a union of types that is made when the module runs."""
    said = [getattr(node, "annotation", None), getattr(node, "returns", None)]
    return any(isinstance(part, ast.BinOp) and isinstance(part.op, ast.BitOr) for part in said)
