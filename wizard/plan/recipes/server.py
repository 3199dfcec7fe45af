"""Lets a server take its port from the environment, and its health route say which dependency is down."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from wizard.plan.context import PlanContext
from wizard.plan.recipes.clients import constructors, imported
from wizard.plan.recipes.code import BOM, Module, changed, fitted, nodes_at, rewritten
from wizard.plan.recipes.imports import is_bound, is_free, own_packages, with_imports
from wizard.plan.recipes.proof import prove, statement
from wizard.plan.recipes.recipe import Recipe
from wizard.plan.splice.text import SpliceRefused
from wizard.syntax.python import parse_python


def port_from_environment(ctx: PlanContext, path: str, text: str) -> str:
    """Reads NAME_PORT where the port stands, with that port as the default."""
    tree = parse_python(text)
    found = _ports(tree, _served(ctx, path)) if tree is not None else []
    if tree is None or len(found) != 1:
        raise SpliceRefused("which number is the port cannot be told")
    literal, name = found[0], f"{ctx.env_prefix}PORT"
    port = str(literal.value)
    _check_variable(ctx, name, port, literal.lineno)
    has_os = is_bound(tree, "os", literal.lineno)
    if not is_free(tree, "os"):
        raise SpliceRefused("the name os is something else there", line=literal.lineno)
    read = "os.getenv" if "os.getenv(" in text else "os.environ.get"
    new = f'int({read}("{name}", "{port}"))'

    def change(module: Module) -> Module:
        import libcst

        (old,) = nodes_at(module, [literal], libcst.Integer)
        calls = [(node, fitted) for node in _around(module, old)]
        module = changed(module, [(old, lambda _: libcst.parse_expression(new)), *calls])
        return module if has_os else with_imports(module, ["import os"], own_packages(ctx))

    after = rewritten(text, change)
    planned = [(ast.unparse(literal), statement(new)), *([] if has_os else [("", "import os")])]
    prove(text, after, planned)
    return after


def _around(module: Module, literal: Module) -> list[Module]:
    """The call that has the port as an argument."""
    import libcst
    from libcst import matchers

    found = matchers.findall(module, matchers.Call())
    return [node for node in found if isinstance(node, libcst.Call) and any(a.value is literal for a in node.args)]


def _check_variable(ctx: PlanContext, name: str, port: str, line: int) -> None:
    """Raises `SpliceRefused` where the variable is set already, so that the service would move."""
    block = ctx.service.compose if ctx.service else None
    image = ctx.service.dockerfile if ctx.service else None
    entries = [(entry.name, entry.value, entry.source) for entry in (block.environment if block else ())]
    for known, value, source in (*entries, *(image.env if image else ())):
        if known == name and value != port:
            raise SpliceRefused(f"{source} sets {name} to another value: the service would move", line=line)


def _served(ctx: PlanContext, path: str) -> set[tuple[int, int]]:
    """The ports that a file serves on, each with the line of the call."""
    files = ctx.service.python if ctx.service else ()
    return {(fact.source.line, fact.value) for file in files if file.path == path for fact in file.served_ports}


def _ports(tree: ast.Module, served: set[tuple[int, int]]) -> list[ast.Constant]:
    """Returns each number that a server of the file is given as its port, or that a constant so given is set to."""
    found: dict[int, ast.Constant] = {}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        for given in (*(k.value for k in node.keywords if k.arg == "port"), *_unnamed(node)):
            number = given if isinstance(given, ast.Constant) else _constant(tree, given)
            if number is not None and type(number.value) is int and (node.lineno, number.value) in served:
                found[id(number)] = number
                break
    return list(found.values())


def _unnamed(call: ast.Call) -> Iterator[ast.expr]:
    """Yields what a call is given by position, and the parts of an address."""
    for given in call.args:
        yield from given.elts if isinstance(given, ast.Tuple) else [given]


def _constant(tree: ast.Module, given: ast.expr) -> ast.Constant | None:
    """Returns the number of a constant that the module sets once."""
    if not isinstance(given, ast.Name):
        return None
    bound = [n for n in ast.walk(tree) if isinstance(n, ast.Name) and n.id == given.id]
    stores = [name for name in bound if not isinstance(name.ctx, ast.Load)]
    hidden = any(isinstance(n, ast.arg) and n.arg == given.id for n in ast.walk(tree))
    for node in tree.body:
        if not isinstance(node, ast.Assign | ast.AnnAssign) or not isinstance(node.value, ast.Constant):
            continue
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        if len(stores) == 1 and not hidden and stores[0] in targets:
            return node.value
    return None


def _port_sites(ctx: PlanContext) -> tuple[str, ...]:
    files = ctx.service.python if ctx.service else ()
    serving = ((file.path, parse_python(ctx.text(file.path) or "")) for file in files if file.served_ports)
    return tuple(path for path, tree in serving if tree is not None and _ports(tree, _served(ctx, path)))


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
