"""Which channels a service listens to and publishes on, and the fields of their events."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import get_args

from wizard.values import names
from wizard.values.code_facts import Model, RedisUse
from wizard.values.facts import ServiceFacts, StackFacts
from wizard.values.pattern import lazy_pattern
from wizard.values.source import Fact, Source
from wizard.values.spec import Channel, EventField, FieldType

Channels = tuple[tuple[Channel, ...] | None, tuple[Source, ...]]
_IMPLIED = frozenset({"id", "time"})
_TYPES: dict[str, FieldType] = {
    "str": "str",
    "int": "int",
    "float": "float",
    "bool": "bool",
    "Decimal": "float",
    "datetime": "str",
    "date": "str",
    "UUID": "str",
    "PositiveInt": "int",
    "NonNegativeInt": "int",
    "PositiveFloat": "float",
    "NonNegativeFloat": "float",
    "EmailStr": "str",
    "StrictStr": "str",
}
_OUT = lazy_pattern(
    r"publish|emit|produc|writes?\b|sends?\b|output|outgoing|ausgang|sendet|schreibt|publica|émet|→|->", re.IGNORECASE
)
_IN = lazy_pattern(
    r"subscri|listen|consum|reads?\b|receiv|input|incoming|eingang|abonni|liest|hört|escucha|écoute|←|<-", re.IGNORECASE
)
_SPAN = lazy_pattern(r"``?([A-Za-z][A-Za-z0-9_.:\-]*)``?")
_NOT_CHANNELS = lazy_pattern(r"\.(py|md|ya?ml|txt|sql|json|sh|toml|ini)$|^[A-Z0-9_]+$|^https?:|^localhost|^GET$|\(\)$")


def default_channels(name: str, side: str) -> tuple[Channel, ...]:
    """The channel taken when nothing says one: `NAME.in` / `NAME.out` with `symbol` and `value`."""
    fields = (EventField("symbol", "str"), EventField("value", "float"))
    return (Channel(f"{name}.{side}", fields),)


def channels(facts: StackFacts, service: ServiceFacts | None) -> tuple[Channels, Channels]:
    """(inputs, outputs), None for a side that nothing says anything about.

    Code that uses Redis decides both sides: one it does not use is empty, not unknown. Without such code the
    README, the module's docstring and comments are asked.
    """
    if service is None:
        return (None, ()), (None, ())
    uses = [use for file in service.python for use in file.redis]
    inputs = _used(service, uses, ("subscribe",)) or _used(service, uses, ("xread",))
    outputs = _used(service, uses, ("publish",)) or _used(service, uses, ("xadd",))
    if not inputs and not outputs and not any(use.kind in ("subscribe", "publish", "xread", "xadd") for use in uses):
        inputs, outputs = _documented(service)
        if not inputs and not outputs and _does_without_redis(service):
            return ((), ()), ((), ())
        return _sided(facts, service, inputs, "in", known=False), _sided(facts, service, outputs, "out", known=False)
    unread = {use.kind for use in uses if not use.value}
    return (
        _sided(facts, service, inputs, "in", known=not unread & {"subscribe", "xread"}),
        _sided(facts, service, outputs, "out", known=not unread & {"publish", "xadd"}),
    )


def _does_without_redis(service: ServiceFacts) -> bool:
    """Code that was read whole, answers more than health and metrics, and has no Redis in it."""
    if any(file.problems or file.redis or (file.pending and file.pending.redis) for file in service.python):
        return False
    aside = re.compile(r"/(?:health\w*|metrics|ready\w*|live\w*|ping|status|version)?/?\Z")
    return any(not aside.match(route.path) for file in service.python for route in file.routes)


def _used(service: ServiceFacts, uses: Iterable[RedisUse], kinds: tuple[str, ...]) -> list[Fact[str]]:
    found: dict[str, Fact[str]] = {}
    for use in uses:
        if use.kind in kinds:
            fact = _set_outside(service, use)
            if fact.value and not names.channel(fact.value):
                found.setdefault(fact.value, fact)
    return list(found.values())


def _set_outside(service: ServiceFacts, use: RedisUse) -> Fact[str]:
    """What compose sets wins over the code's default."""
    for block in (*([service.compose] if service.compose is not None else []), *service.commented):
        for entry in block.environment:
            if use.variable and entry.name.upper() == use.variable.upper() and entry.value:
                return Fact(entry.value, entry.source)
    return Fact(use.value, use.source)


