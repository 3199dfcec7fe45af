"""`check --watch`: the loop from a change of files to what got better or worse, until it is ended."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime

from wizard.audit.difference import Judgement, difference
from wizard.commands.showing import known, require_services
from wizard.commands.terminal import emit, emit_text, out_style
from wizard.errors import UsageError, WizardError
from wizard.output.change import (
    change_event,
    change_lines,
    held_event,
    held_lines,
    start_event,
    start_lines,
    trouble_event,
    trouble_line,
)
from wizard.pipeline.opening import Stack
from wizard.pipeline.watch.following import Looked, looks
from wizard.values.finding import Report
from wizard.values.lean import replace

ALONE = ("live", "baseline", "write_baseline", "accept_new")
Narrowed = Callable[[Report], Report]


def check_watch(args: argparse.Namespace) -> None:
    """Refuses what cannot go with `--watch`. Raises `UsageError`."""
    other = next((name for name in ALONE if getattr(args, name)), "changed" if args.changed is not None else "")
    if other:
        raise UsageError(f"--watch does not go with --{other.replace('_', '-')}", next_step="leave one of them out")
    if args.format not in ("text", "json"):
        raise UsageError(f"--watch has no format {args.format}", next_step="use text, or json for an event a line")


def watch(stack: Stack, args: argparse.Namespace, narrowed: Narrowed) -> int:
    """Says where the services stand, then after every change what got better or worse. Being told to end (ctrl+c,
    SIGTERM) is its ordinary end: 0."""
    told = _Told(args, narrowed)
    try:
        with closing(looks(stack)) as all_looks:  # type: ignore[type-var]
            for looked in all_looks:
                told.take(looked)
    except KeyboardInterrupt:
        return 0
    return 0


class _Told:
    """What was said so far. `last`: the last look; `whole`: the last at which nothing more than before was
    unreadable."""

    def __init__(self, args: argparse.Namespace, narrowed: Narrowed) -> None:
        self.args = args
        self.narrowed = narrowed
        self.whole: Judgement | None = None
        self.last: Judgement | None = None

    def take(self, looked: Looked) -> None:
        """Says what one look found. Raises why the very first one was not possible."""
        paths = looked.change.paths if looked.change is not None else ()
        try:
            now = self._judgement(looked)
        except WizardError as trouble:
            if self.last is None:
                raise
            self._say(trouble_event(trouble, paths), iter([trouble_line(trouble, out_style(self.args))]))
            return
        if self.last is None or self.whole is None:
            self._say(start_event(now, looked.seconds), start_lines(now, out_style(self.args)))
            self.whole = now
        else:
            self._compare(self.whole, self.last, now, paths, looked.seconds)
        self.last = now

    def _judgement(self, looked: Looked) -> Judgement:
        """Returns what is asked for: some services, some phases."""
        if looked.judged is None or looked.trouble is not None:
            raise looked.trouble or UsageError("the stack cannot be judged", next_step="run check without --watch")
        facts, whole = looked.judged.facts, looked.judged.judgement
        require_services(facts, self.args)
        names = {known(facts, name) for name in self.args.names}
        reports = tuple(self.narrowed(report) for report in whole.reports if not names or report.service in names)
        flow = tuple(one for one in whole.flow if not names or names & {one.service, one.other})
        return replace(whole, reports=reports, flow=flow)

    def _compare(
        self, whole: Judgement, last: Judgement, now: Judgement, paths: tuple[str, ...], seconds: float
    ) -> None:
        """A file that can no longer be read (half written, as often as not) is said; what got better or worse by the
        change is said when it can be read again."""
        step = difference(last, now, paths)
        style, at = out_style(self.args), f"{datetime.now():%H:%M:%S}"
        if step.problems_new:
            self._say(held_event(step), held_lines(step, style, at))
            return
        held = bool(difference(whole, now).problems_new)
        self.whole = whole if held else now
        change = replace(difference(last if held else whole, now, paths), problems_gone=step.problems_gone)
        if not (change.empty and self.args.quiet):
            self._say(change_event(change, seconds), change_lines(change, style, at))

    def _say(self, event: str, lines: Iterator[str]) -> None:
        if self.args.format == "json":
            emit([event])
        else:
            emit_text(lines)
