"""What the service's own modules define, read from the texts of the facts: decides what can stand beside them."""

from __future__ import annotations

import ast
import posixpath
from functools import lru_cache

from wizard.plan.context import PlanContext
from wizard.rules.ports import own_port_variables
from wizard.syntax.python import parse_python
from wizard.values.facts.code import SettingVar


def module_path(ctx: PlanContext, stem: str) -> str:
    """Returns the path of one module of the service."""
    return posixpath.join(ctx.folder, stem + ".py")


def defined(ctx: PlanContext, stem: str) -> frozenset[str]:
    """Returns the top-level names of one module of the service; none when it is not there."""
    return defined_names(ctx.text(module_path(ctx, stem)) or "")


@lru_cache(maxsize=64)  # every phase asks the same few modules dozens of times
def defined_names(text: str) -> frozenset[str]:
    """Returns names a module defines or imports at its top level; none when it does not parse."""
    tree = parse_python(text)
    return frozenset(name for node in tree.body for name in _names(node)) if tree is not None else frozenset()


def is_wired(ctx: PlanContext) -> bool:
    """Returns True when the app is a hand-written one that the wizard's `wiring.py` connects."""
    return defined(ctx, "wiring") >= {"Stack", "attach"}


def variables_read(ctx: PlanContext) -> tuple[SettingVar, ...]:
    """Returns the environment variables that the service's code reads, each once."""
    files = ctx.service.code if ctx.service else ()
    return tuple({variable.name: variable for file in files for variable in file.variables}.values())


def port_variables(ctx: PlanContext) -> tuple[SettingVar, ...]:
    """Returns the variables of the code that hold the service's own port."""
    return own_port_variables(ctx.service, ctx.facts.service_names, ctx.profile.prefix) if ctx.service else ()


def is_generated(ctx: PlanContext) -> bool:
    """Returns True when the service's `service.py` is (derived from) the wizard's own."""
    return defined(ctx, "service") >= {"create_app", "main", "run", "_on_sigterm"}


def routes_of_entry(ctx: PlanContext) -> frozenset[str]:
    """Returns the paths of the routes in the entry file itself."""
    if ctx.service is None:
        return frozenset()
    entry = next((file for file in ctx.service.python if file.path == ctx.service.entry), None)
    return frozenset(route.path for route in entry.routes) if entry else frozenset()


def _names(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [node.name]
    if isinstance(node, ast.Assign):
        return [target.id for target in node.targets if isinstance(target, ast.Name)]
    if isinstance(node, ast.AnnAssign):
        return [node.target.id] if isinstance(node.target, ast.Name) else []
    if isinstance(node, ast.Import | ast.ImportFrom):
        return [alias.asname or alias.name for alias in node.names]
    return []
