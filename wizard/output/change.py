"""What got better or worse after a change of files: as text, and as JSON, an event a line."""

from __future__ import annotations

import json
from collections.abc import Iterator

from wizard.audit.difference import Judgement
from wizard.errors import WizardError
from wizard.output.data import SCHEMA, Json, contradiction, problems, source
from wizard.output.flow.text import flow_finding
from wizard.output.style import Style
from wizard.output.text_report import counts_line, problem_lines
from wizard.rules.text import clean, one_line
from wizard.values.change import StackChange, Turned
from wizard.values.finding import Contradiction
from wizard.values.flow import FlowFinding

MOST_PATHS = 3
_INDENT = " " * 8


def start_lines(now: Judgement, style: Style) -> Iterator[str]:
    """Yields where every service stands when the watching begins."""
    for report in now.reports:
        yield style.paint(f"{one_line(report.service)}: {counts_line(report)}", "bold")
        for found in report.contradictions:
            yield style.paint(f"  contradiction ({one_line(found.topic)}): {one_line(found.message, 400)}", "red")
    yield style.paint("watching the files; ctrl+c ends it", "dim")


def change_lines(change: StackChange, style: Style, at: str) -> Iterator[str]:
    """Yields a head line with the time and the files, then a line a thing that got better or worse."""
    yield style.paint(f"{at}  {_names(change)}: {_counted(change)}", "bold" if not change.empty else "dim")
    for name in change.services_new:
        yield f"  new service {one_line(name)}"
    for name in change.services_gone:
        yield f"  service {one_line(name)} is gone"
    for turn in sorted(change.turned, key=lambda one: one.better is not False):
        yield from _turned_lines(turn, style)
    for found in (*change.new, *change.gone):
        what = f"{one_line(found.service)} contradiction ({one_line(found.topic)})"
        yield from _told_lines(what, found, style, gone=found in change.gone)
    for one in (*change.flow_new, *change.flow_gone):
        yield from _told_lines(one.kind, one, style, gone=one in change.flow_gone)
    yield from unread_lines(change, style)


def unread_lines(change: StackChange, style: Style) -> Iterator[str]:
    """Yields what can no longer be read, and what can be again."""
    yield from problem_lines(change.problems_new, style, indent="  ")
    for problem in change.problems_gone:
        yield style.paint(f"  read again: {clean(problem.source.path)}", "green")


def held_lines(change: StackChange, style: Style, at: str) -> Iterator[str]:
    """Yields what cannot be read since the change, which says nothing of what got better or worse."""
    yield style.paint(f"{at}  {_names(change)}: cannot be read; what it means is said once it can be", "bold")
    yield from unread_lines(change, style)


def _names(change: StackChange) -> str:
    more = len(change.paths) - MOST_PATHS
    names = ", ".join(one_line(path) for path in change.paths[:MOST_PATHS])
    return f"{names} and {more} more" if more > 0 else names


def _counted(change: StackChange) -> str:
    counts = [f"{count} {word}" for count, word in ((change.worse, "worse"), (change.better, "better")) if count]
    return ", ".join(counts) or ("neither better nor worse" if change.turned else "nothing got better or worse")


def _turned_lines(turn: Turned, style: Style) -> Iterator[str]:
    word, colour = {True: ("better", "green"), False: ("worse", "red"), None: ("other", "dim")}[turn.better]
    finding, arrow = turn.finding, "→" if style.unicode else "->"
    head = f"  {style.paint(f'{word:<6}', colour)} {one_line(turn.service)} {finding.item}"
    yield f"{head}  {turn.before.value} {arrow} {finding.status.value}: {one_line(finding.summary, 400)}"
    if turn.better is not True:
        for place in finding.sources[:2]:
            yield f"{_INDENT}{style.paint(clean(str(place)), 'dim')}"


def _told_lines(what: str, found: Contradiction | FlowFinding, style: Style, *, gone: bool) -> Iterator[str]:
    word = style.paint("better", "green") if gone else style.paint("worse ", "red")
    yield f"  {word} {what}: {'no longer: ' if gone else ''}{one_line(found.message, 400)}"
    for said, place in () if gone else found.says:
        yield f"{_INDENT}{one_line(said)}  {style.paint(clean(str(place)), 'dim')}"


def trouble_line(trouble: WizardError, style: Style) -> str:
    """Returns why the stack could not be judged; the watching goes on."""
    where = f"{trouble.where}: " if trouble.where and trouble.where not in trouble.message else ""
    return style.paint(f"not judged: {clean(where)}{one_line(trouble.message, 400)}", "red")


def start_event(now: Judgement, seconds: float) -> str:
    """Returns the first event: where everything stands."""
    return _line(
        "start",
        {
            "items": {clean(r.service): {f.item: f.status.value for f in r.findings} for r in now.reports},
            "contradictions": [_of(found) for report in now.reports for found in report.contradictions],
            "flow": [flow_finding(one) for one in now.flow if not one.stops],
            "problems": problems(now.problems),
            "seconds": round(seconds, 3),
        },
    )


def change_event(change: StackChange, seconds: float) -> str:
    """Returns the event of a change."""
    return _line(
        "change",
        {
            "paths": [clean(path) for path in change.paths],
            "worse": change.worse,
            "better": change.better,
            "items": [_turned(turn) for turn in change.turned],
            "contradictions": {"new": [_of(one) for one in change.new], "gone": [_of(one) for one in change.gone]},
            "flow": {
                "new": [flow_finding(one) for one in change.flow_new],
                "gone": [flow_finding(one) for one in change.flow_gone],
            },
            "services": {"new": list(map(clean, change.services_new)), "gone": list(map(clean, change.services_gone))},
            "problems": {"new": problems(change.problems_new), "gone": problems(change.problems_gone)},
            "seconds": round(seconds, 3),
        },
    )


def held_event(change: StackChange) -> str:
    """Returns the event of a change after which a file cannot be read: the next `change` says what it means."""
    told = {"new": problems(change.problems_new), "gone": problems(change.problems_gone)}
    return _line("unreadable", {"paths": [clean(path) for path in change.paths], "problems": told})


def trouble_event(trouble: WizardError, paths: tuple[str, ...]) -> str:
    """Returns the event of a change after which the stack could not be judged."""
    said = {"message": clean(trouble.message), "where": clean(trouble.where), "next_step": clean(trouble.next_step)}
    return _line("trouble", {"paths": [clean(path) for path in paths], **said})


def _line(event: str, content: dict[str, Json]) -> str:
    return json.dumps({"schema": SCHEMA, "kind": "watch", "event": event, **content}, ensure_ascii=False)


def _of(found: Contradiction) -> Json:
    told = contradiction(found)
    return {"service": clean(found.service), **(told if isinstance(told, dict) else {})}


def _turned(turn: Turned) -> Json:
    return {
        "service": clean(turn.service),
        "item": turn.finding.item,
        "before": turn.before.value,
        "after": turn.finding.status.value,
        "better": turn.better,
        "summary": clean(turn.finding.summary),
        "evidence": [source(place) for place in turn.finding.sources],
        "hint": clean(turn.finding.hint),
    }