def _sided(stack: StackFacts, service: ServiceFacts, facts: list[Fact[str]], side: str, *, known: bool) -> Channels:
    if not facts and not known:
        return None, ()
    models = _models(service)
    made: list[Channel] = []
    sources: list[Source] = []
    for fact in facts:
        model = _model(fact.value, models, side, alone=len(facts) == 1) or _model_elsewhere(stack, fact.value)
        made.append(Channel(fact.value, _fields(model) if model is not None else ()))
        sources += [fact.source, *([model.source] if model is not None else [])]
    return tuple(made), tuple(sources)


def _models(service: ServiceFacts) -> list[Model]:
    return [model for file in service.python for model in file.models if model.kind != "settings"]


def _model_elsewhere(stack: StackFacts, channel: str) -> Model | None:
    """The event as another service of the stack that uses the channel knows it."""
    for other in stack.services:
        if any(use.value == channel for file in other.python for use in file.redis):
            model = _model(channel, _models(other), "", alone=False)
            if model is not None:
                return model
    return None


def _model(channel: str, models: list[Model], side: str, *, alone: bool) -> Model | None:
    """The model whose name fits the channel's best; without any likeness the one named for the side, if it is the
    only one."""
    wanted = _words(channel)
    scored = [(_likeness(wanted, _words(model.name)), -index, model) for index, model in enumerate(models)]
    best = max(scored, key=lambda entry: entry[:2], default=None)
    if best is not None and best[0] >= 0.5:
        return best[2]
    hint = ("input", "in", "incoming") if side == "in" else ("output", "out", "outgoing", "result")
    named = [model for model in models if _words(model.name) & set(hint)]
    return named[0] if alone and len(named) == 1 else None


def _words(name: str) -> set[str]:
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", name)
    return {word.lower().removesuffix("s") for word in words} - {
        "event",
        "message",
        "model",
        "payload",
        "dto",
        "schema",
    }


def _likeness(one: set[str], other: set[str]) -> float:
    return len(one & other) / max(len(one | other), 1)


def _fields(model: Model) -> tuple[EventField, ...]:
    made = [
        EventField(name, type_)
        for name, annotation in model.fields
        if name not in _IMPLIED and not names.identifier(name) and (type_ := field_type(annotation)) is not None
    ]
    return tuple(made)


def field_type(annotation: str) -> FieldType | None:
    """The field type an annotation amounts to; None for what an event of flat fields cannot hold."""
    bare = re.sub(r"\s*\|\s*None\b|\bNone\s*\|\s*", "", annotation.strip("\"'"))
    match = re.fullmatch(r"(?:typing\.)?(?:Optional|Annotated|Final)\[(.+)\]", bare)
    if match:
        return field_type(match[1].split(",")[0])
    if bare.startswith(("Literal[", "typing.Literal[")):
        return "int" if re.match(r".*\[\s*-?\d", bare) else "str"
    call = re.match(r"(con|Strict)(str|int|float)\b", bare.rpartition(".")[2])
    known = _TYPES.get(bare.rpartition(".")[2]) or _TYPES.get(call[2] if call else "")
    return known if known in get_args(FieldType) else None


def _documented(service: ServiceFacts) -> tuple[list[Fact[str]], list[Fact[str]]]:
    """Channels that README, docstring and comments name in a line that says which way they go."""
    inputs: dict[str, Fact[str]] = {}
    outputs: dict[str, Fact[str]] = {}
    for text, source in _lines(service):
        for clause in re.split(r"[,;.]\s|\band\b|\bund\b", text):
            side = outputs if _OUT.search(clause) else inputs if _IN.search(clause) else {}
            for match in _SPAN.finditer(clause):
                if not _NOT_CHANNELS.search(match[1]) and match[1] != service.name:
                    side.setdefault(match[1], Fact(match[1], source))
    return list(inputs.values()), list(outputs.values())


def _lines(service: ServiceFacts) -> Iterator[tuple[str, Source]]:
    if service.readme is not None:
        for number, line in enumerate(service.readme.text.split("\n"), 1):
            yield line, Source(service.readme.path, number)
    for file in service.python:
        if file.path == service.entry:
            for line in file.docstring.split("\n"):
                yield line, Source(file.path, 1)
        for todo in file.todos:
            match = re.search(r"\b(?:publish|subscribe)\w*\s+(?:on|to|auf)\s+([a-z][a-z0-9_.:-]*[a-z0-9])", todo.value)
            yield (f"{match[0].split()[0]} `{match[1]}`" if match else todo.value), todo.source
