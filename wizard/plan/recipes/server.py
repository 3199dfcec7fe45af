"""Lets a server take its port from the environment, and its health route say which dependency is down."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from wizard.plan.context import PlanContext
from wizard.plan.recipes.code import BOM, Module, nodes_at, rewritten, with_import_os
from wizard.plan.recipes.proof import prove, statement
from wizard.plan.recipes.recipe import Recipe
from wizard.plan.recipes.redis import constructors, imported
from wizard.plan.splice.text import SpliceRefused
from wizard.syntax.python import parse_python

_SERVING = frozenset({"run", "serve", "run_simple", "make_server", "create_server", "run_app", "Config"})


def port_from_environment(ctx: PlanContext, path: str, text: str) -> str:
    """Reads NAME_PORT where the port stands, with that port as the default."""
    tree = parse_python(text)
    found = list(_ports(tree)) if tree is not None else []
    if tree is None or len(found) != 1:
        raise SpliceRefused("which number is the port cannot be told")
    literal, name = found[0], f"{ctx.env_prefix}PORT"
    port = ast.unparse(literal)
    _check_variable(ctx, name, port, literal.lineno)
    names = imported(tree)
    has_os = any(
        isinstance(node, ast.Import) and any(a.name == "os" and not a.asname for a in node.names) for node in tree.body
    )
    if not has_os and ("os" in names or _binds(tree, "os")):
        raise SpliceRefused("the name os is something else there", line=literal.lineno)
    read = "os.getenv" if "os.getenv(" in text else "os.environ.get"
    new = f'int({read}("{name}", "{port}"))'

    def change(module: Module) -> Module:
        import libcst

        (old,) = nodes_at(module, [literal], libcst.Integer)
        module = module.deep_replace(old, libcst.parse_expression(new))
        return module if has_os else with_import_os(module)

    after = rewritten(text, change)
    planned = [(port, statement(new)), *([] if has_os else [("", "import os")])]
    prove(text, after, planned)
    return after


def _check_variable(ctx: PlanContext, name: str, port: str, line: int) -> None:
    """Raises `SpliceRefused` where the variable is set already, so that the service would move."""
    block = ctx.service.compose if ctx.service else None
    for entry in block.environment if block else ():
        if entry.name == name and entry.value != port:
            raise SpliceRefused(f"{entry.source} sets {name} to another value: the service would move", line=line)


def _ports(tree: ast.Module) -> Iterator[ast.Constant]:
    """Yields each number that a server of the file is given as its port, or that a constant so given is set to."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or _last(node.func) not in _SERVING:
            continue
        for given in node.keywords:
            if given.arg != "port":
                continue
            if _is_number(given.value):
                yield given.value  # type: ignore[misc]
            elif isinstance(given.value, ast.Name):
                yield from _constant(tree, given.value.id)


