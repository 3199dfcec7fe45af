"""The thirty findings of a service as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from wizard.output.style import Style
from wizard.rules.text import clean, one_line
from wizard.values.checklist import Checklist
from wizard.values.facts.compose import HARMLESS, SwarmRemark
from wizard.values.finding import Contradiction, Finding, Report, Status
from wizard.values.observation import Observation
from wizard.values.phase import Phase
from wizard.values.source import Problem


def observation_line(observation: Observation) -> str:
    """Returns a live result in one line: runtime, what was asked, what came back, how long, when."""
    took = f" in {observation.seconds:.2f} s" if observation.seconds else ""
    when = f" at {observation.at}" if observation.at else ""
    asked = one_line(observation.action, 300)
    return f"[{observation.runtime}] {asked} -> {one_line(observation.result, 400)}{took}{when}"


MOST_SOURCES = 8


def finding_lines(
    finding: Finding, title: str, style: Style, *, verbose: bool = True, every: bool = False
) -> Iterator[str]:
    """Yields one item: status, title, summary; below it the evidence (`every` place of it), and the hint when not
    done.
    """
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
    """Yields what disagrees with what, every line named."""
    for found in contradictions:
        yield style.paint(f"  contradiction ({found.topic}): {one_line(found.message, 400)}", "red")
        for value, source in found.says:
            yield f"{' ' * 16}{one_line(value)}  {style.paint(clean(str(source)), 'dim')}"


def problem_lines(problems: Iterable[Problem], style: Style, indent: str = "") -> Iterator[str]:
    """Yields what could not be read, and where."""
    for problem in problems:
        yield style.paint(f"{indent}not read: {clean(str(problem.source))}: {one_line(problem.message, 300)}", "yellow")


def swarm_lines(remarks: Iterable[SwarmRemark], style: Style) -> Iterator[str]:
    """Yields what a Swarm passes over without harm; what it refuses or takes otherwise is a contradiction."""
    for one in remarks:
        if one.effect == HARMLESS:
            of = f"{one.place} of {one.service}" if one.service else one.place
            words = f"passed over on the Swarm: {clean(str(one.source))}: {one_line(f'{of}: {one.words}', 300)}"
            yield style.paint(words, "dim")


def counts_line(report: Report) -> str:
    """Returns `24 of 27 met, 2 unmet, 1 unknown, 3 na`: the count, then only the other statuses that occur."""
    if not report.findings:
        return f"{len(report.contradictions)} contradicted"
    open_ones = (Status.UNMET, Status.BROKEN, Status.UNKNOWN)
    left = (f"{report.counts[status]} {status.value}" for status in open_ones if report.counts[status])
    return ", ".join([f"{report.count} met", *left, *report.count.beside])


def about(report: Report, checklist: Checklist) -> str:
    """Returns what a count is about: the service, and its phases where these are not all."""
    shown = report.phases
    if not shown or len(shown) == len(checklist.sequence):
        return one_line(report.service)
    first, last = shown[0], shown[-1]
    of = f"phase {first.number} {first}" if first is last else f"phases {first.number} {first} to {last.number} {last}"
    return f"{one_line(report.service)}, {of}"


def report_lines(
    report: Report,
    checklist: Checklist,
    style: Style,
    *,
    phases: tuple[Phase, ...] | None = None,
    verbose: bool = True,
    every: bool = False,
) -> Iterator[str]:
    """Yields the whole report of one service, grouped by phase."""
    yield style.paint(f"{about(report, checklist)}: {counts_line(report)}", "bold")
    yield from contradiction_lines(report.contradictions, style)
    for part in report.phases if phases is None else phases:
        findings = report.of_phase(part)
        yield style.paint(f" {part.number} {part.name} ({report.count_in(part).fraction})", "bold")
        for finding in findings:
            show = verbose or finding.status is not Status.MET
            title = checklist.item(finding.item).title
            yield from finding_lines(finding, title, style, verbose=show, every=every)
