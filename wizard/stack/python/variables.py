"""Settles which environment variables a service reads: in plain reads, settings classes and helpers, over all files."""

from __future__ import annotations

import re
from collections.abc import Iterator

from wizard.rules.secrets import is_secret
from wizard.stack.python.lookup import EMPTY, Frame, Lookup, parameter_function
from wizard.stack.python.settings import kept_default
from wizard.stack.python.values import looks_like_variable
from wizard.values.facts.code import SettingVar
from wizard.values.facts.pending import PendingCall, PendingClass, PendingVariable, Text
from wizard.values.lean import dataclass, replace
from wizard.values.pattern import lazy_pattern
from wizard.values.source import Source

_ENV_HELPER = lazy_pattern(
    r"(^|_)(env|getenv|environ|secrets?|required?|require|must|mandatory|setting|config_value)(_|$)"
)
_MANDATORY = lazy_pattern(r"(^|_)(required?|require|must|mandatory)(_|$)")
_INT_HELPER = lazy_pattern(r"(^|_)int(eger)?(_|$)")
_TYPES = {"int": "int", "PositiveInt": "int", "NonNegativeInt": "int", "float": "float", "bool": "bool"}


def settle_variables(lookup: Lookup) -> Iterator[SettingVar]:
    """Yields every variable that the service's files read, each with its default and whether a missing one is fatal."""
    at_import = _import_time(lookup)
    for file in lookup.files:
        pending = file.pending or EMPTY
        for variable in pending.variables:
            yield from _read(lookup, variable, file.path, at_import)
        for made in pending.classes:
            if lookup.classes.kind(made) == "settings" and not _only_inherited(lookup, made):
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
    function = parameter_function(variable.name)
    if not function:
        for value in lookup.settle(variable.name, path):
            if value.text:
                default = _default(lookup, variable.default, path, None)
                early = variable.at_import or _early(variable, at_import)
                yield _setting(value.text, variable, variable.source, default, variable.type, early)
        return
    for frame in lookup.frames(function):
        for value in lookup.settle(variable.name, path, frame):
            if looks_like_variable(value.text):
                default = _default(lookup, variable.default, path, frame)
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


@dataclass(frozen=True, slots=True)
class _Default:
    """`said`: the text is the value, and not only how the code writes what is taken from elsewhere."""

    text: str | None
    said: bool = True


def _default(lookup: Lookup, text: Text | None, path: str, frame: Frame | None) -> _Default:
    """A default as text. One that cannot be said is still a default: its name as written stands for it."""
    if text is None:
        return _Default(None)
    values = [value for value in lookup.settle(text, path, frame) if value.text or not value.variable]
    if values:
        return _Default(values[0].text)
    if parameter_function(text):
        return _Default(None)
    return _Default("".join(part.text for part in text.choices[0]) if text.choices else "", said=False)


def _setting(
    name: str, variable: PendingVariable, source: Source, default: _Default, type_: str, at_import: bool
) -> SettingVar:
    secret = variable.secret or is_secret(name, type_, default.text)
    return SettingVar(
        name=name,
        required=default.text is None
        and (variable.raises or (variable.kind == "helper" and _is_mandatory(variable.scope))),
        default=kept_default(name, default.text, secret=secret, said=default.said),
        secret=secret,
        source=source,
        kind=variable.kind,
        at_import=at_import,
        type=type_,
    )


def _is_mandatory(function: str) -> bool:
    return bool(_MANDATORY.search(function.lower()))


def _only_inherited(lookup: Lookup, made: PendingClass) -> bool:
    """True for a settings class that others build on and that nobody makes: those read its fields in their own way."""
    children = (one for one in lookup.classes.by_name.values() if made in lookup.classes.parents(one))
    if not any(children):
        return False
    pending = [file.pending or EMPTY for file in lookup.files]
    return not any(made.name in p.import_calls or any(made.name in c for _, c in p.calls_of) for p in pending)


def _settings(lookup: Lookup, made: PendingClass, at_import: frozenset[str]) -> Iterator[SettingVar]:
    early = made.name in at_import
    folder = lookup.classes.said(made, "secrets_dir") or _given_secrets_dir(lookup, made)
    for one in lookup.classes.settings_fields(made):
        variable, (name, *others) = one.variable, one.names
        default = _default(lookup, variable.default, variable.source.path, None)
        annotation = re.sub(r"\bOptional\[(.*)\]|\s*\|\s*None|^None\s*\|\s*", r"\1", variable.type)
        type_ = _TYPES.get(annotation.split("[")[-1].split(",")[0].rstrip("]"), "str")
        secret = variable.secret or is_secret(name, type_, default.text)
        yield SettingVar(
            name=name,
            required=one.required,
            default=kept_default(name, default.text, secret=secret, said=default.said),
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
        word = words[0] if len(words) == 1 else None
        if word and word.kind == "text" and looks_like_variable(word.text) and not word.text.isdigit():
            return word.text, position
    return None


def _shared_helper(
    lookup: Lookup, function: str, path: str, call: PendingCall, found: tuple[str, int], at_import: frozenset[str]
) -> SettingVar:
    name, position = found
    text = dict(call.keywords).get("default")
    if text is None and len(call.args) > position + 1:
        text = call.args[position + 1]
    default = _default(lookup, text, path, None)
    secret = is_secret(name, default=default.text)
    return SettingVar(
        name=name,
        required=default.text is None and bool(_MANDATORY.search(function.lower())),
        default=kept_default(name, default.text, secret=secret, said=default.said),
        secret=secret,
        source=call.source,
        kind="helper",
        at_import=call.at_import or call.scope in at_import,
        type=call.type or ("int" if _INT_HELPER.search(function) else "str"),
    )
