"""Reads what tries again when a connection breaks: the raw material for "does it survive a restart of Redis?".

The `try`, the loop around it and the call that reads may stand in three functions of three files; `reconnecting`
puts them together over all files of a service.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from wizard.stack.python.bindings import NEVER_HELPERS
from wizard.stack.python.messages.redis import CONNECT, SUBSCRIBE
from wizard.stack.python.names import Names
from wizard.stack.python.scan import Scan, Scope
from wizard.stack.python.tree import last_name, walk
from wizard.values.facts.code import PythonFile, RedisUse
from wizard.values.facts.pending import PendingAttempt
from wizard.values.source import Source

_READS = frozenset(
    {"listen", "get_message", "xread", "xreadgroup", "blpop", "brpop", "brpoplpush", "blmove", "bzpopmin", "bzpopmax"}
    | {"parse_response", "run_in_thread", *SUBSCRIBE}
)
_OPENS = frozenset({"ping", "connect", "initialize", *CONNECT})
_ERRORS = ("ConnectionError", "RedisError", "TimeoutError", "OSError", "ConnectionRefusedError", "RedisConnectionError")
_BROAD = ("Exception", "BaseException", "")
_RETRYING = frozenset({"tenacity", "backoff", "retrying", "stamina"})
"""Packages whose decorators and loops call a function again."""
_AGAIN = ("Retrying", "AsyncRetrying", "retry_context")


def read_attempts(found: Scan, names: Names, path: str) -> tuple[PendingAttempt, ...]:
    """Returns everything in a file that goes on, or tries again, after an error."""
    return (*_tries(found, path), *_by_library(found, names, path), *_handed(found, path))


def _tries(found: Scan, path: str) -> Iterator[PendingAttempt]:
    for node, scope, looped in found.attempts:
        if not isinstance(node, ast.Try | ast.TryStar):
            caught = [arg for item in node.items for arg in getattr(item.context_expr, "args", ())]
            again = looped and any(map(_is_error, caught))
        else:
            again = (looped and _survives(node)) or _calls_itself(node, scope)
            if not again and (looped or not _survives(node)):
                continue
        called = _called(node.body)
        source = Source(path, node.lineno)
        function = scope.function
        yield PendingAttempt(
            called, source, again, function.name if function is not None else "", _outer(called, scope)
        )


def _survives(attempt: ast.Try | ast.TryStar) -> bool:
    return any(_names_error(handler) and not _gives_up(handler) for handler in attempt.handlers)


def _names_error(handler: ast.ExceptHandler) -> bool:
    return any(map(_is_error, handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]))


def _is_error(kind: ast.expr | None) -> bool:
    return last_name(kind).endswith(_ERRORS) or last_name(kind) in _BROAD


def _gives_up(handler: ast.ExceptHandler) -> bool:
    last = handler.body[-1]
    if isinstance(last, ast.Raise | ast.Return | ast.Break):
        return True
    return (
        isinstance(last, ast.Expr)
        and isinstance(last.value, ast.Call)
        and last_name(last.value.func) in ("exit", "_exit")
    )


def _calls_itself(attempt: ast.Try | ast.TryStar, scope: Scope) -> bool:
    """True for `except ConnectionError: time.sleep(1); return self.listen()` inside `listen`."""
    function = scope.function
    if function is None or not function.name:
        return False
    return any(_names_error(handler) and function.name in _called(handler.body) for handler in attempt.handlers)


def _called(body: Iterable[ast.AST]) -> frozenset[str]:
    return frozenset(last_name(node.func) for item in body for node in walk(item) if isinstance(node, ast.Call))


def _outer(called: frozenset[str], scope: Scope) -> str:
    """Returns the function around that is given what the `try` calls: `def forever(work): … work()`."""
    place: Scope | None = scope.function
    while place is not None:
        if not called.isdisjoint(place.params):
            return place.name
        place = place.parent.function if place.parent is not None else None
    return ""


def _by_library(found: Scan, names: Names, path: str) -> Iterator[PendingAttempt]:
    for call, _ in found.called("Retry"):
        if "redis" in names.full(call.func) or "valkey" in names.full(call.func):
            yield PendingAttempt(frozenset({"listen"}), Source(path, call.lineno), again=True)
    for call, _ in found.called("RedisCluster", "ValkeyCluster"):
        yield PendingAttempt(frozenset({"listen"}), Source(path, call.lineno), again=True)
    if not names.uses(*_RETRYING):
        return
    for node, _ in found.functions:
        for item in node.decorator_list:
            if names.full(item.func if isinstance(item, ast.Call) else item).partition(".")[0] in _RETRYING:
                yield PendingAttempt(_called(node.body), Source(path, item.lineno), again=True)
    for call, scope in found.called(*_AGAIN):
        function = scope.function
        body = getattr(function.node, "body", ()) if function is not None else ()
        yield PendingAttempt(_called(body), Source(path, call.lineno), again=True)


def _handed(found: Scan, path: str) -> Iterator[PendingAttempt]:
    """Yields functions given to others, as `@forever` or `forever(listen)`: those may call them again and again."""
    defined = {node.name for node, _ in found.functions}
    for node, _ in found.functions:
        for item in node.decorator_list:
            name = last_name(item.func if isinstance(item, ast.Call) else item)
            yield PendingAttempt(frozenset({node.name}), Source(path, item.lineno), given_to=name)
    for call, _, name in found.calls:
        given = defined.intersection(map(last_name, call.args))
        if given:
            yield PendingAttempt(frozenset(given), Source(path, call.lineno), given_to=name)


def reconnecting(files: tuple[PythonFile, ...]) -> Iterator[RedisUse]:
    """Yields the evidence that a service goes on after an error: `retry` when reading from Redis is inside,
    `connect_retry` when only the first connection is tried again."""
    pending = [file.pending for file in files if file.pending is not None]
    graph: dict[str, set[str]] = {}
    for facts in pending:
        for name, called in facts.calls_of:
            graph.setdefault(name, set()).update(called)
    looped = _reached({name for facts in pending for name in facts.looped}, graph)
    attempts = [attempt for facts in pending for attempt in facts.attempts]
    again = [a for a in attempts if a.again or (a.function in looped and not a.given_to)]
    helpers = {attempt.outer for attempt in again} - {""}
    for attempt in (*again, *(a for a in attempts if a.given_to in helpers)):
        reached = _reached(set(attempt.called), graph)
        if not reached.isdisjoint(_READS):
            yield RedisUse("retry", "loop", attempt.source)
        elif not reached.isdisjoint(_OPENS):
            yield RedisUse("connect_retry", "loop", attempt.source)


def _reached(names: set[str], graph: dict[str, set[str]]) -> set[str]:
    """Returns the names and all that their functions call; the usual methods of dicts and texts lead nowhere."""
    reached = set(names)
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        for called in graph.get(name, ()) if name not in NEVER_HELPERS else ():
            if called not in reached:
                reached.add(called)
                waiting.append(called)
    return reached
