"""Parses other people's Python where all that matters is whether it can be read."""

from __future__ import annotations

import ast
import warnings

from wizard.rules.pythons import tree_of


def parse_python(text: str) -> ast.Module | None:
    """Parses a module; None when this Python cannot: wrong or newer syntax, a NUL, nested too deep."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about escapes and the like in code that is not ours
            return tree_of(text.removeprefix("\ufeff"))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
