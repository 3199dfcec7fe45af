"""What the page shows, as plain values: every text cleaned and bounded; the template only escapes and lays out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import PurePath
from typing import TYPE_CHECKING

from wizard.output.style import GLYPHS
from wizard.output.text_report import counts_line, observation_line
from wizard.rules.text import clean, one_line
from wizard.values.finding import Finding, Report, Status
from wizard.values.flow import Carrier, End, Flow, FlowFinding, Unseen
from wizard.values.lean import dataclass
from wizard.values.phase import Phase
from wizard.values.receipt import PhaseCommit

if TYPE_CHECKING:
    from wizard.audit.ports import PortRow
    from wizard.values.checklist import Checklist

MOST_PLACES = 8
"""Lines of evidence of one item; `check -v` has them all."""


@dataclass(frozen=True, slots=True)
class Card:
    """Something that does not fit, with the command that shows or mends it."""

    title: str
    message: str
    says: tuple[tuple[str, str], ...]
    bad: bool
    command_says: str
    command: str


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a service."""

    id: str
    status: str
    glyph: str
    title: str
    summary: str
    places: tuple[str, ...]
    seen: tuple[str, ...]
    hint: str
    command: str


@dataclass(frozen=True, slots=True)
class PhaseOf:
    """A phase of a service; `open`: something in it is wrong, so that it is unfolded."""

    number: int
    name: str
    count: str
    open: bool
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """A phase in the matrix: the worst status in it, in colour and as a glyph, and how much is done."""

    tone: str
    glyph: str
    text: str


@dataclass(frozen=True, slots=True)
class Service:
    """A service with its row of the matrix and all its items."""

    name: str
    anchor: str
    words: str
    count: str
    cells: tuple[Cell, ...]
    phases: tuple[PhaseOf, ...]


def stack_name(root: str) -> str:
    """Returns the name of the stack's folder."""
    return one_line(PurePath(root).name, 80) or "stack"


def services(reports: Iterable[Report], checklist: Checklist) -> tuple[Service, ...]:
    """Returns every service, in the order of the reports."""
    return tuple(_service(report, checklist, number) for number, report in enumerate(reports))


def _service(report: Report, checklist: Checklist, number: int) -> Service:
    phases = tuple(_phase(report, phase, checklist) for phase in checklist.sequence)
    return Service(
        name=one_line(report.service),
        anchor=f"s{number}-{re.sub('[^a-z0-9]+', '-', report.service.lower())[:40]}",
        words=counts_line(report),
        count=str(report.count),
        cells=tuple(_cell(report, phase) for phase in checklist.sequence),
        phases=tuple(phase for phase in phases if phase.items),
    )


def _cell(report: Report, phase: Phase) -> Cell:
    found = {finding.status for finding in report.of_phase(phase)}
    order = (Status.BROKEN, Status.UNMET, Status.UNKNOWN, Status.WAIVED, Status.MET)
    worst = next((status for status in order if status in found), Status.NA)
    return Cell(worst.value, GLYPHS[worst], report.count_in(phase).fraction)


def _phase(report: Report, phase: Phase, checklist: Checklist) -> PhaseOf:
    findings = report.of_phase(phase)
    wrong = any(finding.status is Status.BROKEN for finding in findings)
    items = tuple(_item(report.service, finding, checklist) for finding in findings)
    return PhaseOf(phase.number, phase.name, report.count_in(phase).fraction, wrong, items)


def _item(service: str, finding: Finding, checklist: Checklist) -> Item:
    return Item(
        id=finding.item,
        status=finding.status.value,
        glyph=GLYPHS[finding.status],
        title=checklist.item(finding.item).title,
        summary=one_line(finding.summary, 400),
        places=tuple(clean(str(place)) for place in finding.sources[:MOST_PLACES]),
        seen=tuple(observation_line(seen) for seen in finding.observations),
        hint=one_line(finding.hint, 300),
        command="" if finding.done else _command(service, finding, checklist),
    )


