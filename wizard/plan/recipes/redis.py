"""Names a Redis connection, and lets a client outlive a restart of its server."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from functools import partial

from wizard.plan.context import PlanContext
from wizard.plan.recipes.clients import constructors, given_to, imported, is_pool, root_of
from wizard.plan.recipes.code import Module, changed, nodes_at, rewritten, with_arguments
from wizard.plan.recipes.imports import own_packages, with_imports
from wizard.plan.recipes.proof import argument, prove, statement
from wizard.plan.recipes.recipe import Recipe
from wizard.plan.splice.text import SpliceRefused
from wizard.syntax.python import parse_python

_BACKOFF, _RETRY, _ERRORS = ("ExponentialBackoff",), ("Retry",), ("ConnectionError", "TimeoutError")
"""What is imported for retries. The errors get a name of their own: Python has some so named."""
NAMED, RETRIED = frozenset({"client_name"}), frozenset({"retry", "retry_on_error"})
_SINCE = {"client_name": "3.4.0", "retry_on_error": "4.1.0"}
"""The first redis-py that takes an argument."""


def _lacking(text: str, wanted: frozenset[str]) -> list[tuple[ast.Call, str]]:
    """Returns the constructors that have none of these arguments; not a client whose pool the file makes as well."""
    found = constructors(text)
    pools = any(is_pool(call) for call, _ in found)
    return [
        (call, module)
        for call, module in found
        if not wanted & (given := given_to(text, call)) and not (pools and "connection_pool" in given)
    ]


def _paths(ctx: PlanContext, wanted: frozenset[str]) -> tuple[str, ...]:
    files = ctx.service.python if ctx.service else ()
    texts = ((file.path, ctx.text(file.path) or "") for file in files)
    return tuple(path for path, text in texts if "redis" in text and _lacking(text, wanted))


def _check(ctx: PlanContext, text: str, call: ast.Call, wanted: str) -> None:
    """Raises `SpliceRefused` where a further argument would be given twice, would not count or is not known."""
    given = given_to(text, call)
    if None in given:
        raise SpliceRefused("what is unpacked into the constructor may give these arguments already", line=call.lineno)
    if "connection_pool" in given:
        raise SpliceRefused(
            "the client takes its connections from a pool, which has its own settings", line=call.lineno
        )
    _check_version(ctx, wanted)


def _rewritten(
    ctx: PlanContext, text: str, calls: Sequence[ast.Call], given: Sequence[tuple[str, str]], imports: Sequence[str]
) -> str:
    """Returns the text with further arguments of some calls, and what these need to be imported."""
    place = _place(text, calls) if imports else None

    def change(module: Module) -> Module:
        import libcst

        nodes = nodes_at(module, calls, libcst.Call)
        lacks = [[pair for pair in given if pair[0] not in given_to(text, call)] for call in calls]
        changes = [(node, partial(with_arguments, given=lack)) for node, lack in zip(nodes, lacks, strict=True)]
        lines = [libcst.parse_statement(line, module.config_for_parsing) for line in imports]
        if place is None:
            return with_imports(changed(module, changes), imports, own_packages(ctx), beside="redis")
        beside = (_statement(module, place), lambda node: libcst.FlattenSentinel([node, *lines]))
        return changed(module, [*changes, beside])

    planned = [
        ("", argument(name, value)) for call in calls for name, value in given if name not in given_to(text, call)
    ]
    after = rewritten(text, change)
    prove(text, after, [*planned, *(("", statement(line)) for line in imports)])
    return after


def _place(text: str, calls: Sequence[ast.Call]) -> ast.stmt | None:
    """Returns the statement that imports redis where it is not at the module's own level: under `try` or in a function,
    where it may fail, and what is imported besides has to stand beside it. Raises `SpliceRefused` for several."""
    tree = parse_python(text)
    roots = {root_of(call.func) for call in calls}
    found = [
        node
        for node in (ast.walk(tree) if tree is not None else ())
        if isinstance(node, ast.Import | ast.ImportFrom)
        and any((a.asname or a.name.partition(".")[0]) in roots for a in node.names)
    ]
    if tree is None or any(node in tree.body for node in found):
        return None
    if len(found) != 1:
        raise SpliceRefused("redis is imported in more than one place", line=calls[0].lineno)
    return found[0]


def _statement(module: Module, place: ast.stmt) -> Module:
    """The line of the module that is a statement of `ast`. Raises `SpliceRefused`: it stands on one with others."""
    import libcst
    from libcst import metadata

    places = metadata.MetadataWrapper(module, unsafe_skip_copy=True).resolve(metadata.PositionProvider)
    for node, span in places.items():
        if isinstance(node, libcst.SimpleStatementLine) and span.start.line == place.lineno and len(node.body) == 1:
            return node
    raise SpliceRefused("the import of redis is not a line of its own", line=place.lineno)


def name_connections(ctx: PlanContext, path: str, text: str) -> str:
    """Adds `client_name`, the service's name, to every constructor of the file that has none."""
    calls = [call for call, _ in _lacking(text, NAMED)]
    others = [other.name for other in ctx.facts.services if other.name != ctx.spec.name]
    running = [name for name in others if _runs(ctx, name, path)]
    if running and calls:
        said = f"{running[0]} runs this file, too: its connections would get this service's name"
        raise SpliceRefused(said, line=calls[0].lineno)
    for call in calls:
        _check(ctx, text, call, "client_name")
        _check_user(ctx, call)
    return _rewritten(ctx, text, calls, [("client_name", f'"{ctx.spec.name}"')], ())


