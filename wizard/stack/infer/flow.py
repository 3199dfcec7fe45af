"""The message flow of a stack, out of the code of all its services: who writes and who reads what, with its fields."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase

from wizard.stack.infer.channels import Used, carried_model, documented, field_type, likely_model, queues, set_outside
from wizard.values.facts.code import PUTS_OUT, TAKES_IN, Model, RedisUse
from wizard.values.facts.stack import ServiceFacts, StackFacts
from wizard.values.flow import CHANNEL, READS, TABLE, WRITES, Carrier, End, Flow, FlowField, Unseen
from wizard.values.lean import dataclass, field
from wizard.values.pattern import lazy_pattern
from wizard.values.source import Fact, Source
from wizard.values.spec import Channel, manifest_path

_NULLABLE = lazy_pattern(r"\bNone\b|\bOptional\[")
Key = tuple[str, str]
"""(medium, name) of a carrier."""


@dataclass(slots=True)
class _Ends:
    """The ends of the carriers, as they are found."""

    writers: dict[Key, list[End]] = field(default_factory=dict)
    readers: dict[Key, list[End]] = field(default_factory=dict)
    announced: dict[Key, list[End]] = field(default_factory=dict)
    unseen: list[Unseen] = field(default_factory=list)

    def add(self, key: Key, end: End) -> None:
        """Puts an end to its carrier."""
        (self.writers if end.way == WRITES else self.readers).setdefault(key, []).append(end)


def read_flow(facts: StackFacts) -> Flow:
    """Returns every channel, stream, list and table of the stack with both its ends.

    A name that is made at run time is nobody's carrier: it is listed as unseen, as are services whose code is not
    Python. Pure; the code of all services must have been read.
    """
    ends = _Ends()
    for service in facts.services:
        _messages(service, ends)
        _tables(service, ends)
    ends.unseen += _other_languages(facts)
    _join_patterns(ends)
    keys = sorted({*ends.writers, *ends.readers, *ends.announced})
    carriers = tuple(
        Carrier(
            *key,
            tuple(ends.writers.get(key, ())),
            tuple(ends.readers.get(key, ())),
            tuple(end for end in ends.announced.get(key, ()) if not _is_real(end, key, ends)),
        )
        for key in keys
    )
    return Flow(tuple(one for one in carriers if one.writers or one.readers or one.announced), tuple(ends.unseen))


def _is_real(end: End, key: Key, ends: _Ends) -> bool:
    known = ends.writers if end.way == WRITES else ends.readers
    return any(other.service == end.service for other in known.get(key, ()))


def _messages(service: ServiceFacts, ends: _Ends) -> None:
    uses = queues([use for file in service.code for use in file.redis])
    events = [model for file in service.code for model in file.models if model.kind != "settings"]
    for kinds, way in ((TAKES_IN, READS), (PUTS_OUT, WRITES)):
        found = _by_name(service, [use for use in uses if use.kind in kinds], kinds)
        for (medium, name), mine in found.items():
            if name:
                end = _end(service, way, name, mine, events, alone=len(found) == 1)
                said = next((one for one in _said(service, way) if one.name == name and one.fields), None)
                ends.add((medium, name), _by_manifest(service, end, said) if said and not end.certain else end)
        _unnamed(service, way, found, events, ends)
    if not any(use.kind in (*TAKES_IN, *PUTS_OUT) for use in uses):
        _announce(service, ends)


def _other_languages(facts: StackFacts) -> Iterator[Unseen]:
    """Yields the services that are built here and have no Python that could be read."""
    read = {service.compose.key for service in facts.services if service.compose is not None and service.python}
    for block in facts.compose.services:
        if block.build is not None and block.key not in read:
            name = block.key.removeprefix(facts.profile.prefix)
            yield Unseen(name, "", block.declared[-1], "its code is not Python")


def _by_name(service: ServiceFacts, uses: Iterable[RedisUse], kinds: dict[str, str]) -> dict[Key, list[RedisUse]]:
    found: dict[Key, list[RedisUse]] = {}
    for use in uses:
        name, _ = set_outside(service, use)
        found.setdefault((kinds[use.kind], name), []).append(use)
    return found


def _unnamed(
    service: ServiceFacts, way: str, found: dict[Key, list[RedisUse]], events: list[Model], ends: _Ends
) -> None:
    """Takes what a person said of names that the code makes while it runs; without that they are not seen."""
    said = _said(service, way)
    for (medium, name), uses in found.items():
        if name:
            continue
        missing = [channel for channel in said if (medium, channel.name) not in found]
        for channel in missing:
            end = _end(service, way, channel.name, uses, events, alone=False)
            ends.add(
                (medium, channel.name),
                end if end.certain or not channel.fields else _by_manifest(service, end, channel),
            )
        if not missing:
            why = "the name is made while it runs"
            ends.unseen.append(Unseen(service.name, way, uses[0].source, why, medium))


def _said(service: ServiceFacts, way: str) -> tuple[Channel, ...]:
    if service.manifest is None:
        return ()
    spec = service.manifest.spec
    return spec.inputs if way == READS else spec.outputs


def _by_manifest(service: ServiceFacts, end: End, channel: Channel) -> End:
    """The end with the fields that the manifest says; the model with those fields shows where each one stands."""
    place = Source(manifest_path(service.name))
    implied = (("id", "str"), ("time", "str"))
    fields = (*implied, *((one.name, one.type) for one in channel.fields))
    known = {one.name: one for one in end.fields or ()}
    made = tuple(known.get(name) or FlowField(name, kind, True, place) for name, kind in fields)
    return End(service.name, end.way, end.source, made, certain=True, model=end.model, model_source=end.model_source)


def _end(service: ServiceFacts, way: str, name: str, uses: list[RedisUse], events: list[Model], *, alone: bool) -> End:
    source = uses[0].source
    told = tuple(dict.fromkeys(model for use in uses for model in use.models))
    keys = next((use.keys for use in uses if use.keys), ())
    named = [model for model in events if model.name in told]
    if len({model.name for model in named}) == 1:
        return _of_model(service.name, way, source, named[0], certain=True)
    if keys and way == WRITES:
        model = carried_model(Used(name, source, keys=keys), events)
        if model is not None:
            return _of_model(service.name, way, source, model, certain=True)
        return End(service.name, way, source, tuple(FlowField(key, "", True, source) for key in keys), certain=True)
    takes = {taken.name: taken for use in uses for taken in use.takes}
    if takes and alone and not named:
        fields = tuple(FlowField(one.name, "", one.required, one.source) for one in takes.values())
        return End(service.name, way, source, fields, certain=True)
    side = "in" if way == READS else "out"
    model = carried_model(Used(name, source, told), events) if named else None
    model = model or likely_model(name, events, side, set(), alone)
    if model is None:
        return End(service.name, way, source)
    return _of_model(service.name, way, source, model, certain=False)


def _of_model(service: str, way: str, source: Source, model: Model, *, certain: bool) -> End:
    fields = tuple(_field(model, name, annotation, way) for name, annotation in model.fields)
    return End(service, way, source, fields, certain, model.name, model.source)


def _field(model: Model, name: str, annotation: str, way: str) -> FlowField:
    required = way == WRITES or name not in model.optional
    source = dict(model.places).get(name, model.source)
    return FlowField(name, field_type(annotation) or "", required, source, _NULLABLE.search(annotation) is not None)


def _announce(service: ServiceFacts, ends: _Ends) -> None:
    """Notes channels that its own documents name of a service whose code does not use Redis yet; a README in the
    stack's root speaks of all services."""
    if not service.folder.strip("./"):
        return
    for way, found in zip((READS, WRITES), documented(service), strict=True):
        for one in found:
            ends.announced.setdefault((CHANNEL, one.name), []).append(End(service.name, way, one.source))


