"""The second pass over a service's Python files: what one file alone leaves open is settled over all of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TypeVar

from wizard.stack.imports import distributions
from wizard.stack.python_imports import sort_imports
from wizard.stack.python_lookup import EMPTY, Frame, Lookup, Value, module_name
from wizard.stack.python_prefixes import Prefixes
from wizard.stack.python_settings import shown
from wizard.stack.python_values import looks_like_variable
from wizard.values.code_facts import Model, PythonFile, RedisUse, SettingVar
from wizard.values.lean import replace
from wizard.values.names import THIRD_PARTY
from wizard.values.pattern import lazy_pattern
from wizard.values.pending_facts import PendingCall, PendingClass, PendingUse, PendingVariable, Text
from wizard.values.secret_names import is_secret
from wizard.values.source import Fact, Source

Found = TypeVar("Found", SettingVar, RedisUse)
_ENV_HELPER = lazy_pattern(
    r"(^|_)(env|getenv|environ|secrets?|required?|require|must|mandatory|setting|config_value)(_|$)"
)
_MANDATORY = lazy_pattern(r"(^|_)(required?|require|must|mandatory)(_|$)")
_INT_HELPER = lazy_pattern(r"(^|_)int(eger)?(_|$)")
_TYPES = {"int": "int", "PositiveInt": "int", "NonNegativeInt": "int", "float": "float", "bool": "bool"}
_WELL_KNOWN = THIRD_PARTY - {"tests", "services"} | {"postgres", "kafka", "docker", "prometheus", "grafana", "celery"}
"""Folders of these names do not make the distribution of the same name a local import."""


def resolve(
    files: tuple[PythonFile, ...], *, roots: frozenset[str] = frozenset(), required: frozenset[str] = frozenset()
) -> tuple[PythonFile, ...]:
    """Settle channels, ports, routes, variables, models and imports over the files of one service.

    `roots`: names importable from the stack itself beside the service's own modules (packages in its root, the
    services folder). `required`: normalised names of the service's requirements; for imports they do not explain,
    installed distributions are asked. Pure and idempotent; files without `pending` (unparsed ones) come back as
    they are.
    """
    lookup = Lookup.over(files)
    prefixes = Prefixes(lookup)
    variables = _by_path(_variables(lookup))
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
    return replace(
        file,
        imports=third,
        local_imports=inner,
        distributions=tuple((fact.value, _candidates(fact.value, modules, required)) for fact in third),
        routes=prefixes.routes(file),
        apps=tuple(Fact(group.framework, group.source) for group in pending.groups if group.app),
        variables=variables,
        models=tuple(_models(lookup, pending.classes)),
        redis=redis,
        served_ports=tuple(_ports(lookup, pending.uses, file.path)),
    )


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
            yield Model(made.name, kind, made.fields, made.source)


def _ports(lookup: Lookup, uses: tuple[PendingUse, ...], path: str) -> Iterator[Fact[int]]:
    seen: set[tuple[int, int]] = set()
    for use in uses:
        for value in lookup.settle(use.text, path) if use.kind == "port" else ():
            digits = value.text.strip()
            if digits.isdecimal() and 0 < int(digits) < 65536 and (int(digits), use.source.line) not in seen:
                seen.add((int(digits), use.source.line))
                yield Fact(int(digits), use.source)


def _redis(lookup: Lookup) -> Iterator[RedisUse]:
    for file in lookup.files:
        for use in (file.pending or EMPTY).uses:
            if use.kind == "port":
                continue
            values = lookup.settle(use.text, file.path) or (Value(""),)
            for value in values:
                text = shown("", value.text, secret=False) or ""
                yield RedisUse(use.kind, text, value.at or use.source, value.variable)


def _variables(lookup: Lookup) -> Iterator[SettingVar]:
    at_import = _import_time(lookup)
    for file in lookup.files:
        pending = file.pending or EMPTY
        for variable in pending.variables:
            yield from _read(lookup, variable, file.path, at_import)
        for made in pending.classes:
            if lookup.classes.kind(made) == "settings":
                yield from _settings(lookup, made, at_import)
    yield from _unknown_helpers(lookup, at_import)


def _import_time(lookup: Lookup) -> frozenset[str]:
    """Functions and classes that run while some module of the service is imported."""
    graph: dict[str, set[str]] = {}
    reached: set[str] = set()
    for file in lookup.files:
        pending = file.pending or EMPTY
        reached |= pending.import_calls
        for name, called in pending.call_graph:
            graph.setdefault(name, set()).update(called)
    waiting = list(reached)
    while waiting:
        for name in graph.get(waiting.pop(), ()):
            if name not in reached:
                reached.add(name)
                waiting.append(name)
    return frozenset(reached)


def _read(lookup: Lookup, variable: PendingVariable, path: str, at_import: frozenset[str]) -> Iterator[SettingVar]:
    function = _parameter_function(variable.name)
    if not function:
        for value in lookup.settle(variable.name, path):
            if value.text:
                default = _text(lookup, variable.default, path, None)
                early = variable.at_import or _early(variable, at_import)
                yield _setting(value.text, variable, variable.source, default, variable.type, early)
        return
    for frame in lookup.frames(function):
        for value in lookup.settle(variable.name, path, frame):
            if looks_like_variable(value.text):
                default = _text(lookup, variable.default, path, frame)
                early = frame.at_import or frame.scope in at_import
                kind = _helper_type(frame, variable)
                made = replace(variable, kind="helper")
                yield _setting(value.text, made, frame.source, default, kind, early)


def _early(variable: PendingVariable, at_import: frozenset[str]) -> bool:
    if variable.scope in ("__init__", "__post_init__", "<lambda>") or (not variable.scope and variable.owner):
        return variable.owner in at_import
    return bool(variable.scope) and variable.scope in at_import


def _helper_type(frame: Frame, variable: PendingVariable) -> str:
    if variable.type != "str":
        return variable.type
    return frame.type or ("int" if _INT_HELPER.search(frame.function) else "str")


def _parameter_function(text: Text) -> str:
    for choice in text.choices:
        for kind, word in choice:
            if kind == "param":
                name, _, _, owner = word.split("|")
                return owner if name == "__init__" else name
    return ""


def _text(lookup: Lookup, text: Text | None, path: str, frame: Frame | None) -> str | None:
    """A default as text. One that cannot be said is still a default: its name as written stands for it."""
    if text is None:
        return None
    values = [value for value in lookup.settle(text, path, frame) if value.text or not value.variable]
    if values:
        return values[0].text
    if _parameter_function(text):
        return None
    return "".join(word for _, word in text.choices[0]) if text.choices else ""


def _setting(
    name: str, variable: PendingVariable, source: Source, default: str | None, type_: str, at_import: bool
) -> SettingVar:
    secret = variable.secret or is_secret(name, type_)
    return SettingVar(
        name=name,
        required=default is None and (variable.raises or (variable.kind == "helper" and _is_mandatory(variable.scope))),
        default=shown(name, default, secret=secret),
        secret=secret,
        source=source,
        kind=variable.kind,
        at_import=at_import,
        type=type_,
    )


def _is_mandatory(function: str) -> bool:
    return bool(_MANDATORY.search(function.lower()))


def _settings(lookup: Lookup, made: PendingClass, at_import: frozenset[str]) -> Iterator[SettingVar]:
    early = made.name in at_import
    folder = made.secrets_dir or _given_secrets_dir(lookup, made)
    for variable in made.variables:
        if _is_nested(lookup, variable.type):
            continue
        name, *others = lookup.classes.variable_names(made, variable.name, variable.kind)
        default = _text(lookup, variable.default, made.source.path, None)
        annotation = re.sub(r"\bOptional\[(.*)\]|\s*\|\s*None|^None\s*\|\s*", r"\1", variable.type)
        type_ = _TYPES.get(annotation.split("[")[-1].split(",")[0].rstrip("]"), "str")
        secret = variable.secret or is_secret(name, type_)
        yield SettingVar(
            name=name,
            required=variable.raises,
            default=shown(name, default, secret=secret),
            secret=secret,
            source=variable.source,
            kind="settings",
            at_import=early,
            type=type_,
            secrets_dir=folder,
            aliases=tuple(others),
        )


def _given_secrets_dir(lookup: Lookup, made: PendingClass) -> str:
    """`Settings(_secrets_dir="/run/secrets")`."""
    for path, call in lookup.calls.get(made.name, ()):
        text = dict(call.keywords).get("_secrets_dir")
        values = lookup.settle(text, path) if text is not None else ()
        if values:
            return values[0].text
    return ""


def _is_nested(lookup: Lookup, annotation: str) -> bool:
    inner = lookup.classes.by_name.get(
        annotation.strip("\"'").split("[")[-1].split(" ")[0].rstrip("]").rpartition(".")[2]
    )
    return inner is not None and lookup.classes.kind(inner) in (
        "settings",
        "base_model",
        "pydantic_dataclass",
        "stdlib_dataclass",
    )


def _unknown_helpers(lookup: Lookup, at_import: frozenset[str]) -> Iterator[SettingVar]:
    """Helpers the stack shares (`get_secret("redis_password", "REDIS_PASSWORD")`), told by their name and what they
    are given."""
    defined = {function.name for file in lookup.files for function in file.functions}
    for function, calls in lookup.calls.items():
        if function in defined or not _ENV_HELPER.search(function.lower()) or function.startswith("test"):
            continue
        for path, call in calls:
            found = _named_in(call)
            if found is not None:
                yield _shared_helper(lookup, function, path, call, found, at_import)


def _named_in(call: PendingCall) -> tuple[str, int] | None:
    for position, text in enumerate(call.args):
        words = text.choices[0] if text is not None and len(text.choices) == 1 else ()
        if len(words) == 1 and words[0][0] == "text" and looks_like_variable(words[0][1]) and not words[0][1].isdigit():
            return words[0][1], position
    return None


def _shared_helper(
    lookup: Lookup, function: str, path: str, call: PendingCall, found: tuple[str, int], at_import: frozenset[str]
) -> SettingVar:
    name, position = found
    text = dict(call.keywords).get("default")
    if text is None and len(call.args) > position + 1:
        text = call.args[position + 1]
    default = _text(lookup, text, path, None)
    secret = is_secret(name)
    return SettingVar(
        name=name,
        required=default is None and bool(_MANDATORY.search(function.lower())),
        default=shown(name, default, secret=secret),
        secret=secret,
        source=call.source,
        kind="helper",
        at_import=call.at_import or call.scope in at_import,
        type=call.type or ("int" if _INT_HELPER.search(function) else "str"),
    )
