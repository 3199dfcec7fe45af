"""A service's summary as text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from textual.content import Content

from screens.present.hints import in_app
from screens.present.values import MUTED, STYLES, bar, glyph, literal, prose
from screens.widgets.labelled import under
from wizard.values.finding import Report, Status

if TYPE_CHECKING:
    from wizard.pipeline.guided import Overview


def service_summary(view: Overview, report: Report, width: int) -> Content:
    """Returns score, phases with their commits (one line each), what is left with its hint, what to do next."""
    phases = [line.truncate(width, ellipsis=True) for line in _phases(view, report)]
    return Content("\n").join([*_score(report), *phases, *_left(view, report, width), *_next(view, report)])


def _score(report: Report) -> Iterator[Content]:
    yield Content.assemble(
        literal(report.service, 60, "bold $text-primary"), f"  {report.count}  ", bar(report.count, 30)
    )
    counts = [Content.assemble(glyph(status), f" {n} {status.value}") for status, n in report.counts.items() if n]
    yield Content("   ").join(counts)
    yield Content("")


def _phases(view: Overview, report: Report) -> Iterator[Content]:
    states = view.phases(report.service)
    wide = max([14, *(len(f"{state.phase.number} {state.phase.name} ") for state in states)])
    most = max([7, *(len(report.of_phase(state.phase)) + 1 for state in states)])
    for state in states:
        findings = report.of_phase(state.phase)
        signs = Content("").join([glyph(f.status) for f in findings])
        idle = findings and all(f.status is Status.NA for f in findings)
        commit = Content.styled("does not apply" if idle else "not committed", MUTED)
        if state.commit is not None:
            commit = Content.assemble(
                (f"{state.commit.commit[:8]} ", "$text-accent"), literal(state.commit.subject, 80, MUTED)
            )
        name = f"{state.phase.number} {state.phase.name}"
        yield Content.assemble(
            (f"{name:<{wide}}", "bold"),
            signs,
            " " * (most - len(findings)),
            f"{report.count_in(state.phase).fraction:<5} ",
            commit,
        )
    yield Content("")


def _left(view: Overview, report: Report, width: int) -> Iterator[Content]:
    left = [finding for finding in report.findings if not finding.done]
    if not left:
        yield Content.styled("✓ Every item is decided.", STYLES[Status.MET])
        yield Content("")
        return
    yield Content.styled("What is left", "bold")
    for finding in left:
        title = view.checklist.item(finding.item).title
        head = Content.assemble(glyph(finding.status), f" {finding.item} ", prose(title))
        yield from under(head, literal(finding.summary, 300, MUTED), width)
        if finding.hint:
            said = Content.assemble("next ", literal(in_app(finding.hint), 300, MUTED))
            yield from (Content(" " * 6) + piece.rstrip() for piece in said.wrap(max(10, width - 6)))
    yield Content("")


def _next(view: Overview, report: Report) -> Iterator[Content]:
    yield Content.styled("What to do next", "bold")
    following = view.next_phase(report.service)
    commits = sum(1 for state in view.phases(report.service) if state.commit is not None)
    if following is not None:
        yield Content(f"Enter goes on with phase {following.number} {following.name}.")
        return
    if commits:
        yield Content.assemble("Look at the commits:    ", (f"git log -{commits} --stat", "$text-accent"))
    yield Content.assemble(
        "Push them for review:   ", ("git push", "$text-accent"), (" (the wizard never pushes)", MUTED)
    )
    logic = report.finding(view.checklist.judged_by("core-logic").id)
    if logic.sources:
        yield Content.assemble("The logic is yours:     ", literal(str(logic.sources[0]), 200, "$text-accent"))
    check = f"stack-wizard check {report.service}"
    yield Content.assemble("In CI:                  ", literal(check, 100, "$text-accent"))
