"""Routes added by calls (`add_url_rule`, `add_get`, `Route(…)`), and groups mounted on others."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from wizard.stack.python.models import VERBS
from wizard.stack.python.routes.base import Collector
from wizard.stack.python.scan import Scope
from wizard.stack.python.tree import argument, dotted, last_name
from wizard.stack.python.values import concatenate, literal
from wizard.values.facts.pending import Mount, Text

_MAX_NAMES = 3
"""How many names may stand for each other in a loop over blueprints: the loop's, the list's, the blueprint's."""
_WRAPPERS = frozenset({"WSGIMiddleware", "ASGIMiddleware", "WsgiToAsgi"})
_AIOHTTP_ADDERS = {f"add_{verb}": verb.upper() for verb in (*sorted(VERBS), "view")}


def read_call(reader: Collector, call: ast.Call, scope: Scope) -> None:
    """Reads routes added by a call, and groups mounted on others."""
    name = last_name(call.func)
    handler = _CALLS.get(name)
    if handler is not None:
        handler(reader, call, scope)
    elif name in _AIOHTTP_ADDERS and isinstance(call.func, ast.Attribute):
        _plain(reader, call, scope, (_AIOHTTP_ADDERS[name],), "aiohttp", dotted(call.func.value))
    elif name in VERBS and reader.names.full(call.func) == f"aiohttp.web.{name}":
        _plain(reader, call, scope, (name.upper(),), "aiohttp", "")


def _plain(
    reader: Collector,
    call: ast.Call,
    scope: Scope,
    methods: tuple[str, ...],
    framework: str,
    group: str,
    first: int = 0,
) -> None:
    rule = argument(call, first, "path", "rule", "uri", "route")
    given = argument(call, first + 1, "handler", "endpoint", "view_func")
    if rule is None or (isinstance(rule, ast.Constant) and not str(rule.value).startswith("/")):
        return
    name, node, view = reader.view(given, scope)
    text = reader.values.text(rule, scope)
    prefix = reader.mounted.get(id(call), "")
    if prefix and text.choices:
        text = concatenate([literal(prefix), text])
    group = group.removesuffix(".router")
    reader.add(text, methods, framework, name, call.lineno, node, group, view)


def _url_rule(reader: Collector, call: ast.Call, scope: Scope) -> None:
    group = dotted(call.func.value) if isinstance(call.func, ast.Attribute) else ""
    rule = argument(call, 0, "rule")
    if rule is None:
        return
    name, node, view = reader.view(argument(call, 2, "view_func"), scope)
    given = reader.methods(call, scope)
    methods = given if given is not None else () if view else ("GET",)
    reader.add(reader.values.text(rule, scope), methods, reader.framework(group), name, call.lineno, node, group, view)


def _route_call(reader: Collector, call: ast.Call, scope: Scope) -> None:
    """`add_route("GET", "/x", h)` of aiohttp, `add_route("/x", h)` of Starlette and Falcon, `web.route`,
    `add_api_route`."""
    group = dotted(call.func.value) if isinstance(call.func, ast.Attribute) else ""
    first = argument(call, 0)
    if isinstance(first, ast.Constant) and str(first.value).upper() in {*(v.upper() for v in VERBS), "*"}:
        _plain(reader, call, scope, (str(first.value).upper(),), "aiohttp", group, first=1)
    elif isinstance(first, ast.Constant) or argument(call, 0, "path") is not None:
        framework = "fastapi" if last_name(call.func) == "add_api_route" else reader.framework(group)
        methods = reader.methods(call, scope)
        _plain(reader, call, scope, ("GET",) if methods is None else methods, framework, group)


def _route_class(reader: Collector, call: ast.Call, scope: Scope) -> None:
    full = reader.names.full(call.func)
    if full in ("starlette.routing.Route", "fastapi.routing.APIRoute", "fastapi.routing.Route"):
        methods = reader.methods(call, scope)
        _plain(reader, call, scope, ("GET",) if methods is None else methods, full.partition(".")[0], "")


def _resource(reader: Collector, call: ast.Call, scope: Scope) -> None:
    group = dotted(call.func.value) if isinstance(call.func, ast.Attribute) else ""
    for rule in call.args[1:]:
        text = reader.values.text(rule, scope)
        reader.add(text, ("GET",), "flask", last_name(call.args[0]), call.lineno, None, group)


def _mount(reader: Collector, call: ast.Call, scope: Scope) -> None:
    if not isinstance(call.func, ast.Attribute):
        return
    parent, name = dotted(call.func.value), call.func.attr
    if name == "add_subapp":
        given = argument(call, 1, "subapp")
        prefix, rule = _given_prefix(reader, call, scope)
    elif name == "mount":
        _sub_application(reader, call, scope, parent)
        return
    else:
        given = argument(call, 0, "blueprint", "router")
        prefix, rule = reader.prefix(call, scope)
    framework = {"register_blueprint": "flask", "include_router": "fastapi"}.get(name, "aiohttp")
    for child in _children(reader, given, scope):
        reader.out.mounts.append(Mount(child, prefix, framework, parent, rule))


