"""Reads a password from its mounted file first: the file that `NAME_FILE` names, or the Compose secret."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from wizard.plan.context import PlanContext
from wizard.plan.recipes.clients import full_name, imported
from wizard.plan.recipes.code import Module, fitted, nodes_at, rewritten
from wizard.plan.recipes.imports import below_imports, is_bound, is_free, own_packages, with_imports
from wizard.plan.recipes.proof import Pair, prove, statement
from wizard.plan.recipes.recipe import Recipe
from wizard.plan.splice.text import SpliceRefused
from wizard.rules.pythons import expression_of
from wizard.rules.secrets import SECRETS_FOLDER, is_secret, same_secret, server_of
from wizard.syntax.python import parse_python

NAME = "secret-file"
READER = "secret_from_file"
_READS = {"os.environ": ast.Subscript, "os.environ.get": ast.Call, "os.getenv": ast.Call}
FUNCTION = f'''def {READER}(name: str, secret: str) -> str:
    """Returns what the file has that NAME_FILE names, else the mounted secret; empty without either."""
    path = os.environ.get(name + "_FILE")
    if not path:
        path = "{SECRETS_FOLDER}/" + secret
        if not os.path.isfile(path):
            return ""
    with open(path, encoding="utf-8") as file:
        return file.read().strip()
'''


def from_file(ctx: PlanContext, path: str, text: str) -> str:
    """Puts the file's content before every read of a secret from the environment, which stays what counts without a
    file. Raises `SpliceRefused` where a name is taken, or the read stands where it cannot be told apart."""
    tree = parse_python(text)
    if tree is None:
        raise SpliceRefused("the file does not parse")
    names = imported(tree)
    reads = [(node, name) for node, name in _reads(tree) if _is_meant(ctx, name)]
    _check(tree, names, reads)
    has_os = is_bound(tree, "os", min((node.lineno for node, _ in reads), default=None))
    alone = _alone(tree)
    calls = {id(node): f'{READER}("{name}", "{_secret(ctx, name) or name.lower()}")' for node, name in reads}
    function = FUNCTION if _has_types(tree) else FUNCTION.replace(": str", "").replace(" -> str", "")

    def change(module: Module) -> Module:
        import libcst

        found: dict[int, tuple[str, bool]] = {}
        for kind in (libcst.Subscript, libcst.Call):
            mine = [node for node, _ in reads if isinstance(node, ast.Subscript) == (kind is libcst.Subscript)]
            for node, old in zip(mine, nodes_at(module, mine, kind), strict=True):
                found[id(old)] = calls[id(node)], id(node) in alone
        module = _either(module, found)
        return _with_function(module if has_os else with_imports(module, ["import os"], own_packages(ctx)), function)

    after = rewritten(text, change)
    added = [("", statement(function)), *([] if has_os else [("", "import os")])]
    prove(text, after, [*_planned(reads, calls), *added])
    return after


def _planned(reads: list[tuple[ast.expr, str]], calls: dict[int, str]) -> list[Pair]:
    """Each read with what becomes of it; one that is the default of another is part of that one."""
    inside = {id(part) for node, _ in reads for part in ast.walk(node) if part is not node}

    class Put(ast.NodeTransformer):
        def visit(self, node: ast.AST) -> ast.AST:
            new = self.generic_visit(node)
            call = calls.get(id(node))
            return new if call is None else ast.BoolOp(ast.Or(), [expression_of(call), new])  # type: ignore[list-item]

    outer = [node for node, _ in reads if id(node) not in inside]
    before = [ast.unparse(node) for node in outer]
    return list(zip(before, [ast.unparse(Put().visit(node)) for node in outer], strict=True))


def _has_types(tree: ast.Module) -> bool:
    """Tells whether the file says the types of its functions."""
    functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    return any(f.returns is not None or any(arg.annotation for arg in f.args.args) for f in functions)


def _either(module: Module, found: dict[int, tuple[str, bool]]) -> Module:
    """The module in which each of some nodes stands behind a call and `or`, in brackets unless it is a whole value."""
    import libcst

    class Put(libcst.CSTTransformer):
        def on_leave(self, original: Any, updated: Any) -> Any:
            if id(original) not in found:
                inside = isinstance(original, libcst.Call) and any(id(arg.value) in found for arg in original.args)
                return fitted(updated) if inside else updated
            call, bare = found[id(original)]
            new = libcst.BooleanOperation(libcst.parse_expression(call), libcst.Or(), updated)
            return new if bare else new.with_changes(lpar=[libcst.LeftParen()], rpar=[libcst.RightParen()])

    return module.visit(Put())


def _with_function(module: Module, code: str) -> Module:
    """The reader below the imports, above what calls it, two blank lines around it."""
    import libcst

    index = below_imports(module, lambda node: f"{READER}(" in module.code_for_node(node)) + 1
    blank = [libcst.EmptyLine(indent=False)] * 2
    function = libcst.parse_statement(code, module.config_for_parsing).with_changes(leading_lines=blank)
    body = list(module.body)
    if index < len(body):
        lines = list(body[index].leading_lines)
        bare = next((n for n, line in enumerate(lines) if line.comment), len(lines))
        body[index] = body[index].with_changes(leading_lines=[*blank, *lines[bare:]])
    return module.with_changes(body=[*body[:index], function, *body[index:]])


def _reads(tree: ast.Module) -> Iterator[tuple[ast.expr, str]]:
    """Yields each read of a named secret from the environment, in the order of the tree."""
    names = imported(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
            given, full = node.slice, full_name(node.value, names)
        elif isinstance(node, ast.Call) and node.args:
            given, full = node.args[0], full_name(node.func, names)
        else:
            continue
        named = given.value if isinstance(given, ast.Constant) and isinstance(node, _READS.get(full, ())) else None
        if isinstance(named, str) and named.isidentifier() and is_secret(named):
            yield node, named


def _check(tree: ast.Module, names: dict[str, str], reads: list[tuple[ast.expr, str]]) -> None:
    if not reads:
        raise SpliceRefused("no secret is read from the environment in a way that can be told")
    line = reads[0][0].lineno
    bound = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}
    bound |= {n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)}
    if READER in bound | set(names) or not is_free(tree, "os"):
        raise SpliceRefused(f"the name {READER} or os is something else there", line=line)
    inside = {id(part) for n in ast.walk(tree) if isinstance(n, ast.JoinedStr) for part in ast.walk(n)}
    if any(id(node) in inside for node, _ in reads):
        raise SpliceRefused("a secret is read inside an f-string", line=line)


def _alone(tree: ast.Module) -> set[int]:
    """The expressions that need no brackets around an `or`: arguments and whole values."""
    found: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            found |= {id(arg) for arg in (*node.args, *(k.value for k in node.keywords if k.arg))}
        elif isinstance(node, ast.Assign | ast.AnnAssign | ast.Return) and node.value is not None:
            found.add(id(node.value))
    return found


def _secret(ctx: PlanContext, variable: str) -> str:
    """The secret that holds a variable's value: one of the stack with its name, or the server's; '' for none."""
    block = ctx.service.compose if ctx.service else None
    own = frozenset((*ctx.spec.name.lower().split("_"), *ctx.profile.prefix.lower().strip("_").split("_")))
    mounted = [fact.value for fact in block.secrets] if block is not None else []
    for secret in (*mounted, *(name for name, _, _ in ctx.facts.compose.secrets)):
        if same_secret(variable, secret, own):
            return secret
    server = server_of(variable)
    asked = ctx.facts.credential(server) if server else None
    return asked.name if asked is not None and asked.kind == "secret" else ""


def _is_meant(ctx: PlanContext, variable: str) -> bool:
    """True where the stack has a secret for the variable, or the recipe was named by itself."""
    return NAME in ctx.choice.fixes or bool(_secret(ctx, variable))


def sites(ctx: PlanContext) -> tuple[str, ...]:
    """Returns the files that read a secret of the stack from the environment only."""
    found = []
    for file in ctx.service.python if ctx.service else ():
        text = ctx.text(file.path) or ""
        tree = parse_python(text) if "environ" in text or "getenv" in text else None
        if tree is None or SECRETS_FOLDER in text:
            continue
        if any(_is_meant(ctx, name) and f"{name}_FILE" not in text for _, name in _reads(tree)):
            found.append(file.path)
    return tuple(found)


SECRET_FILE = Recipe(
    NAME,
    "compose-environment",
    "unsafe",
    "read the secret's file first, and the variable without one",
    "where both a mounted file and the variable are there, the file wins",
    sites,
    from_file,
)
