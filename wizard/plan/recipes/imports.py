"""Puts imports and statements where a person would: an import into its own group, the rest below all imports."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import Any

from wizard.plan.context import PlanContext
from wizard.plan.recipes.code import Module
from wizard.values.pattern import lazy_pattern

_FUTURE, _STANDARD, _INSTALLED, _OWN = range(4)
_IMPORT = lazy_pattern(r"\s*(import|from)\s+(\.*[\w.]*)")
_FIRST = lazy_pattern(r"#!|#.*coding[:=]")
"""Comments that have to stay at the top of a file."""


def with_statement_after(module: Module, index: int, code: str) -> Module:
    """Returns the module with one more top-level statement behind `body[index]`; -1 is before the first."""
    import libcst

    statement = libcst.parse_statement(code, module.config_for_parsing)
    body = list(module.body)
    return module.with_changes(body=[*body[: index + 1], statement, *body[index + 1 :]])


def with_imports(module: Module, lines: Iterable[str], own: frozenset[str] = frozenset(), beside: str = "") -> Module:
    """Returns the module with each import among those of its kind that the file begins with, in order. `own`: the names
    of the stack's own packages, which stand behind what is installed. `beside`: the package whose first import shows
    the place, where nothing can need the new one above it."""
    for line in lines:
        module = _with_import(module, line, own - {_name(line).partition(".")[0]}, beside)
    return module


def own_packages(ctx: PlanContext) -> frozenset[str]:
    """Returns the names under which the stack's own modules may be imported: their files and folders."""
    files = ctx.service.code if ctx.service else ()
    return frozenset(part.removesuffix(".py") for file in files for part in file.path.split("/"))


def _with_import(module: Module, line: str, own: frozenset[str], beside: str) -> Module:
    start, end = _run(module, beside)
    kinds = [_kind(_code(module, n), own) for n in range(start, end)]
    wanted, name = _kind(line, own), _name(line)
    group = [start + n for n, kind in enumerate(kinds) if kind == wanted]
    if group:
        keys = [_key(_code(module, n)) for n in group]
        later = _by_name if _plain_last(keys) else _by_form
        for n, key in zip(group, keys, strict=True):
            if later(key) > later((name, line.startswith("from"))) and not _said(module, n):
                return _before(module, n, line)
        return with_statement_after(module, group[-1], line)
    at = next((start + n for n, kind in enumerate(kinds) if kind > wanted), end)
    return _as_group(module, start, at, end, line)


def _as_group(module: Module, start: int, at: int, end: int, line: str) -> Module:
    """The import as a group of its own in front of `body[at]`, with a blank line on both sides."""
    import libcst

    blank = libcst.EmptyLine(indent=False)
    new = libcst.parse_statement(line, module.config_for_parsing)
    body = list(module.body)
    if at == 0 and body:
        module, body[0] = _apart(module, body[0])
    if at > 0:
        new = new.with_changes(leading_lines=[blank])
    if at < len(body):
        behind = list(body[at].leading_lines)
        if at == end or not behind or behind[0].comment is not None:
            behind = behind if behind and behind[0].comment is None else [blank, *behind]
        body[at] = body[at].with_changes(leading_lines=behind)
    return module.with_changes(body=[*body[:at], new, *body[at:]])


def _apart(module: Module, first: Any) -> tuple[Module, Any]:
    """The module without the comment that stands directly above its first statement, and the statement with it."""
    header = list(module.header)
    at = len(header)
    while at and header[at - 1].comment is not None and not _FIRST.match(header[at - 1].comment.value):
        at -= 1
    moved = [*header[at:], *first.leading_lines]
    return module.with_changes(header=header[:at]), first.with_changes(leading_lines=moved)


def _before(module: Module, index: int, line: str) -> Module:
    """The import in front of `body[index]`, with the blank lines that stand before that one."""
    import libcst

    body = list(module.body)
    if index == 0:
        module, body[0] = _apart(module, body[0])
    old = body[index]
    new = libcst.parse_statement(line, module.config_for_parsing)
    if not any(each.comment for each in old.leading_lines):
        new, old = new.with_changes(leading_lines=old.leading_lines), old.with_changes(leading_lines=())
    return module.with_changes(body=[*body[:index], new, old, *body[index + 1 :]])


