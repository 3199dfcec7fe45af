"""Reports as SARIF 2.1.0 (https://docs.oasis-open.org/sarif/sarif/v2.1.0/), which code hosts show beside the lines."""

from __future__ import annotations

import json
from collections.abc import Iterable
from urllib.parse import quote

from wizard import __version__
from wizard.output.data import Json
from wizard.rules.text import clean
from wizard.values.checklist import Checklist
from wizard.values.finding import Contradiction, Finding, Report, Status
from wizard.values.gate import Compared, Concern
from wizard.values.source import Source

_LEVELS = {Status.BROKEN: "error", Status.UNMET: "warning", Status.UNKNOWN: "note"}
_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def sarif(reports: Iterable[Report], checklist: Checklist, compared: Compared | None = None) -> str:
    """Returns the document: a rule an item, a result for every finding that is not done and for every contradiction.

    `compared`: beside a baseline, what it knows is marked as suppressed, not left out.
    """
    results: list[Json] = []
    if compared is not None:
        results = [_concern(one, known=False) for one in compared.new]
        results += [_concern(one, known=True) for one in compared.known]
        reports = ()
    for report in reports:
        results += [_result(report.service, f) for f in report.findings if f.status in _LEVELS]
        results += [_contradiction(found) for found in report.contradictions]
    rules = [_rule(item.id, item.title, item.why) for item in checklist.items]
    rules.append(_rule("contradiction", "Sources that disagree", "One value, several files: they must say the same."))
    return whole(rules, results)


def _concern(one: Concern, *, known: bool) -> Json:
    result: dict[str, Json] = {
        "ruleId": one.rule,
        "level": "warning" if one.level == Status.UNMET else "error",
        "message": {"text": clean(f"{one.service}: {one.message}" + (f" Next: {one.hint}" if one.hint else ""))},
        "locations": [location(source) for source in one.sources[:10]],
        "partialFingerprints": {"stackWizard/v1": one.fingerprint},
        "baselineState": "unchanged" if known else "new",
    }
    if known:
        result["suppressions"] = [{"kind": "external", "justification": "the stack's baseline knows it"}]
    return result


def whole(rules: list[Json], results: list[Json]) -> str:
    """Returns the document around rules and results."""
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
    """Returns a place as SARIF has it."""
    place: dict[str, Json] = {"artifactLocation": {"uri": quote(clean(source.path))}}
    if source.line:
        place["region"] = {"startLine": source.line}
    return {"physicalLocation": place}
