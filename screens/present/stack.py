"""The stack's overview as text: summary, notices, where a service stands, what was detected."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING

from textual.content import Content

from screens.present.values import MUTED, STYLES, literal
from wizard.rules.text import plural
from wizard.values.finding import Report, Status

STEPS = 3
"""Those of `pipeline/many.py`, which the first screen need not import."""

if TYPE_CHECKING:
    from wizard.pipeline.guided import Overview
    from wizard.pipeline.many import ServiceStep
    from wizard.values.checklist import Checklist
    from wizard.values.phase import Phase


def summary(view: Overview, marked: int = 0) -> Content:
    """Returns how many services, how many half finished, what the document says otherwise."""
    from wizard.pipeline.guided import half_finished

    half = sum(half_finished(report, view.checklist) for report in view.reports)
    differs = sum(bool(line.differs) for line in view.matrix)
    parts = [Content.styled(plural(len(view.reports), "service"), "bold")]
    if half:
        parts.append(Content.styled(f"{half} half finished", STYLES[Status.UNMET]))
    contradictions = sum(len(report.contradictions) for report in view.reports)
    if contradictions:
        parts.append(Content.styled(plural(contradictions, "contradiction"), STYLES[Status.BROKEN]))
    if differs:
        parts.append(Content.styled(f"document differs in {plural(differs, 'row')}", MUTED))
    if marked:
        parts.append(Content.styled(f"{marked} marked: & checks or plans them", "$text-accent"))
    return Content.styled(" · ", MUTED).join(parts)


def many_head(steps: Sequence[ServiceStep], total: int, phase: Phase | None) -> Content:
    """Returns what is done with the marked services, and how far it is."""
    over = sum(step.good is not None for step in steps)
    what = "checked" if phase is None else f"planned for phase {phase.number} {phase.name}"
    return Content.assemble(
        _steps_bar(over, total, 20), " ", (f"{over} of {total} {what}", "bold"), ("  nothing is written", MUTED)
    )


def many_row(step: ServiceStep, wide: int) -> Content:
    """Returns one of many services: its name, how far it is, what came out."""
    name, bar = literal(step.service, 16, "bold").truncate(16, ellipsis=True, pad=True), 10 if wide >= 70 else 3
    sign, style = {True: ("✓", STYLES[Status.MET]), False: ("✗", STYLES[Status.BROKEN]), None: ("…", MUTED)}[step.good]
    row = Content.assemble(name, " ", _steps_bar(step.done, STEPS, bar), " ", (sign, style), " ")
    if wide <= 0:
        return row + literal(step.said, 200)
    return (row + literal(_parts(step.said, wide - row.cell_length), 200)).truncate(wide, ellipsis=True)


def _parts(said: str, room: int) -> str:
    """Returns as many of the parts between commas as fit whole, and a sign where some are left out."""
    parts = said.split(", ")
    while len(said) > room and len(parts) > 1:
        parts.pop()
        said = f"{', '.join(parts)} …"
    return said


def _steps_bar(done: int, total: int, width: int) -> Content:
    filled = width * done // total if total else width
    return Content.assemble(("━" * filled, "$text-success"), ("─" * (width - filled), MUTED))


def columns(checklist: Checklist) -> str:
    """Returns the heading over the services: each phase's number over the signs of its items."""
    phases = " ".join(f"{info.phase.number:<{max(1, len(info.items))}}" for info in checklist.phases)
    return f"{'service':<16} {phases}  done"


def notice(view: Overview) -> Content:
    """Returns what was put right on opening, and why nothing can be written now."""
    lines = [literal(sentence, 400) for sentence in view.recovered]
    if view.trouble:
        lines.append(Content.assemble(("Nothing can be written now: ", "bold"), literal(view.trouble, 400)))
    return Content("\n").join(lines)


def nothing_yet() -> Content:
    """Returns what a stack without services shows."""
    return Content("This stack has no service yet.\nPress +: a few questions, then seven phases, one commit each.")


def standing(view: Overview, report: Report, room: int = 0) -> Content:
    """Returns where a service stands and why: the next phase, contradictions with their lines, what is open as far as
    `room` lines hold it, and at least the first of it.
    """
    return Content("\n").join(list(_standing(view, report, max(8, room - 6))))


