"""Words that the code compares an event's fields with: what a test must send to get past its conditions."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from functools import lru_cache

from wizard.syntax.python import parse_python


def compared_words(texts: Iterable[str]) -> dict[str, str]:
    """Returns field name -> the first text it is compared with (`event.status != "filled"` says `status`: `filled`)."""
    found: dict[str, str] = {}
    for text in texts:
        for field, word in _comparisons(text):
            found.setdefault(field, word)
    return found


@lru_cache(maxsize=64)
def _comparisons(text: str) -> tuple[tuple[str, str], ...]:
    tree = parse_python(text)
    return tuple(_compared(tree)) if tree is not None else ()


def _compared(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare) and len(node.comparators) == 1:
            field, word = _field(node.left), _word(node.comparators[0])
            if field and word:
                yield field, word


def _field(node: ast.expr) -> str:
    """The field that `event.x`, `event["x"]` or `event.get("x")` reads."""
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Subscript):
        return _text(node.slice)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get" and node.args:
        return _text(node.args[0])
    return ""


def _word(node: ast.expr) -> str:
    """A text, or the first of several."""
    if isinstance(node, ast.Tuple | ast.List | ast.Set):
        return _text(node.elts[0]) if node.elts else ""
    return _text(node)


def _text(node: ast.expr) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
