"""The vocabulary of routes in Python code, and what every reader of them shares."""

from __future__ import annotations

import ast

from wizard.stack.python.models import settled
from wizard.stack.python.names import Names
from wizard.stack.python.routes.static import static_ok
from wizard.stack.python.scan import Scan, Scope
from wizard.stack.python.tree import keyword, last_name
from wizard.stack.python.values import Values
from wizard.values.facts.pending import Mount, PendingRoute, RouteGroup, Text
from wizard.values.lean import dataclass, field
from wizard.values.source import Source

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
HANGING = frozenset({"flask.Blueprint", "fastapi.APIRouter", "fastapi.routing.APIRouter"})
"""What answers nothing until it is registered on an app."""
FRAMEWORKS = ("flask", "fastapi", "aiohttp", "starlette")
_PREFIX_KEYWORDS = ("url_prefix", "prefix", "path")
Handler = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


@dataclass(slots=True)
class Routing:
    """What one file says about routes, before prefixes of other files are known."""

    routes: list[PendingRoute] = field(default_factory=list)
    groups: list[RouteGroup] = field(default_factory=list)
    mounts: list[Mount] = field(default_factory=list)


class Collector:
    """What every reader of routes shares: the file, its groups so far, and how a route is put down."""

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
        self.mounted: dict[int, str] = {}

    def prefix(self, call: ast.Call, scope: Scope) -> tuple[str | None, Text | None]:
        """Returns the prefix a call gives, None without one; and what other files must say, when this one cannot."""
        given = next((v for v in (keyword(call, name) for name in _PREFIX_KEYWORDS) if v is not None), None)
        none = given is None or (isinstance(given, ast.Constant) and given.value is None)
        return (None, None) if given is None or none else self.given(given, scope)

    def given(self, node: ast.expr, scope: Scope) -> tuple[str, Text | None]:
        """Returns a prefix as far as this file says it, and the expression when that is not at all."""
        known = self.known(node, scope)
        empty = isinstance(node, ast.Constant) and node.value == ""
        return known, None if known or empty else self.values.text(node, scope)

    def known(self, node: ast.expr, scope: Scope) -> str:
        """Returns an expression's text as far as this file says it, '' otherwise."""
        return settled(self.values.text(node, scope), scope)

    def framework(self, group: str) -> str:
        """Returns the framework of a group, else the only one the file imports, else `unknown`."""
        return self.frameworks.get(group, self.default) or "unknown"

    def methods(self, call: ast.Call, scope: Scope) -> tuple[str, ...] | None:
        """Returns the `methods=` of a call, also through a name of the file; () when it cannot be read, None without
        one.
        """
        given = keyword(call, "methods")
        if given is None:
            return None
        found = self.values.text(given, scope).choices
        if len(found) == 1 and found[0][0].kind == "name":
            values = self.found.module.names.get(found[0][0].text, [])
            found = self.values.text(values[-1], self.found.module).choices if values else ()
        words = [choice[0].text.upper() for choice in found if len(choice) == 1 and choice[0].kind == "text"]
        return tuple(words) if len(words) == len(found) else ()

    def add(
        self,
        rule: Text,
        methods: tuple[str, ...],
        framework: str,
        handler: str,
        line: int,
        node: Handler | None,
        group: str,
        view: str = "",
    ) -> None:
        """Adds a route."""
        source = Source(self.path, line)
        self.out.routes.append(PendingRoute(rule, methods, framework, handler, source, static_ok(node), group, view))

    def view(self, view: ast.expr | None, scope: Scope) -> tuple[str, Handler | None, str]:
        """Returns (name, node in this file, class of a class-based view) of a handler given as an argument."""
        if isinstance(view, ast.Name) and view.id not in self.handlers:
            made = next((v for v in scope.names.get(view.id, ()) if isinstance(v, ast.Call)), None)
            view = made if made is not None else view
        if isinstance(view, ast.Lambda):
            return "lambda", view, ""
        if isinstance(view, ast.Call):
            method = view.func if isinstance(view.func, ast.Attribute) and view.func.attr == "as_view" else None
            name = last_name(method.value if method is not None else view.func)
            return name, None, name if method is not None else ""
        name = last_name(view)
        return name, self.handlers.get(name), ""
