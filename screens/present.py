"""Values of the core as text for the screens: glyphs, words, colours, Content. Pure; no widget, no app.

Everything from outside passes `literal`: no markup, no escape sequence, no control character reaches the screen.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from textual.content import Content

from wizard.output.clean import clean, one_line
from wizard.values.finding import Finding, Report, Status
from wizard.values.phase import Phase

if TYPE_CHECKING:
    from wizard.checklist.schema import Item
    from wizard.session.flow import PhaseState
    from wizard.values.observation import Observation
    from wizard.values.source import Source

GLYPHS = {
    Status.MET: "✓",
    Status.UNMET: "○",
    Status.BROKEN: "✗",
    Status.UNKNOWN: "?",
    Status.WAIVED: "~",
    Status.NA: "–",
}
STYLES = {
    Status.MET: "$text-success",
    Status.UNMET: "$text-warning",
    Status.BROKEN: "bold $text-error",
    Status.UNKNOWN: "$text-accent",
    Status.WAIVED: "$text-secondary",
    Status.NA: "$foreground-muted",
}
MEANINGS = {
    Status.MET: "evidence found",
    Status.UNMET: "nothing there yet",
    Status.BROKEN: "there, but wrong",
    Status.UNKNOWN: "cannot be decided now",
    Status.WAIVED: "a person said it need not be met",
    Status.NA: "does not apply",
}
FULL_STRIP = 96
MUTED = "$foreground-muted"
_CODE = re.compile(r"`([^`]+)`")


def literal(text: str, limit: int = 300, style: str = "") -> Content:
    """Outside text on one line, exactly as it is apart from what a terminal would obey."""
    return Content.styled(one_line(text, limit), style)


def literal_lines(text: str, style: str = "") -> Content:
    """Outside text with its line breaks."""
    return Content.styled(clean(text).expandtabs(4), style)


def prose(text: str, style: str = "") -> Content:
    """The checklist's own words: `code` between backticks is set apart."""
    parts: list[Content] = []
    for number, piece in enumerate(_CODE.split(" ".join(clean(text).split()))):
        parts.append(Content.styled(piece, "$text-accent" if number % 2 else style))
    return Content("").join(parts)


def mark(status: Status) -> Content:
    """Glyph and word, padded to one width: readable without colour."""
    return Content.styled(f"{GLYPHS[status]} {status.value:<7}", STYLES[status])


def glyph(status: Status) -> Content:
    """The glyph alone, where the word stands elsewhere."""
    return Content.styled(GLYPHS[status], STYLES[status])


def thirty(report: Report) -> Content:
    """Thirty glyphs, a gap between phases: a service at one glance."""
    groups = (Content("").join([glyph(f.status) for f in report.of_phase(phase)]) for phase in Phase)
    return Content(" ").join(list(groups))


def done_of(findings: Iterable[Finding]) -> tuple[int, int]:
    """(done, that apply)."""
    applies = [f for f in findings if f.status is not Status.NA]
    return sum(f.done for f in applies), len(applies)


def fraction(findings: Iterable[Finding]) -> str:
    """`3/5`, or `–` where nothing applies."""
    done, total = done_of(findings)
    return f"{done}/{total}" if total else "–"


def bar(done: int, total: int, width: int) -> Content:
    """A progress bar of block characters; the numbers stand beside it."""
    filled = round(width * done / total) if total else width
    return Content.assemble(("━" * filled, "$text-success"), ("─" * (width - filled), MUTED))


def service_row(report: Report, word: str, *, draft: bool, wide: int) -> Content:
    """One service of the stack: name, thirty glyphs, score, and what stands out."""
    done, total = done_of(report.findings)
    name = literal(report.service, 16, "bold" if done < total else "").truncate(16, ellipsis=True, pad=True)
    tail: list[Content] = []
    if report.contradictions:
        tail.append(Content.styled(plural(len(report.contradictions), "contradiction"), STYLES[Status.BROKEN]))
    if draft:
        tail.append(Content.styled("✎ draft", "$text-accent"))
    tail.append(literal(word, 60, MUTED))
    row = Content.assemble(name, " ", thirty(report), f" {done:>2}/{total:<2} ", Content(" · ").join(tail))
    return row.truncate(wide, ellipsis=True) if wide > 0 else row


