"""Ports a Python file serves on: `app.run`, waitress, uvicorn, aiohttp, gunicorn settings, `http.server` and kin."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from wizard.stack.python.scan import Scan, Scope
from wizard.stack.python.tree import argument, keyword, last_name
from wizard.stack.python.values import EMPTY, Values, literal
from wizard.values.facts.pending import PendingUse, Text, Word
from wizard.values.source import Source

_SERVERS: dict[str, tuple[int, int | None]] = {
    "waitress.serve": (-1, 8080),
    "waitress.create_server": (-1, 8080),
    "uvicorn.run": (2, 8000),
    "uvicorn.Config": (2, 8000),
    "aiohttp.web.run_app": (-1, 8080),
    "aiohttp.web.TCPSite": (2, 8080),
    "werkzeug.serving.run_simple": (1, None),
    "werkzeug.serving.make_server": (1, None),
    "wsgiref.simple_server.make_server": (1, None),
    "asyncio.start_server": (2, None),
    "bottle.run": (-1, 8080),
}
"""Full name -> (position of the port, -1: keyword only; the port when none is given)."""
_ADDRESSED = frozenset(
    {"HTTPServer", "ThreadingHTTPServer", "TCPServer", "ThreadingTCPServer", "WSGIServer", "ThreadedHTTPServer"}
)

_NAMES = (
    "run",
    *sorted(_ADDRESSED),
    *dict.fromkeys(name.rpartition(".")[2] for name in _SERVERS if name != "bottle.run"),
)


def read_ports(found: Scan, values: Values, path: str) -> tuple[PendingUse, ...]:
    """Returns every port the file serves on, as an expression."""
    uses = [use for call, scope in found.called(*_NAMES) for use in _call(call, scope, values, path)]
    if path.rsplit("/", 1)[-1].startswith("gunicorn"):
        uses += _gunicorn(found, values, path)
    return tuple(sorted(uses, key=lambda use: use.source.line))


def _call(call: ast.Call, scope: Scope, values: Values, path: str) -> Iterator[PendingUse]:
    name = last_name(call.func)
    source = Source(path, call.lineno)
    full = values.names.full(call.func)
    if full in _SERVERS:
        position, default = _SERVERS[full]
        text = _listen(call, scope, values)
        node = argument(call, position, "port") if position >= 0 else keyword(call, "port")
        if node is not None:
            text = values.text(node, scope)
        elif keyword(call, "listen") is None and default is not None and not _unpacked(call):
            text = literal(default)
        yield PendingUse("port", text, source)
    elif name in _ADDRESSED and call.args and isinstance(call.args[0], ast.Tuple) and len(call.args[0].elts) == 2:
        yield PendingUse("port", values.text(call.args[0].elts[1], scope), source)
    elif name == "run" and isinstance(call.func, ast.Attribute) and _runs_app(call, values):
        node = argument(call, 1, "port")
        yield PendingUse("port", values.text(node, scope) if node is not None else literal(5000), source)


def _runs_app(call: ast.Call, values: Values) -> bool:
    if not values.names.uses("flask", "quart", "sanic", "flask_socketio", "bottle") and keyword(call, "port") is None:
        return False
    named = {"port", "host", "debug", "use_reloader", "threaded"}
    receiver = last_name(call.func.value) if isinstance(call.func, ast.Attribute) else ""
    return any(k.arg in named for k in call.keywords) or "app" in receiver.lower()


def _listen(call: ast.Call, scope: Scope, values: Values) -> Text:
    """waitress's `listen="*:8080"` or `listen=f"{host}:{port}"`: what stands behind the last colon."""
    node = keyword(call, "listen")
    return EMPTY if node is None else _after_colon(values.text(node, scope))


def _unpacked(call: ast.Call) -> bool:
    return (
        any(k.arg is None for k in call.keywords)
        or keyword(call, "sock") is not None
        or keyword(call, "uds") is not None
    )


def _gunicorn(found: Scan, values: Values, path: str) -> Iterator[PendingUse]:
    for target, value, scope, node in found.assigns:
        if last_name(target) == "bind" and scope.kind == "module":
            text = values.text(value, scope)
            yield PendingUse("port", _after_colon(text), Source(path, node.lineno))


def _after_colon(text: Text) -> Text:
    """The port of `host:port`; a name stays, since what it stands for may be the port alone."""
    ends = (choice[-1] for choice in text.choices if choice)
    return Text(
        tuple((e._replace(text=e.text.rsplit(":", 1)[-1]) if isinstance(e, Word) else e,) for e in ends), text.variable
    )
