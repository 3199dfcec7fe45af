"""Imports of a Python file, sorted into third-party and local ones."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from wizard.stack.python.names import Names
from wizard.stack.python.scan import Scan
from wizard.stack.python.third_party import is_stdlib
from wizard.values.facts.code import PUTS_OUT, TAKES_IN, PythonFile
from wizard.values.lean import replace
from wizard.values.source import Fact, Source

_FLOWS = frozenset({*TAKES_IN, *PUTS_OUT, "list"})
Modules = tuple[tuple[str, bool, Source], ...]


def read_modules(found: Scan, path: str) -> Modules:
    """Returns every module imported anywhere in the file, as written (`.models`, `redis.asyncio`)."""
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
    """Returns (third-party top-level names, the same with full module names, local modules). `local`: names of the
    stack's own modules.

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


_GONE = frozenset(
    {"BaseSettings", "PyObject", "ConstrainedBytes", "ConstrainedDate", "ConstrainedDecimal", "ConstrainedFloat"}
    | {"ConstrainedFrozenSet", "ConstrainedInt", "ConstrainedList", "ConstrainedSet", "ConstrainedStr", "JsonWrapper"}
    | {"NoneBytes", "NoneStr", "NoneStrBytes", "Protocol", "Required", "StrBytes", "compiled", "stricturl"}
    | {"create_model_from_namedtuple", "create_model_from_typeddict", "parse_file_as", "parse_raw_as", "validate_model"}
)
"""Names of pydantic 1 that raise `PydanticImportError` in pydantic 2 (its migration guide; a test asks pydantic)."""
_GONE_MODULES = ("pydantic.env_settings", "pydantic.error_wrappers.ErrorWrapper", "pydantic.datetime_parse")


def read_removed(found: Scan, names: Names, path: str) -> tuple[Fact[str], ...]:
    """Returns what the file takes from pydantic 1 and pydantic 2 no longer has, by import or as `pydantic.X`."""
    if not names.uses("pydantic"):
        return ()
    result: dict[str, Fact[str]] = {}
    for node, optional, typing in found.imports:
        if isinstance(node, ast.ImportFrom) and not (optional or typing or node.level):
            for alias in node.names:
                _gone(f"{node.module}.{alias.name}", Source(path, node.lineno), result)
    for holder, _, _ in found.classes:
        for base in holder.bases:
            if isinstance(base, ast.Attribute):
                _gone(names.full(base), Source(path, base.lineno), result)
    return tuple(result.values())


def _gone(full: str, source: Source, result: dict[str, Fact[str]]) -> None:
    module, _, name = full.rpartition(".")
    if (module == "pydantic" and name in _GONE) or full.startswith(_GONE_MODULES):
        result.setdefault(full, Fact(full, source))


def used_part(file: PythonFile, used: frozenset[str]) -> PythonFile:
    """Returns a shared module with only what can happen: at import, or in what is used. That holds for its reads of the
    environment and for the channels, streams and lists that its functions use."""
    pending = file.pending
    if pending is None:
        return file
    kept = tuple(v for v in pending.variables if not (v.scope or v.owner) or {v.scope, v.owner} & used)
    uses = tuple(u for u in pending.uses if u.kind not in _FLOWS or u.within in used or u.within[:1] in ("", "_"))
    return replace(file, pending=replace(pending, variables=kept, uses=uses))
