"""Which channels a service listens to and publishes on, and the fields of their events."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import get_args

from wizard.rules import names
from wizard.rules.packages import JOB_QUEUES
from wizard.values.facts.code import PUTS_OUT, TAKES_IN, Model, RedisUse
from wizard.values.facts.stack import ServiceFacts, StackFacts
from wizard.values.lean import dataclass, replace
from wizard.values.pattern import lazy_pattern
from wizard.values.source import Source
from wizard.values.spec import Channel, EventField, FieldType, Kind

Channels = tuple[tuple[Channel, ...] | None, tuple[Source, ...]]
ALIKE = 0.5
"""Half of the words of both names together: `orders.placed` is like `Order`, `orders.placed.eu` is not."""
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
    r"publish|emit|produc(?!tion|t\b|ts\b)|writes?\b|sends?\b|output|outgoing|ausgang|sendet|schreibt|publica|émet|→|->",
    re.IGNORECASE,
)
_IN = lazy_pattern(
    r"subscri|listen|consum|reads?\b|receiv|input|incoming|eingang|abonni|liest|hört|escucha|écoute|←|<-", re.IGNORECASE
)
_PLAINLY = lazy_pattern(
    r"publish|\bemit|produces\b|subscri|consumes\b|abonni|publica|émet|escucha|écoute|hört|sendet"
    r"|\b(?:reads|writes|sends|receives|liest|schreibt)\s+(?:(?:from|to|on|the|a|its|an|von|auf|aus)\s+)*`",
    re.IGNORECASE,
)
_OF_MESSAGES = lazy_pattern(
    r"channel|topic|stream|queue|\bevents?\b|messag|pub/?sub|\bbus\b|\bflow\b|kan[aä]l|themen|ereignis|nachricht"
    r"|warteschlange|\bcanal|\bcolas?\b|evento|mensaje|\bflux\b|évén",
    re.IGNORECASE,
)
_SPAN = lazy_pattern(r"``?([A-Za-z][A-Za-z0-9_.:\-]*)``?")
_NOT_CHANNELS = lazy_pattern(r"\.(py|md|ya?ml|txt|sql|json|sh|toml|ini)$|^[A-Z0-9_]+$|^https?:|^localhost|^GET$|\(\)$")


def default_channels(name: str, side: str) -> tuple[Channel, ...]:
    """Returns the channel taken when nothing says one: `NAME.in` / `NAME.out` with `symbol` and `value`."""
    fields = (EventField("symbol", "str"), EventField("value", "float"))
    return (Channel(f"{name}.{side}", fields),)


@dataclass(frozen=True, slots=True)
class Used:
    """A channel, stream or list with the classes that its messages are, or the keys they have, as far as the code says
    it."""

    name: str
    source: Source
    models: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()

    @property
    def is_told(self) -> bool:
        """True when the code says what the messages are, so that no likeness of names has to."""
        return bool(self.models or self.keys)


def channels(facts: StackFacts, service: ServiceFacts | None) -> tuple[Channels, Channels]:
    """Returns (inputs, outputs), None for a side that nothing says anything about.

    Code that uses Redis decides both sides: one it does not use is empty, not unknown. Without such code the
    README, the module's docstring and comments are asked.
    """
    if service is None:
        return (None, ()), (None, ())
    uses = queues([use for file in service.code for use in file.redis])
    inputs, outputs = _used(service, uses, TAKES_IN), _used(service, uses, PUTS_OUT)
    if not any(use.kind in (*TAKES_IN, *PUTS_OUT) for use in uses):
        inputs, outputs = documented(service)
        if not inputs and not outputs and _does_without_redis(service):
            return ((), ()), ((), ())
        return _sided(facts, service, inputs, "in", known=False), _sided(facts, service, outputs, "out", known=False)
    unread = {use.kind for use in uses if not use.value}
    return (
        _sided(facts, service, inputs, "in", known=unread.isdisjoint(TAKES_IN)),
        _sided(facts, service, outputs, "out", known=unread.isdisjoint(PUTS_OUT)),
    )


def queues(uses: list[RedisUse]) -> list[RedisUse]:
    """Returns the uses without lists that are read like a table: those are caches, and what is pushed there goes
    nowhere."""
    tables = {use.value for use in uses if use.kind == "list"}
    return [use for use in uses if use.kind not in ("push", "pop") or use.value not in tables]


def kind(
    facts: StackFacts,
    service: ServiceFacts | None,
    inputs: tuple[Channel, ...] | None,
    outputs: tuple[Channel, ...] | None,
) -> tuple[Kind, tuple[Source, ...]]:
    """Returns what the service is, with the lines that say so; '' when nothing does."""
    reads, writes = _sides(service)
    lines = (*reads[:1], *writes[:1])
    if inputs or outputs or lines:
        sides = bool(inputs or reads), bool(outputs or writes)
        return ("both" if all(sides) else "consumes" if sides[0] else "produces"), lines
    if service is not None and _does_without_redis(service):
        return "http", tuple(route.source for file in service.python for route in file.routes)[:2]
    if not facts.profile.redis.service and not (service and _imports_redis(service)):
        places = tuple(Source(path) for path in facts.compose.files[:1])
        return "http", places
    return "", ()


def _sides(service: ServiceFacts | None) -> tuple[list[Source], list[Source]]:
    """(lines that take events in, lines that put them out): the code's, else the documents'."""
    if service is None:
        return [], []
    uses = queues([use for file in service.code for use in file.redis])
    reads = [use.source for use in uses if use.kind in TAKES_IN]
    writes = [use.source for use in uses if use.kind in PUTS_OUT]
    if reads or writes:
        return reads, writes
    inputs, outputs = documented(service)
    return [fact.source for fact in inputs], [fact.source for fact in outputs]


def _imports_redis(service: ServiceFacts) -> bool:
    return any(
        fact.value.split(".")[0] in ("redis", "aioredis", "valkey") for f in service.python for fact in f.imports
    )


def _does_without_redis(service: ServiceFacts) -> bool:
    """Code that was read whole, answers more than health and metrics, and has neither Redis nor a job queue in it."""
    if any(fact.value.partition(".")[0] in JOB_QUEUES for file in service.code for fact in file.imports):
        return False
    if any(file.problems or file.redis or (file.pending and file.pending.redis) for file in service.python):
        return False
    aside = re.compile(r"/(?:health\w*|metrics|ready\w*|live\w*|ping|status|version)?/?\Z")
    return any(not aside.match(route.path) for file in service.python for route in file.routes)


def _used(service: ServiceFacts, uses: Iterable[RedisUse], kinds: Mapping[str, str]) -> list[Used]:
    rule = names.pattern if kinds is TAKES_IN else names.channel
    found: dict[str, Used] = {}
    order = list(kinds)
    for use in sorted((use for use in uses if use.kind in kinds), key=lambda use: order.index(use.kind)):
        name, source = set_outside(service, use)
        if not rule(name):
            known = found.get(name, Used(name, source))
            models = tuple(dict.fromkeys((*known.models, *use.models)))
            found[name] = replace(known, models=models, keys=known.keys or use.keys)
    return list(found.values())


def set_outside(service: ServiceFacts, use: RedisUse) -> tuple[str, Source]:
    """Returns the name a use has, with its line: what compose sets wins over the code's default."""
    for block in (*([service.compose] if service.compose is not None else []), *service.commented):
        for entry in block.environment:
            if use.variable and entry.name.upper() == use.variable.upper() and entry.value:
                return entry.value, entry.source
    return use.value, use.source


