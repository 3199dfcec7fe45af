"""The stack's overview as text: summary, notices, where a service stands, what was detected."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import TYPE_CHECKING

from textual.content import Content

from screens.present import MUTED, STYLES, done_of, fraction, literal, plural
from wizard.values.finding import Report, Status
from wizard.values.phase import Phase

if TYPE_CHECKING:
    from wizard.pipeline.guided import Overview


def summary(view: Overview) -> Content:
    """How many services, how many half finished, what the document says otherwise."""
    from wizard.pipeline.guided import half_finished

    half = sum(half_finished(report) for report in view.reports)
    differs = sum(bool(line.differs) for line in view.matrix)
    parts = [Content.styled(plural(len(view.reports), "service"), "bold")]
    if half:
        parts.append(Content.styled(f"{half} half finished", STYLES[Status.UNMET]))
    contradictions = sum(len(report.contradictions) for report in view.reports)
    if contradictions:
        parts.append(Content.styled(plural(contradictions, "contradiction"), STYLES[Status.BROKEN]))
    if differs:
        parts.append(Content.styled(f"document differs in {plural(differs, 'row')}", MUTED))
    return Content.styled(" · ", MUTED).join(parts)


def notice(view: Overview) -> Content:
    """What was put right on opening, and why nothing can be written now."""
    lines = [literal(sentence, 400) for sentence in view.recovered]
    if view.trouble:
        lines.append(Content.assemble(("Nothing can be written now: ", "bold"), literal(view.trouble, 400)))
    return Content("\n").join(lines)


def nothing_yet() -> Content:
    """For a stack without services."""
    return Content("This stack has no service yet.\nPress n: a few questions, then seven phases, one commit each.")


def standing(view: Overview, report: Report) -> Content:
    """Where a service stands and why: the next phase, contradictions with their lines, what is open."""
    return Content("\n").join(list(_standing(view, report)))


def _standing(view: Overview, report: Report) -> Iterator[Content]:
    done, total = done_of(report.findings)
    following = view.next_phase(report.service)
    head = Content.assemble(literal(report.service, 60, "bold"), f"  {done} of {total} done")
    if following is not None:
        after = Content.assemble(
            ("  next: ", MUTED),
            (f"phase {following.number} {following.value}", "bold $text-primary"),
            ("  ⏎ Enter", MUTED),
        )
        yield head + after
    else:
        yield head + Content.styled("  nothing left for the wizard to write", STYLES[Status.MET])
    yield _phases(report)
    for contradiction in report.contradictions:
        yield Content.assemble(("✗ ", STYLES[Status.BROKEN]), literal(contradiction.message, 400))
    yield from _difference(view, report.service)
    shown = 0
    for finding in report.findings:
        if finding.status in (Status.BROKEN, Status.UNMET) and shown < 8:
            shown += 1
            where = str(finding.sources[0]) if finding.sources else ""
            text = literal(finding.summary, 300)
            yield Content.assemble((f"{finding.item} ", STYLES[finding.status]), text, "  ", literal(where, 120, MUTED))


def _phases(report: Report) -> Content:
    parts = []
    for phase in Phase:
        findings = report.of_phase(phase)
        complete = all(f.done for f in findings)
        style = STYLES[Status.MET] if complete else ""
        parts.append(Content.assemble((f"{phase.value} ", MUTED), (fraction(findings), style)))
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


def draft_standing(name: str) -> Content:
    """A service of which only answers exist."""
    return Content.assemble(
        literal(name or "A service without a name yet", 60, "bold"),
        "\nYour answers are kept in git's folder and never committed. Enter goes on with them.",
    )


def detected(view: Overview) -> Content:
    """Every field of the profile with its value and why it has it."""
    found = view.facts.detected
    origin = "read from .stack-wizard/stack.yaml" if found.committed else "detected; `stack-wizard init` writes it down"
    lines = [Content.styled(origin, MUTED)]
    for field in fields(found.profile):
        if field.name == "schema":
            continue
        value = getattr(found.profile, field.name)
        unsure = Content.styled(" unsure", STYLES[Status.UNMET]) if field.name in found.unsure else Content("")
        why = found.why.get(field.name, "default")
        lines.append(Content.assemble((f"{field.name:<18} ", "bold"), literal(_shown(value), 100), unsure))
        lines.append(Content.assemble(" " * 19, literal(why, 200, MUTED)))
    for problem in view.facts.problems:
        lines.append(
            Content.assemble(("not read: ", STYLES[Status.BROKEN]), literal(f"{problem.source}: {problem.message}"))
        )
    return Content("\n").join(lines)


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "none"
    if hasattr(value, "service"):
        parts = (getattr(value, name) for name in ("service", "port", "user", "database", "secret"))
        return " ".join(str(part) for part in parts if part) or "none"
    return str(value) or "none"
