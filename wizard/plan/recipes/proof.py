"""Proves that a recipe changed what it planned and nothing else: syntax trees and comments before and after."""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from wizard.plan.splice.text import SpliceRefused
from wizard.rules.pythons import expression_of, tree_of
from wizard.syntax.python import parse_python

Pair = tuple[str, str]
"""A node before and after, as normalised source; '' where there is none."""


def prove(before: str, after: str, planned: Sequence[Pair]) -> None:
    """Raises `SpliceRefused` unless the trees differ in the planned nodes only and every comment is where it was."""
    old, new = parse_python(before), parse_python(after)
    if old is None or new is None:
        raise SpliceRefused("the file would not parse afterwards")
    if sorted(differences(old, new)) != sorted(planned):
        raise SpliceRefused("the change would touch more than it is meant to")
    if _comments(before) != _comments(after):
        raise SpliceRefused("the change would move or lose a comment")


def differences(old: ast.AST, new: ast.AST) -> Iterator[Pair]:
    """Yields the smallest nodes that differ, in order."""
    if type(old) is not type(new):
        yield _code(old), _code(new)
        return
    for name in old._fields:
        left, right = getattr(old, name, None), getattr(new, name, None)
        if isinstance(left, list) and isinstance(right, list) and all(isinstance(x, ast.AST) for x in left + right):
            yield from _in_lists(left, right)
        elif isinstance(left, ast.AST) and isinstance(right, ast.AST):
            yield from differences(left, right)
        elif left != right:
            yield _code(old), _code(new)
            return


def _in_lists(left: list[ast.AST], right: list[ast.AST]) -> Iterator[Pair]:
    """Pairs nodes that are the same, and of those between them each with the next of its kind."""
    matcher = SequenceMatcher(None, [ast.dump(x) for x in left], [ast.dump(x) for x in right], autojunk=False)
    for kind, a, b, c, d in matcher.get_opcodes():
        if kind == "equal":
            continue
        new = right[c:d]
        for node in left[a:b]:
            at = next((n for n, other in enumerate(new) if _kind(other) == _kind(node)), -1)
            if not new or (at < 0 and b - a != d - c):
                yield _code(node), ""
                continue
            yield from (("", _code(other)) for other in new[: max(at, 0)])
            yield from differences(node, new[max(at, 0)])
            new = new[max(at, 0) + 1 :]
        yield from (("", _code(other)) for other in new)


def _kind(node: ast.AST) -> tuple[type, str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return type(node), node.name
    return type(node), getattr(node, "module", None) or ""


def _code(node: ast.AST) -> str:
    return ast.unparse(node)


def statement(code: str) -> str:
    """Returns a statement as `ast.unparse` writes it, for a planned pair."""
    return ast.unparse(tree_of(code))


def argument(name: str, value: str) -> str:
    """Returns a keyword argument as `ast.unparse` writes it, for a planned pair."""
    return ast.unparse(ast.keyword(name, expression_of(value)))


def _comments(text: str) -> list[str]:
    lines = io.StringIO(text.removeprefix("\ufeff"), newline="")
    try:
        return [t.string.rstrip() for t in tokenize.generate_tokens(lines.readline) if t.type == tokenize.COMMENT]
    except (tokenize.TokenError, SyntaxError) as error:
        raise SpliceRefused("its comments cannot be read") from error