def draft_row(name: str) -> Content:
    """A service of which only answers exist."""
    shown = literal(name or "(no name yet)", 16, "bold").truncate(16, ellipsis=True, pad=True)
    return Content.assemble(shown, " ", ("✎ draft: answers typed, nothing written yet", "$text-accent"))


def phase_strip(states: Sequence[PhaseState], findings: Report | None, current: Phase, width: int) -> Content:
    """The seven phases in one line, the current one set apart; where there is no room, the others by number."""
    made = {state.phase: state for state in states}
    parts: list[Content] = []
    for phase in Phase:
        sign, style = _phase_sign(phase, made.get(phase), findings)
        name = f"{phase.number} {phase.value}" if phase is current or width >= FULL_STRIP else str(phase.number)
        left, right, bold = ("[", "]", "bold") if phase is current else (" ", " ", "")
        click = f"@click=screen.jump({phase.number})"
        parts.append(Content.assemble((left, bold), (f"{name} ", f"{bold} {click}"), (sign, style), (right, bold)))
    return Content("").join(parts)


def _phase_sign(phase: Phase, state: PhaseState | None, report: Report | None) -> tuple[str, str]:
    findings = report.of_phase(phase) if report is not None else ()
    if findings and all(f.done for f in findings):
        return "✓", STYLES[Status.MET]
    if any(f.status is Status.BROKEN for f in findings):
        return "✗", STYLES[Status.BROKEN]
    if state is not None and state.commit is not None:
        return "•", STYLES[Status.UNKNOWN]
    return "○", MUTED


def item_row(finding: Finding, item: Item, width: int, running: bool = False) -> Content:
    """One checklist item with its status and its title, which hangs where it does not fit."""
    sign = Content.styled("… running", "$text-accent") if running else mark(finding.status)
    head = Content.assemble(sign, f"  {item.id} ")
    first, *more = prose(item.title).wrap(max(20, width - head.cell_length))
    indent = Content(" " * head.cell_length)
    return Content("\n").join([head + first, *(indent + line for line in more)])


def item_detail(finding: Finding, item: Item, example: Source | None, service: str) -> list[tuple[str, Content]]:
    """Everything about one item: what was found and where, what to do, why it exists, where it is done well."""
    found = [
        literal(finding.summary, 500),
        *(literal(str(source), 200, "$text-accent") for source in finding.sources[:6]),
    ]
    pairs = [("Found", Content("\n").join(found))]
    if finding.observations:
        pairs.append(("Live", Content("\n").join([observation_line(seen) for seen in finding.observations])))
    if finding.hint:
        pairs.append(("Next", literal(finding.hint, 500)))
    pairs.append(("Why", prose(item.why.replace("{name}", service))))
    if example is not None:
        where = literal(str(example), 200, "$text-accent")
        pairs.append(("Example", Content.assemble(where, "  ", prose(item.example, MUTED))))
    pairs.append(("Counts", prose(item.evidence, MUTED)))
    return pairs


def observation_line(seen: Observation) -> Content:
    """A live result: verdict, what was asked, what came back."""
    status = {True: Status.MET, False: Status.BROKEN, None: Status.UNKNOWN}[seen.ok]
    word = {True: "passed", False: "failed", None: "undecided"}[seen.ok]
    head = Content.assemble((f"{GLYPHS[status]} {word}", STYLES[status]), f" {seen.item} ", literal(seen.result, 400))
    tail = Content.styled(f"  {seen.runtime}, {seen.seconds:.1f} s", MUTED)
    lines = [head + tail, Content.assemble("    ", ("$ ", MUTED), literal(seen.action, 300, MUTED))]
    if seen.next_step and not seen.ok:
        lines.append(Content.assemble("    ", ("next ", "bold"), literal(seen.next_step, 400)))
    return Content("\n").join(lines)


def plural(count: int, word: str) -> str:
    """`1 file`, `2 files`."""
    return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"


def short_path(path: str, width: int) -> str:
    """A path that fits, its end kept: the end tells more."""
    shown = one_line(path, 4000)
    return shown if len(shown) <= width else "…" + shown[-(width - 1) :]


def failure(message: str, where: str, next_step: str) -> Content:
    """What is wrong, where, and what to do."""
    lines = [literal_lines(message, "bold")]
    if where:
        lines.append(Content.assemble(("where  ", MUTED), literal(where, 400)))
    if next_step:
        lines.append(Content.assemble(("next   ", MUTED), literal_lines(next_step)))
    return Content("\n").join(lines)
