"""The door of the live checks: one run of one service in one runtime, told as it happens."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing

from wizard.checklist.load import checklist_of
from wizard.errors import UsageError
from wizard.runtime.protocol import Clock, Runtime
from wizard.values.checklist import Checklist, Item
from wizard.values.declared import LogCheck
from wizard.values.facts.stack import StackFacts
from wizard.values.lean import replace
from wizard.values.live import LiveTrouble
from wizard.values.observation import Observation, Progress
from wizard.values.spec import ServiceSpec
from wizard.verify.connections import look_before
from wizard.verify.database import apply_files
from wizard.verify.declared.prove import log_for, prove
from wizard.verify.live import LOGS, START, Checks, LiveCheck, Started, Stop, stream
from wizard.verify.redis_link import Before
from wizard.verify.registry import PROBES
from wizard.verify.scripts import end_trouble
from wizard.verify.service import ended, fine, start
from wizard.verify.traces import sweep


def verify(
    facts: StackFacts,
    spec: ServiceSpec,
    runtime: Runtime,
    *,
    items: tuple[str, ...] | None = None,
    clock: Clock,
    log_window: float = 5.0,
    settle: float = 2.0,
    cancelled: Callable[[], bool] = lambda: False,
    may_publish: Callable[[str], bool] = lambda _: False,
    trusted: bool = False,
) -> Checks:
    """Makes the live checks of `items` (None: all) and yields one `Observation` for each, `Progress` in between.

    Starts only what the items need, and nothing of it runs when the generator ends or is closed. `settle`: seconds the
    service must run after its first answer. `log_window`: seconds its log is followed after that.
    `may_publish`: asks whether a probe may go into channels, told in words, that others of a stack in use read.
    `trusted`: whether a person has trusted what the stack's own checklist runs.
    When the runtime is lost on the way, what was observed stands and the rest is undecided.
    Raises `RuntimeUnavailableError`, `CancelledError`, and `UsageError` for an item that is not live.
    """
    checklist = checklist_of(facts)
    wanted = _in_order(items, checklist)
    stop = Stop(cancelled)
    with closing(runtime.open(facts, spec, stop)) as run:
        probes = by_probe(checklist)
        live = LiveCheck(
            facts, spec, run, runtime.name, clock, stop, items=probes, may_publish=may_publish, trusted=trusted
        )
        told: set[str] = set()
        try:
            for event in _run(live, wanted, log_window, settle):
                told |= {event.item} if isinstance(event, Observation) else set()
                yield event
        except LiveTrouble as trouble:
            for item in wanted:
                if item.id not in told and item.probe is not None:
                    yield _lost(live, item.probe, trouble)
        finally:
            stop.abandon()


def _lost(live: LiveCheck, probe: str, trouble: LiveTrouble) -> Observation:
    """The undecided observation of an item not reached: a runtime that goes away is no fault of the service."""
    text = f"not observed: {trouble.message}{live.left(trouble)}"
    return live.observe(probe, "not tried", text, None, cause=trouble.cause, next_step=trouble.next_step)


def by_probe(checklist: Checklist) -> dict[str, Item]:
    """Returns the checklist's items by the name of their probe."""
    return {item.probe: item for item in checklist.probed if item.probe is not None}


def _in_order(identifiers: tuple[str, ...] | None, checklist: Checklist) -> list[Item]:
    """Returns the items in the order of a run. Raises `UsageError` for one that is not live."""
    probed = checklist.probed
    known = [item.id for item in probed]
    strange = [item for item in identifiers or () if item not in known]
    if strange:
        raise UsageError(f"{', '.join(strange)}: not a live item", next_step=f"live items are {', '.join(known)}")
    order = list(PROBES)
    wanted = (item for item in probed if identifiers is None or item.id in identifiers)
    return sorted(wanted, key=lambda item: _place(item, order))


def _place(item: Item, order: list[str]) -> int:
    """Where an item stands in a run: what the stack's own asks comes before the window is waited for, its log after."""
    if item.probe in order:
        return 2 * order.index(item.probe)
    waits = any(isinstance(one.kind, LogCheck) for one in item.checks)
    return 2 * order.index(LOGS if waits else START) + (1 if waits else -1)


