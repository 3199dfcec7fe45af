"""Reads how a Python file uses Redis: channels, streams, lists, connections and their names."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from wizard.rules.packages import MAY_CARRY_EVENTS, REDIS_CLIENTS
from wizard.stack.python.messages.payloads import payload
from wizard.stack.python.names import Names
from wizard.stack.python.scan import Scan, Scope
from wizard.stack.python.tree import argument, dotted, keyword, last_name
from wizard.stack.python.values import Values, literal, merge
from wizard.values.facts.pending import PendingUse, Text
from wizard.values.pattern import lazy_pattern
from wizard.values.source import Source

_OTHER_BROKERS = lazy_pattern(r"mqtt|nats|kafka|rabbit|amqp|zmq|socketio|\bsns\b|producer|event_bus_local|mercure")
SUBSCRIBE = frozenset({"subscribe", "psubscribe", "ssubscribe"})
CONNECT = frozenset(
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

_MAKES = CONNECT | {"pubsub"}
_IS_CLIENT = lazy_pattern(r"redis|valkey|pubsub|pub_sub|(?:^|[._])(?:r|rds|ps|p|client|conn|connection|kv|stream)$")
"""Names that are hardly anything else than a client or its pub/sub object in code that uses Redis."""
_IS_OTHER = lazy_pattern(
    r"(?:^|[._])(?:manager|hub|rooms?|sockets?|websockets?|ws|dispatcher|mediator|emitter|observables?|notifier|schema)$"
)
"""Names of what has `subscribe` and `publish`, too: people on web sockets, callbacks, queries."""


def is_no_client(called: str) -> bool:
    """Tells that the name of what a method is called on speaks of something else than a client, so that nobody knows
    what the call means. `called`: as in `PendingUse`."""
    return _IS_OTHER.search(called.rpartition(".")[0].lower()) is not None


def imports_redis(names: Names) -> bool:
    """Returns True when the file imports a Redis client or a module named after Redis."""
    return names.uses(*REDIS_CLIENTS) or any(
        "redis" in module.lower() or "valkey" in module for _, module, _ in names.triples
    )


def read_redis(found: Scan, values: Values, path: str) -> tuple[PendingUse, ...]:
    """Returns every use of Redis in source order. Whether the service uses Redis at all is the resolver's question."""
    others = _other_brokers(found, values.names)
    clients = _clients(found)
    uses = [
        use
        for call, scope in found.called(*_METHODS, *sorted(CONNECT))
        if others is not None and not (isinstance(call.func, ast.Attribute) and dotted(call.func.value) in others)
        for use in _call(call, scope, values, path, clients)
    ]
    for call, scope, _ in found.calls:
        if (given := keyword(call, "client_name")) is not None:
            uses.append(PendingUse("client_name", values.text(given, scope), Source(path, call.lineno)))
    return tuple(sorted(uses, key=lambda use: use.source.line))


def _other_brokers(found: Scan, names: Names) -> set[str] | None:
    """The names that stand for objects of another broker; None for a file that knows no other kind."""
    if not names.uses(*MAY_CARRY_EVENTS):
        return set()
    if not imports_redis(names):
        return None
    return {
        dotted(target)
        for target, value, _, _ in found.assigns
        if isinstance(value, ast.Call) and names.full(value.func).partition(".")[0] in MAY_CARRY_EVENTS
    }


def _clients(found: Scan) -> set[str]:
    """Returns the names that this file binds to a client or its pub/sub object."""
    made = ((target, value.value if isinstance(value, ast.Await) else value) for target, value, _, _ in found.assigns)
    return {dotted(target) for target, value in made if isinstance(value, ast.Call) and last_name(value.func) in _MAKES}


def _call(call: ast.Call, scope: Scope, values: Values, path: str, clients: set[str]) -> Iterator[PendingUse]:
    name = last_name(call.func)
    source = Source(path, call.lineno)
    if not isinstance(call.func, ast.Attribute):
        if name in CONNECT and _is_client(values.names.full(call.func)):
            yield PendingUse("connect", _host(call, scope, values), source)
        return
    if name in CONNECT and _is_client(values.names.full(call.func)):
        yield PendingUse("connect", _host(call, scope, values), source)
    reader = _METHODS.get(name)
    if reader is None or _OTHER_BROKERS.search(dotted(call.func.value).lower()):
        return
    within = scope.function.name if scope.function is not None else ""
    receiver = dotted(call.func.value)
    called = "" if receiver in clients or _IS_CLIENT.search(receiver.lower()) else f"{receiver}.{name}"
    for kind, text in reader(call, scope, values):
        yield PendingUse(kind, text, source, within, *payload(call, scope, kind), called)


