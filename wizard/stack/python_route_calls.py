"""Routes added by calls (`add_url_rule`, `add_get`, `Route(…)`), and groups mounted on others."""

from __future__ import annotations

import ast
from collections.abc import Callable

from wizard.stack.python_route_base import VERBS, Collector
from wizard.stack.python_scan import Scope
from wizard.stack.python_tree import argument, dotted, last_name
from wizard.stack.python_values import literal
from wizard.values.pending_facts import Mount, Text

_AIOHTTP_ADDERS = {f"add_{verb}": verb.upper() for verb in (*sorted(VERBS), "view")}


def read_call(reader: Collector, call: ast.Call, scope: Scope) -> None:
    """Routes added by a call, and groups mounted on others."""
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
    view = argument(call, first + 1, "handler", "endpoint", "view_func")
    if rule is None or (isinstance(rule, ast.Constant) and not str(rule.value).startswith("/")):
        return
    name, node = reader.view(view)
    text = reader.values.text(rule, scope)
    prefix = reader.mounted.get(id(call), "")
    if prefix and text.choices:
        text = literal(prefix + "".join(v for _, v in text.choices[0]))
    group = group.removesuffix(".router")
    reader.add(text, methods, framework, name, call.lineno, node, group)


def _url_rule(reader: Collector, call: ast.Call, scope: Scope) -> None:
    group = dotted(call.func.value) if isinstance(call.func, ast.Attribute) else ""
    rule, view = argument(call, 0, "rule"), argument(call, 2, "view_func")
    if rule is None:
        return
    name, node = reader.view(view)
    framework = reader.framework(group)
    reader.add(
        reader.values.text(rule, scope), reader.methods(call) or ("GET",), framework, name, call.lineno, node, group
    )


def _route_call(reader: Collector, call: ast.Call, scope: Scope) -> None:
    """`add_route("GET", "/x", h)` of aiohttp, `add_route("/x", h)` of Starlette and Falcon, `web.route`,
    `add_api_route`."""
    group = dotted(call.func.value) if isinstance(call.func, ast.Attribute) else ""
    first = argument(call, 0)
    if isinstance(first, ast.Constant) and str(first.value).upper() in {*(v.upper() for v in VERBS), "*"}:
        _plain(reader, call, scope, (str(first.value).upper(),), "aiohttp", group, first=1)
    elif isinstance(first, ast.Constant) or argument(call, 0, "path") is not None:
        framework = "fastapi" if last_name(call.func) == "add_api_route" else reader.framework(group)
        _plain(reader, call, scope, reader.methods(call) or ("GET",), framework, group)


def _route_class(reader: Collector, call: ast.Call, scope: Scope) -> None:
    full = reader.names.full(call.func)
    if full in ("starlette.routing.Route", "fastapi.routing.APIRoute", "fastapi.routing.Route"):
        _plain(reader, call, scope, reader.methods(call) or ("GET",), full.partition(".")[0], "")


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
        child = dotted(argument(call, 1, "subapp"))
        prefix, rule = _given_prefix(reader, call, scope)
    elif name == "mount":
        _sub_application(reader, call, scope, parent)
        return
    else:
        child = dotted(argument(call, 0, "blueprint", "router"))
        prefix, rule = reader.prefix(call, scope)
    if child:
        framework = {"register_blueprint": "flask", "include_router": "fastapi"}.get(name, "aiohttp")
        reader.out.mounts.append(Mount(child, prefix, framework, parent, rule))


def _given_prefix(reader: Collector, call: ast.Call, scope: Scope) -> tuple[str | None, Text | None]:
    node = argument(call, 0, "prefix")
    return (None, None) if node is None else reader.given(node, scope)


def _sub_application(reader: Collector, call: ast.Call, scope: Scope, parent: str) -> None:
    rule, made = argument(call, 0, "path"), argument(call, 1, "app")
    name = last_name(made.func) if isinstance(made, ast.Call) else last_name(made)
    if rule is not None and ("metrics" in name or name in ("make_asgi_app", "make_wsgi_app")):
        reader.add(reader.values.text(rule, scope), ("GET",), reader.framework(parent), name, call.lineno, None, parent)
    elif rule is not None and dotted(made):
        reader.out.mounts.append(Mount(dotted(made), reader.known(rule, scope), "starlette", parent))


def _dispatcher(reader: Collector, call: ast.Call, scope: Scope) -> None:
    mounts = argument(call, 1, "mounts")
    for key, value in zip(mounts.keys, mounts.values, strict=True) if isinstance(mounts, ast.Dict) else ():
        if key is not None and isinstance(value, ast.Call):
            rule = reader.values.text(key, scope)
            reader.add(rule, ("GET",), reader.default or "flask", last_name(value.func), call.lineno, None, "")


def _exporter(reader: Collector, call: ast.Call, scope: Scope) -> None:
    full = reader.names.full(call.func)
    if full.startswith("prometheus_flask_exporter"):
        reader.add(literal("/metrics"), ("GET",), "flask", "PrometheusMetrics", call.lineno, None, "")
    elif last_name(call.func) == "expose" and reader.names.uses("prometheus_fastapi_instrumentator"):
        reader.add(literal("/metrics"), ("GET",), "fastapi", "Instrumentator", call.lineno, None, "")


def starlette_mounts(reader: Collector) -> dict[int, str]:
    """id of a Route call inside `Mount("/prefix", routes=[…])` -> prefix."""
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
    """Names of calls that may add a route."""
    return (*_CALL_NAMES, *sorted(VERBS)) if reader.names.uses("aiohttp") else _CALL_NAMES
