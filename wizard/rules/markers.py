"""Answers which pytest markers a stack has to register itself, and which tests pytest collects."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from fnmatch import fnmatchcase

from wizard.rules.pythons import expression_of

BUILT_IN = frozenset(
    {"parametrize", "skip", "skipif", "xfail", "usefixtures", "filterwarnings", "tryfirst", "trylast", "hookwrapper"}
)
"""Markers of pytest itself."""
PLUGINS = frozenset(
    {
        *("asyncio", "anyio", "trio", "timeout", "flaky", "django_db", "benchmark", "order", "run", "dependency"),
        *("xdist_group", "freeze_time", "vcr", "repeat", "forked", "no_cover", "enable_socket", "disable_socket"),
        *("respx", "httpx_mock", "aiohttp", "celery", "block_network", "allow_hosts", "mongodb", "randomize"),
    }
)
"""Markers that well-known plugins register themselves."""
PYTHON_FILES = ("test_*.py", "*_test.py")
"""pytest's own `python_files`."""


def is_own(marker: str) -> bool:
    """Returns True for a marker that is the stack's own business: neither pytest's nor a plugin's."""
    return marker not in BUILT_IN and marker not in PLUGINS


def marker_name(line: str) -> str:
    """Returns the name in a marker's ini line: `slow(reason): takes long` -> `slow`."""
    return line.partition(":")[0].partition("(")[0].strip()


def is_collected(path: str, patterns: Iterable[str] = PYTHON_FILES) -> bool:
    """Returns True when pytest looks for tests in a file of this name; patterns with a slash are for the whole path."""
    base = path.rpartition("/")[2]
    if base == "conftest.py":
        return False
    return any(fnmatchcase(path, f"*{p}") if "/" in p else fnmatchcase(base, p) for p in patterns or PYTHON_FILES)


def chooses(expression: str, marker: str) -> bool:
    """Returns True when pytest's `-m EXPRESSION` takes a test that has only this marker and not one without, or the
    other way round; also when the expression cannot be read."""
    try:
        tree = expression_of(expression.strip())
        return _holds(tree, marker) != _holds(tree, "")
    except (SyntaxError, ValueError):
        return True


def _holds(node: ast.expr, marker: str) -> bool:
    if isinstance(node, ast.Name):
        return node.id == marker
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return not _holds(node.operand, marker)
    if isinstance(node, ast.BoolOp):
        held = [_holds(value, marker) for value in node.values]
        return all(held) if isinstance(node.op, ast.And) else any(held)
    raise ValueError("no expression of markers")
