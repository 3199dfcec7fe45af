"""The message flow as text for a terminal and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from wizard.output.data import Json, document, source
from wizard.output.style import Style
from wizard.rules.text import clean, one_line
from wizard.values.flow import TABLE, Carrier, End, Flow, FlowFinding, Unseen

MOST_FIELDS = 8
"""Fields that are named of an end; the JSON has them all."""


def flow_lines(root: str, flow: Flow, findings: Iterable[FlowFinding], style: Style) -> Iterator[str]:
    """Yields a carrier a block, who writes it above who reads it, and below them all what does not fit."""
    found = tuple(findings)
    yield style.paint(f"message flow of {clean(root)}: {_counts(flow)}", "bold")
    for carrier in flow.carriers:
        yield f"  {carrier.medium} {style.paint(one_line(carrier.name), 'bold')}"
        yield from _side("written by", carrier, carrier.writers, style)
        yield from _side("read by", carrier, carrier.readers, style)
        for end in carrier.announced:
            yield f"    {one_line(end.service)} says that it {end.way} it  {style.paint(clean(str(end.source)), 'dim')}"
    for one in flow.unseen:
        yield style.paint(f"  not seen: {_unseen(one)}  {clean(str(one.source))}", "yellow")
    if found:
        yield style.paint("what does not fit", "bold")
    for finding in found:
        yield from finding_lines(finding, style)


def finding_lines(finding: FlowFinding, style: Style) -> Iterator[str]:
    """Yields one finding: its kind and sentence, below it every line that says so."""
    doubt = "" if finding.certain else " (not certain)"
    yield style.paint(
        f"  {finding.kind}{doubt}: {one_line(finding.message, 500)}", "red" if finding.stops else "yellow"
    )
    for said, place in finding.says:
        yield f"{' ' * 8}{one_line(said)}  {style.paint(clean(str(place)), 'dim')}"


def _counts(flow: Flow) -> str:
    tables = sum(carrier.medium == TABLE for carrier in flow.carriers)
    services = len({name for carrier in flow.carriers for name in carrier.services})
    counted = ((len(flow.carriers) - tables, "channel"), (tables, "table"), (services, "service"))
    return ", ".join(f"{count} {word}{'' if count == 1 else 's'}" for count, word in counted)


def _side(word: str, carrier: Carrier, ends: tuple[End, ...], style: Style) -> Iterator[str]:
    for end in ends:
        place = style.paint(clean(str(end.source)), "dim")
        doubt = (
            "" if end.certain or end.fields is not None or carrier.medium != TABLE else " (by a mapped class, perhaps)"
        )
        yield f"    {word:<10} {one_line(end.service)}  {place}{_fields(end)}{doubt}"


def _fields(end: End) -> str:
    if end.fields is None:
        return ""
    names = [one_line(field.label) for field in end.fields]
    shown = ", ".join(names[:MOST_FIELDS]) + (", …" if len(names) > MOST_FIELDS else "")
    return f"  {one_line(end.model) + ': ' if end.model else ''}{shown}{'' if end.certain else ' (by its name)'}"


def _unseen(one: Unseen) -> str:
    what = f"what {one_line(one.service)} {one.way} ({one.medium})" if one.way else one_line(one.service)
    return f"{what}: {one_line(one.why)}"


def flow_json(flow: Flow, findings: Iterable[FlowFinding]) -> str:
    """Returns the document of `map`."""
    content: dict[str, Json] = {
        "carriers": [_carrier(carrier) for carrier in flow.carriers],
        "findings": [flow_finding(finding) for finding in findings],
        "unseen": [
            {"service": clean(one.service), "way": one.way, "medium": one.medium, "why": one.why, **_at(one)}
            for one in flow.unseen
        ],
    }
    return document("map", content)


def _at(one: Unseen) -> dict[str, Json]:
    return {"evidence": source(one.source)}


def _carrier(carrier: Carrier) -> Json:
    return {
        "medium": carrier.medium,
        "name": clean(carrier.name),
        "writers": [_end(end) for end in carrier.writers],
        "readers": [_end(end) for end in carrier.readers],
        "announced": [_end(end) for end in carrier.announced],
    }


def _end(end: End) -> Json:
    fields: Json = None
    if end.fields is not None:
        fields = [
            {
                "name": clean(one.name),
                "type": one.type or None,
                "required": one.required,
                "nullable": one.nullable,
                "evidence": source(one.source),
            }
            for one in end.fields
        ]
    return {
        "service": clean(end.service),
        "way": end.way,
        "evidence": source(end.source),
        "model": clean(end.model) or None,
        "certain": end.certain,
        "fields": fields,
    }


def flow_finding(finding: FlowFinding) -> Json:
    """Returns what does not fit, with every line that says so."""
    return {
        "kind": finding.kind,
        "medium": finding.medium,
        "carrier": clean(finding.carrier),
        "service": clean(finding.service),
        "message": clean(finding.message),
        "certain": finding.certain,
        "says": [{"value": clean(said), "evidence": source(place)} for said, place in finding.says],
    }