def _run(live: LiveCheck, wanted: Sequence[Item], window: float, settle: float) -> Checks:
    alone = [item for item in wanted if not item.needs]
    of_service = [item for item in wanted if "service" in item.needs]
    of_servers = [item for item in wanted if item.needs and item not in of_service]
    for item in alone:
        yield from _probe(live, item)
    if not of_servers and not of_service:
        return
    try:
        yield from dependencies(live, (of_servers or of_service)[0].probe or "")
    except LiveTrouble as trouble:
        for item in of_servers:
            yield live.trouble(item.probe or "", live.run.command("start"), trouble)
        if of_service:
            yield live.trouble(START, live.run.command("start"), trouble)
            yield from _not_tried(live, of_service, "its dependencies could not be started")
        return
    for item in of_servers:
        yield from _probe(live, item)
    if of_service:
        yield from prepare(live)
        yield from _watch_service(live, of_service, window, settle)


def _probe(live: LiveCheck, item: Item) -> Checks:
    if item.checks:
        yield from prove(live, item)
    elif item.probe is not None:
        yield from PROBES[item.probe](live, item)


def dependencies(live: LiveCheck, probe: str) -> Checks:
    """Starts Redis and PostgreSQL for the first item that needs them."""
    yield live.begin(probe, "starting Redis and PostgreSQL")
    yield from stream(live, probe, live.run.start_dependencies)


def prepare(live: LiveCheck) -> Checks:
    """Gives a database that this run made the stack's schema, as the stack's own image does on its first start."""
    if not live.run.fresh_database:
        return
    yield live.begin(START, "applying the schema to the empty database")
    try:
        apply_files(live, "")
    except LiveTrouble as trouble:
        yield live.begin(START, f"the schema is not complete: {trouble.message}")


def _watch_service(live: LiveCheck, items: Sequence[Item], window: float, settle: float) -> Checks:
    """Starts the service and yields the observations of the items that need it running.

    The settle time and the log window run while the other checks are made. When the service does not start, the item of
    the start says why and the rest is undecided.
    """
    before = look_before(live)
    with closing(before):
        yield from _watch(live, items, max(window, settle), before)


def _watch(live: LiveCheck, items: Sequence[Item], seconds: float, before: Before) -> Checks:
    log = log_for(tuple(items), live)
    try:
        reply = yield from start(live, log)
    except LiveTrouble as trouble:
        yield live.trouble(START, live.run.command("start"), end_trouble(live, trouble))
        yield from _not_tried(live, items, "the service could not be started")
        return
    state = live.run.state()
    if not fine(state):
        yield _unless_touched(live, ended(live, state, log))
        yield from _not_tried(live, items, "the service does not run")
        return
    until = live.clock.monotonic() + seconds
    running = replace(live, started=Started(log, reply, state.age, until, before))
    try:
        for item in items:
            for event in _probe(running, item):
                event = _of_living(running, event)
                yield _unless_touched(running, event) if isinstance(event, Observation) else event
                yield from running.log_lines()
    finally:
        sweep(running, before)


def _of_living(live: LiveCheck, event: Observation | Progress) -> Observation | Progress:
    """What fails once the service has ended is no fault of its own: the start's item says why it ended."""
    own = (live.item_of(START), live.item_of(LOGS))
    if not isinstance(event, Observation) or event.ok is not False or event.item in own or fine(live.run.state()):
        return event
    text = f"the service ended meanwhile ({own[0]}): {event.result}"
    return replace(event, result=text, ok=None, cause="not-running", next_step=f"see {own[0]} for the cause")


def _unless_touched(live: LiveCheck, seen: Observation) -> Observation:
    """Decides nothing against a service that somebody else stopped, restarted or removed while it was watched."""
    touched = live.run.state().touched if seen.ok is False else ""
    if not touched:
        return seen
    text = f"{seen.result}; but its container was {touched} by somebody else meanwhile"
    return replace(seen, ok=None, result=text, cause="touched", next_step="verify again when nobody else works on it")


def _not_tried(live: LiveCheck, items: Sequence[Item], why: str) -> Checks:
    """The undecided observations of the items that need a running service, except the start's, which says why."""
    start_item = live.item_of(START)
    for item in items:
        if item.probe is not None and item.probe != START:
            text, step = f"not tried: {why} ({start_item})", f"see {start_item} for the cause"
            yield live.observe(item.probe, "not tried", text, None, cause="not-running", next_step=step)
