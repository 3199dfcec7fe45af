"""Names a Redis connection, and lets a client outlive a restart of its server."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from wizard.plan.context import PlanContext
from wizard.plan.recipes.code import Module, index_beside, nodes_at, rewritten, with_arguments, with_statement_after
from wizard.plan.recipes.proof import argument, prove, statement
from wizard.plan.recipes.recipe import Recipe
from wizard.plan.splice.text import SpliceRefused
from wizard.syntax.python import parse_python

MODULES = frozenset({"redis", "redis.asyncio"})
CLASSES = frozenset({"Redis", "StrictRedis", "from_url"})
_BACKOFF, _RETRY, _ERRORS = ("ExponentialBackoff",), ("Retry",), ("ConnectionError", "TimeoutError")
"""What is imported for retries. The errors get a name of their own: Python has some so named."""


def constructors(text: str) -> list[tuple[ast.Call, str]]:
    """Returns the calls that make a redis-py client, each with its module: `redis` or `redis.asyncio`."""
    tree = parse_python(text)
    if tree is None:
        return []
    names = imported(tree)
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            full = _full(node.func, names)
            module, _, last = full.rpartition(".")
            if last == "from_url" and module.rpartition(".")[2] in CLASSES:
                module = module.rpartition(".")[0]
            if last in CLASSES and module.removesuffix(".client") in MODULES:
                found.append((node, module.removesuffix(".client")))
    return found


def imported(tree: ast.Module) -> dict[str, str]:
    """Returns each name that an import of the file binds, with what it stands for."""
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                bound = alias.asname or alias.name.partition(".")[0]
                names[bound] = alias.name if alias.asname else bound
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    return names


def _full(func: ast.expr, names: dict[str, str]) -> str:
    parts: list[str] = []
    while isinstance(func, ast.Attribute):
        parts.append(func.attr)
        func = func.value
    if not isinstance(func, ast.Name) or func.id not in names:
        return ""
    return ".".join([names[func.id], *reversed(parts)])


def _lacking(text: str, wanted: frozenset[str]) -> list[tuple[ast.Call, str]]:
    """Returns the constructors that have none of these arguments."""
    return [(call, module) for call, module in constructors(text) if not wanted & {k.arg for k in call.keywords}]


def _paths(ctx: PlanContext, wanted: frozenset[str]) -> tuple[str, ...]:
    files = ctx.service.python if ctx.service else ()
    texts = ((file.path, ctx.text(file.path) or "") for file in files)
    return tuple(path for path, text in texts if "redis" in text and _lacking(text, wanted))


NAMED, RETRIED = frozenset({"client_name"}), frozenset({"retry", "retry_on_error"})


def _check(call: ast.Call) -> None:
    """Raises `SpliceRefused` where a further argument would be given twice or would not count."""
    given = {k.arg for k in call.keywords}
    if None in given or any(isinstance(arg, ast.Starred) for arg in call.args):
        raise SpliceRefused("what is unpacked into the constructor may give these arguments already", line=call.lineno)
    if "connection_pool" in given:
        raise SpliceRefused(
            "the client takes its connections from a pool, which has its own settings", line=call.lineno
        )


def _rewritten(text: str, calls: Sequence[ast.Call], given: Sequence[tuple[str, str]], imports: Sequence[str]) -> str:
    """Returns the text with further arguments of some calls, and what these need to be imported."""

    def change(module: Module) -> Module:
        import libcst

        for call in nodes_at(module, calls, libcst.Call):
            missing = [pair for pair in given if pair[0] not in {a.keyword.value for a in call.args if a.keyword}]
            module = module.deep_replace(call, with_arguments(call, missing))
        index = index_beside(module, "redis")
        for number, line in enumerate(imports):
            module = with_statement_after(module, index + number, line)
        return module

    planned = [("", argument(name, value)) for call in calls for name, value in given if name not in _given(call)]
    after = rewritten(text, change)
    prove(text, after, [*planned, *(("", statement(line)) for line in imports)])
    return after


def _given(call: ast.Call) -> set[str | None]:
    return {k.arg for k in call.keywords}


def name_connections(ctx: PlanContext, path: str, text: str) -> str:
    """Adds `client_name`, the service's name, to every constructor of the file that has none."""
    calls = [call for call, _ in _lacking(text, NAMED)]
    for call in calls:
        _check(call)
    return _rewritten(text, calls, [("client_name", f'"{ctx.spec.name}"')], ())


def retry(ctx: PlanContext, path: str, text: str) -> str:
    """Adds retries with growing pauses and a health check of idle connections to every constructor without."""
    found = _lacking(text, RETRIED)
    for call, _ in found:
        _check(call)
    modules = {module for _, module in found}
    if len(modules) != 1:
        raise SpliceRefused("the file has clients of both kinds, asyncio and not", line=found[0][0].lineno)
    _check_version(ctx)
    module = "redis.asyncio.retry" if modules == {"redis.asyncio"} else "redis.retry"
    words, imports = _bound(text, {"redis.backoff": _BACKOFF, module: _RETRY, "redis.exceptions": _ERRORS})
    backoff, again, lost, late = (words[name] for name in (*_BACKOFF, *_RETRY, *_ERRORS))
    given = [
        ("retry", f"{again}({backoff}(cap=10, base=0.5), retries=8)"),
        ("retry_on_error", f"[{lost}, {late}]"),
        ("health_check_interval", "30"),
    ]
    return _rewritten(text, [call for call, _ in found], given, imports)


def _bound(text: str, needed: dict[str, tuple[str, ...]]) -> tuple[dict[str, str], list[str]]:
    """Returns what each needed name is called in the file, and the imports it has to get."""
    tree = parse_python(text)
    have = {full: bound for bound, full in imported(tree).items()} if tree is not None else {}
    words: dict[str, str] = {}
    imports = []
    for source, names in needed.items():
        parts = []
        for name in names:
            words[name] = have.get(f"{source}.{name}") or (f"Redis{name}" if name in _ERRORS else name)
            if f"{source}.{name}" not in have:
                _check_free(tree, words[name])
                parts.append(name if words[name] == name else f"{name} as {words[name]}")
        imports += [f"from {source} import {', '.join(parts)}"] if parts else []
    return words, imports


def _check_free(tree: ast.Module | None, name: str) -> None:
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} if tree else set()
    defined = (
        {node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef | ast.FunctionDef)} if tree else set()
    )
    if name in used | defined:
        raise SpliceRefused(f"the file uses the name {name} for something else")


def _check_version(ctx: PlanContext) -> None:
    """Refuses a pin from before redis-py had `retry_on_error`."""
    from packaging.version import InvalidVersion, Version

    found = ctx.service.requirements.requirements if ctx.service and ctx.service.requirements else ()
    for line in found:
        if line.name == "redis" and line.specifier.startswith("=="):
            try:
                old = Version(line.specifier.removeprefix("==").strip()) < Version("4.1.0")
            except InvalidVersion:
                continue
            if old:
                said = f"{line.source} pins redis {line.specifier}, which has no retry_on_error; it came with 4.1.0"
                raise SpliceRefused(said)


CLIENT_NAME = Recipe(
    "redis-name",
    "redis-pubsub",
    "safe",
    "name the connection to Redis",
    "",
    lambda ctx: _paths(ctx, NAMED),
    name_connections,
)
RETRY = Recipe(
    "redis-retry",
    "redis-pubsub",
    "unsafe",
    "try a command again when Redis is away, with growing pauses, and check idle connections",
    "a command whose answer was lost is sent a second time, and one that fails now fails only after the last try",
    lambda ctx: _paths(ctx, RETRIED),
    retry,
)
