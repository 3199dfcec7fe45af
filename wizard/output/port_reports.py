"""The port table as JUnit XML and as SARIF: a conflict is a failure, with the lines that clash."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from xml.sax.saxutils import escape, quoteattr

from wizard.audit.ports import PortRow
from wizard.output.data import Json
from wizard.output.sarif import location, whole
from wizard.rules.text import clean

RULE = "port-conflict"


def ports_junit(rows: Iterable[PortRow]) -> str:
    """Returns a test case a port."""
    found = tuple(rows)
    cases = "\n".join(_case(row) for row in found)
    failures = sum(bool(row.conflicts) for row in found)
    head = f'name="ports" tests="{len(found)}" failures="{failures}" errors="0" skipped="0"'
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="stack-wizard">\n'
        f"  <testsuite {head}>\n{cases}\n  </testsuite>\n</testsuites>"
    )


def ports_sarif(rows: Iterable[PortRow]) -> str:
    """Returns a result a conflict, with every line that claims the port."""
    rule: Json = {
        "id": RULE,
        "shortDescription": {"text": "Two claims to one port"},
        "fullDescription": {"text": "A port is reserved for one service, published by that one only."},
    }
    return whole([rule], [result for row in rows for result in _results(row)])


def _case(row: PortRow) -> str:
    name = quoteattr(clean(f"{row.port} {row.reserved_for or 'nobody'}"))
    head = f'    <testcase classname="ports" name={name}'
    if not row.conflicts:
        return f"{head}/>"
    text = clean("\n".join([*row.conflicts, *(str(claim.source) for claim in row.claims if claim.source)]))
    failure = f'<failure type="conflict" message={quoteattr(clean(row.conflicts[0]))}>{escape(text)}</failure>'
    return f"{head}>{failure}</testcase>"


def _results(row: PortRow) -> Iterator[Json]:
    places = [location(claim.source) for claim in row.claims if claim.source is not None]
    for conflict in row.conflicts:
        text = clean(f"port {row.port}: {conflict}")
        yield {"ruleId": RULE, "level": "error", "message": {"text": text}, "locations": places[:10]}
