"""Reports as SARIF 2.1.0 (https://docs.oasis-open.org/sarif/sarif/v2.1.0/), which code hosts show beside the lines."""

from __future__ import annotations

import json
from collections.abc import Iterable
from urllib.parse import quote

from wizard import __version__
from wizard.checklist.schema import Checklist
from wizard.output.clean import clean
from wizard.output.data import Json
from wizard.values.finding import Contradiction, Finding, Report, Status
from wizard.values.source import Source

_LEVELS = {Status.BROKEN: "error", Status.UNMET: "warning", Status.UNKNOWN: "note"}
_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def sarif(reports: Iterable[Report], checklist: Checklist) -> str:
    """The document: a rule an item, a result for every finding that is not done and for every contradiction."""
    results: list[Json] = []
    for report in reports:
        results += [_result(report.service, f) for f in report.findings if f.status in _LEVELS]
        results += [_contradiction(found) for found in report.contradictions]
    rules = [_rule(item.id, item.title, item.why) for item in checklist.items]
    rules.append(_rule("contradiction", "Sources that disagree", "One value, several files: they must say the same."))
    return whole(rules, results)


def whole(rules: list[Json], results: list[Json]) -> str:
    """The document around rules and results."""
    driver: Json = {"name": "stack-wizard", "version": __version__, "rules": rules}
    run: Json = {"tool": {"driver": driver}, "results": results}
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, ensure_ascii=False, indent=2)


def _rule(name: str, title: str, why: str) -> Json:
    return {"id": name, "shortDescription": {"text": title}, "fullDescription": {"text": why}}


def _result(service: str, finding: Finding) -> Json:
    text = f"{service}: {finding.summary}" + (f" Next: {finding.hint}" if finding.hint else "")
    return {
        "ruleId": finding.item,
        "level": _LEVELS[finding.status],
        "message": {"text": clean(text)},
        "locations": [location(source) for source in finding.sources[:10]],
    }


def _contradiction(found: Contradiction) -> Json:
    return {
        "ruleId": "contradiction",
        "level": "error",
        "message": {"text": clean(f"{found.service}: {found.message}")},
        "locations": [location(source) for _, source in found.says],
    }


def location(source: Source) -> Json:
    """A place as SARIF has it."""
    place: dict[str, Json] = {"artifactLocation": {"uri": quote(clean(source.path))}}
    if source.line:
        place["region"] = {"startLine": source.line}
    return {"physicalLocation": place}
