"""A live run as a value, and as text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from textual.content import Content

from screens.present.hints import in_app
from screens.present.values import GLYPHS, MUTED, STYLES, literal, prose
from screens.widgets.labelled import under
from wizard.rules.text import one_line
from wizard.values.finding import Status
from wizard.values.lean import dataclass, replace

if TYPE_CHECKING:
    from wizard.values.checklist import Checklist
    from wizard.values.observation import Observation, Progress


@dataclass(frozen=True, slots=True)
class LiveRun:
    """How far a live run is. `step`: what is being done; `reason`: why it ended early or could not be."""

    service: str
    items: tuple[str, ...] = ()
    runtime: str = ""
    step: Progress | None = None
    results: tuple[Observation, ...] = ()
    ended: bool = False
    halting: bool = False
    reason: str = ""

    def begun(self, items: tuple[str, ...], runtime: str) -> LiveRun:
        """Returns the run with its runtime known."""
        return replace(self, items=tuple(sorted(items)), runtime=runtime)

    def stepped(self, step: Progress) -> LiveRun:
        """Returns the run with a step begun."""
        return replace(self, step=step)

    def observed(self, seen: Observation) -> LiveRun:
        """Returns the run with a result."""
        return replace(self, results=(*(r for r in self.results if r.item != seen.item), seen))

    def stopping(self) -> LiveRun:
        """Returns the run after it was asked to stop."""
        return replace(self, halting=True)

    def finished(self, reason: str) -> LiveRun:
        """Returns the run when it is over."""
        return replace(self, ended=True, halting=False, reason=reason, step=None)

    def result(self, item: str) -> Observation | None:
        """Returns the item's result, None while there is none."""
        return next((seen for seen in self.results if seen.item == item), None)


def live(run: LiveRun, checklist: Checklist | None, width: int) -> Content:
    """Returns the items with their results as they come, none of them cut; what is being done, how it ended."""
    return Content("\n").join(list(_live(run, checklist, width)))


def place_in(run: LiveRun, checklist: Checklist | None, width: int) -> int:
    """Returns the line of the item that is being looked at, the last one when all are over."""
    lines, now = list(_live(run, checklist, width)), f"… {run.step.item} " if run.step is not None else ""
    return next((number for number, line in enumerate(lines) if now and line.plain.startswith(now)), len(lines))


def _live(run: LiveRun, checklist: Checklist | None, width: int) -> Iterator[Content]:
    runtime = Content.assemble((" in ", MUTED), (run.runtime, "bold")) if run.runtime else Content("")
    yield Content.assemble(literal(run.service, 60, "bold"), runtime, ("  " + _state(run), MUTED))
    for item in run.items:
        title = prose(checklist.item(item).title) if checklist is not None else Content("")
        yield from _item(run, item, title, width)
    for number, line in enumerate(Content(one_line(run.reason, 500)).wrap(max(10, width - 2)) if run.reason else ()):
        yield Content.assemble(("  " if number else "? ", STYLES[Status.UNKNOWN]), line)


def _state(run: LiveRun) -> str:
    if run.halting:
        return "stopping …"
    if not run.ended:
        return f"{len(run.results)} of {len(run.items)} observed" if run.items else "starting …"
    failed = sum(seen.ok is False for seen in run.results)
    passed = sum(seen.ok is True for seen in run.results)
    return f"{failed} failed" if failed else f"ended: {passed} of {len(run.items)} passed"


def _item(run: LiveRun, item: str, title: Content, width: int) -> Iterator[Content]:
    seen = run.result(item)
    if seen is None:
        now = run.step is not None and run.step.item == item and not run.ended
        sign = ("… ", "$text-accent") if now else ("· ", MUTED)
        doing = literal(run.step.text, 200, "$text-accent") if now and run.step is not None else Content("")
        yield from under(Content.assemble(sign, f"{item} ", title), doing, width)
        return
    status = {True: Status.MET, False: Status.BROKEN, None: Status.UNKNOWN}[seen.ok]
    head = Content.assemble((f"{GLYPHS[status]} ", STYLES[status]), f"{item} ", title)
    yield from under(head, literal(seen.result, 300, MUTED if seen.ok else ""), width)
    if seen.next_step and not seen.ok:
        said = Content.assemble(("next ", "bold"), literal(in_app(seen.next_step), 300))
        yield from (Content(" " * 6) + piece.rstrip() for piece in said.wrap(max(10, width - 6)))