def _sided(stack: StackFacts, service: ServiceFacts, used: list[Used], side: str, *, known: bool) -> Channels:
    if not used and not known:
        return None, ()
    models = [model for file in service.code for model in file.models if model.kind != "settings"]
    shared = set.intersection(*(_words(one.name) for one in used)) if len(used) > 1 else set()
    made: list[Channel] = []
    sources: list[Source] = []
    for one in used:
        model = carried_model(one, models)
        if model is None and not one.is_told:
            model = likely_model(one.name, models, side, shared, len(used) == 1) or _model_elsewhere(
                stack, service, one.name
            )
        made.append(Channel(one.name, _fields(model) if model is not None else ()))
        sources += [one.source, *([model.source] if model is not None else [])]
    return tuple(made), tuple(sources)


def carried_model(used: Used, models: list[Model]) -> Model | None:
    """Returns the model that the code puts on the channel or makes of its messages; of several the likeliest."""
    if used.keys:
        return next((model for model in models if {name for name, _ in model.fields} == set(used.keys)), None)
    found = [model for model in models if model.name in used.models]
    return found[0] if len(found) == 1 else _best(used.name, found, set())


def _model_elsewhere(stack: StackFacts, service: ServiceFacts, channel: str) -> Model | None:
    """Returns the event as another service of the stack that uses the channel knows it."""
    for other in stack.services:
        uses = [use for file in other.python for use in file.redis if use.value == channel]
        if uses and other.name != service.name:
            models = [model for file in other.python for model in file.models if model.kind != "settings"]
            given = tuple(name for use in uses for name in use.models)
            model = carried_model(Used(channel, uses[0].source, given), models) or _best(channel, models, set())
            if model is not None:
                return model
    return None


