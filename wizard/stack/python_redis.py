"""How a Python file uses Redis: channels, streams, client names, connections and evidence that it reconnects."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from wizard.stack.python_names import Names
from wizard.stack.python_scan import Scan, Scope
from wizard.stack.python_tree import argument, dotted, keyword, last_name
from wizard.stack.python_values import EMPTY, Values, literal, merge
from wizard.values.pattern import lazy_pattern
from wizard.values.pending_facts import PendingUse, Text
from wizard.values.source import Source

CLIENTS = (
    "redis",
    "aioredis",
    "valkey",
    "coredis",
    "redis_om",
    "walrus",
    "flask_redis",
    "quart_redis",
    "fakeredis",
    "aredis",
)
_BROKERS = frozenset(
    {"kafka", "confluent_kafka", "aiokafka", "faust", "paho", "aiomqtt", "asyncio_mqtt", "gmqtt", "nats", "pika"}
    | {"aio_pika", "aiormq", "kombu", "stomp", "zmq", "socketio", "boto3", "google", "pulsar", "azure"}
)
"""Modules of other brokers, whose objects have `subscribe` and `publish`, too."""
_OTHER_BROKERS = lazy_pattern(r"mqtt|nats|kafka|rabbit|amqp|zmq|socketio|\bsns\b|producer|event_bus_local|mercure")
_SUBSCRIBE = frozenset({"subscribe", "psubscribe", "ssubscribe"})
_CONNECT = frozenset(
    {
        "Redis",
        "StrictRedis",
        "from_url",
        "RedisCluster",
        "Valkey",
        "ConnectionPool",
        "BlockingConnectionPool",
        "Sentinel",
        "create_redis_pool",
        "create_redis",
        "FlaskRedis",
    }
)
_READS = frozenset({"listen", "get_message", "xread", "xreadgroup", "blpop", "brpop", "parse_response", *_SUBSCRIBE})
_OPENS = frozenset({"ping", "connect", "initialize", *_CONNECT})
_ERRORS = ("ConnectionError", "RedisError", "TimeoutError", "OSError", "ConnectionRefusedError", "RedisConnectionError")
_BROAD = ("Exception", "BaseException", "")


def imports_redis(names: Names) -> bool:
    """True when the file imports a Redis client or a module named after Redis."""
    return names.uses(*CLIENTS) or any(
        "redis" in module.lower() or "valkey" in module for _, module, _ in names.triples
    )


def read_redis(found: Scan, values: Values, path: str, graph: dict[str, set[str]]) -> tuple[PendingUse, ...]:
    """Every use of Redis in source order. Whether the service uses Redis at all is the resolver's question."""
    others = _other_brokers(found, values.names)
    uses = [
        use
        for call, scope in found.called(*_METHODS, *sorted(_CONNECT))
        if others is not None and not (isinstance(call.func, ast.Attribute) and dotted(call.func.value) in others)
        for use in _call(call, scope, values, path)
    ]
    for call, scope, _ in found.calls:
        if (given := keyword(call, "client_name")) is not None:
            uses.append(PendingUse("client_name", values.text(given, scope), Source(path, call.lineno)))
    if imports_redis(values.names):
        uses += _retries(found, values.names, path, graph)
    return tuple(sorted(uses, key=lambda use: use.source.line))


def _other_brokers(found: Scan, names: Names) -> set[str] | None:
    """The names that stand for objects of another broker; None for a file that knows no other kind."""
    if not names.uses(*_BROKERS):
        return set()
    if not imports_redis(names):
        return None
    return {
        dotted(target)
        for target, value, _, _ in found.assigns
        if isinstance(value, ast.Call) and names.full(value.func).partition(".")[0] in _BROKERS
    }


def _call(call: ast.Call, scope: Scope, values: Values, path: str) -> Iterator[PendingUse]:
    name = last_name(call.func)
    source = Source(path, call.lineno)
    if not isinstance(call.func, ast.Attribute):
        if name in _CONNECT and _is_client(values.names.full(call.func)):
            yield PendingUse("connect", _host(call, scope, values), source)
        return
    if name in _CONNECT and _is_client(values.names.full(call.func)):
        yield PendingUse("connect", _host(call, scope, values), source)
    reader = _METHODS.get(name)
    if reader is None or _OTHER_BROKERS.search(dotted(call.func.value).lower()):
        return
    kind, text = reader(call, scope, values)
    if kind:
        yield PendingUse(kind, text, source)


def _is_client(full: str) -> bool:
    return full.partition(".")[0] in CLIENTS or "redis" in full.lower()


