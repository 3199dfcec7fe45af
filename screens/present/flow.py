"""The message flow as rows and words: everything, one carrier, or one service."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.content import Content

from screens.present.values import MUTED, STYLES, literal
from wizard.rules.text import plural
from wizard.values.finding import Status
from wizard.values.flow import TABLE, Carrier, End, Flow, FlowFinding, Unseen
from wizard.values.source import Source

if TYPE_CHECKING:
    from wizard.pipeline.guided import Overview

Place = tuple[str, str]
"""Where one stands: (`service` or a medium, name); `EVERYTHING` for the whole."""
EVERYTHING: Place = ("", "")
LINE = 34
"""Columns that the name has at most in a row of the whole."""
WRITERS = 14
"""Columns that who writes it has at most: the arrows stand below each other, but for a few long lists of names."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the list: where it leads (None: nowhere), its line in the code, and what is said of it below."""

    id: str
    text: Content
    leads: Place | None
    source: Source | None
    says: Content


def heading(view: Overview, place: Place) -> Content:
    """Returns what the list is about."""
    flow = view.flow
    if place == EVERYTHING:
        services = len({name for carrier in flow.carriers for name in carrier.services})
        words = f"{len(flow.carriers)} channels and tables between {plural(services, 'service')}"
        return Content(words if flow.carriers else "The code of this stack writes and reads no channel and no table.")
    return Content.assemble(f"{place[0]} ", literal(place[1], 80, "bold"))


def rows(view: Overview, place: Place, width: int) -> list[Row]:
    """Returns the rows of a place, each cut to the width."""
    if place == EVERYTHING:
        found = [*_findings(view.flow, view.flow_findings), *_carriers(view.flow), *_unseen(view.flow.unseen)]
    elif place[0] == "service":
        found = list(_of_service(view.flow, view.flow_findings, place[1]))
    else:
        found = list(_of_carrier(view.flow, view.flow_findings, place))
    return [_cut(row, width) for row in found]


def detail(row: Row | None) -> Content:
    """Returns everything about the row under the cursor."""
    return row.says if row is not None else Content("")


def _cut(row: Row, width: int) -> Row:
    return Row(row.id, row.text.truncate(max(width, 20), ellipsis=True), row.leads, row.source, row.says)


def _findings(flow: Flow, findings: tuple[FlowFinding, ...], carrier: Carrier | None = None) -> Iterator[Row]:
    for number, one in enumerate(findings):
        if carrier is not None and (one.medium, one.carrier) != (carrier.medium, carrier.name):
            continue
        style = STYLES[Status.BROKEN if one.stops else Status.UNMET]
        text = Content.assemble((f"{'✗' if one.stops else '!'} {one.kind:<14} ", style), literal(one.message, 400))
        lines = [Content.assemble((f"{one.kind}  ", style), literal(one.message, 600))]
        lines += [
            Content.assemble(literal(said, 120), "  ", literal(str(at), 200, "$text-accent")) for said, at in one.says
        ]
        known = flow.carrier(one.carrier)
        leads = (known.medium, known.name) if known is not None and carrier is None else ("service", one.service)
        yield Row(f"finding:{number}", text, leads, one.says[0][1] if one.says else None, Content("\n").join(lines))


def _who(ends: Iterable[End]) -> str:
    return ", ".join(dict.fromkeys(end.service for end in ends)) or "nobody"


def _carriers(flow: Flow) -> Iterator[Row]:
    said = [(carrier, _who(carrier.writers), _who(carrier.readers)) for carrier in flow.carriers]
    line = min(LINE, max((len(carrier.medium.ljust(8) + carrier.name) for carrier, _, _ in said), default=0))
    wide = min(WRITERS, max((len(writers) for _, writers, _ in said), default=0))
    for carrier, writers, readers in said:
        name = Content.assemble((f"{carrier.medium:<8}", MUTED), literal(carrier.name, LINE))
        text = Content.assemble(
            name.truncate(line, ellipsis=True, pad=True),
            " ",
            literal(writers, 80).truncate(max(len(writers), wide), pad=True),
            (" → ", MUTED),
            literal(readers, 120),
        )
        yield Row(
            f"{carrier.medium}:{carrier.name}",
            text,
            (carrier.medium, carrier.name),
            _first_line(carrier),
            _both(carrier),
        )


