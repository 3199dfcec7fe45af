"""Reads which fields a function takes out of a message that was unpacked to a dict: `json.loads(raw)["price"]`."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from wizard.stack.python.messages.payloads import is_unpacked
from wizard.stack.python.scan import Scan, Scope
from wizard.stack.python.tree import last_name
from wizard.values.facts.pending import HandedMessage, TakenField
from wizard.values.lean import dataclass
from wizard.values.source import Source

UNPACKED = -1
"""Stands for the parameter's position where a function unpacks the message itself."""
Place = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Fields:
    """What one file takes out of messages, hands on, and where it unpacks them."""

    taken: tuple[TakenField, ...] = ()
    handed: tuple[HandedMessage, ...] = ()
    unpacking: frozenset[str] = frozenset()


def read_fields(found: Scan, path: str) -> Fields:
    """Returns the fields that functions take out of unpacked messages and of what they are handed."""
    unpacks = [scope for name in ("loads", "unpackb") for _, scope in found.called(name)]
    known = {node.name for node, _ in found.functions}
    places = {scope.function.name if scope.function is not None else "" for scope in unpacks}
    entries = _entries(found, places)
    places |= {within for within, _ in entries}
    taken = tuple(_taken(found, path, entries))
    return Fields(taken, tuple(_handed(found, known, entries)) if places or taken else (), frozenset(places))


def _entries(found: Scan, unpacking: set[str]) -> frozenset[tuple[str, str]]:
    """Returns (function, name) of what holds the fields of a stream's entry: `for entry, fields in entries` where the
    function reads a stream. One that unpacks JSON as well has its event in a field, not in the entry."""
    result: set[tuple[str, str]] = set()
    for _, scope in found.called("xread", "xreadgroup", "xrange", "xautoclaim"):
        function = scope.function
        if function is None or function.name in unpacking or function.node is None:
            continue
        for node in ast.walk(function.node):
            target = node.target if isinstance(node, ast.For | ast.AsyncFor | ast.comprehension) else None
            last = target.elts[-1] if isinstance(target, ast.Tuple) and target.elts else None
            if isinstance(last, ast.Name):
                result.add((function.name, last.id))
    return frozenset(result)


def _taken(found: Scan, path: str, entries: frozenset[tuple[str, str]]) -> Iterator[TakenField]:
    checked = {
        (compare.left.value, last_name(compare.comparators[0]))
        for compare, _ in found.compares
        if isinstance(compare.left, ast.Constant) and isinstance(compare.ops[0], ast.In | ast.NotIn)
    }
    for node, scope in found.subscripts:
        key = node.slice.value if type(node.slice) is ast.Constant else None
        if type(key) is not str or type(node.ctx) is not ast.Load:
            continue
        place = _message(node.value, scope, entries)
        if place is not None:
            yield TakenField(*place, key, (key, last_name(node.value)) not in checked, Source(path, node.lineno))
    for call, scope in found.called("get", "pop"):
        first = call.args[0] if call.args else None
        if not isinstance(call.func, ast.Attribute) or not isinstance(first, ast.Constant):
            continue
        place = _message(call.func.value, scope, entries) if isinstance(first.value, str) else None
        if place is not None:
            needed = call.func.attr == "pop" and len(call.args) == 1
            yield TakenField(*place, str(first.value), needed, Source(path, call.lineno))


def _message(node: ast.expr, scope: Scope, entries: frozenset[tuple[str, str]]) -> Place | None:
    """Returns the function and the parameter (or `UNPACKED`) that an expression is the message of; None for others."""
    function = scope.function
    within = function.name if function is not None else ""
    if not isinstance(node, ast.Name):
        unpacked = isinstance(node, ast.Call) and is_unpacked(node, scope)
        return (within, UNPACKED) if unpacked else None
    if (within, node.id) in entries:
        return within, UNPACKED
    values = scope.names.get(node.id) or (function.names.get(node.id) if function is not None else None)
    if values:
        return (within, UNPACKED) if all(is_unpacked(value, scope) for value in values) else None
    if function is None or node.id not in function.params or node.id in ("self", "cls"):
        return None
    return within, [one for one in function.params if one not in ("self", "cls")].index(node.id)


def _handed(found: Scan, known: set[str], entries: frozenset[tuple[str, str]]) -> Iterator[HandedMessage]:
    """Yields calls of the file's own functions, and of any with an unpacked message, that are handed one."""
    for call, scope, name in found.calls:
        for position, given in enumerate(call.args):
            place = _message(given, scope, entries)
            if place is not None and name and (place[1] == UNPACKED or name in known):
                yield HandedMessage(*place, name, position)