def _command(service: str, finding: Finding, checklist: Checklist) -> str:
    """The command that mends an item: the live checks where only they are missing, else its phase; for what the stack
    asks itself, and nobody writes, the one that says how."""
    name, item = one_line(service), checklist.item(finding.item)
    if finding.status is Status.UNKNOWN and item.live:
        return f"stack-wizard verify {name}"
    if item.checks:
        return f"stack-wizard explain {item.id}"
    return f"stack-wizard run {name} --phase {finding.phase.name}"


def cards(reports: Iterable[Report], findings: Iterable[FlowFinding]) -> tuple[Card, ...]:
    """Returns what contradicts within a service, then what does not fit between services."""
    return (*_contradictions(reports), *_flow_cards(findings))


def _contradictions(reports: Iterable[Report]) -> Iterator[Card]:
    for report in reports:
        for found in report.contradictions:
            if not found.other or found.topic == "swarm":
                says = tuple((one_line(value), clean(str(place))) for value, place in found.says)
                title = f"{one_line(report.service)}, {one_line(found.topic)}"
                command = f"stack-wizard run {one_line(report.service)}"
                yield Card(title, one_line(found.message, 500), says, True, "Bring them together:", command)


def _flow_cards(findings: Iterable[FlowFinding]) -> Iterator[Card]:
    for found in findings:
        says = tuple((one_line(value), clean(str(place))) for value, place in found.says)
        command = f"stack-wizard map {one_line(found.service)}"
        title = f"{found.medium} {one_line(found.carrier)}, {found.kind}"
        yield Card(title, one_line(found.message, 500), says, found.stops, "See both ends:", command)


@dataclass(frozen=True, slots=True)
class Port:
    """A row of the port table."""

    number: int
    state: str
    owner: str
    claims: tuple[str, ...]
    conflicts: tuple[str, ...]


def ports(rows: Iterable[PortRow]) -> tuple[Port, ...]:
    """Returns the port table."""
    return tuple(
        Port(
            row.port,
            row.state,
            one_line(row.reserved_for) or "nobody",
            tuple(
                one_line(f"{claim.state} {claim.holder or 'nobody yet'} {claim.source or claim.detail}", 300)
                for claim in row.claims
            ),
            tuple(one_line(conflict, 300) for conflict in row.conflicts),
        )
        for row in rows
    )


@dataclass(frozen=True, slots=True)
class FlowEnd:
    """One end of a carrier."""

    service: str
    place: str
    fields: str


@dataclass(frozen=True, slots=True)
class FlowRow:
    """A carrier with both ends."""

    medium: str
    name: str
    writers: tuple[FlowEnd, ...]
    readers: tuple[FlowEnd, ...]


def carriers(flow: Flow) -> tuple[FlowRow, ...]:
    """Returns the carriers as rows."""
    return tuple(_carrier(carrier) for carrier in flow.carriers)


def _carrier(carrier: Carrier) -> FlowRow:
    sides = (tuple(_end(end) for end in ends) for ends in (carrier.writers, carrier.readers))
    return FlowRow(carrier.medium, one_line(carrier.name), *sides)


def _end(end: End) -> FlowEnd:
    names = ", ".join(one.label for one in end.fields or ())
    return FlowEnd(one_line(end.service), clean(str(end.source)), one_line(names, 200))


def unseen(found: Iterable[Unseen]) -> tuple[str, ...]:
    """Returns what reading could not see."""
    return tuple(one_line(f"{one.service} {one.way} {one.medium}: {one.why} ({one.source})", 300) for one in found)


@dataclass(frozen=True, slots=True)
class Entry:
    """A commit, with how many items were met in all services after it."""

    at: str
    commit: str
    subject: str
    met: int


def history(commits: Iterable[PhaseCommit]) -> tuple[Entry, ...]:
    """Returns the wizard's commits, oldest first, with the items that their trailers say are met until then."""
    met: dict[tuple[str, str], bool] = {}
    made: list[Entry] = []
    for one in reversed(list(commits)):
        for item, status in one.items:
            met[one.service, item] = status == Status.MET and not one.reverts
        made.append(Entry(clean(one.at)[:16], one_line(one.commit[:10]), one_line(one.subject, 120), sum(met.values())))
    return tuple(made)
