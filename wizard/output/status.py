"""The status of the whole stack: the matrix from evidence, its difference to the document, every service by thirty
items."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from wizard.audit.matrix import MatrixLine
from wizard.audit.ranking import by_urgency
from wizard.errors import WizardError
from wizard.output.data import Json, contradiction, document, problems
from wizard.output.flow.text import flow_finding
from wizard.output.markdown import cell, table
from wizard.output.style import GLYPHS, Style
from wizard.output.text_report import problem_lines
from wizard.pipeline.opening import problems_of
from wizard.pipeline.upkeep import Standing
from wizard.rules.text import clean, column, one_line
from wizard.values.finding import Count, Status
from wizard.values.flow import FlowFinding


def status_lines(stands: Standing, style: Style) -> Iterator[str]:
    """Yields the matrix, the services by phases (closest to done first, contradictions on top), what does not fit
    between them, what differs, what could not be read.
    """
    lines, reports = stands.lines, stands.reports
    padded = column([*(line.service for line in lines), *(report.service for report in reports)])
    yield style.paint(f"{padded('service')} {'service.py':<11} {'Dockerfile':<11} {'compose':<8} status", "bold")
    for line in lines:
        marks = f"{_mark(line.service_py):<11} {_mark(line.dockerfile):<11} {_mark(line.compose):<8}"
        yield f"{padded(line.service)} {marks} {one_line(line.status)}"
    yield ""
    phases = reports[0].phases if reports else ()
    yield style.paint(f"{padded('service')} {' '.join(f'{p.number:<4}' for p in phases)} items done", "bold")
    for report in by_urgency(reports):
        parts = " ".join(f"{report.count_in(p).fraction:<4}" for p in phases)
        yield f"{padded(report.service)} {parts} {done(report.count)}"
        for found in report.contradictions:
            yield style.paint(f"  contradiction ({found.topic}): {one_line(found.message, 300)}", "red")
    for report in stands.whole:
        yield one_line(report.service)
        for found in report.contradictions:
            yield style.paint(f"  contradiction ({found.topic}): {one_line(found.message, 300)}", "red")
    if reports:
        yield style.paint(f"phases: {', '.join(f'{p.number} {p}' for p in phases)}", "dim")
    for one in _beside(stands):
        yield style.paint(f"message flow ({one.kind}): {one_line(one.message, 300)}", "yellow")
    yield from _differences(lines, style)
    yield from problem_lines(problems_of(stands.facts), style)


def _beside(stands: Standing) -> Iterator[FlowFinding]:
    """Yields what of the message flow stands under no service: what stops one is a contradiction of it."""
    return (one for one in stands.flow if not one.stops)


def _differences(lines: Iterable[MatrixLine], style: Style) -> Iterator[str]:
    for line in lines:
        if line.differs:
            place = f"  {clean(str(line.document.source))}" if line.document else ""
            yield style.paint(f"differs from the document: {one_line(difference(line), 300)}", "yellow") + place


def difference(line: MatrixLine) -> str:
    """Returns what the document says and what is true, column by column; empty when they agree."""
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


def status_json(stands: Standing) -> str:
    """Returns the document of `status`."""
    return document("status", _stack(stands))


def many_json(stacks: Iterable[tuple[str, Standing | WizardError]]) -> str:
    """Returns the document of `status` over several folders; one that is no stack says why."""
    told: list[Json] = []
    for folder, stands in stacks:
        if isinstance(stands, WizardError):
            told.append({"folder": clean(folder), "error": clean(stands.message), "next_step": clean(stands.next_step)})
        else:
            told.append({"folder": clean(folder), "error": None, **_stack(stands)})
    return document("status", {"stacks": told})


def many_lines(stacks: Iterable[tuple[str, Standing | WizardError]], style: Style) -> Iterator[str]:
    """Yields a line a stack: how much is done, how many services are, what is wrong."""
    yield style.paint(f"{'stack':<30} {'services':<9} {'done':<6} {'items':<14} {'broken':<7} contradictions", "bold")
    for folder, stands in stacks:
        if isinstance(stands, WizardError):
            yield f"{one_line(folder):<30} {style.paint(one_line(stands.message, 300), 'red')}"
            continue
        counts = [report.count for report in stands.reports]
        items = f"{sum(count.met for count in counts)} of {sum(count.applies for count in counts)}"
        broken = sum(f.status is Status.BROKEN for report in stands.reports for f in report.findings)
        found = sum(len(report.contradictions) for report in stands.reports)
        whole = sum(count.complete for count in counts)
        yield f"{one_line(folder):<30} {len(counts):<9} {whole:<6} {items:<14} {broken:<7} {found}"


def _stack(stands: Standing) -> dict[str, Json]:
    reports = by_urgency(stands.reports)
    return {
        "services": [
            {
                "service": clean(line.service),
                "service_py": line.service_py,
                "dockerfile": line.dockerfile,
                "compose": line.compose,
                "status": clean(line.status),
                "differs": list(line.differs),
                "difference": clean(difference(line)),
            }
            for line in stands.lines
        ],
        "items": {
            clean(report.service): {finding.item: finding.status.value for finding in report.findings}
            for report in reports
        },
        "contradictions": {
            clean(report.service): [contradiction(found) for found in report.contradictions]
            for report in (*reports, *stands.whole)
            if report.contradictions
        },
        "flow": [flow_finding(one) for one in stands.flow],
        "problems": problems(problems_of(stands.facts)),
    }


def done(count: Count) -> str:
    """Returns `17 of 27, 3 na`: met of what applies, and what is beside it."""
    return ", ".join([str(count), *count.beside])


def status_markdown(stands: Standing) -> Iterator[str]:
    """Yields, for a pull request, the matrix, every service by thirty items, and what contradicts or differs from the
    document.
    """
    lines, reports = stands.lines, stands.reports
    ticks = {True: "✅", False: "❌"}
    body = (
        (cell(x.service), ticks[x.service_py], ticks[x.dockerfile], ticks[x.compose], cell(x.status)) for x in lines
    )
    yield from table(("Service", "service.py", "Dockerfile", "Compose", "Status"), body)
    yield ""
    items = [finding.item for finding in reports[0].findings] if reports else []
    rows = ((cell(r.service), done(r.count), *(GLYPHS[f.status] for f in r.findings)) for r in by_urgency(reports))
    yield from table(("Service", "Items done", *items), rows)
    every = (*by_urgency(reports), *stands.whole)
    told = [f"- **{cell(r.service)}**: {cell(found.message)}" for r in every for found in r.contradictions]
    told += [f"- message flow ({one.kind}): {cell(one.message)}" for one in _beside(stands)]
    told += [f"- differs from the document: {cell(difference(line))}" for line in lines if line.differs]
    told += [
        f"- not read: {cell(str(problem.source))}: {cell(problem.message)}" for problem in problems_of(stands.facts)
    ]
    yield from ("", *told) if told else ()
