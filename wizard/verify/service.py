"""One start of the service, watched from its first log line to the end of the log window."""

from __future__ import annotations

from collections.abc import Generator

from wizard.rules.health_routes import is_silent
from wizard.values.checklist import Item
from wizard.values.live import Reply, ServiceState
from wizard.values.observation import Observation, Progress
from wizard.values.pattern import lazy_pattern
from wizard.verify import health
from wizard.verify.causes import explain
from wizard.verify.live import HEALTH, LOGS, START, Checks, LiveCheck, Started, stream
from wizard.verify.log_tail import LogTail
from wizard.verify.scripts import end_cause

_EXAMPLE = "say in the spec, a test or the README (```json) one event that it accepts, and verify again"
_LOG_FILE = lazy_pattern(r"FileHandler\(|basicConfig\([^()]*\bfilename\s*=|logger\.add\(\s*[rf]?['\"]|SysLogHandler\(")
_LOG_OUTPUT = lazy_pattern(r"StreamHandler|sys\.std(?:out|err)|\bprint\(|structlog|PrintLogger")
_TAIL = 1.0
"""The last lines of a process arrive a moment after its end is known."""


def start(live: LiveCheck, log: LogTail) -> Generator[Observation | Progress, None, Reply]:
    """Starts the service and waits until it answers well, ends, or the limit is over; returns the last health answer.

    A service may be unwell, or silent, for as long as the `start_period` of its health check says.
    """
    yield live.begin(START, "starting the service")
    yield from stream(live, START, lambda say: live.run.start_service(say, log.feed))
    yield live.begin(HEALTH, health.action(live))
    limits, began = live.run.limits, live.clock.monotonic()
    patience = max(limits.start, live.run.state().start_period + limits.health)
    if is_silent(live.facts.service(live.spec.name)):
        patience = min(patience, limits.health)
    deadline = began + patience
    answers: list[Reply] = [Reply(0, "not asked yet")]
    unwell_since: list[float] = []

    def elsewhere() -> bool:
        ports = [port for _, port in live.run.listening()]
        return bool(ports) and live.run.served_port() not in ports

    def settled() -> bool:
        answers.append(health.ask(live))
        state, now = live.run.state(), live.clock.monotonic()
        heard = answers[-1].status or answers[-1].unasked or "timed out" in answers[-1].body
        if heard and state.age >= state.start_period:
            unwell_since.append(now)
        late = bool(unwell_since) and now - unwell_since[0] > limits.health
        return answers[-1].status == 200 or late or not fine(state)

    while not live.wait(0.5, settled) and live.clock.monotonic() < deadline:
        yield from _lines(live, log)
        state = live.run.state()
        if elsewhere() and state.age > state.start_period:
            deadline = min(deadline, live.clock.monotonic() + limits.health)
    yield from _lines(live, log)
    return answers[-1]


def _lines(live: LiveCheck, log: LogTail) -> Generator[Progress]:
    yield from (live.say(LOGS, "log", line) for line in log.fresh())


def check_start(live: LiveCheck, _item: Item) -> Checks:
    """Sees the settle time and the log window through: the service runs, and it is its first run."""
    if live.started is not None:
        closed = yield from watch(live, START, live.started)
        silent = _no_longer_well(live, live.started)
        state = live.run.state()
        if not fine(state):
            yield ended(live, state, live.started.log)
        elif state.out_of_memory:
            text = "it runs, but the engine killed a process in it for lack of memory"
            step = "raise the memory limit in compose"
            yield live.observe(START, live.run.command("start"), text, False, cause="out-of-memory", next_step=step)
        elif closed:
            yield _begins_anew(live, state, closed)
        else:
            yield silent or _survived(live, state)


def _no_longer_well(live: LiveCheck, started: Started) -> Observation | None:
    """Asks once more at the end of the window: what hangs or fails by then keeps its process and its container."""
    last = [started.reply]

    def well() -> bool:
        last.append(health.ask(live))
        return last[-1].status == 200 or not fine(live.run.state())

    if started.reply.status != 200 or live.wait(live.run.limits.health, well):
        return None
    text = f"its process runs, but {live.run.state().age:.0f} s after its start it does not answer well any more: "
    text += f"{last[-1].status or ''} {' '.join(last[-1].body.split())[:200]}".strip()
    cause = explain(started.log.recent())
    text += f"; the log says: {cause.line}" if cause else ""
    step = cause.next_step if cause else "see the service's log for where it hangs"
    return live.observe(START, health.action(live), text, False, cause="unwell-later", next_step=step)


def check_log(live: LiveCheck, _item: Item) -> Checks:
    """Follows the log to the end of the window and judges it."""
    if live.started is not None:
        yield from watch(live, LOGS, live.started)
        yield _log_verdict(live, live.started.log, live.run.state())