def _first_line(carrier: Carrier) -> Source | None:
    return next((end.source for end in (*carrier.writers, *carrier.readers, *carrier.announced)), None)


def _both(carrier: Carrier) -> Content:
    lines = [_end(end, carrier) for end in (*carrier.writers, *carrier.readers)]
    lines += [_announced(end) for end in carrier.announced]
    return Content("\n").join(lines)


def _end(end: End, carrier: Carrier) -> Content:
    word = "written by" if end.way == "writes" else "read by"
    return Content.assemble(
        (f"{word:<11}", MUTED), literal(end.service, 40, "bold"), "  ", literal(str(end.source), 200, "$text-accent"),
        "  ", _fields(end, carrier),
    )  # fmt: skip


def _announced(end: End) -> Content:
    words = f"{end.service} says that it {end.way} it"
    return Content.assemble(literal(words, 120), "  ", literal(str(end.source), 200, "$text-accent"))


def _fields(end: End, carrier: Carrier) -> Content:
    if end.fields is None:
        return Content.styled("" if carrier.medium == TABLE else "its fields are not known", MUTED)
    names = ", ".join(
        f"{one.name}{f': {one.type}' if one.type else ''}{'' if one.required else '?'}" for one in end.fields
    )
    doubt = "" if end.certain else " (by its name)"
    return literal(f"{f'{end.model}: ' if end.model else ''}{names}{doubt}", 400)


def _unseen(unseen: tuple[Unseen, ...]) -> Iterator[Row]:
    for number, one in enumerate(unseen):
        what = f"what {one.service} {one.way}" if one.way else one.service
        text = Content.assemble(("? not seen       ", STYLES[Status.UNKNOWN]), literal(f"{what}: {one.why}", 200))
        says = Content.assemble(text, "\n", literal(str(one.source), 200, "$text-accent"))
        yield Row(f"unseen:{number}", text, None, one.source, says)


def _of_carrier(flow: Flow, findings: tuple[FlowFinding, ...], place: Place) -> Iterator[Row]:
    carrier = next((one for one in flow.carriers if (one.medium, one.name) == place), None)
    if carrier is None:
        return
    yield from _findings(flow, findings, carrier)
    for number, end in enumerate((*carrier.writers, *carrier.readers)):
        says = [_end(end, carrier)]
        says += [
            Content.assemble(
                "  ", literal(f"{one.name}: {one.type or 'any'}", 60), "  ", literal(str(one.source), 200, MUTED)
            )
            for one in end.fields or ()
        ]
        yield Row(f"end:{number}", _end(end, carrier), ("service", end.service), end.source, Content("\n").join(says))
    for number, end in enumerate(carrier.announced):
        yield Row(f"announced:{number}", _announced(end), ("service", end.service), end.source, _announced(end))


def _of_service(flow: Flow, findings: tuple[FlowFinding, ...], name: str) -> Iterator[Row]:
    yield from _findings(flow, tuple(one for one in findings if one.service == name and one.kind != "cycle"))
    for way, word in (("reads", "reads"), ("writes", "writes")):
        for carrier in flow.of(name):
            ends = carrier.writers if way == "writes" else carrier.readers
            mine = next((end for end in ends if end.service == name), None)
            if mine is not None:
                others = carrier.readers if way == "writes" else carrier.writers
                far = ", ".join(dict.fromkeys(end.service for end in others)) or "nobody"
                arrow = " → " if way == "writes" else " ← "
                text = Content.assemble(
                    (f"{word:<7}", MUTED), (f"{carrier.medium:<8}", MUTED), literal(carrier.name, 60, "bold"),
                    (arrow, MUTED), literal(far, 120),
                )  # fmt: skip
                leads = carrier.medium, carrier.name
                yield Row(f"{way}:{carrier.medium}:{carrier.name}", text, leads, mine.source, _both(carrier))
