"""HTTP routes of a Python file: decorators, calls that add routes, and the apps, blueprints and routers they hang
on."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from wizard.stack.python_names import Names
from wizard.stack.python_scan import Scan, Scope
from wizard.stack.python_static import static_ok
from wizard.stack.python_tree import argument, dotted, keyword, last_name
from wizard.stack.python_values import Values, literal
from wizard.values.pending_facts import Mount, PendingRoute, RouteGroup, Text
from wizard.values.source import Source

VERBS = frozenset({"get", "post", "put", "delete", "patch", "head", "options"})
CREATORS = {
    "flask.Flask": ("flask", True),
    "flask.Blueprint": ("flask", False),
    "flask_restful.Api": ("flask", False),
    "flask_restx.Api": ("flask", False),
    "flask_restx.Namespace": ("flask", False),
    "fastapi.FastAPI": ("fastapi", True),
    "fastapi.APIRouter": ("fastapi", False),
    "fastapi.routing.APIRouter": ("fastapi", False),
    "aiohttp.web.Application": ("aiohttp", True),
    "aiohttp.web.RouteTableDef": ("aiohttp", False),
    "starlette.applications.Starlette": ("starlette", True),
    "starlette.routing.Router": ("starlette", False),
    "quart.Quart": ("unknown", True),
    "sanic.Sanic": ("unknown", True),
    "bottle.Bottle": ("unknown", True),
    "falcon.App": ("unknown", True),
    "falcon.asgi.App": ("unknown", True),
    "tornado.web.Application": ("unknown", True),
    "http.server.HTTPServer": ("unknown", True),
    "http.server.ThreadingHTTPServer": ("unknown", True),
}
_CREATOR_NAMES = frozenset(name.rpartition(".")[2] for name in CREATORS)
FRAMEWORKS = ("flask", "fastapi", "aiohttp", "starlette")
_PREFIX_KEYWORDS = ("url_prefix", "prefix", "path")
_AIOHTTP_ADDERS = {f"add_{verb}": verb.upper() for verb in (*sorted(VERBS), "view")}
Handler = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


@dataclass(slots=True)
class Routing:
    """What one file says about routes, before prefixes of other files are known."""

    routes: list[PendingRoute] = field(default_factory=list)
    groups: list[RouteGroup] = field(default_factory=list)
    mounts: list[Mount] = field(default_factory=list)


def read_routes(found: Scan, values: Values, path: str) -> Routing:
    """Routes, groups and mounts of a file."""
    reader = _Reader(found, values, path)
    reader.read_groups()
    reader.read_decorators()
    for call, scope in found.called(*_CALLS, *_AIOHTTP_ADDERS, *sorted(VERBS)):
        reader.read_call(call, scope)
    reader.read_server_handlers()
    reader.out.routes.sort(key=lambda route: route.source.line)
    return reader.out


class _Reader:
    def __init__(self, found: Scan, values: Values, path: str) -> None:
        self.found = found
        self.values = values
        self.names: Names = values.names
        self.path = path
        self.out = Routing()
        self.frameworks: dict[str, str] = {}
        self.handlers: dict[str, Handler] = {node.name: node for node, _ in found.functions}
        imported = [name for name in FRAMEWORKS if self.names.uses(name)]
        self.default = imported[0] if len(imported) == 1 else ""
        self.mounted = self._starlette_mounts()

    def read_groups(self) -> None:
        for target, value, scope, _ in self.found.assigns:
            if not isinstance(value, ast.Call) or last_name(value.func) not in _CREATOR_NAMES:
                continue
            made = CREATORS.get(self.names.full(value.func))
            name = dotted(target)
            if made is None or not name:
                continue
            framework, app = made
            prefix = self._prefix(value, scope)
            self.frameworks[name] = framework
            self.out.groups.append(RouteGroup(name, prefix or "", framework, app, Source(self.path, value.lineno)))
        known = {group.source.line for group in self.out.groups}
        for call, _ in self.found.called(*_CREATOR_NAMES):
            made = CREATORS.get(self.names.full(call.func))
            if made is not None and made[1] and call.lineno not in known:
                self.out.groups.append(RouteGroup("", "", made[0], True, Source(self.path, call.lineno)))

    def _prefix(self, call: ast.Call, scope: Scope) -> str | None:
        given = next((v for v in (keyword(call, name) for name in _PREFIX_KEYWORDS) if v is not None), None)
        return None if given is None else self._known(given, scope)

    def _known(self, node: ast.expr, scope: Scope) -> str:
        from wizard.stack.python_models import settled

        return settled(self.values.text(node, scope), scope)

    def read_decorators(self) -> None:
        for node, scope in self.found.functions:
            for item in node.decorator_list:
                if isinstance(item, ast.Call):
                    self._decorator(item, node, scope)

    def _decorator(self, call: ast.Call, node: ast.FunctionDef | ast.AsyncFunctionDef, scope: Scope) -> None:
        func = call.func
        if isinstance(func, ast.Name):
            aliased = self._alias(func.id, scope)
            if aliased is None:
                return
            func = aliased
        if not isinstance(func, ast.Attribute):
            return
        group = dotted(func.value)
        if func.attr not in ("route", "api_route") and func.attr not in VERBS:
            return
        rule = argument(call, 0, "rule", "path", "uri")
        if rule is None or not self._is_rule(rule, group):
            return
        methods = self._methods(call) or ((func.attr.upper(),) if func.attr in VERBS else ("GET",))
        framework = self._framework(group)
        self._add(self.values.text(rule, scope), methods, framework, node.name, item_line(call), node, group)

    def _alias(self, name: str, scope: Scope) -> ast.Attribute | None:
        place: Scope | None = scope
        while place is not None:
            for value in place.names.get(name, []):
                if isinstance(value, ast.Attribute) and value.attr in ("route", *VERBS):
                    return value
            place = place.parent
        return None

    def _is_rule(self, node: ast.expr, group: str) -> bool:
        if isinstance(node, ast.Constant):
            return isinstance(node.value, str) and (node.value.startswith("/") or (not node.value and bool(group)))
        return group in self.frameworks or bool(self.default)

    def _framework(self, group: str) -> str:
        return self.frameworks.get(group, self.default) or "unknown"

    def _methods(self, call: ast.Call) -> tuple[str, ...]:
        given = keyword(call, "methods")
        items = given.elts if isinstance(given, ast.List | ast.Tuple | ast.Set) else []
        return tuple(str(item.value).upper() for item in items if isinstance(item, ast.Constant))

    def _add(
        self,
        rule: Text,
        methods: tuple[str, ...],
        framework: str,
        handler: str,
        line: int,
        node: Handler | None,
        group: str,
    ) -> None:
        source = Source(self.path, line)
        self.out.routes.append(PendingRoute(rule, methods, framework, handler, source, static_ok(node), group))

    def read_call(self, call: ast.Call, scope: Scope) -> None:
        """Routes added by a call, and groups mounted on others."""
        name = last_name(call.func)
        handler = _CALLS.get(name)
        if handler is not None:
            handler(self, call, scope)
        elif name in _AIOHTTP_ADDERS and isinstance(call.func, ast.Attribute):
            self._plain(call, scope, (_AIOHTTP_ADDERS[name],), "aiohttp", dotted(call.func.value))
        elif name in VERBS and self.names.full(call.func) == f"aiohttp.web.{name}":
            self._plain(call, scope, (name.upper(),), "aiohttp", "")

    def _plain(
        self, call: ast.Call, scope: Scope, methods: tuple[str, ...], framework: str, group: str, first: int = 0
    ) -> None:
        rule = argument(call, first, "path", "rule", "uri", "route")
        view = argument(call, first + 1, "handler", "endpoint", "view_func")
        if rule is None or (isinstance(rule, ast.Constant) and not str(rule.value).startswith("/")):
            return
        name, node = self._view(view)
        text = self.values.text(rule, scope)
        prefix = self.mounted.get(id(call), "")
        if prefix and text.choices:
            text = literal(prefix + "".join(v for _, v in text.choices[0]))
        group = group.removesuffix(".router")
        self._add(text, methods, framework, name, call.lineno, node, group)

    def _view(self, view: ast.expr | None) -> tuple[str, Handler | None]:
        if isinstance(view, ast.Lambda):
            return "lambda", view
        if isinstance(view, ast.Call):
            owner = (
                view.func.value if last_name(view.func) == "as_view" and isinstance(view.func, ast.Attribute) else None
            )
            return last_name(owner if owner is not None else view.func), None
        name = last_name(view)
        return name, self.handlers.get(name)

    def _url_rule(self, call: ast.Call, scope: Scope) -> None:
        group = dotted(call.func.value) if isinstance(call.func, ast.Attribute) else ""
        rule, view = argument(call, 0, "rule"), argument(call, 2, "view_func")
        if rule is None:
            return
        name, node = self._view(view)
        framework = self._framework(group)
        self._add(
            self.values.text(rule, scope), self._methods(call) or ("GET",), framework, name, call.lineno, node, group
        )

    def _route_call(self, call: ast.Call, scope: Scope) -> None:
        """`add_route("GET", "/x", h)` of aiohttp, `add_route("/x", h)` of Starlette and Falcon, `web.route`,
        `add_api_route`."""
        group = dotted(call.func.value) if isinstance(call.func, ast.Attribute) else ""
        first = argument(call, 0)
        if isinstance(first, ast.Constant) and str(first.value).upper() in {*(v.upper() for v in VERBS), "*"}:
            self._plain(call, scope, (str(first.value).upper(),), "aiohttp", group, first=1)
        elif isinstance(first, ast.Constant) or argument(call, 0, "path") is not None:
            framework = "fastapi" if last_name(call.func) == "add_api_route" else self._framework(group)
            self._plain(call, scope, self._methods(call) or ("GET",), framework, group)

    def _route_class(self, call: ast.Call, scope: Scope) -> None:
        full = self.names.full(call.func)
        if full in ("starlette.routing.Route", "fastapi.routing.APIRoute", "fastapi.routing.Route"):
            self._plain(call, scope, self._methods(call) or ("GET",), full.partition(".")[0], "")

    def _resource(self, call: ast.Call, scope: Scope) -> None:
        group = dotted(call.func.value) if isinstance(call.func, ast.Attribute) else ""
        for rule in call.args[1:]:
            text = self.values.text(rule, scope)
            self._add(text, ("GET",), "flask", last_name(call.args[0]), call.lineno, None, group)

    def _mount(self, call: ast.Call, scope: Scope) -> None:
        if not isinstance(call.func, ast.Attribute):
            return
        parent, name = dotted(call.func.value), call.func.attr
        if name == "add_subapp":
            child, prefix = dotted(argument(call, 1, "subapp")), self._known_or_none(argument(call, 0, "prefix"), scope)
        elif name == "mount":
            self._sub_application(call, scope, parent)
            return
        else:
            child, prefix = dotted(argument(call, 0, "blueprint", "router")), self._prefix(call, scope)
        if child:
            framework = {"register_blueprint": "flask", "include_router": "fastapi"}.get(name, "aiohttp")
            self.out.mounts.append(Mount(child, prefix, framework, parent))

    def _known_or_none(self, node: ast.expr | None, scope: Scope) -> str | None:
        return None if node is None else self._known(node, scope)

    def _sub_application(self, call: ast.Call, scope: Scope, parent: str) -> None:
        rule, made = argument(call, 0, "path"), argument(call, 1, "app")
        name = last_name(made.func) if isinstance(made, ast.Call) else last_name(made)
        if rule is not None and ("metrics" in name or name in ("make_asgi_app", "make_wsgi_app")):
            self._add(self.values.text(rule, scope), ("GET",), self._framework(parent), name, call.lineno, None, parent)
        elif rule is not None and dotted(made):
            self.out.mounts.append(Mount(dotted(made), self._known(rule, scope), "starlette", parent))

    def _dispatcher(self, call: ast.Call, scope: Scope) -> None:
        mounts = argument(call, 1, "mounts")
        for key, value in zip(mounts.keys, mounts.values, strict=True) if isinstance(mounts, ast.Dict) else ():
            if key is not None and isinstance(value, ast.Call):
                rule = self.values.text(key, scope)
                self._add(rule, ("GET",), self.default or "flask", last_name(value.func), call.lineno, None, "")

    def _exporter(self, call: ast.Call, scope: Scope) -> None:
        full = self.names.full(call.func)
        if full.startswith("prometheus_flask_exporter"):
            self._add(literal("/metrics"), ("GET",), "flask", "PrometheusMetrics", call.lineno, None, "")
        elif last_name(call.func) == "expose" and self.names.uses("prometheus_fastapi_instrumentator"):
            self._add(literal("/metrics"), ("GET",), "fastapi", "Instrumentator", call.lineno, None, "")

    def _starlette_mounts(self) -> dict[int, str]:
        """id of a Route call inside `Mount("/prefix", routes=[…])` -> prefix."""
        result: dict[int, str] = {}
        for call, scope in self.found.called("Mount") if self.names.uses("starlette") else ():
            if (rule := argument(call, 0, "path")) is not None:
                prefix = self._known(rule, scope)
                for inner in ast.walk(call):
                    if isinstance(inner, ast.Call) and inner is not call:
                        result[id(inner)] = result.get(id(inner), "") + prefix
        return result

    def read_server_handlers(self) -> None:
        """`do_GET` of `http.server` handlers: the paths they compare `self.path` with."""
        if not self.names.uses("http", "wsgiref", "socketserver"):
            return
        for compare, scope in self.found.compares:
            function = scope.function
            if function is None or not function.name.startswith("do_") or "path" not in ast.unparse(compare.left):
                continue
            for value in _paths(compare.comparators):
                self._served(value, function.name, compare.lineno)
        for call, scope in self.found.called("startswith"):
            function = scope.function
            if function is not None and function.name.startswith("do_"):
                for value in _paths(call.args):
                    self._served(value, function.name, call.lineno)

    def _served(self, rule: str, handler: str, line: int) -> None:
        self._add(literal(rule), (handler.removeprefix("do_"),), "unknown", handler, line, None, "")


def item_line(node: ast.AST) -> int:
    """The line of a decorator."""
    return int(getattr(node, "lineno", 0))


def _paths(nodes: list[ast.expr]) -> Iterator[str]:
    for node in nodes:
        for item in node.elts if isinstance(node, ast.Tuple | ast.List | ast.Set) else [node]:
            if isinstance(item, ast.Constant) and isinstance(item.value, str) and item.value.startswith("/"):
                yield item.value


_CALLS = {
    "add_url_rule": _Reader._url_rule,
    "add_route": _Reader._route_call,
    "add_api_route": _Reader._route_call,
    "route": _Reader._route_call,
    "Route": _Reader._route_class,
    "APIRoute": _Reader._route_class,
    "add_resource": _Reader._resource,
    "register_blueprint": _Reader._mount,
    "include_router": _Reader._mount,
    "add_subapp": _Reader._mount,
    "mount": _Reader._mount,
    "DispatcherMiddleware": _Reader._dispatcher,
    "PrometheusMetrics": _Reader._exporter,
    "expose": _Reader._exporter,
}