def _children(reader: Collector, node: ast.expr | None, scope: Scope, depth: int = 0) -> Iterator[str]:
    """Yields the dotted names of what is registered, through loops over names; '' for what cannot be read."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        yield f"{node.func.id}()"
    elif isinstance(node, ast.List | ast.Tuple):
        for item in node.elts:
            yield from _children(reader, item, scope, depth + 1)
    elif isinstance(node, ast.Name) and depth <= _MAX_NAMES:
        place = scope
        while place.parent is not None and node.id not in place.loops and node.id not in place.params:
            place = place.parent
        listed = [v for v in reader.found.module.names.get(node.id, ()) if isinstance(v, ast.List | ast.Tuple)]
        if node.id in place.loops and node.id not in place.names:
            yield from _children(reader, place.loops[node.id], place, depth + 1)
        elif listed:
            yield from _children(reader, listed[-1], scope, depth + 1)
        else:
            yield "" if depth and node.id not in reader.frameworks and node.id not in reader.names.aliases else node.id
    else:
        yield dotted(node)


def _given_prefix(reader: Collector, call: ast.Call, scope: Scope) -> tuple[str | None, Text | None]:
    node = argument(call, 0, "prefix")
    return (None, None) if node is None else reader.given(node, scope)


def _sub_application(reader: Collector, call: ast.Call, scope: Scope, parent: str) -> None:
    rule, made = argument(call, 0, "path"), argument(call, 1, "app")
    name = last_name(made.func) if isinstance(made, ast.Call) else last_name(made)
    if rule is not None and ("metrics" in name or name in ("make_asgi_app", "make_wsgi_app")):
        reader.add(reader.values.text(rule, scope), ("GET",), reader.framework(parent), name, call.lineno, None, parent)
    elif rule is not None and name != "StaticFiles":
        inner = made.args[0] if isinstance(made, ast.Call) and name in _WRAPPERS and made.args else made
        child = f"{name}()" if isinstance(inner, ast.Call) else dotted(inner)
        prefix, unknown = reader.given(rule, scope)
        reader.out.mounts.append(Mount(child, prefix, "starlette", parent, unknown))


def _dispatcher(reader: Collector, call: ast.Call, scope: Scope) -> None:
    """`DispatcherMiddleware(app, {"/metrics": make_wsgi_app(), "/api": other_app})`."""
    mounts = argument(call, 1, "mounts")
    for key, value in zip(mounts.keys, mounts.values, strict=True) if isinstance(mounts, ast.Dict) else ():
        if key is None:
            continue
        if isinstance(value, ast.Call):
            rule = reader.values.text(key, scope)
            reader.add(rule, ("GET",), reader.default or "flask", last_name(value.func), call.lineno, None, "")
        else:
            prefix, unknown = reader.given(key, scope)
            reader.out.mounts.append(Mount(dotted(value).removesuffix(".wsgi_app"), prefix, "starlette", "", unknown))


def _exporter(reader: Collector, call: ast.Call, scope: Scope) -> None:
    full = reader.names.full(call.func)
    if full.startswith("prometheus_flask_exporter"):
        reader.add(literal("/metrics"), ("GET",), "flask", "PrometheusMetrics", call.lineno, None, "")
    elif last_name(call.func) == "expose" and reader.names.uses("prometheus_fastapi_instrumentator"):
        reader.add(literal("/metrics"), ("GET",), "fastapi", "Instrumentator", call.lineno, None, "")


def starlette_mounts(reader: Collector) -> dict[int, str]:
    """Returns id of a Route call inside `Mount("/prefix", routes=[…])` -> prefix."""
    result: dict[int, str] = {}
    for call, scope in reader.found.called("Mount") if reader.names.uses("starlette") else ():
        if (rule := argument(call, 0, "path")) is not None:
            prefix = reader.known(rule, scope)
            for inner in ast.walk(call):
                if isinstance(inner, ast.Call) and inner is not call:
                    result[id(inner)] = result.get(id(inner), "") + prefix
    return result


_CALLS: dict[str, Callable[[Collector, ast.Call, Scope], None]] = {
    "add_url_rule": _url_rule,
    "add_route": _route_call,
    "add_api_route": _route_call,
    "route": _route_call,
    "Route": _route_class,
    "APIRoute": _route_class,
    "add_resource": _resource,
    "register_blueprint": _mount,
    "include_router": _mount,
    "add_subapp": _mount,
    "mount": _mount,
    "DispatcherMiddleware": _dispatcher,
    "PrometheusMetrics": _exporter,
    "expose": _exporter,
}
_CALL_NAMES = (*_CALLS, *_AIOHTTP_ADDERS)


def call_names(reader: Collector) -> tuple[str, ...]:
    """Returns names of calls that may add a route."""
    return (*_CALL_NAMES, *sorted(VERBS)) if reader.names.uses("aiohttp") else _CALL_NAMES
