"""Items 7.1 to 7.5 and 5.3: one start of the service, watched from its first log line to the end of the log window."""

from __future__ import annotations

from collections.abc import Generator

from wizard.values.live import LiveTrouble, ServiceState
from wizard.values.observation import Observation, Progress
from wizard.verify import health
from wizard.verify.bench import Bench, Checks, stream
from wizard.verify.causes import explain
from wizard.verify.connections import check_connections
from wizard.verify.flow import check_flow
from wizard.verify.http import Reply
from wizard.verify.log_tail import LogTail
from wizard.verify.tests import check_tests

OF_SERVICE = ("7.1", "7.2", "7.3", "7.4", "5.3", "7.5")


def check_service(bench: Bench, items: tuple[str, ...], *, log_window: float, settle: float) -> Checks:
    """Start the service and yield the observations of `items` that need it running.

    The settle time and the log window run while the other checks are made. When the service does not start, 7.1 says
    why and the rest is undecided.
    """
    log = LogTail()
    began = bench.clock.monotonic()
    try:
        reply = yield from start(bench, log)
    except LiveTrouble as trouble:
        yield bench.trouble("7.1", bench.stage.command("start"), trouble)
        yield from not_tried(bench, items, "the service could not be started")
        return
    state = bench.stage.state()
    if not fine(state):
        yield ended(bench, state, log)
        yield from not_tried(bench, items, "the service does not run")
        return
    answered = bench.clock.monotonic() - began
    yield from _while_running(bench, items, log, reply, answered)
    yield from _watch(bench, items, log, began, settle, log_window, answered)


def start(bench: Bench, log: LogTail) -> Generator[Observation | Progress, None, Reply]:
    """Start the service and wait until it answers well, ends, or the limit is over; the last health answer."""
    yield bench.begin("7.1", "starting the service")
    yield from stream(bench, "7.1", lambda say: bench.stage.start_service(say, log.feed))
    yield bench.begin("7.2", health.action(bench))
    limits = bench.stage.limits
    deadline = bench.clock.monotonic() + limits.start
    answers: list[Reply] = [Reply(0, "not asked yet")]
    answered_at: list[float] = []

    def elsewhere() -> bool:
        ports = bench.stage.listening()
        return bool(ports) and bench.stage.address()[1] not in ports

    def settled() -> bool:
        answers.append(health.ask(bench))
        if (answers[-1].status or "timed out" in answers[-1].body) and not answered_at:
            answered_at.append(bench.clock.monotonic())
        late = bool(answered_at) and bench.clock.monotonic() - answered_at[0] > limits.health
        return answers[-1].status == 200 or late or not fine(bench.stage.state())

    while not bench.wait(0.5, settled) and bench.clock.monotonic() < deadline:
        yield from _lines(log)
        deadline = min(deadline, bench.clock.monotonic() + limits.health) if elsewhere() else deadline
    yield from _lines(log)
    return answers[-1]


def _lines(log: LogTail) -> Generator[Progress]:
    yield from (Progress("7.5", "log", line) for line in log.fresh())


def _while_running(bench: Bench, items: tuple[str, ...], log: LogTail, reply: Reply, seconds: float) -> Checks:
    if "7.3" in items:
        yield from check_connections(bench)
    yield from _lines(log)
    if "7.4" in items:
        yield from check_flow(bench)
    if "5.3" in items:
        yield from check_tests(bench, "5.3")
    yield from _lines(log)
    if "7.2" in items:
        yield from _engine_health(bench, log)
        yield health.judge(bench, reply, log.recent(), seconds)


def _engine_health(bench: Bench, log: LogTail) -> Checks:
    """Wait for the engine's own verdict while it is still making up its mind."""
    limits, state = bench.stage.limits, bench.stage.state()
    if state.health == "starting":
        yield bench.begin("7.2", "waiting for the engine's health check")
    deadline = bench.clock.monotonic() + limits.start + limits.health
    while bench.stage.state().health == "starting" and bench.clock.monotonic() < deadline:
        bench.wait(0.5, lambda: bench.stage.state().health != "starting")
        yield from _lines(log)


def _watch(
    bench: Bench, items: tuple[str, ...], log: LogTail, began: float, settle: float, window: float, answered: float
) -> Checks:
    """See the settle time and the log window through, as long as the service runs."""
    for item, length in (("7.1", settle), ("7.5", max(window, settle))):
        if item not in items:
            continue
        yield bench.begin(item, f"watching for {length:.0f} s")
        while (left := began + answered + length - bench.clock.monotonic()) > 0 and fine(bench.stage.state()):
            bench.wait(min(0.5, left), lambda: not fine(bench.stage.state()))
            yield from _lines(log)
        yield _survived(bench, log, settle, answered) if item == "7.1" else _log_verdict(bench, log, window)


def fine(state: ServiceState) -> bool:
    """It runs, and it is its first run."""
    return state.running and not state.restarts


def _survived(bench: Bench, log: LogTail, settle: float, answered: float) -> Observation:
    state = bench.stage.state()
    if not fine(state):
        return ended(bench, state, log)
    notes = f" ({'; '.join(bench.stage.notes())})" if bench.stage.notes() else ""
    text = f"runs, no restart and no exit in {answered + settle:.1f} s{notes}"
    return bench.observe("7.1", bench.stage.command("start"), text, True)


def ended(bench: Bench, state: ServiceState, log: LogTail) -> Observation:
    """Why the service is not up: the first causal log line and what to do."""
    cause = explain(log.recent())
    if state.out_of_memory:
        name, what, step = "out-of-memory", "it was killed for lack of memory", "raise the memory limit in compose"
    elif cause:
        name, what, step = cause.name, cause.line, cause.next_step
    else:
        last = log.recent()[-1:]
        name, what = "crash", f"last log line: {last[0][:300]}" if last else "it wrote no log"
        step = "run the service by hand to see what it does"
    if state.restarts:
        text = f"restarted {state.restarts} time(s): {what}"
        name = "restart-loop" if name == "crash" else name
    else:
        text = f"ended with exit code {state.exit_code}: {what}"
    detail = f" ({state.detail})" if state.detail else ""
    return bench.observe("7.1", bench.stage.command("start"), text + detail, False, cause=name, next_step=step)


def _log_verdict(bench: Bench, log: LogTail, window: float) -> Observation:
    problems, errors, total = log.problems()
    action = bench.stage.command("logs")
    if not errors:
        text = f"{total} lines from the start and {window:.0f} s more, none at ERROR or above, no traceback"
        return bench.observe("7.5", action, text, True)
    quoted = "\n".join(f"{line.at} {line.text[:300]}" for line in problems[:10])
    more = f"\n… and {errors - 10} more" if errors > 10 else ""
    cause = explain([line.text for line in problems])
    name, step = (cause.name, cause.next_step) if cause and cause.name != "crash" else ("error-in-log", "see the lines")
    return bench.observe(
        "7.5", action, f"{errors} of {total} lines:\n{quoted}{more}", False, cause=name, next_step=step
    )


def not_tried(bench: Bench, items: tuple[str, ...], why: str) -> Checks:
    """The undecided observations of the items that need a running service, except 7.1, which says why."""
    for item in OF_SERVICE:
        if item in items and item != "7.1":
            step = "see 7.1 for the cause"
            yield bench.observe(item, "not tried", f"not tried: {why} (7.1)", None, cause="not-running", next_step=step)
