"""Reports as JUnit XML, the form CI servers read: a suite a service, a test case an item."""

from __future__ import annotations

from collections.abc import Iterable
from xml.sax.saxutils import escape, quoteattr

from wizard.rules.text import clean
from wizard.values.checklist import Checklist
from wizard.values.finding import Finding, Report, Status


def junit(reports: Iterable[Report], checklist: Checklist) -> str:
    """Returns the document. Unmet and broken are failures; unknown, waived and not applicable are skipped with the
    reason.
    """
    suites = "\n".join(_suite(report, checklist) for report in reports)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="stack-wizard">\n{suites}\n</testsuites>'


def _suite(report: Report, checklist: Checklist) -> str:
    failures = report.counts[Status.UNMET] + report.counts[Status.BROKEN]
    skipped = report.counts[Status.UNKNOWN] + report.counts[Status.WAIVED] + report.counts[Status.NA]
    cases = "\n".join(_case(report.service, f, checklist.item(f.item).title) for f in report.findings)
    head = f'tests="{len(report.findings)}" failures="{failures}" errors="0" skipped="{skipped}"'
    return f"  <testsuite name={_attribute(report.service)} {head}>\n{cases}\n  </testsuite>"


def _case(service: str, finding: Finding, title: str) -> str:
    name = _attribute(f"{finding.item} {title}")
    head = f"    <testcase classname={_attribute(f'{service}.{finding.phase.name}')} name={name}"
    if finding.status is Status.MET:
        return f"{head}/>"
    evidence = "\n".join([finding.summary, *map(str, finding.sources), finding.hint])
    if finding.status in (Status.UNMET, Status.BROKEN):
        kind, summary = finding.status.value, _attribute(finding.summary)
        inner = f'<failure type="{kind}" message={summary}>{escape(clean(evidence))}</failure>'
    else:
        inner = f"<skipped message={_attribute(f'{finding.status.value}: {finding.summary}')}/>"
    return f"{head}>{inner}</testcase>"


def _attribute(text: str) -> str:
    return quoteattr(clean(text))
