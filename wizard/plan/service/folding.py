"""Lines of generated Python folded at 100 columns, as a formatter would."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence

WIDTH = 100


def wrap(text: str, indent: int = 0, width: int = WIDTH, first: int = 0) -> str:
    """Folds prose at `width` columns; lines after the first are indented, the first has `first` columns before it."""
    lines = textwrap.wrap(text, width - indent, initial_indent=" " * max(first - indent, 0), break_on_hyphens=False)
    lines = [line.lstrip() if i == 0 else line for i, line in enumerate(lines)]
    return ("\n" + " " * indent).join(lines)


def fold(head: str, items: Sequence[str], tail: str, indent: int = 0) -> str:
    """Returns `head` + items + `tail` on one line if it fits, else the items on one line, else one a line (as
    formatters do).

    `indent` is that of the statement; the first line is returned without it.
    """
    one = f"{head}{', '.join(items)}{tail}"
    if indent + len(one) <= WIDTH or not items:
        return one
    inner, outer = " " * (indent + 4), " " * indent
    middle = ", ".join(items)
    alone = head.startswith("from ") or (head.startswith("def ") and len(items) == 1)
    if len(inner) + len(middle) <= WIDTH and not alone:
        return f"{head}\n{inner}{middle}\n{outer}{tail}"
    return head + "\n" + "".join(f"{inner}{_argument(item, inner)},\n" for item in items) + outer + tail


def names(head: str, items: Sequence[str]) -> str:
    """Returns `from x import a, b`, in brackets when it is too long."""
    one = f"{head} {', '.join(items)}"
    return one if len(one) <= WIDTH else fold(f"{head} (", items, ")")


def tuple_of(head: str, items: Sequence[str], indent: int = 0) -> str:
    """Returns a statement that ends in a tuple."""
    one = f"{head} ({items[0]},)" if len(items) == 1 else f"{head} ({', '.join(items)})"
    if indent + len(one) <= WIDTH:
        return one
    space = " " * indent
    return head + " (\n" + "".join(f"{space}    {item},\n" for item in items) + space + ")"


def entry(key: str, value: str, indent: int) -> str:
    """Returns a line of a dictionary, in brackets when it is too long."""
    one = f"{key}: {value},"
    if indent + len(one) <= WIDTH:
        return one
    space = " " * indent
    call = re.fullmatch(r"(\w+\()(.+)(\))", value)
    if call:
        return f"{key}: {call[1]}\n{space}    {call[2]}\n{space}),"
    return f"{key}: (\n{space}    {value}\n{space}),"


def union(head: str, items: Sequence[str]) -> str:
    """Returns an assignment of a union of types."""
    one = f"{head} {' | '.join(items)}"
    if len(one) <= WIDTH:
        return one
    inner = " | ".join(items)
    return f"{head} (\n    " + (inner if len(inner) + 4 <= WIDTH else "\n    | ".join(items)) + "\n)"


def _argument(item: str, indent: str) -> str:
    """A keyword argument whose value is a call, broken inside that call when it is too long."""
    call = re.fullmatch(r"(\w+=\w+\()(.+)\)", item)
    if call is None or len(indent) + len(item) < WIDTH:
        return item
    return f"{call[1]}\n{indent}    {call[2]}\n{indent})"