def _tables(service: ServiceFacts, ends: _Ends) -> None:
    """Takes the tables of the service's own SQL. A class that only maps a table may write it: that is not certain, and
    a shared module's class says nothing of the service that imports it."""
    mapped = {fact for file in service.python for fact in file.tables_mapped}
    for fact in _first(file.tables_written for file in service.python):
        ends.add((TABLE, fact.value), End(service.name, WRITES, fact.source, certain=fact not in mapped))
    for fact in _first(file.tables_read for file in service.python):
        ends.add((TABLE, fact.value), End(service.name, READS, fact.source, certain=True))


def _first(found: Iterable[tuple[Fact[str], ...]]) -> Iterator[Fact[str]]:
    seen: set[str] = set()
    for fact in (one for facts in found for one in facts):
        if fact.value not in seen and fact.value != "*":
            seen.add(fact.value)
            yield fact


def _join_patterns(ends: _Ends) -> None:
    """Makes who subscribes to a pattern a reader of every channel that it matches."""
    for key in [key for key in ends.readers if re.search(r"[*?\[]", key[1])]:
        matched = [
            other for other in {*ends.writers, *ends.announced} if other[0] == key[0] and _matches(other[1], key[1])
        ]
        for other in matched:
            ends.readers.setdefault(other, []).extend(ends.readers[key])
        if matched:
            del ends.readers[key]


def _matches(name: str, pattern: str) -> bool:
    """Redis' own globs: `[^a]` is what `fnmatch` writes `[!a]`."""
    return fnmatchcase(name, pattern.replace("[^", "[!"))
