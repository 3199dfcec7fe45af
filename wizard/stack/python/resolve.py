"""The second pass over a service's Python files: what one file alone leaves open is settled over all of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

from wizard.rules.markers import is_own
from wizard.rules.names import THIRD_PARTY
from wizard.stack.python.imports import sort_imports
from wizard.stack.python.lookup import EMPTY, Lookup, Value, module_name
from wizard.stack.python.messages.carried import Messages
from wizard.stack.python.messages.reconnect import reconnecting
from wizard.stack.python.messages.redis import is_no_client
from wizard.stack.python.routes.prefixes import Prefixes
from wizard.stack.python.settings import kept_default
from wizard.stack.python.third_party import distributions
from wizard.stack.python.values import MAX_CHOICES
from wizard.stack.python.variables import settle_variables
from wizard.values.facts.code import Model, PythonFile, RedisUse, SettingVar, TestFunction
from wizard.values.facts.pending import PendingClass, PendingUse
from wizard.values.lean import replace
from wizard.values.source import Fact

Found = TypeVar("Found", SettingVar, RedisUse)
_WELL_KNOWN = THIRD_PARTY - {"tests", "services"} | {"postgres", "kafka", "docker", "prometheus", "grafana", "celery"}
"""Folders of these names do not make the distribution of the same name a local import."""


def resolve(
    files: tuple[PythonFile, ...], *, roots: frozenset[str] = frozenset(), required: frozenset[str] = frozenset()
) -> tuple[PythonFile, ...]:
    """Settles channels, ports, routes, variables, models and imports over the files of one service.

    `roots`: names importable from the stack itself beside the service's own modules (packages in its root, the
    services folder). `required`: normalised names of the service's requirements; for imports they do not explain,
    installed distributions are asked. Pure and idempotent; files without `pending` (unparsed ones) come back as
    they are.
    """
    lookup = Lookup.over(files)
    prefixes = Prefixes(lookup)
    variables = _by_path(settle_variables(lookup))
    uses_redis = any(file.pending is not None and file.pending.redis for file in files)
    redis = _by_path(_redis(lookup) if uses_redis else ())
    folders = {part for file in files for part in file.path.split("/")[:-1]} - _WELL_KNOWN
    local = roots | folders | {module_name(file.path) for file in files}
    return tuple(
        _resolved(file, lookup, prefixes, variables.get(file.path, ()), redis.get(file.path, ()), local, required)
        for file in files
    )


def _resolved(
    file: PythonFile,
    lookup: Lookup,
    prefixes: Prefixes,
    variables: tuple[SettingVar, ...],
    redis: tuple[RedisUse, ...],
    local: frozenset[str],
    required: frozenset[str],
) -> PythonFile:
    pending = file.pending
    if pending is None:
        return file
    third, modules, inner = sort_imports(pending.modules, local)
    served = prefixes.served(file)
    return replace(
        file,
        imports=third,
        local_imports=inner,
        distributions=tuple((fact.value, _candidates(fact.value, modules, required)) for fact in third),
        routes=served.routes,
        unserved=served.unserved,
        unread_routes=served.unread,
        apps=tuple(Fact(group.framework, group.source) for group in pending.groups if group.app),
        variables=variables,
        models=tuple(_models(lookup, pending.classes)),
        redis=redis,
        served_ports=tuple(_ports(lookup, pending.uses, file.path)),
        tests=tuple(_marked(lookup, test, file.path) for test in file.tests) if file.tests else (),
    )


def _marked(lookup: Lookup, test: TestFunction, path: str) -> TestFunction:
    """Returns the test with the markers that other files know under the names it uses."""
    if not test.unread:
        return test
    found: list[str] = []
    unread: list[str] = []
    waiting = [(name, path) for name in test.unread]
    for name, place in waiting:
        known = lookup.marks(name, place)
        if known is None or len(waiting) > MAX_CHOICES:
            unread.append(name)
            continue
        markers, where = known
        found += [mark for mark in markers if not mark.startswith("?") and is_own(mark)]
        waiting += [(mark[1:], where) for mark in markers if mark.startswith("?")]
    return replace(test, markers=tuple(dict.fromkeys((*test.markers, *found))), unread=tuple(unread))


def _candidates(top: str, modules: tuple[Fact[str], ...], required: frozenset[str]) -> tuple[str, ...]:
    names = [f.value for f in modules if f.value.partition(".")[0] == top]
    return tuple(dict.fromkeys(name for module in names for name in distributions(module, required)))


def _by_path(facts: Iterable[Found]) -> dict[str, tuple[Found, ...]]:
    """The facts by file in line order, each once."""
    result: dict[str, dict[tuple[str, str, int], Found]] = {}
    for fact in facts:
        kind, text = (fact.kind, fact.value) if isinstance(fact, RedisUse) else ("", fact.name)
        result.setdefault(fact.source.path, {}).setdefault((kind, text, fact.source.line), fact)
    return {path: tuple(sorted(found.values(), key=lambda f: f.source.line)) for path, found in result.items()}


def _models(lookup: Lookup, classes: tuple[PendingClass, ...]) -> Iterator[Model]:
    for made in classes:
        kind = lookup.classes.kind(made)
        if kind:
            fields, optional = lookup.classes.fields(made), lookup.classes.optional(made)
            yield Model(made.name, kind, fields, made.source, optional, lookup.classes.places(made))


def _ports(lookup: Lookup, uses: tuple[PendingUse, ...], path: str) -> Iterator[Fact[int]]:
    seen: set[tuple[int, int]] = set()
    for use in uses:
        for value in lookup.settle(use.text, path) if use.kind == "port" else ():
            digits = value.text.strip()
            if digits.isdecimal() and 0 < int(digits) < 65536 and (int(digits), use.source.line) not in seen:
                seen.add((int(digits), use.source.line))
                yield Fact(int(digits), use.source)


def _redis(lookup: Lookup) -> Iterator[RedisUse]:
    messages = Messages(lookup)
    own, wrappers = _own_functions(lookup.files)
    handed = {(use.within, use.kind) for file in lookup.files for use in (file.pending or EMPTY).uses}
    for file in lookup.files:
        for use in (file.pending or EMPTY).uses:
            method = use.called.rpartition(".")[2]
            if use.kind == "port" or (method and method in own and method not in wrappers):
                continue
            wraps = (method, use.kind) in handed
            if wraps and use.kind == "subscribe" and is_no_client(use.called):
                continue  # what it hands on says which of its arguments is the channel: `manager.subscribe(who, what)`
            doubted = is_no_client(use.called) and not wraps
            values = (() if doubted else lookup.settle(use.text, file.path)) or (Value(""),)
            for value in values:
                text = kept_default("", value.text, secret=False) or ""
                models = messages.of(use, file.path)
                keys = () if models else messages.keys_of(use)
                takes = () if models else messages.takes(use, file.path)
                yield RedisUse(use.kind, text, value.at or use.source, value.variable, models, keys, takes)
            if use.kind == "connect":
                yield from _named_in_url(lookup, use, file.path)
    yield from reconnecting(lookup.files)


def _own_functions(files: tuple[PythonFile, ...]) -> tuple[set[str], set[str]]:
    """Returns the service's functions and methods by their names, and those of them that use Redis, themselves or by
    what they call: a connection manager's `subscribe` that keeps a list of web sockets does not."""
    calls = [(name, called) for file in files for name, called in (file.pending or EMPTY).calls_of]
    wrappers = {
        use.within for file in files for use in (file.pending or EMPTY).uses if use.within and use.kind != "port"
    }
    more = True
    while more:
        found = {name for name, called in calls if name not in wrappers and not called.isdisjoint(wrappers)}
        wrappers |= found
        more = bool(found)
    return {name for name, _ in calls}, wrappers


def _named_in_url(lookup: Lookup, use: PendingUse, path: str) -> Iterator[RedisUse]:
    """Yields the name that a connection takes from its URL: redis-py reads `redis://…?client_name=NAME`."""
    whole = [value.text for value in lookup.settle(use.text, path)]
    written = ["".join(part.text for part in choice if part.kind == "text") for choice in use.text.choices]
    for url in (*whole, *written):
        _, found, name = url.partition("client_name=")
        if found:
            yield RedisUse("client_name", name.partition("&")[0], use.source)
            return
