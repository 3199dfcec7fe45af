"""Proves an item of the stack's own checklist by what it declares; one observation an item, the first failure's."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Generator
from pathlib import Path

from wizard.rules.text import one_line
from wizard.rules.wanted import amiss
from wizard.values.checklist import Item
from wizard.values.declared import CommandCheck, HttpCheck, LogCheck, Text, filled
from wizard.values.lean import dataclass
from wizard.values.observation import Observation, Progress
from wizard.verify.declared.command import run_command
from wizard.verify.live import Checks, LiveCheck
from wizard.verify.log_tail import LogTail
from wizard.verify.service import watch

UNTRUSTED = "not-trusted"


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What one check showed; `ok` as in an observation."""

    action: str
    result: str
    ok: bool | None
    cause: str = ""
    next_step: str = ""


def prove(live: LiveCheck, item: Item) -> Checks:
    """Makes the checks of an item in order and stops at the first one that does not hold."""
    probe, seen = item.id, []
    for one in item.checks:
        kind = one.kind
        if isinstance(kind, CommandCheck):
            yield live.begin(probe, f"running {_command(live, kind)}")
            seen.append(_run(live, kind))
        elif isinstance(kind, HttpCheck):
            yield live.begin(probe, f"asking {_url(live, kind)}")
            seen.append(_ask(live, kind))
        elif isinstance(kind, LogCheck):
            seen.append((yield from _watch(live, probe, kind)))
        if seen and seen[-1].ok is not True:
            break
    yield _observed(live, probe, seen)


def _observed(live: LiveCheck, probe: str, seen: list[_Outcome]) -> Observation:
    last = seen[-1]
    if last.ok is not True:
        return live.observe(probe, last.action, last.result, last.ok, cause=last.cause, next_step=last.next_step)
    action, result = (
        "; ".join(dict.fromkeys(words)) for words in zip(*((o.action, o.result) for o in seen), strict=True)
    )
    return live.observe(probe, action, result, True)


def _fill(live: LiveCheck) -> Callable[[str], str]:
    service = live.facts.service(live.spec.name)
    folder = service.folder if service is not None and service.folder else ""
    folder = folder or posixpath.join(live.facts.profile.services_dir, live.spec.name)
    port = str(live.run.address()[1] if live.started is not None else live.spec.port)
    return lambda text: filled(text, live.spec.name, folder).replace("{port}", port)


def _command(live: LiveCheck, kind: CommandCheck) -> str:
    return one_line(" ".join(map(_fill(live), kind.words)), 300)


def _run(live: LiveCheck, kind: CommandCheck) -> _Outcome:
    """Runs a command only where a person has trusted the very text that names it."""
    shown = _command(live, kind)
    if not live.trusted:
        text = f"not run: nobody on this machine has trusted the checklist that names `{shown}`"
        return _Outcome(shown, text, None, UNTRUSTED, "read it, then trust what it runs: stack-wizard trust")
    ended = run_command([_fill(live)(word) for word in kind.words], Path(live.facts.root), kind.seconds, live.stopped)
    live.check()
    said = " ".join(ended.output.split("\n")[-5:]).strip()
    if ended.code == kind.exit:
        return _Outcome(shown, f"ended with {ended.code}" + (f": {one_line(said, 200)}" if said else ""), True)
    if ended.missing:
        step = f"install {kind.words[0]}, or correct the checklist"
        return _Outcome(shown, f"{kind.words[0]}: {ended.why}", None, "no-such-program", step)
    if ended.code is None:
        text = f"{ended.why}" + (f": {one_line(said, 300)}" if said else "")
        return _Outcome(shown, text, None, "not-ended", "run it by hand; `seconds` says how long it may take")
    text = f"ended with {ended.code}, not {kind.exit}" + (f": {one_line(said, 600)}" if said else "")
    return _Outcome(shown, text, False, f"exit-{ended.code}", f"run it by hand in the stack's folder: {shown}")


def _url(live: LiveCheck, kind: HttpCheck) -> str:
    host, port = live.run.address()
    return f"http://{host}:{port}{_fill(live)(kind.path)}"


def _ask(live: LiveCheck, kind: HttpCheck) -> _Outcome:
    action = f"curl -i {_url(live, kind)}"
    reply = live.run.get(_fill(live)(kind.path), live.run.limits.request)
    if reply.status != kind.status:
        what = f"answered {reply.status}" if reply.status else f"no answer: {one_line(reply.body)}"
        step = f"let the service answer {kind.path} with {kind.status}"
        return _Outcome(action, f"{what}, not {kind.status}", False, f"http-{reply.status}", step)
    wrong = amiss(kind.text, reply.body, _fill(live)) if kind.text != Text() else None
    if wrong is not None:
        line = f" in line {wrong.line}" if wrong.line else ""
        return _Outcome(
            action, f"answered {reply.status}, but it {wrong.words}{line}", False, "other-answer", "see it: " + action
        )
    return _Outcome(action, f"answered {reply.status}" + (" as asked" if kind.text != Text() else ""), True)


def _watch(live: LiveCheck, probe: str, kind: LogCheck) -> Generator[Observation | Progress, None, _Outcome]:
    """Follows the log to the end of the window; every line was compared when it came."""
    action = live.run.command("logs")
    if live.started is None:
        return _Outcome(action, "the service does not run", None, "not-running")
    yield from watch(live, probe, live.started)
    log, fill = live.started.log, _fill(live)
    missing = next((wanted for wanted in map(fill, kind.text.contains) if not log.has(wanted)), None)
    unwanted = next((text for text in map(fill, kind.text.lacks) if log.has(text)), None)
    if missing is not None:
        return _Outcome(action, f"no line of its log has `{missing}`", False, "log-lacks", "see the service's log")
    if unwanted is not None:
        return _Outcome(action, f"its log has `{unwanted}`", False, "log-has", "see the service's log")
    return _Outcome(action, "its log is as asked", True)


def log_for(items: tuple[Item, ...], live: LiveCheck) -> LogTail:
    """Returns the log of one start, which looks in every line for what these items ask for."""
    fill = _fill(live)
    texts = [one.kind.text for item in items for one in item.checks if isinstance(one.kind, LogCheck)]
    return LogTail(fill(part) for text in texts for part in (*text.contains, *text.lacks))