def _is_number(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and type(node.value) is int


def _constant(tree: ast.Module, name: str) -> Iterator[ast.Constant]:
    """Yields the number of a constant that the module sets once."""
    stores = [n for n in ast.walk(tree) if isinstance(n, ast.Name) and n.id == name and isinstance(n.ctx, ast.Store)]
    for node in tree.body:
        if isinstance(node, ast.Assign) and len(stores) == 1 and stores[0] in node.targets and _is_number(node.value):
            yield node.value  # type: ignore[misc]


def _last(func: ast.expr) -> str:
    return func.attr if isinstance(func, ast.Attribute) else func.id if isinstance(func, ast.Name) else ""


def _binds(tree: ast.Module, name: str) -> bool:
    """Tells whether the file gives the name to something of its own."""
    return any(
        (isinstance(n, ast.Name) and n.id == name)
        or (isinstance(n, ast.arg) and n.arg == name)
        or (isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and n.name == name)
        for n in ast.walk(tree)
    )


def _port_sites(ctx: PlanContext) -> tuple[str, ...]:
    files = ctx.service.python if ctx.service else ()
    serving = ((file.path, parse_python(ctx.text(file.path) or "")) for file in files if file.served_ports)
    return tuple(path for path, tree in serving if tree is not None and any(_ports(tree)))


def answer_503(ctx: PlanContext, path: str, text: str) -> str:
    """Pings Redis first in a health route that can only say ok."""
    tree = parse_python(text)
    handlers = {route.handler for route in _static_routes(ctx, path)}
    functions = [n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name in handlers] if tree else []
    if tree is None or len(functions) != 1:
        raise SpliceRefused("its health function is not one plain function of the module")
    function = functions[0]
    client = _client(tree, text, function)
    error = _error(tree)
    line = 'return {"status": "degraded", "dependencies": {"redis": "down"}}, 503'
    new = f"try:\n    {client}.ping()\nexcept {error}:\n    {line}\n"

    def change(module: Module) -> Module:
        import libcst

        (old,) = (n for n in module.body if isinstance(n, libcst.FunctionDef) and n.name.value == function.name)
        if not isinstance(old.body, libcst.IndentedBlock):
            raise SpliceRefused("its health function stands on one line", line=function.lineno)
        body = list(old.body.body)
        at = 1 if ast.get_docstring(function) is not None else 0
        added = libcst.parse_statement(new, module.config_for_parsing)
        body = [*body[:at], added, *body[at:]]
        return module.deep_replace(old, old.with_changes(body=old.body.with_changes(body=body)))

    after = rewritten(text, change)
    prove(text, after, [("", statement(new))])
    return after


def _client(tree: ast.Module, text: str, function: ast.FunctionDef) -> str:
    """Returns the module's one Redis client. Raises `SpliceRefused` where there is none, or the function hides it."""
    made = {id(call): module for call, module in constructors(text.removeprefix(BOM))}
    places = {(call.lineno, call.col_offset): module for call, module in constructors(text)} if made else {}
    names = [
        (node.targets[0].id, places[node.value.lineno, node.value.col_offset])
        for node in tree.body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and isinstance(node.value, ast.Call)
        and (node.value.lineno, node.value.col_offset) in places
    ]
    if len(names) != 1 or names[0][1] != "redis":
        raise SpliceRefused("the module has no Redis client of its own to ask", line=function.lineno)
    name = names[0][0]
    stores = [n for n in ast.walk(tree) if isinstance(n, ast.Name) and n.id == name and not isinstance(n.ctx, ast.Load)]
    if len(stores) != 1 or any(isinstance(n, ast.arg) and n.arg == name for n in ast.walk(function)):
        raise SpliceRefused(f"{name} is not always the same client", line=function.lineno)
    return name


def _error(tree: ast.Module) -> str:
    """Returns what the module calls redis-py's base error. Raises `SpliceRefused` where it has no name for it."""
    names = imported(tree)
    known = {"redis.RedisError", "redis.exceptions.RedisError"}
    found = next((bound for bound, full in names.items() if full in known), "")
    module = next((bound for bound, full in names.items() if full == "redis"), "")
    if not found and not module:
        raise SpliceRefused("it imports no name for redis.RedisError")
    return found or f"{module}.RedisError"


def _static_routes(ctx: PlanContext, path: str) -> list:  # type: ignore[type-arg]
    files = ctx.service.python if ctx.service else ()
    return [
        route
        for file in files
        if file.path == path
        for route in file.routes
        if route.static_ok and route.framework == "flask" and (route.path.rstrip("/") or "/") == "/health"
    ]


def _health_sites(ctx: PlanContext) -> tuple[str, ...]:
    files = ctx.service.python if ctx.service else ()
    return tuple(
        file.path for file in files if _static_routes(ctx, file.path) and constructors(ctx.text(file.path) or "")
    )


PORT_FROM_ENVIRONMENT = Recipe(
    "port-from-env",
    "config-env",
    "safe",
    "read the port from the environment, with today's as the default",
    "",
    _port_sites,
    port_from_environment,
)
HEALTH_503 = Recipe(
    "health-503",
    "health-endpoint",
    "unsafe",
    "answer 503 with the dependency's name when Redis is down",
    "who asks for its health gets 503 while Redis is away, and an engine calls the container unhealthy",
    _health_sites,
    answer_503,
)
