"""The vocabulary of routes in Python code, and what every reader of them shares."""

from __future__ import annotations

import ast

from wizard.stack.python_models import settled
from wizard.stack.python_names import Names
from wizard.stack.python_scan import Scan, Scope
from wizard.stack.python_static import static_ok
from wizard.stack.python_tree import keyword, last_name
from wizard.stack.python_values import Values
from wizard.values.lean import dataclass, field
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
        """The prefix a call gives, None without one; and what other files must say, when this one cannot."""
        given = next((v for v in (keyword(call, name) for name in _PREFIX_KEYWORDS) if v is not None), None)
        return (None, None) if given is None else self.given(given, scope)

    def given(self, node: ast.expr, scope: Scope) -> tuple[str, Text | None]:
        """A prefix as far as this file says it, and the expression when that is not at all."""
        known = self.known(node, scope)
        empty = isinstance(node, ast.Constant) and node.value == ""
        return known, None if known or empty else self.values.text(node, scope)

    def known(self, node: ast.expr, scope: Scope) -> str:
        """An expression's text as far as this file says it, '' otherwise."""
        return settled(self.values.text(node, scope), scope)

    def framework(self, group: str) -> str:
        """The framework of a group, else the only one the file imports, else `unknown`."""
        return self.frameworks.get(group, self.default) or "unknown"

    def methods(self, call: ast.Call) -> tuple[str, ...]:
        """The `methods=` of a call, () without."""
        given = keyword(call, "methods")
        items = given.elts if isinstance(given, ast.List | ast.Tuple | ast.Set) else []
        return tuple(str(item.value).upper() for item in items if isinstance(item, ast.Constant))

    def add(
        self,
        rule: Text,
        methods: tuple[str, ...],
        framework: str,
        handler: str,
        line: int,
        node: Handler | None,
        group: str,
    ) -> None:
        """Put a route down."""
        source = Source(self.path, line)
        self.out.routes.append(PendingRoute(rule, methods, framework, handler, source, static_ok(node), group))

    def view(self, view: ast.expr | None) -> tuple[str, Handler | None]:
        """(name, node in this file) of a handler given as an argument."""
        if isinstance(view, ast.Lambda):
            return "lambda", view
        if isinstance(view, ast.Call):
            method = view.func if isinstance(view.func, ast.Attribute) and view.func.attr == "as_view" else None
            owner = method.value if method is not None else None
            return last_name(owner if owner is not None else view.func), None
        name = last_name(view)
        return name, self.handlers.get(name)
