"""Reports as GitHub Markdown, for a pull request's description."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from wizard.output.style import GLYPHS
from wizard.output.text_report import about, counts_line
from wizard.rules.text import one_line
from wizard.values.checklist import Checklist
from wizard.values.finding import Report
from wizard.values.source import Source


def cell(text: str) -> str:
    """Returns text that stays in its table cell and is not read as markup."""
    line = one_line(text, 300)
    for character in "\\`*_[]<>|":
        line = line.replace(character, "\\" + character)
    return line


def _code(place: Source) -> str:
    """A place between backticks: nothing in it may end the span."""
    return one_line(str(place)).replace("`", "")


def table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    """Yields a Markdown table; cells must be escaped already."""
    titles = list(header)
    yield "| " + " | ".join(titles) + " |"
    yield "|" + "---|" * len(titles)
    for row in rows:
        yield "| " + " | ".join(row) + " |"


def markdown(reports: Iterable[Report], checklist: Checklist) -> str:
    """Returns a heading and a table a service, contradictions above it."""
    lines: list[str] = []
    for report in reports:
        lines += [f"### {cell(about(report, checklist))}: {counts_line(report)}", ""]
        for found in report.contradictions:
            places = ", ".join(f"{cell(value)} (`{_code(source)}`)" for value, source in found.says)
            lines.append(f"- **{cell(found.topic)}**: {cell(found.message)}: {places}")
        lines += [""] if report.contradictions else []
        lines += table(("Item", "Status", "Title", "Evidence"), _rows(report, checklist))
        lines.append("")
    return "\n".join(lines).rstrip("\n")


def _rows(report: Report, checklist: Checklist) -> Iterator[tuple[str, str, str, str]]:
    for finding in report.findings:
        places = ", ".join(f"`{_code(source)}`" for source in finding.sources[:4])
        evidence = cell(finding.summary) + (f" ({places})" if places else "")
        title = cell(checklist.item(finding.item).title)
        yield finding.item, f"{GLYPHS[finding.status]} {finding.status.value}", title, evidence