def watch(live: LiveCheck, probe: str, started: Started) -> Generator[Observation | Progress, None, int]:
    """Waits until the end of the window, as long as the service runs: what ends before that was never well.

    Returns how often the port was closed that was open at first: a program that executes itself anew keeps its process
    and its container, so that nothing else shows it.
    """
    yield live.begin(probe, f"watching for {max(0.0, started.until - live.clock.monotonic()):.0f} s more")
    closed, open_before = 0, started.reply.status == 200 and live.run.serves() is True
    was_open = open_before
    while (left := started.until - live.clock.monotonic()) > 0 and fine(live.run.state()):
        live.wait(min(0.5, left), lambda: not fine(live.run.state()))
        now = live.run.serves() if open_before else None
        closed += was_open and now is False
        was_open = was_open if now is None else now
        yield from live.log_lines()
    return closed


def fine(state: ServiceState) -> bool:
    """Tells whether it runs, and it is its first run."""
    return state.running and not state.restarts


def _begins_anew(live: LiveCheck, state: ServiceState, closed: int) -> Observation:
    times = "once" if closed == 1 else f"{closed} times"
    text = (
        f"its process runs, but closed port {live.run.served_port()} {times} in the {state.age:.1f} s since its start:"
        " it begins anew"
    )
    step = "see what replaces or reloads the program: an exec of itself, a reloader, a supervisor inside"
    return live.observe(START, live.run.command("start"), text, False, cause="restart-loop", next_step=step)


def _survived(live: LiveCheck, state: ServiceState) -> Observation:
    notes = f" ({'; '.join(live.run.notes())})" if live.run.notes() else ""
    text = f"runs, no restart and no exit in the {state.age:.1f} s since its start{notes}"
    return live.observe(START, live.run.command("start"), text, True)


def ended(live: LiveCheck, state: ServiceState, log: LogTail) -> Observation:
    """Returns why the service is not up: the log line that explains it and what to do."""
    live.wait(_TAIL, lambda: explain(log.recent(), survived=False) is not None)
    cause = explain(log.recent(), survived=False) or explain([state.error])
    if state.out_of_memory:
        name, what, step = "out-of-memory", "it was killed for lack of memory", "raise the memory limit in compose"
    elif cause:
        cause = end_cause(live, cause)
        name, what, step = cause.name, cause.line, cause.next_step
    else:
        last = [line for line in log.recent() if line.strip()][-1:]
        name, what = "crash", f"last log line: {last[0][:300]}" if last else "it wrote no log"
        step = "run the service by hand to see what it does"
    if state.restarts:
        code = f", last with exit code {state.exit_code}" if state.exit_code is not None else ""
        text = f"restarted {state.restarts} time(s){code}: {what}"
        name = "restart-loop" if name == "crash" else name
    else:
        text = f"ended with exit code {state.exit_code}, {state.age:.1f} s after its start: {what}"
    more = state.error or state.detail
    detail = f" ({more})" if more else ""
    if log.doubting and not state.out_of_memory:
        text += "; it may rightly not know an event that was made up and sent in before"
        return live.observe(
            START, live.run.command("start"), text + detail, None, cause="made-up-event", next_step=_EXAMPLE
        )
    return live.observe(START, live.run.command("start"), text + detail, False, cause=name, next_step=step)


def _logs_elsewhere(live: LiveCheck) -> bool:
    """Whether the code logs into a file and says nothing of the standard output."""
    code = "\n".join(live.code())
    return bool(_LOG_FILE.search(code)) and not _LOG_OUTPUT.search(code)


def _log_verdict(live: LiveCheck, log: LogTail, state: ServiceState) -> Observation:
    problems, errors, total = log.problems()
    action = live.run.command("logs")
    if errors and errors == log.doubted():
        quoted = "\n".join(f"{line.at} {line.text[:300]}" for line in problems[:10])
        text = f"{errors} of {total} lines, all since an event was sent in that was made up:\n{quoted}"
        return live.observe(LOGS, action, text, None, cause="made-up-event", next_step=_EXAMPLE)
    if errors:
        quoted = "\n".join(f"{line.at} {line.text[:300]}" for line in problems[:10])
        more = f"\n… and {errors - 10} more" if errors > 10 else ""
        cause = explain([line.text for line in problems])
        name, step = (
            (cause.name, cause.next_step) if cause and cause.name != "crash" else ("error-in-log", "see the lines")
        )
        return live.observe(
            LOGS, action, f"{errors} of {total} lines:\n{quoted}{more}", False, cause=name, next_step=step
        )
    if not fine(state):
        text = f"{total} lines without an error, but the service ended while they were followed ({live.item_of(START)})"
        return live.observe(
            LOGS, action, text, None, cause="not-running", next_step=f"see {live.item_of(START)} for the cause"
        )
    gap = live.run.log_gap()
    if gap:
        text = f"{total} lines without an error were seen, but not all that there were: {gap}"
        step = "let the engine keep the log (json-file, local), larger while it is watched, and verify again"
        return live.observe(LOGS, action, text, None, cause="log-incomplete", next_step=step)
    if _logs_elsewhere(live):
        text = f"{total} lines without an error here, but its code logs into a file, which nobody looks into"
        step = "let it log to its standard output as well (StreamHandler)"
        return live.observe(LOGS, action, text, None, cause="logs-elsewhere", next_step=step)
    text = f"{total} lines in the {state.age:.1f} s since its start, none at ERROR or above, no traceback"
    return live.observe(LOGS, action, text, True)