def _host(call: ast.Call, scope: Scope, values: Values) -> Text:
    return values.text(argument(call, 0, "host", "url"), scope)


def _subscribe(call: ast.Call, scope: Scope, values: Values) -> tuple[str, Text]:
    parts = [values.text(item, scope) for item in call.args]
    parts += [values.text(k.value, scope) if k.arg is None else literal(k.arg) for k in call.keywords if _is_channel(k)]
    return ("subscribe", merge(parts)) if parts else ("", EMPTY)


def _is_channel(given: ast.keyword) -> bool:
    return given.arg is None or isinstance(given.value, ast.Name | ast.Attribute | ast.Lambda)


def _publish(call: ast.Call, scope: Scope, values: Values) -> tuple[str, Text]:
    node = argument(call, 0, "channel", "topic")
    return ("publish", values.text(node, scope)) if node is not None else ("", EMPTY)


def _xadd(call: ast.Call, scope: Scope, values: Values) -> tuple[str, Text]:
    return "xadd", values.text(argument(call, 0, "name", "stream"), scope)


def _xread(call: ast.Call, scope: Scope, values: Values) -> tuple[str, Text]:
    position = 2 if last_name(call.func) == "xreadgroup" else 0
    return "xread", values.text(argument(call, position, "streams"), scope)


def _setname(call: ast.Call, scope: Scope, values: Values) -> tuple[str, Text]:
    return "client_name", values.text(argument(call, 0, "name"), scope)


def _command(call: ast.Call, scope: Scope, values: Values) -> tuple[str, Text]:
    words = [str(item.value).upper() for item in call.args if isinstance(item, ast.Constant)]
    if " ".join(words).startswith("CLIENT SETNAME") and call.args:
        return "client_name", values.text(call.args[-1], scope)
    return "", EMPTY


_METHODS = {
    **dict.fromkeys(_SUBSCRIBE, _subscribe),
    "publish": _publish,
    "spublish": _publish,
    "xadd": _xadd,
    "xread": _xread,
    "xreadgroup": _xread,
    "client_setname": _setname,
    "execute_command": _command,
}


def _retries(found: Scan, names: Names, path: str, graph: dict[str, set[str]]) -> Iterator[PendingUse]:
    for call, _ in found.called("Retry"):
        if "redis" in names.full(call.func):
            yield PendingUse("retry", literal("Retry"), Source(path, call.lineno))
    for node, _ in found.functions:
        for item in node.decorator_list:
            top = names.full(item.func if isinstance(item, ast.Call) else item).partition(".")[0]
            if top in ("tenacity", "backoff", "retrying", "stamina") and _touches(node.body, graph):
                yield _evidence(node.body, graph, Source(path, item.lineno))
    for attempt in found.attempts:
        if _survives(attempt) and _touches(attempt.body, graph):
            yield _evidence(attempt.body, graph, Source(path, attempt.lineno))


def _survives(attempt: ast.Try) -> bool:
    return any(_names_error(handler) and not _gives_up(handler) for handler in attempt.handlers)


def _names_error(handler: ast.ExceptHandler) -> bool:
    caught = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(last_name(kind).endswith(_ERRORS) or last_name(kind) in _BROAD for kind in caught)


def _gives_up(handler: ast.ExceptHandler) -> bool:
    last = handler.body[-1]
    if isinstance(last, ast.Raise | ast.Return | ast.Break):
        return True
    return (
        isinstance(last, ast.Expr)
        and isinstance(last.value, ast.Call)
        and last_name(last.value.func) in ("exit", "_exit")
    )


def _called(body: list[ast.stmt]) -> set[str]:
    return {last_name(node.func) for item in body for node in ast.walk(item) if isinstance(node, ast.Call)}


def _reached(body: list[ast.stmt], graph: dict[str, set[str]]) -> set[str]:
    reached = _called(body)
    waiting = list(reached)
    while waiting:
        for name in graph.get(waiting.pop(), ()):
            if name not in reached:
                reached.add(name)
                waiting.append(name)
    return reached


def _touches(body: list[ast.stmt], graph: dict[str, set[str]]) -> bool:
    return not _reached(body, graph).isdisjoint(_READS | _OPENS)


def _evidence(body: list[ast.stmt], graph: dict[str, set[str]], source: Source) -> PendingUse:
    """`retry` when reading is inside, `connect_retry` when only the first connection is tried again."""
    kind = "connect_retry" if _reached(body, graph).isdisjoint(_READS) else "retry"
    return PendingUse(kind, literal("loop"), source)
