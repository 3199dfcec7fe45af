"""HTTP routes of a Python file, with the apps, blueprints and routers they hang on."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from wizard.stack.python.models import VERBS
from wizard.stack.python.routes.base import CREATORS, HANGING, Collector, Handler, Routing
from wizard.stack.python.routes.calls import call_names, read_call, starlette_mounts
from wizard.stack.python.scan import Scan, Scope
from wizard.stack.python.tree import argument, dotted, last_name
from wizard.stack.python.values import Values, literal
from wizard.values.facts.pending import RouteGroup
from wizard.values.source import Source

_CREATOR_NAMES = tuple(dict.fromkeys(name.rpartition(".")[2] for name in CREATORS))


def read_routes(found: Scan, values: Values, path: str) -> Routing:
    """Reads routes, groups and mounts of a file."""
    reader = Collector(found, values, path)
    reader.mounted = starlette_mounts(reader)
    _read_groups(reader)
    _read_decorators(reader)
    for call, scope in found.called(*call_names(reader)):
        read_call(reader, call, scope)
    _read_server_handlers(reader)
    reader.out.routes.sort(key=lambda route: route.source.line)
    return reader.out


def _read_groups(reader: Collector) -> None:
    for target, value, scope, _ in reader.found.assigns:
        if not isinstance(value, ast.Call) or last_name(value.func) not in _CREATOR_NAMES:
            continue
        full = reader.names.full(value.func)
        made = CREATORS.get(full)
        name = dotted(target)
        if made is None or not name:
            continue
        framework, app = made
        prefix, rule = reader.prefix(value, scope)
        source = Source(reader.path, value.lineno)
        reader.frameworks[name] = framework
        within = scope.function.name if scope.function is not None else ""
        group = RouteGroup(name, prefix or "", framework, app, source, rule, full in HANGING, within)
        reader.out.groups.append(group)
    known = {group.source.line for group in reader.out.groups}
    for call, _ in reader.found.called(*_CREATOR_NAMES):
        made = CREATORS.get(reader.names.full(call.func))
        if made is not None and made[1] and call.lineno not in known:
            reader.out.groups.append(RouteGroup("", "", made[0], True, Source(reader.path, call.lineno)))


def _read_decorators(reader: Collector) -> None:
    for node, scope in reader.found.functions:
        for item in node.decorator_list:
            if isinstance(item, ast.Call):
                _decorator(reader, item, node.name, node, scope)
    for call, scope in reader.found.called(""):
        if isinstance(call.func, ast.Call) and len(call.args) == 1:
            name = last_name(call.args[0])
            _decorator(reader, call.func, name, reader.handlers.get(name), scope)


def _decorator(reader: Collector, call: ast.Call, name: str, node: Handler | None, scope: Scope) -> None:
    """A route given as a decorator, or called with the function: `app.get("/health")(health)`."""
    func = call.func
    if isinstance(func, ast.Name):
        aliased = _alias(reader, func.id, scope)
        if aliased is None:
            return
        func = aliased
    if not isinstance(func, ast.Attribute):
        return
    group = dotted(func.value)
    if func.attr not in ("route", "api_route") and func.attr not in VERBS:
        return
    rule = argument(call, 0, "rule", "path", "uri")
    if rule is None or not _is_rule(reader, rule, group):
        return
    given = reader.methods(call, scope)
    methods = given if given is not None else (func.attr.upper() if func.attr in VERBS else "GET",)
    framework = reader.framework(group)
    reader.add(reader.values.text(rule, scope), methods, framework, name, call.lineno, node, group)


def _alias(reader: Collector, name: str, scope: Scope) -> ast.Attribute | None:
    place: Scope | None = scope
    while place is not None:
        for value in place.names.get(name, []):
            if isinstance(value, ast.Attribute) and value.attr in ("route", *VERBS):
                return value
        place = place.parent
    return None


def _is_rule(reader: Collector, node: ast.expr, group: str) -> bool:
    if isinstance(node, ast.Constant):
        known = group in reader.frameworks or group.partition(".")[0] in reader.names.aliases
        return isinstance(node.value, str) and (node.value.startswith("/") or (known and "://" not in node.value))
    return group in reader.frameworks or bool(reader.default)


def _read_server_handlers(reader: Collector) -> None:
    """`do_GET` of `http.server` handlers: the paths they compare `reader.path` with."""
    if not reader.names.uses("http", "wsgiref", "socketserver"):
        return
    for compare, scope in reader.found.compares:
        function = scope.function
        if function is None or not function.name.startswith("do_") or "path" not in ast.unparse(compare.left):
            continue
        for value in _paths(compare.comparators):
            _served(reader, value, function.name, compare.lineno)
    for call, scope in reader.found.called("startswith"):
        function = scope.function
        if function is not None and function.name.startswith("do_"):
            for value in _paths(call.args):
                _served(reader, value, function.name, call.lineno)


def _served(reader: Collector, rule: str, handler: str, line: int) -> None:
    reader.add(literal(rule), (handler.removeprefix("do_"),), "unknown", handler, line, None, "")


def _paths(nodes: list[ast.expr]) -> Iterator[str]:
    for node in nodes:
        for item in node.elts if isinstance(node, ast.Tuple | ast.List | ast.Set) else [node]:
            if isinstance(item, ast.Constant) and isinstance(item.value, str) and item.value.startswith("/"):
                yield item.value
