"""Values of the core as text for the screens: glyphs, words, colours, Content. Pure; no widget, no app.

Everything from outside passes `literal`: no markup, no escape sequence, no control character reaches the screen.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.content import Content

from screens.present.hints import in_app
from wizard.rules.text import clean, one_line, plural
from wizard.values.finding import Count, Finding, Report, Status
from wizard.values.pattern import lazy_pattern
from wizard.values.phase import Phase

if TYPE_CHECKING:
    from wizard.pipeline.guided import Overview
    from wizard.session.flow import PhaseState
    from wizard.values.checklist import Checklist, Item
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
COMMITTED = "•"
"""The sign of a phase that has its commit, and items that are open."""
MUTED = "$foreground-muted"
_CODE = lazy_pattern(r"`([^`]+)`")


def literal(text: str, limit: int = 300, style: str = "") -> Content:
    """Returns outside text on one line, exactly as it is apart from what a terminal would obey."""
    return Content.styled(one_line(text, limit), style)


def literal_lines(text: str, style: str = "") -> Content:
    """Returns outside text with its line breaks."""
    return Content.styled(clean(text).expandtabs(4), style)


def prose(text: str, style: str = "") -> Content:
    """Returns the checklist's own words: `code` between backticks is set apart."""
    parts: list[Content] = []
    for number, piece in enumerate(_CODE.split(" ".join(clean(text).split()))):
        parts.append(Content.styled(piece, "$text-accent" if number % 2 else style))
    return Content("").join(parts)


def mark(status: Status) -> Content:
    """Returns glyph and word, padded to one width: readable without colour."""
    return Content.styled(f"{GLYPHS[status]} {status.value:<7}", STYLES[status])


def glyph(status: Status) -> Content:
    """Returns the glyph alone, where the word stands elsewhere."""
    return Content.styled(GLYPHS[status], STYLES[status])


def thirty(report: Report) -> Content:
    """Returns a glyph an item, a gap between phases: a service at one glance."""
    groups = (Content("").join([glyph(f.status) for f in report.of_phase(phase)]) for phase in report.phases)
    return Content(" ").join(list(groups))


def bar(count: Count, width: int) -> Content:
    """Returns a progress bar of block characters; the numbers stand beside it."""
    filled = round(width * count.met / count.applies) if count.applies else width
    return Content.assemble(("━" * filled, "$text-success"), ("─" * (width - filled), MUTED))


def name_room(glyphs: int, wide: int, longest: int = 0) -> int:
    """Returns the columns of a service's name: what the longest one needs, and fewer where the score behind its glyphs
    would not fit. `wide`: 0 is no limit.
    """
    wanted = max(16, min(longest, 32))
    return wanted if wide <= 0 else max(8, min(wanted, wide - glyphs - len("  00/00 ")))


def row_heads(checklist: Checklist, wide: int, longest: int = 0) -> str:
    """Returns what stands above the rows of services: each phase's number above its glyphs."""
    numbers = " ".join(f"{info.phase.number:<{len(info.items)}}" for info in checklist.phases)
    return f"{'service':<{name_room(len(numbers), wide, longest)}} {numbers}  done"


def longest_name(view: Overview) -> int:
    """Returns the columns of the longest service's name."""
    return max((len(report.service) for report in view.reports), default=0)


def service_row(
    report: Report, word: str, *, draft: bool, wide: int, marked: bool = False, longest: int = 0
) -> Content:
    """Returns one service of the stack: name, thirty glyphs, score, and what stands out as far as it fits. `longest`:
    the columns of the longest name.
    """
    count, glyphs = report.count, thirty(report)
    room = name_room(glyphs.cell_length, wide, longest)
    name = literal(report.service, room, "" if count.complete else "bold").truncate(room, ellipsis=True, pad=True)
    tail: list[Content] = []
    if report.contradictions:
        tail.append(Content.styled(plural(len(report.contradictions), "contradiction"), STYLES[Status.BROKEN]))
    if draft:
        tail.append(Content.styled("✎ draft", "$text-accent"))
    tail.append(literal(word, 60, MUTED))
    score = f" {count.met:>2}/{count.applies:<2} "
    row = Content.assemble(name, ("●" if marked else " ", "$text-accent"), glyphs, score)
    return _filled(row, tail, wide).truncate(wide, ellipsis=True) if wide > 0 else row + Content(" · ").join(tail)


def _filled(row: Content, tail: Sequence[Content], wide: int) -> Content:
    """Returns the row with as much of the tail as fits without a word cut; of its last part, the first words."""
    for number, part in enumerate(tail):
        between = " · " if number else ""
        room = wide - row.cell_length - len(between)
        if part.cell_length > room:
            cut = part.plain[: max(0, room - 1)].rpartition(" ")[0].rstrip(" (")
            told = any(char.isalpha() for char in cut)  # a number alone tells nothing
            return row + Content(between) + part[: len(cut)] + Content("…") if told else row
        row += Content(between) + part
    return row


