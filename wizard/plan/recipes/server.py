"""Lets a server take its port from the environment."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from wizard.plan.context import PlanContext
from wizard.plan.recipes.code import Module, changed, fitted, nodes_at, rewritten
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
    """Returns each number that a server of the file is given as its port, or that a constant so given is set to. Where
    lines came before it in this phase (`attach(app)`), the number alone says which call is meant."""
    return _at(tree, lambda line, port: (line, port) in served) or _at(
        tree, lambda line, port: any(port == value and line > was for was, value in served)
    )


def _at(tree: ast.Module, is_meant: Callable[[int, int], bool]) -> list[ast.Constant]:
    found: dict[int, ast.Constant] = {}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        for given in (*(k.value for k in node.keywords if k.arg == "port"), *_unnamed(node)):
            number = given if isinstance(given, ast.Constant) else _constant(tree, given)
            if number is not None and type(number.value) is int and is_meant(node.lineno, number.value):
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


PORT_FROM_ENVIRONMENT = Recipe(
    "port-from-env",
    "config-env",
    "safe",
    "read the port from the environment, with today's as the default",
    "",
    _port_sites,
    port_from_environment,
)