def _standing(view: Overview, report: Report, most: int) -> Iterator[Content]:
    following = view.next_phase(report.service)
    head = Content.assemble(
        literal(report.service, 60, "bold"), f"  {', '.join([f'{report.count} done', *report.count.beside])}"
    )
    if following is not None:
        after = Content.assemble(
            ("  next: ", MUTED),
            (f"phase {following.number} {following.name}", "bold $text-primary"),
            (" (Enter)", MUTED),
        )
        yield head + after
    else:
        yield head + Content.styled("  nothing left for the wizard to write", STYLES[Status.MET])
    yield _phases(report)
    for contradiction in report.contradictions:
        yield Content.assemble(("✗ ", STYLES[Status.BROKEN]), literal(contradiction.message, 400))
    yield from _difference(view, report.service)
    open_ones = [finding for finding in report.findings if finding.status in (Status.BROKEN, Status.UNMET)]
    for finding in open_ones[:most]:
        where = str(finding.sources[0]) if finding.sources else ""
        text = literal(finding.summary, 300)
        yield Content.assemble((f"{finding.item} ", STYLES[finding.status]), text, "  ", literal(where, 120, MUTED))
    if len(open_ones) > most:
        yield Content.styled(f"and {len(open_ones) - most} more: Enter goes on with them, s is the summary", MUTED)


def _phases(report: Report) -> Content:
    parts = []
    for phase in report.phases:
        findings = report.of_phase(phase)
        complete = all(f.done for f in findings)
        style = STYLES[Status.MET] if complete else ""
        parts.append(Content.assemble((f"{phase.name} ", MUTED), (report.count_in(phase).fraction, style)))
    return Content("  ").join(parts)


def _difference(view: Overview, service: str) -> Iterator[Content]:
    line = next((line for line in view.matrix if line.service == service and line.differs), None)
    if line is None:
        return
    where = str(line.document.source) if line.document else "the status matrix"
    if line.document is None:
        yield Content.styled("≠ the status matrix has no row for it", STYLES[Status.UNMET])
        return
    cells = dict(line.cells)
    said = dict(line.document.cells)
    words = "; ".join(f"{title}: document {said.get(title, '')}, evidence {cells[title]}" for title in line.differs)
    yield Content.assemble(("≠ ", STYLES[Status.UNMET]), literal(where, 120, MUTED), " ", literal(words, 300))


def draft_standing(name: str, begun: str) -> Content:
    """Returns a service of which only answers exist; `begun`: what was typed first of one that has no name yet."""
    return Content.assemble(
        literal(name or f"A service without a name yet: {begun}", 200, "bold"),
        "\nYour answers are kept in git's folder and never committed. Enter goes on with them.",
    )


def detected(view: Overview) -> Content:
    """Returns every field of the profile with its value and why it has it."""
    found = view.facts.detected
    origin = (
        "read from .stack-wizard/stack.yaml"
        if found.committed
        else "detected at every start; `stack-wizard init` in a shell (!) writes it down"
    )
    lines = [Content.styled(origin, MUTED)]
    for field in fields(found.profile):
        if field.name == "schema":
            continue
        value = getattr(found.profile, field.name)
        unsure = Content.styled(" unsure", STYLES[Status.UNMET]) if field.name in found.unsure else Content("")
        why = found.why.get(field.name, "default")
        first, *more = _shown(value)
        lines.append(Content.assemble((f"{field.name:<18} ", "bold"), literal(first, 100), unsure))
        lines += [Content.assemble(" " * 19, literal(one, 100)) for one in more]
        lines.append(Content.assemble(" " * 19, literal(why, 200, MUTED)))
    for problem in view.facts.problems:
        lines.append(
            Content.assemble(("not read: ", STYLES[Status.BROKEN]), literal(f"{problem.source}: {problem.message}"))
        )
    return Content("\n").join(lines)


def _shown(value: object) -> list[str]:
    """Returns a value of the profile, a line for each of several."""
    if isinstance(value, tuple):
        return [str(one) for one in value] or ["none"]
    if hasattr(value, "service"):
        parts = (getattr(value, name) for name in ("service", "port", "user", "database", "secret"))
        return [" ".join(str(part) for part in parts if part) or "none"]
    return [str(value) or "none"]
