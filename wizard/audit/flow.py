"""What does not fit between services: fields that nobody sends, types that differ, messages nobody reads or writes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from wizard.audit.context import listed
from wizard.rules.names import is_dead_letter
from wizard.values.finding import Contradiction
from wizard.values.flow import (
    CHANNEL,
    HANDLED_TWICE,
    MISSING_FIELD,
    READS,
    TABLE,
    TYPE_DIFFERS,
    WRITES,
    Carrier,
    End,
    Flow,
    FlowField,
    FlowFinding,
    Unseen,
)
from wizard.values.source import Fact

MOST_HOPS = 12
"""Longest cycle that is looked for: a chain of more services than that is not followed back to its start."""


def judge_flow(flow: Flow, many: Mapping[str, Fact[str]] | None = None) -> tuple[FlowFinding, ...]:
    """Returns what does not fit, the worst first: what stops a reader, then what nobody needs or sends, then cycles.

    `many`: services of which a Swarm runs several tasks, with what says so.
    """
    found: list[FlowFinding] = []
    for carrier in flow.carriers:
        if carrier.medium == TABLE:
            found += _two_writers(carrier)
        else:
            found += [*_fields(carrier), *_lonely(carrier, flow.unseen)]
            found += _handled_twice(carrier, flow.unseen, many or {})
    order = (MISSING_FIELD, TYPE_DIFFERS, HANDLED_TWICE, "never-written", "never-read", "two-writers", "cycle")
    found += _cycles(flow)
    return tuple(sorted(found, key=lambda one: (order.index(one.kind), not one.certain)))


def flow_contradictions(findings: tuple[FlowFinding, ...], service: str) -> tuple[Contradiction, ...]:
    """Returns what stops one service as contradictions of it, as far as both lines were read and none is a guess."""
    return tuple(
        Contradiction(service, f"{one.medium} {one.carrier}", one.message, one.says, one.other)
        for one in findings
        if one.service == service and one.stops
    )


def _handled_twice(
    carrier: Carrier, unseen: tuple[Unseen, ...], many: Mapping[str, Fact[str]]
) -> Iterator[FlowFinding]:
    """Yields the readers of a channel that run several times: pub/sub gives each of them every event. Where the stack
    writes the channel itself, a stream with a consumer group shares them out; else one replica is the answer."""
    for reader in carrier.readers if carrier.medium == CHANNEL else ():
        said = many.get(reader.service)
        if said is None:
            continue
        times = "one task on every node" if said.value == "global" else f"{said.value} tasks"
        others = [one for one in unseen if one.way in ("", WRITES) and one.medium in ("", CHANNEL)]
        if carrier.writers and not others:
            who = listed([f"{end.service} ({end.source})" for end in carrier.writers])
            answer = f"let {who} write a stream, and its tasks read that as one consumer group"
        else:
            answer = "run one replica: what writes it is not all here, so it cannot be made a stream of"
        yield FlowFinding(
            kind=HANDLED_TWICE,
            carrier=carrier.name,
            medium=carrier.medium,
            service=reader.service,
            message=f"{reader.service} subscribes {carrier.name} ({reader.source}) and has {times} ({said.source}): "
            f"each handles every event; {answer}",
            says=((f"{reader.service} subscribes {carrier.name}", reader.source), (times, said.source)),
            other=next((end.service for end in carrier.writers), "(stack)"),
        )


def _fields(carrier: Carrier) -> Iterator[FlowFinding]:
    """Yields, for each reader and writer whose fields are known, what the one needs and the other does not send."""
    for reader in carrier.readers:
        for writer in carrier.writers:
            if reader.fields is None or writer.fields is None or reader.service == writer.service:
                continue
            for wanted in reader.fields:
                sent = writer.field(wanted.name)
                if sent is None and wanted.required:
                    yield _missing(carrier, reader, writer, wanted)
                elif sent is not None and (words := _differs(sent, wanted)):
                    yield _other_type(carrier, reader, writer, wanted, sent, words)


def _missing(carrier: Carrier, reader: End, writer: End, wanted: FlowField) -> FlowFinding:
    place = writer.model_source or writer.source
    needs = f"{reader.service} needs {wanted.name} ({wanted.source}) of {carrier.name}"
    holder = f"{writer.model} ({place})" if writer.model else f"what is sent ({place})"
    return FlowFinding(
        kind=MISSING_FIELD,
        carrier=carrier.name,
        medium=carrier.medium,
        service=reader.service,
        message=f"{needs}, and {writer.service} does not send it: {holder} has no such field{_guessed(reader, writer)}",
        says=(
            (f"{reader.service} needs {wanted.name}", wanted.source),
            (f"{writer.service} sends no {wanted.name}", place),
        ),
        certain=reader.certain and writer.certain,
        other=writer.service,
    )


def _other_type(
    carrier: Carrier, reader: End, writer: End, wanted: FlowField, sent: FlowField, words: tuple[str, str]
) -> FlowFinding:
    return FlowFinding(
        kind=TYPE_DIFFERS,
        carrier=carrier.name,
        medium=carrier.medium,
        service=reader.service,
        message=f"{wanted.name} of {carrier.name} is {words[0]} where {writer.service} writes it ({sent.source}) and "
        f"{words[1]} where {reader.service} reads it ({wanted.source}){_guessed(reader, writer)}",
        says=(
            (f"{writer.service} writes {words[0]}", sent.source),
            (f"{reader.service} reads {words[1]}", wanted.source),
        ),
        certain=reader.certain and writer.certain,
        other=writer.service,
    )


def _guessed(*ends: End) -> str:
    names = [f"{end.service}'s {end.model}" for end in ends if not end.certain and end.model]
    return f" (if {listed(names)} is what travels there, as its name says)" if names else ""


def _differs(sent: FlowField, wanted: FlowField) -> tuple[str, str] | None:
    """Returns both types in words where a reader cannot take what is sent; a whole number is a number, too."""
    if sent.type and wanted.type and sent.type != wanted.type and (sent.type, wanted.type) != ("int", "float"):
        return sent.type, wanted.type
    if sent.nullable and not wanted.nullable and wanted.type:
        return f"{sent.type or 'a value'} or null", wanted.type
    return None


def _lonely(carrier: Carrier, unseen: tuple[Unseen, ...]) -> Iterator[FlowFinding]:
    """Yields a finding where one end is missing; what reading cannot see might be that end, and is named."""
    if carrier.writers and not carrier.readers and not is_dead_letter(carrier.name):
        yield _alone(carrier, carrier.writers, READS, unseen)
    elif carrier.readers and not carrier.writers:
        yield _alone(carrier, carrier.readers, WRITES, unseen)


def _alone(carrier: Carrier, ends: tuple[End, ...], missing: str, unseen: tuple[Unseen, ...]) -> FlowFinding:
    maybe = [one for one in unseen if one.way in ("", missing) and one.medium in ("", carrier.medium)]
    planned = [end for end in carrier.announced if end.way == missing]
    done, other = ("read", "written") if missing == WRITES else ("written", "read")
    who = listed([f"{end.service} ({end.source})" for end in ends])
    words = f"{carrier.medium} {carrier.name} is {done} by {who} and never {other}"
    if planned:
        words += "; " + listed([f"{end.service} says that it will ({end.source})" for end in planned])
    if maybe:
        words += f"; not seen: {listed([f'{one.service} ({one.source}: {one.why})' for one in maybe[:3]])}"
    return FlowFinding(
        kind="never-written" if missing == WRITES else "never-read",
        carrier=carrier.name,
        medium=carrier.medium,
        service=ends[0].service,
        message=words,
        says=tuple((f"{end.service} {end.way}", end.source) for end in (*ends, *planned)),
        certain=not maybe,
    )


def _two_writers(carrier: Carrier) -> Iterator[FlowFinding]:
    writers = [end for end in carrier.writers if end.certain]
    services = list(dict.fromkeys(end.service for end in writers))
    who = listed([f"{end.service} ({end.source})" for end in writers])
    # one line that several services have (an API and its migrations from one image) does not say which of them runs it
    if len(services) > 1 and len({end.source for end in writers}) > 1:
        yield FlowFinding(
            kind="two-writers",
            carrier=carrier.name,
            medium=carrier.medium,
            service=services[0],
            message=f"table {carrier.name} is written by {who}: its rows have two owners",
            says=tuple((f"{end.service} writes", end.source) for end in writers),
        )


def _cycles(flow: Flow) -> Iterator[FlowFinding]:
    """Yields each round trip of events once, from its first service on: A to B to A."""
    onward: dict[str, list[tuple[str, Carrier, End]]] = {}
    for carrier in flow.carriers:
        if carrier.medium != TABLE:
            for writer in carrier.writers:
                further = [reader.service for reader in carrier.readers if reader.service != writer.service]
                onward.setdefault(writer.service, []).extend((name, carrier, writer) for name in further)
    seen: set[frozenset[str]] = set()
    for start in sorted(onward):
        path = _way_back(start, onward)
        round_ = frozenset(writer.service for _, _, writer in path)
        if path and round_ not in seen:
            seen.add(round_)
            names = " → ".join([start, *(f"{carrier.name} → {name}" for name, carrier, _ in path)])
            says = tuple((f"{writer.service} writes {carrier.name}", writer.source) for _, carrier, writer in path)
            first = path[0][1]
            yield FlowFinding("cycle", first.name, first.medium, start, f"events go round: {names}", says)


def _way_back(start: str, onward: dict[str, list[tuple[str, Carrier, End]]]) -> list[tuple[str, Carrier, End]]:
    """Returns the shortest way from a service back to itself; [] without one. Breadth first, so it is linear."""
    came: dict[str, tuple[str, tuple[str, Carrier, End]]] = {}
    waiting = [start]
    for service in waiting:
        for step in onward.get(service, ()):
            if step[0] not in came:
                came[step[0]] = (service, step)
                waiting.append(step[0])
    path: list[tuple[str, Carrier, End]] = []
    at = start
    while at in came and len(path) < MOST_HOPS:
        at, step = came[at]
        path.insert(0, step)
        if at == start:
            return path
    return []