def draft_row(name: str, begun: str = "") -> Content:
    """Returns a service of which only answers exist; `begun`: what was typed first of one that has no name yet."""
    shown = literal(name or "new service", 16, "bold").truncate(16, ellipsis=True, pad=True)
    said = Content("answers typed, nothing written yet") if name else Content.assemble("no name yet · ", literal(begun))
    return Content.assemble(shown, " ", Content.assemble("✎ draft: ", said).stylize("$text-accent"))


def phase_strip(
    states: Sequence[PhaseState], findings: Report | None, current: Phase, width: int, phases: Sequence[Phase]
) -> Content:
    """Returns the phases in one line, the current one set apart; where there is no room, the others by number."""
    made = {state.phase: state for state in states}
    parts: list[Content] = []
    for phase in phases:
        sign, style = _phase_sign(phase, made.get(phase), findings)
        name = f"{phase.number} {phase.name}" if phase == current or width >= FULL_STRIP else str(phase.number)
        left, right, bold = ("[", "]", "bold") if phase == current else (" ", " ", "")
        click = f"@click=screen.jump({phase.number})"
        parts.append(Content.assemble((left, bold), (f"{name} ", f"{bold} {click}"), (sign, style), (right, bold)))
    return Content("").join(parts)


def _phase_sign(phase: Phase, state: PhaseState | None, report: Report | None) -> tuple[str, str]:
    findings = report.of_phase(phase) if report is not None else ()
    if findings and all(f.status is Status.NA for f in findings):
        return GLYPHS[Status.NA], STYLES[Status.NA]
    if findings and all(f.done for f in findings):
        return "✓", STYLES[Status.MET]
    if any(f.status is Status.BROKEN for f in findings):
        return "✗", STYLES[Status.BROKEN]
    if state is not None and state.commit is not None:
        return COMMITTED, STYLES[Status.UNKNOWN]
    return "○", MUTED


def item_row(finding: Finding, item: Item, width: int, running: bool = False) -> Content:
    """Returns one checklist item with its status and its title, which hangs where it does not fit."""
    sign = Content.styled("… running", "$text-accent") if running else mark(finding.status)
    head = Content.assemble(sign, f"  {item.id} ")
    first, *more = prose(item.title).wrap(max(20, width - head.cell_length))
    indent = Content(" " * head.cell_length)
    return Content("\n").join([head + first, *(indent + line for line in more)])


def item_detail(
    finding: Finding, item: Item, example: Source | None, service: str, refused: str = ""
) -> list[tuple[str, Content]]:
    """Returns everything about one item: what was found and where, what to do, why it exists, where it is done well.
    `refused`: why the wizard does not write it.
    """
    found = [
        literal(finding.summary, 500),
        *(literal(str(source), 200, "$text-accent") for source in finding.sources[:6]),
    ]
    pairs = [("Found", Content("\n").join(found))]
    if finding.observations:
        pairs.append(("Live", Content("\n").join([observation_line(seen) for seen in finding.observations])))
    if refused and not finding.done:
        pairs.append(("Next", Content.assemble("yours: ", literal(in_app(refused), 500))))
    elif finding.hint:
        pairs.append(("Next", literal(in_app(finding.hint), 500)))
    pairs.append(("Why", prose(item.why.replace("{name}", service))))
    if example is not None:
        where = literal(str(example), 200, "$text-accent")
        pairs.append(("Example", Content.assemble(where, "  ", prose(item.example, MUTED))))
    pairs.append(("Counts", prose(item.evidence, MUTED)))
    return pairs


def observation_line(seen: Observation) -> Content:
    """Returns a live result: verdict, what was asked, what came back."""
    status = {True: Status.MET, False: Status.BROKEN, None: Status.UNKNOWN}[seen.ok]
    word = {True: "passed", False: "failed", None: "undecided"}[seen.ok]
    head = Content.assemble((f"{GLYPHS[status]} {word}", STYLES[status]), f" {seen.item} ", literal(seen.result, 400))
    tail = Content.styled(f"  {seen.runtime}, {seen.seconds:.1f} s", MUTED)
    lines = [head + tail, Content.assemble("    ", ("$ ", MUTED), literal(seen.action, 300, MUTED))]
    if seen.next_step and not seen.ok:
        lines.append(Content.assemble("    ", ("next ", "bold"), literal(in_app(seen.next_step), 400)))
    return Content("\n").join(lines)


def failure(message: str, where: str, next_step: str) -> Content:
    """Returns what is wrong, where, and what to do."""
    lines = [literal_lines(message, "bold")]
    if where:
        lines.append(Content.assemble(("where  ", MUTED), literal(where, 400)))
    if next_step:
        lines.append(Content.assemble(("next   ", MUTED), literal_lines(in_app(next_step))))
    return Content("\n").join(lines)


def place_name(view: Overview) -> str:
    """Names where commits go: the branch, a detached HEAD, or that there is no repository."""
    if view.branch is None:
        return "no repository"
    return view.branch or "detached HEAD"
