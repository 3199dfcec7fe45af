"""The status of the whole stack: the matrix from evidence, its difference to the document, every service by thirty
items."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from wizard.audit.matrix import MatrixLine
from wizard.audit.score import by_urgency
from wizard.output.clean import clean, one_line
from wizard.output.data import contradiction, document, problems
from wizard.output.markdown import cell, table
from wizard.output.style import GLYPHS, Style
from wizard.output.text_report import problem_lines
from wizard.pipeline.opening import problems_of
from wizard.values.facts import StackFacts
from wizard.values.finding import Report
from wizard.values.phase import Phase


def status_lines(
    facts: StackFacts, reports: tuple[Report, ...], lines: tuple[MatrixLine, ...], style: Style
) -> Iterator[str]:
    """The matrix, the services by phases (closest to done first, contradictions on top), what differs, what could not
    be read."""
    yield style.paint(f"{'service':<20} {'service.py':<11} {'Dockerfile':<11} {'compose':<8} status", "bold")
    for line in lines:
        marks = f"{_mark(line.service_py):<11} {_mark(line.dockerfile):<11} {_mark(line.compose):<8}"
        yield f"{one_line(line.service):<20} {marks} {one_line(line.status)}"
    yield ""
    yield style.paint(f"{'service':<20} {' '.join(f'{p.number:<4}' for p in Phase)} items done", "bold")
    for report in by_urgency(reports):
        parts = " ".join(f"{_fraction(report, p):<4}" for p in Phase)
        yield f"{one_line(report.service):<20} {parts} {sum(f.done for f in report.findings)} of {len(report.findings)}"
        for found in report.contradictions:
            yield style.paint(f"  contradiction ({found.topic}): {one_line(found.message, 300)}", "red")
    if reports:
        yield style.paint(f"phases: {', '.join(f'{p.number} {p}' for p in Phase)}", "dim")
    yield from _differences(lines, style)
    yield from problem_lines(problems_of(facts), style)


def _differences(lines: Iterable[MatrixLine], style: Style) -> Iterator[str]:
    for line in lines:
        if line.differs:
            place = f"  {clean(str(line.document.source))}" if line.document else ""
            yield style.paint(f"differs from the document: {one_line(difference(line), 300)}", "yellow") + place


def difference(line: MatrixLine) -> str:
    """What the document says and what is true, column by column; empty when they agree."""
    if not line.differs:
        return ""
    if line.document is None:
        return f"{line.service}: the document has no row for it"
    before, after = dict(line.document.cells), dict(line.cells)
    columns = (
        f"{title} says {before.get(title, '').strip() or 'nothing'}, is {after[title]}" for title in line.differs
    )
    return f"{line.service}: {'; '.join(columns)}"


def _mark(there: bool) -> str:
    return "yes" if there else "no"


def _fraction(report: Report, phase: Phase) -> str:
    findings = report.of_phase(phase)
    return f"{sum(f.done for f in findings)}/{len(findings)}"


def status_json(facts: StackFacts, reports: tuple[Report, ...], lines: tuple[MatrixLine, ...]) -> str:
    """The document of `status`."""
    return document(
        "status",
        {
            "services": [
                {
                    "service": line.service,
                    "service_py": line.service_py,
                    "dockerfile": line.dockerfile,
                    "compose": line.compose,
                    "status": clean(line.status),
                    "differs": list(line.differs),
                    "difference": clean(difference(line)),
                }
                for line in lines
            ],
            "items": {
                report.service: {finding.item: finding.status.value for finding in report.findings}
                for report in by_urgency(reports)
            },
            "contradictions": {
                report.service: [contradiction(found) for found in report.contradictions]
                for report in by_urgency(reports)
                if report.contradictions
            },
            "problems": problems(problems_of(facts)),
        },
    )


def status_markdown(facts: StackFacts, reports: tuple[Report, ...], lines: tuple[MatrixLine, ...]) -> Iterator[str]:
    """For a pull request: the matrix, every service by thirty items, and what contradicts what or differs from the
    document."""
    ticks = {True: "✅", False: "❌"}
    body = (
        (cell(x.service), ticks[x.service_py], ticks[x.dockerfile], ticks[x.compose], cell(x.status)) for x in lines
    )
    yield from table(("Service", "service.py", "Dockerfile", "Compose", "Status"), body)
    yield ""
    items = [finding.item for finding in reports[0].findings] if reports else []
    rows = ((cell(r.service), *(GLYPHS[f.status] for f in r.findings)) for r in by_urgency(reports))
    yield from table(("Service", *items), rows)
    told = [
        f"- **{cell(r.service)}**: {cell(found.message)}" for r in by_urgency(reports) for found in r.contradictions
    ]
    told += [f"- differs from the document: {cell(difference(line))}" for line in lines if line.differs]
    told += [f"- not read: {cell(str(problem.source))}: {cell(problem.message)}" for problem in problems_of(facts)]
    yield from ("", *told) if told else ()