def _is_client(full: str) -> bool:
    return full.partition(".")[0] in REDIS_CLIENTS or "redis" in full.lower()


def _host(call: ast.Call, scope: Scope, values: Values) -> Text:
    return values.text(argument(call, 0, "host", "url"), scope)


Uses = Iterator[tuple[str, Text]]
"""(kind of use, what it is used on) of one call."""


def _subscribe(call: ast.Call, scope: Scope, values: Values) -> Uses:
    parts = [values.text(item, scope) for item in call.args]
    parts += [values.text(k.value, scope) if k.arg is None else literal(k.arg) for k in call.keywords if _is_channel(k)]
    if parts:
        yield "subscribe", merge(parts)


def _is_channel(given: ast.keyword) -> bool:
    return given.arg is None or isinstance(given.value, ast.Name | ast.Attribute | ast.Lambda)


def _on(kind: str, position: int, *names: str) -> Callable[[ast.Call, Scope, Values], Uses]:
    """Makes a reader of calls that use what one argument names."""

    def read(call: ast.Call, scope: Scope, values: Values) -> Uses:
        node = argument(call, position, *names)
        if node is not None or kind in ("xadd", "xread"):
            yield kind, values.text(node, scope)

    return read


def _moved(call: ast.Call, scope: Scope, values: Values) -> Uses:
    """`brpoplpush("in", "out")` and `blmove`: one call takes from a list and puts into another."""
    yield from _on("pop", 0, "src", "first_list")(call, scope, values)
    yield from _on("push", 1, "dst", "second_list")(call, scope, values)


_COMMANDS = {
    **dict.fromkeys(("PUBLISH", "SPUBLISH"), "publish"),
    **dict.fromkeys(("SUBSCRIBE", "PSUBSCRIBE", "SSUBSCRIBE"), "subscribe"),
    **dict.fromkeys(("LPUSH", "RPUSH", "LPUSHX", "RPUSHX"), "push"),
    **dict.fromkeys(("BLPOP", "BRPOP", "LPOP", "RPOP"), "pop"),
    "XADD": "xadd",
}
"""Redis commands whose first argument is what they use."""


def _command(call: ast.Call, scope: Scope, values: Values) -> Uses:
    """`execute_command("XREADGROUP", …)`: the words of Redis' own documentation, one an argument."""
    words = [str(item.value).upper() if isinstance(item, ast.Constant) else "" for item in call.args]
    given = " ".join(words[:1]).split() + words[1:]
    if given[:2] == ["CLIENT", "SETNAME"]:
        yield "client_name", values.text(call.args[-1], scope)
    elif given[:1] in (["XREAD"], ["XREADGROUP"]) and "STREAMS" in words:
        keys = call.args[words.index("STREAMS") + 1 :]  # the second half: the ids that reading begins at
        yield "xread", merge([values.text(key, scope) for key in keys[: (len(keys) + 1) // 2]])
    elif (kind := _COMMANDS.get(given[0] if given else "")) and len(call.args) > 1:
        yield kind, values.text(call.args[1], scope)


_METHODS: dict[str, Callable[[ast.Call, Scope, Values], Uses]] = {
    **dict.fromkeys(SUBSCRIBE, _subscribe),
    **dict.fromkeys(("publish", "spublish"), _on("publish", 0, "channel", "topic", "shard_channel")),
    "xadd": _on("xadd", 0, "name", "stream"),
    "xread": _on("xread", 0, "streams"),
    "xreadgroup": _on("xread", 2, "streams"),
    **dict.fromkeys(("lpush", "rpush", "lpushx", "rpushx"), _on("push", 0, "name")),
    **dict.fromkeys(("blpop", "brpop", "lpop", "rpop"), _on("pop", 0, "keys", "name")),
    **dict.fromkeys(("brpoplpush", "rpoplpush", "blmove", "lmove"), _moved),
    **dict.fromkeys(("bzpopmin", "bzpopmax", "zpopmin", "zpopmax"), _on("zset", 0, "keys", "name")),
    **dict.fromkeys(("lrange", "ltrim", "lindex"), _on("list", 0, "name")),
    "client_setname": _on("client_name", 0, "name"),
    "execute_command": _command,
}
"""What each method of a client or pub/sub object does. `list`: it is read like a table, so it is no queue."""
