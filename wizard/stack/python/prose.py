"""Tells what a Python file says to people (comments, docstrings) from what it gives to the program."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Protocol

from wizard.stack.python.scan import Scan


class Finder(Protocol):
    """A regular expression."""

    def finditer(self, string: str) -> Iterator[re.Match[str]]:
        """Yields every match."""


def in_code(pattern: Finder, text: str, found: Scan) -> Iterator[tuple[re.Match[str], int]]:
    """Yields the matches that stand in the program, each with its line; comments and docstrings are left out."""
    prose: list[tuple[int, int]] | None = None
    line, counted = 1, 0
    for match in pattern.finditer(text):
        line, counted = line + text.count("\n", counted, match.start()), match.start()
        prose = list(_docstrings(found)) if prose is None else prose
        start = text.rfind("\n", 0, match.start()) + 1
        if not _is_comment(text[start : match.start()]) and not any(first <= line <= last for first, last in prose):
            yield match, line


def _is_comment(before: str) -> bool:
    mark = before.find("#")
    return mark >= 0 and not set(before[:mark]) & {'"', "'"}


def _docstrings(found: Scan) -> Iterator[tuple[int, int]]:
    holders = (found.module.node, *(node for node, _ in found.functions), *(node for node, _, _ in found.classes))
    for holder in holders:
        first = next(iter(getattr(holder, "body", ())), None)
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
            yield first.lineno, first.end_lineno or first.lineno