def _run(module: Module, root: str) -> tuple[int, int]:
    """Where the imports start and end among which one of a package stands; else those that the file begins with, below
    its docstring: what needs the new one may stand right behind them."""
    first = 1 if module.body and is_docstring(module.body[0]) else 0
    runs = [(first, _end(module, first))]
    for index in range(runs[0][1], len(module.body)):
        if _is_import(module.body[index]) and not _is_import(module.body[index - 1]):
            runs.append((index, _end(module, index)))
    named = [run for run in runs if any(_root(module, n) == root for n in range(*run))]
    return (named or runs)[0]


def _end(module: Module, index: int) -> int:
    while index < len(module.body) and _is_import(module.body[index]):
        index += 1
    return index


def _root(module: Module, index: int) -> str:
    return _name(_code(module, index)).partition(".")[0]


def is_docstring(node: Any) -> bool:
    """Tells whether a statement is nothing but a text."""
    import libcst
    from libcst import matchers

    text = matchers.SimpleString() | matchers.ConcatenatedString()
    return isinstance(node, libcst.SimpleStatementLine) and matchers.matches(
        node, matchers.SimpleStatementLine(body=[matchers.Expr(text)])
    )


def below_imports(module: Module, stops: Callable[[Any], bool]) -> int:
    """Returns the index of the last import of the module's own level, one under `try` or `if` too, that stands above
    the first definition and above what stops; else of the docstring; -1 without both."""
    import libcst

    found = 0 if module.body and is_docstring(module.body[0]) else -1
    for number, node in enumerate(module.body):
        if isinstance(node, libcst.FunctionDef | libcst.ClassDef) or stops(node):
            break
        if _is_import(node) or _guards_import(module, node):
            found = number
    return found


def _is_import(node: Any) -> bool:
    import libcst

    return isinstance(node, libcst.SimpleStatementLine) and any(
        isinstance(part, libcst.Import | libcst.ImportFrom) for part in node.body
    )


def _guards_import(module: Module, node: Any) -> bool:
    import libcst

    if isinstance(node, libcst.If) and "__name__" in module.code_for_node(node.test):
        return False
    return isinstance(node, libcst.If | libcst.Try) and any(_is_import(part) for part in node.body.body)


def _code(module: Module, index: int) -> str:
    return str(module.code_for_node(module.body[index].with_changes(leading_lines=())))


def _name(code: str) -> str:
    found = _IMPORT.match(code)
    return found[2] if found else ""


def _kind(code: str, own: frozenset[str]) -> int:
    name = _name(code)
    root = name.partition(".")[0]
    if not root or root in own:
        return _OWN
    if root == "__future__":
        return _FUTURE
    return _STANDARD if root in sys.stdlib_module_names else _INSTALLED


def _key(code: str) -> tuple[str, bool]:
    return _name(code), code.lstrip().startswith("from")


def _by_form(key: tuple[str, bool]) -> tuple[bool, str]:
    return key[1], key[0].lower()


def _by_name(key: tuple[str, bool]) -> tuple[str, bool]:
    return key[0].lower(), key[1]


def _plain_last(keys: Sequence[tuple[str, bool]]) -> bool:
    """Tells whether `import x` stands below `from x import y` in a group, so that only names can order it."""
    return any(above[1] and not below[1] for above, below in pairwise(keys))


def _said(module: Module, index: int) -> bool:
    """Tells whether a comment stands above an import: it may be the heading of those below it."""
    return any(line.comment for line in module.body[index].leading_lines)


def is_bound(tree: ast.Module, module: str, line: int | None = None) -> bool:
    """Tells whether `import module` stands at the module's own level, above a line if one is given."""
    return any(
        isinstance(node, ast.Import)
        and any(
            (a.asname or a.name.partition(".")[0]) == module and a.name.partition(".")[0] == module for a in node.names
        )
        and (line is None or node.lineno < line)
        for node in tree.body
    )


def is_free(tree: ast.Module, name: str) -> bool:
    """Tells whether a name of a module means that module or nothing wherever the file uses it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id == name and not isinstance(node.ctx, ast.Load):
            return False
        if isinstance(node, ast.arg) and node.arg == name:
            return False
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and node.name == name:
            return False
        if isinstance(node, ast.Import | ast.ImportFrom) and not _means(node, name):
            return False
        if isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name == name:
            return False
    return True


def _means(node: ast.Import | ast.ImportFrom, name: str) -> bool:
    bound = [alias for alias in node.names if (alias.asname or alias.name.partition(".")[0]) == name]
    return all(
        isinstance(node, ast.Import) and alias.name.partition(".")[0] == name and _whole(alias) for alias in bound
    )


def _whole(alias: ast.alias) -> bool:
    return alias.asname is None or alias.asname == alias.name
