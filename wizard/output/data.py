"""Values to JSON-ready data: schema 1, documented in docs/JSON.md."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from wizard.rules.text import clean
from wizard.values.checklist import Checklist
from wizard.values.facts.compose import SwarmRemark
from wizard.values.finding import Contradiction, Finding, Report
from wizard.values.gate import Compared, Concern, KnownConcern
from wizard.values.observation import Observation
from wizard.values.source import Problem, Source

SCHEMA = 1
_LEVELS = 4
"""Down to `services[].findings[]` every element has its own line; what is inside one stands on that line."""
_encoded = json.JSONEncoder(ensure_ascii=False).encode
Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"


def source(value: Source) -> Json:
    """Returns a place: `path`, and `line` (null for the file as a whole)."""
    return {"path": clean(value.path), "line": value.line or None}


def observation(value: Observation) -> Json:
    """Returns a live result."""
    return {
        "item": value.item,
        "action": clean(value.action),
        "result": clean(value.result),
        "ok": value.ok,
        "runtime": value.runtime,
        "at": value.at,
        "seconds": round(value.seconds, 3),
        "commit": value.commit,
        "cause": value.cause,
        "next_step": clean(value.next_step),
        "image": value.image,
        "samples_ms": [round(sample, 3) for sample in value.samples],
    }


def finding(value: Finding, title: str) -> Json:
    """Returns an item with status and evidence."""
    return {
        "item": value.item,
        "phase": value.phase.name,
        "title": title,
        "status": value.status.value,
        "summary": clean(value.summary),
        "evidence": [source(place) for place in value.sources],
        "observations": [observation(seen) for seen in value.observations],
        "hint": clean(value.hint),
    }


def contradiction(value: Contradiction) -> Json:
    """Sources that disagree."""
    return {
        "topic": value.topic,
        "message": clean(value.message),
        "says": [{"value": clean(text), **_place(place)} for text, place in value.says],
    }


def _place(value: Source) -> dict[str, Json]:
    return {"path": clean(value.path), "line": value.line or None}


def report(value: Report, titles: Mapping[str, str]) -> Json:
    """Returns a service's thirty findings. `titles`: item id -> the document's wording."""
    return {
        "service": clean(value.service),
        "counts": {status.value: count for status, count in value.counts.items()},
        "applies": value.count.applies,
        "findings": [finding(found, titles[found.item]) for found in value.findings],
        "contradictions": [contradiction(found) for found in value.contradictions],
    }


def document(kind: str, content: Mapping[str, Json]) -> str:
    """Returns the outermost object as text: `schema`, `kind`, then the content."""
    whole: dict[str, Json] = {"schema": SCHEMA, "kind": kind, **content}
    return _laid_out(whole, _LEVELS, "")


def _laid_out(value: Json, levels: int, margin: str) -> str:
    """JSON with line breaks in the outer levels only: the C encoder, which knows no other indentation than a full one
    of its Python twin, writes the rest eight times as fast."""
    inside = f"{margin}  "
    if levels and type(value) is dict and value:
        pairs = (f"{inside}{_encoded(key)}: {_laid_out(item, levels - 1, inside)}" for key, item in value.items())
        return "{\n" + ",\n".join(pairs) + f"\n{margin}}}"
    if levels and type(value) is list and value:
        items = [_laid_out(item, levels - 1, inside) for item in value] if levels > 1 else map(_encoded, value)
        return f"[\n{inside}" + f",\n{inside}".join(items) + f"\n{margin}]"
    return _encoded(value)


def problems(values: Iterable[Problem]) -> Json:
    """Returns what could not be read."""
    return [{**_place(value.source), "message": clean(value.message)} for value in values]


def reports(
    kind: str,
    values: Iterable[Report],
    checklist: Checklist,
    unread: Iterable[Problem] = (),
    compared: Compared | None = None,
    swarm: Iterable[SwarmRemark] = (),
) -> str:
    """Returns the document of `check` and `verify`. `compared`: what a baseline says of it. `swarm`: what `docker stack
    deploy` makes of the Compose files, for a stack that it deploys."""
    titles = {item.id: item.title for item in checklist.items}
    services = [report(value, titles) for value in values]
    content: dict[str, Json] = {"services": services, "problems": problems(unread)}
    remarks = [_remark(one) for one in swarm]
    if remarks:
        content["swarm"] = remarks
    if compared is not None:
        content["baseline"] = {
            "new": [_known(one) for one in compared.new],
            "known": [_known(one) for one in compared.known],
            "gone": [_known(one) for one in compared.gone],
        }
    return document(kind, content)


def _remark(one: SwarmRemark) -> Json:
    said = {"service": one.service, "key": one.place, "effect": one.effect, "message": one.words, "rule": one.rule}
    return {**_place(one.source), **{name: clean(text) for name, text in said.items()}}


def _known(one: Concern | KnownConcern) -> Json:
    return {"fingerprint": one.fingerprint, "service": clean(one.service), "rule": one.rule, "level": one.level}