def _runs(ctx: PlanContext, name: str, path: str) -> bool:
    other = ctx.facts.service(name)
    return other is not None and any(file.path == path for file in other.code)


def _check_user(ctx: PlanContext, call: ast.Call) -> None:
    """Refuses a user of an ACL, who may not be allowed to give a connection a name: it could not connect then."""
    asked = ctx.facts.credential("redis")
    url = call.args[0].value if call.args and isinstance(call.args[0], ast.Constant) else ""
    user = str(url).partition("://")[2].partition("@")[0].partition(":")[0] if "@" in str(url) else ""
    given = next((k.value for k in call.keywords if k.arg == "username"), None)
    plain = given is None or (isinstance(given, ast.Constant) and given.value in (None, "", "default"))
    if user not in ("", "default") or not plain or (asked is not None and asked.user):
        said = "it connects as a user of an ACL, who needs +client|setname to give the connection a name"
        raise SpliceRefused(said, f'client_name="{ctx.spec.name}"', call.lineno)


def retry(ctx: PlanContext, path: str, text: str) -> str:
    """Adds retries with growing pauses and a health check of idle connections to every constructor without."""
    found = _lacking(text, RETRIED)
    for call, _ in found:
        _check(ctx, text, call, "retry_on_error")
    modules = {module for _, module in found}
    if not modules:
        return text
    if len(modules) != 1:
        raise SpliceRefused("the file has clients of both kinds, asyncio and not", line=found[0][0].lineno)
    module = "redis.asyncio.retry" if modules == {"redis.asyncio"} else "redis.retry"
    words, imports = _bound(text, {"redis.backoff": _BACKOFF, module: _RETRY, "redis.exceptions": _ERRORS})
    backoff, again, lost, late = (words[name] for name in (*_BACKOFF, *_RETRY, *_ERRORS))
    given = [
        ("retry", f"{again}({backoff}(cap=10, base=0.5), retries=8)"),
        ("retry_on_error", f"[{lost}, {late}]"),
        ("health_check_interval", "30"),
    ]
    return _rewritten(ctx, text, [call for call, _ in found], given, sorted(imports))


def _bound(text: str, needed: dict[str, tuple[str, ...]]) -> tuple[dict[str, str], list[str]]:
    """Returns what each needed name is called in the file, and the imports it has to get."""
    tree = parse_python(text)
    have = {full: bound for bound, full in imported(tree).items()} if tree is not None else {}
    words: dict[str, str] = {}
    imports = []
    for source, names in needed.items():
        for name in names:
            words[name] = have.get(f"{source}.{name}") or (f"Redis{name}" if name in _ERRORS else name)
            if f"{source}.{name}" not in have:
                _check_free(tree, words[name])
                bound = name if words[name] == name else f"{name} as {words[name]}"
                imports.append(f"from {source} import {bound}")
    return words, imports


def _check_free(tree: ast.Module | None, name: str) -> None:
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} if tree else set()
    defined = (
        {node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef | ast.FunctionDef)} if tree else set()
    )
    if name in used | defined:
        raise SpliceRefused(f"the file uses the name {name} for something else")


def _check_version(ctx: PlanContext, wanted: str) -> None:
    """Refuses a pin from before redis-py had an argument."""
    from packaging.version import InvalidVersion, Version

    found = ctx.service.requirements.requirements if ctx.service and ctx.service.requirements else ()
    for line in found:
        if line.name == "redis" and line.specifier.startswith("=="):
            try:
                old = Version(line.specifier.removeprefix("==").strip()) < Version(_SINCE[wanted])
            except InvalidVersion:
                continue
            if old:
                has = f"which has no {wanted}; it came with {_SINCE[wanted]}"
                raise SpliceRefused(f"{line.source} pins redis {line.specifier}, {has}")


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
