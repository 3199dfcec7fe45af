"""The thirty findings of a service as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from wizard.checklist.schema import Checklist
from wizard.output.clean import clean, one_line
from wizard.output.style import Style
from wizard.values.finding import Contradiction, Finding, Report, Status
from wizard.values.observation import Observation
from wizard.values.phase import Phase
from wizard.values.source import Problem


def observation_line(observation: Observation) -> str:
    """A live result in one line: runtime, what was asked, what came back, how long, when."""
    took = f" in {observation.seconds:.2f} s" if observation.seconds else ""
    when = f" at {observation.at}" if observation.at else ""
    asked = one_line(observation.action, 300)
    return f"[{observation.runtime}] {asked} -> {one_line(observation.result, 400)}{took}{when}"


MOST_SOURCES = 8


def finding_lines(
    finding: Finding, title: str, style: Style, *, verbose: bool = True, every: bool = False
) -> Iterator[str]:
    """One item: status, title, summary; below it the evidence (`every` place of it), and the hint when not done."""
    yield f"  {finding.item}  {style.status(finding.status)}  {title}"
    if not verbose:
        return
    indent = " " * 16
    yield f"{indent}{one_line(finding.summary, 400)}"
    shown = finding.sources if every else finding.sources[:MOST_SOURCES]
    for source in shown:
        yield f"{indent}{style.paint(clean(str(source)), 'dim')}"
    if len(finding.sources) > len(shown):
        yield f"{indent}{style.paint(f'and {len(finding.sources) - len(shown)} more (-v shows them)', 'dim')}"
    for observation in finding.observations:
        yield f"{indent}{style.paint(observation_line(observation), 'dim')}"
    if finding.hint and not finding.done:
        yield f"{indent}next: {one_line(finding.hint, 400)}"


def contradiction_lines(contradictions: Iterable[Contradiction], style: Style) -> Iterator[str]:
    """What disagrees with what, every line named."""
    for found in contradictions:
        yield style.paint(f"  contradiction ({found.topic}): {one_line(found.message, 400)}", "red")
        for value, source in found.says:
            yield f"{' ' * 16}{one_line(value)}  {style.paint(clean(str(source)), 'dim')}"


def problem_lines(problems: Iterable[Problem], style: Style) -> Iterator[str]:
    """What could not be read, and where."""
    for problem in problems:
        yield style.paint(f"not read: {clean(str(problem.source))}: {one_line(problem.message, 300)}", "yellow")


def counts_line(report: Report) -> str:
    """`27 met, 2 unmet, 1 unknown`: only the statuses that occur."""
    return ", ".join(f"{count} {status.value}" for status, count in report.counts.items() if count)


def report_lines(
    report: Report,
    checklist: Checklist,
    style: Style,
    *,
    phase: Phase | None = None,
    verbose: bool = True,
    every: bool = False,
) -> Iterator[str]:
    """The whole report of one service, grouped by phase."""
    yield style.paint(f"{report.service}: {counts_line(report)}", "bold")
    yield from contradiction_lines(report.contradictions, style)
    for part in Phase if phase is None else (phase,):
        findings = report.of_phase(part)
        done = sum(f.done for f in findings)
        yield style.paint(f" {part.number} {part.value} ({done}/{len(findings)})", "bold")
        for finding in findings:
            show = verbose or finding.status is not Status.MET
            title = checklist.item(finding.item).title
            yield from finding_lines(finding, title, style, verbose=show, every=every)
