"""Imports of a Python file, sorted into third-party and local ones."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from wizard.stack.imports import is_stdlib
from wizard.stack.python_scan import Scan
from wizard.values.source import Fact, Source

Modules = tuple[tuple[str, bool, Source], ...]


def read_modules(found: Scan, path: str) -> Modules:
    """Every module imported anywhere in the file, as written (`.models`, `redis.asyncio`)."""
    return tuple(
        (module, optional or typing, Source(path, node.lineno))
        for node, optional, typing in found.imports
        for module in _modules(node)
    )


def _modules(node: ast.Import | ast.ImportFrom) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    dots = "." * node.level
    if node.level and not node.module:
        return [f"{dots}{alias.name}" for alias in node.names]
    return [f"{dots}{node.module}"]


def sort_imports(
    modules: Modules, local: Iterable[str]
) -> tuple[tuple[Fact[str], ...], tuple[Fact[str], ...], tuple[Fact[str], ...]]:
    """(third-party top-level names, the same with full module names, local modules). `local`: names of the stack's
    own modules.

    Optional imports are no requirement, so only local ones of them count.
    """
    own = frozenset(local)
    tops: dict[str, Fact[str]] = {}
    full: dict[str, Fact[str]] = {}
    inner: list[Fact[str]] = []
    for module, optional, source in modules:
        top = module.partition(".")[0]
        if is_stdlib(top):
            continue
        if not top or top in own:
            inner.append(Fact(module, source))
        elif not optional:
            tops.setdefault(top, Fact(top, source))
            full.setdefault(module, Fact(module, source))
    return tuple(tops.values()), tuple(full.values()), tuple(inner)