def likely_model(channel: str, models: list[Model], side: str, shared: set[str], alone: bool) -> Model | None:
    """Returns the model whose name fits the channel's best; without any likeness the one named for the side, if it is
    the only one."""
    best = _best(channel, models, shared)
    if best is not None:
        return best
    hint = ("input", "in", "incoming") if side == "in" else ("output", "out", "outgoing", "result")
    named = [model for model in models if _words(model.name) & set(hint)]
    return named[0] if alone and len(named) == 1 else None


def _best(channel: str, models: list[Model], shared: set[str]) -> Model | None:
    """Returns the one model that is most like the channel; of two that are equally like it, none.

    What a channel is called behind its namespace (`orders.receipts`) tells more than the namespace, and words that all
    channels have tell nothing.
    """
    own = _words(re.split(r"[.:/]", channel)[-1]) - shared
    for wanted in (own, _words(channel)):
        scored = sorted(((_likeness(wanted, _words(model.name)), model.name, model) for model in models), key=_score)
        if scored and scored[-1][0] >= ALIKE:
            return scored[-1][2] if len(scored) == 1 or scored[-2][0] < scored[-1][0] else None
    return None


def _score(entry: tuple[float, str, Model]) -> float:
    return entry[0]


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
    """Returns the field type an annotation amounts to; None for what an event of flat fields cannot hold."""
    bare = re.sub(r"\s*\|\s*None\b|\bNone\s*\|\s*", "", annotation.strip("\"'"))
    match = re.fullmatch(r"(?:typing\.)?(?:Optional|Annotated|Final)\[(.+)\]", bare)
    if match:
        return field_type(match[1].split(",")[0])
    if bare.startswith(("Literal[", "typing.Literal[")):
        return "int" if re.match(r".*\[\s*-?\d", bare) else "str"
    call = re.match(r"(con|Strict)(str|int|float)\b", bare.rpartition(".")[2])
    known = _TYPES.get(bare.rpartition(".")[2]) or _TYPES.get(call[2] if call else "")
    return known if known in get_args(FieldType) else None


def documented(service: ServiceFacts) -> tuple[list[Used], list[Used]]:
    """Returns the channels (in, out) that README, docstring and comments name in a line that says which way they go."""
    inputs: dict[str, Used] = {}
    outputs: dict[str, Used] = {}
    for text, source in _lines(service):
        for clause in re.split(r"[,;.]\s|\band\b|\bund\b", text):
            side = outputs if _OUT.search(clause) else inputs if _IN.search(clause) else {}
            for match in _SPAN.finditer(clause):
                if not _NOT_CHANNELS.search(match[1]) and match[1] != service.name:
                    side.setdefault(match[1], Used(match[1], source))
    return list(inputs.values()), list(outputs.values())


def _lines(service: ServiceFacts) -> Iterator[tuple[str, Source]]:
    """The lines that may say which way a channel goes. A README says much of reading and sending that is no event:
    there the verb stands before the name itself, or the line or its heading speaks of messages."""
    if service.readme is not None:
        heading = ""
        for number, line in enumerate(service.readme.text.split("\n"), 1):
            heading = line if line.startswith("#") else heading
            if _PLAINLY.search(line) or _OF_MESSAGES.search(line) or _OF_MESSAGES.search(heading):
                yield line, Source(service.readme.path, number)
    for file in service.python:
        if file.path == service.entry:
            for line in file.docstring.split("\n"):
                yield line, Source(file.path, 1)
        for todo in file.todos:
            match = re.search(r"\b(?:publish|subscribe)\w*\s+(?:on|to|auf)\s+([a-z][a-z0-9_.:-]*[a-z0-9])", todo.value)
            yield (f"{match[0].split()[0]} `{match[1]}`" if match else todo.value), todo.source
