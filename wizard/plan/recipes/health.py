"""Lets a health route that can only say ok ask Redis first, and answer 503 when it is down."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from wizard.plan.context import PlanContext
from wizard.plan.recipes.clients import constructors, imported, is_pool
from wizard.plan.recipes.code import BOM, Module, changed, rewritten
from wizard.plan.recipes.imports import own_packages, with_imports
from wizard.plan.recipes.proof import prove, statement
from wizard.plan.recipes.recipe import Recipe
from wizard.plan.splice.text import SpliceRefused
from wizard.syntax.python import parse_python
from wizard.values.facts.code import Route

_BODY = '{"status": "degraded", "dependencies": {"redis": "down"}}'
_ANSWERS = {
    "flask": (f"{_BODY}, 503", "", ""),
    "fastapi": ("{0}(status_code=503, content=" + _BODY + ")", "fastapi.responses", "JSONResponse"),
    "aiohttp": ("{0}.json_response(" + _BODY + ", status=503)", "aiohttp", "web"),
}
"""How a framework answers 503, and what it needs for that: `{0}` is what the file calls it."""
_SAME = {"fastapi.responses.JSONResponse": ("starlette.responses.JSONResponse",)}


def answer_503(ctx: PlanContext, path: str, text: str) -> str:
    """Pings Redis first in a health route that can only say ok."""
    tree = parse_python(text)
    frameworks = {route.handler: route.framework for route in _static_routes(ctx, path)}
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    functions = [n for n in tree.body if isinstance(n, kinds) and n.name in frameworks] if tree else []
    if tree is None or len(functions) != 1:
        raise SpliceRefused("its health function is not one plain function of the module")
    function = functions[0]
    client = _client(tree, text, function)
    error = _error(tree)
    answer, needed = _answer(tree, frameworks[function.name], function.lineno)
    new = f"try:\n    {client}.ping()\nexcept {error}:\n    return {answer}\n"

    def change(module: Module) -> Module:
        import libcst

        (old,) = (n for n in module.body if isinstance(n, libcst.FunctionDef) and n.name.value == function.name)
        if not isinstance(old.body, libcst.IndentedBlock):
            raise SpliceRefused("its health function stands on one line", line=function.lineno)
        return with_imports(changed(module, [(old.body, _begun(module, new, function))]), needed, own_packages(ctx))

    after = rewritten(text, change)
    prove(text, after, [("", statement(new)), *(("", statement(line)) for line in needed)])
    return after


def _begun(module: Module, code: str, function: ast.FunctionDef | ast.AsyncFunctionDef) -> Callable[[Any], Any]:
    """Puts a statement at the beginning of a function's body, below its docstring."""
    import libcst

    at = 1 if ast.get_docstring(function) is not None else 0
    added = libcst.parse_statement(code, module.config_for_parsing)
    return lambda block: block.with_changes(body=[*block.body[:at], added, *block.body[at:]])


def _client(tree: ast.Module, text: str, function: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    """Returns how the function asks the module's one Redis client. Raises `SpliceRefused` where there is none, the
    function hides it, or one of the two waits as asyncio does and the other does not."""
    found = [(call, module) for call, module in constructors(text.removeprefix(BOM)) if not is_pool(call)]
    places = {(call.lineno, call.col_offset): module for call, module in found}
    clients = [
        (target.id, places[node.value.lineno, node.value.col_offset])
        for node in tree.body
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Call)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name) and (node.value.lineno, node.value.col_offset) in places
    ]
    if len(clients) != 1:
        raise SpliceRefused("the module has no Redis client of its own to ask", line=function.lineno)
    name, module = clients[0]
    stores = [n for n in ast.walk(tree) if isinstance(n, ast.Name) and n.id == name and not isinstance(n.ctx, ast.Load)]
    if len(stores) != 1 or any(isinstance(n, ast.arg) and n.arg == name for n in ast.walk(function)):
        raise SpliceRefused(f"{name} is not always the same client", line=function.lineno)
    waits = module == "redis.asyncio"
    if waits != isinstance(function, ast.AsyncFunctionDef):
        said = "its health function is not async and its client is" if waits else "its client would stop the event loop"
        raise SpliceRefused(f"{said}: ask {name} in another way", line=function.lineno)
    return f"await {name}" if waits else name


def _answer(tree: ast.Module, framework: str, line: int) -> tuple[str, list[str]]:
    """Returns what a framework answers with, and the imports that it needs."""
    answer, module, name = _ANSWERS[framework]
    if not name:
        return answer, []
    full = f"{module}.{name}"
    names = imported(tree)
    bound = next((bound for bound, of in names.items() if of in (full, *_SAME.get(full, ()))), "")
    if bound:
        return answer.replace("{0}", bound), []
    if name in names or any(isinstance(n, ast.Name) and n.id == name for n in ast.walk(tree)):
        raise SpliceRefused(f"the file uses the name {name} for something else", line=line)
    return answer.replace("{0}", name), [f"from {module} import {name}"]


def _error(tree: ast.Module) -> str:
    """Returns what the module calls redis-py's base error. Raises `SpliceRefused` where it has no name for it."""
    names = imported(tree)
    known = {"redis.RedisError", "redis.exceptions.RedisError", "redis.asyncio.RedisError"}
    found = next((bound for bound, full in names.items() if full in known), "")
    module = next((bound for bound, full in names.items() if full in ("redis", "redis.asyncio")), "")
    if not found and not module:
        raise SpliceRefused("it imports no name for redis.RedisError")
    return found or f"{module}.RedisError"


def _static_routes(ctx: PlanContext, path: str) -> list[Route]:
    files = ctx.service.python if ctx.service else ()
    return [
        route
        for file in files
        if file.path == path
        for route in file.routes
        if route.static_ok and route.framework in _ANSWERS and (route.path.rstrip("/") or "/") == "/health"
    ]


def _sites(ctx: PlanContext) -> tuple[str, ...]:
    files = ctx.service.python if ctx.service else ()
    return tuple(
        file.path for file in files if _static_routes(ctx, file.path) and constructors(ctx.text(file.path) or "")
    )


HEALTH_503 = Recipe(
    "health-503",
    "health-endpoint",
    "unsafe",
    "answer 503 with the dependency's name when Redis is down",
    "who asks for its health gets 503 while Redis is away, and an engine calls the container unhealthy",
    _sites,
    answer_503,
)
