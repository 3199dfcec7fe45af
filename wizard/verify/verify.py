"""The door of the live checks: one run of one service in one runtime, told as it happens."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

from wizard.errors import RuntimeUnavailableError, UsageError
from wizard.values.facts import StackFacts
from wizard.values.live import LiveTrouble
from wizard.values.spec import ServiceSpec
from wizard.verify.bench import Bench, Checks, Stop, stream
from wizard.verify.database import apply_files, check_database
from wizard.verify.runtime import Clock, Runtime
from wizard.verify.service import OF_SERVICE, check_service, not_tried
from wizard.verify.tests import check_tests

LIVE_ITEMS = ("4.3", "5.1", "5.2", "7.1", "7.2", "7.3", "7.4", "5.3", "7.5")


def verify(
    facts: StackFacts,
    spec: ServiceSpec,
    runtime: Runtime,
    *,
    items: tuple[str, ...] = LIVE_ITEMS,
    clock: Clock,
    log_window: float = 5.0,
    settle: float = 2.0,
    cancelled: Callable[[], bool] = lambda: False,
) -> Checks:
    """Make the live checks of `items` and yield one `Observation` for each, `Progress` in between.

    Starts only what the items need, and nothing of it runs when the generator ends or is closed. `settle`: seconds the
    service must run after its first answer. `log_window`: seconds its log is followed after that.
    Raises `RuntimeUnavailableError`, `CancelledError`, and `UsageError` for an item that is not live.
    """
    unknown = [item for item in items if item not in LIVE_ITEMS]
    if unknown:
        raise UsageError(
            f"{', '.join(unknown)}: not a live item", next_step=f"live items are {', '.join(sorted(LIVE_ITEMS))}"
        )
    stop = Stop(cancelled)
    with closing(runtime.open(facts, spec, stop)) as stage:
        bench = Bench(facts, spec, stage, runtime.name, clock, stop)
        try:
            yield from _run(bench, tuple(items), log_window, settle)
        except LiveTrouble as trouble:
            raise RuntimeUnavailableError(trouble.message, next_step=trouble.next_step) from trouble
        finally:
            stop.abandon()


def _run(bench: Bench, items: tuple[str, ...], log_window: float, settle: float) -> Checks:
    if "5.1" in items:
        yield from check_tests(bench, "5.1")
    if set(items) <= {"5.1"}:
        return
    try:
        yield from dependencies(bench, next(item for item in LIVE_ITEMS if item in items and item != "5.1"))
    except LiveTrouble as trouble:
        yield from _without_dependencies(bench, items, trouble)
        return
    if "4.3" in items:
        yield from check_database(bench)
    if "5.2" in items:
        yield from check_tests(bench, "5.2")
    if set(items) & set(OF_SERVICE):
        yield from prepare(bench)
        yield from check_service(bench, items, log_window=log_window, settle=settle)


def dependencies(bench: Bench, item: str) -> Checks:
    """Start Redis and PostgreSQL for the first item that needs them."""
    yield bench.begin(item, "starting Redis and PostgreSQL")
    yield from stream(bench, item, bench.stage.start_dependencies)


def prepare(bench: Bench) -> Checks:
    """Give a database that this run made the stack's schema, as the stack's own image does on its first start."""
    if not bench.stage.fresh_database:
        return
    yield bench.begin("7.1", "applying the schema to the empty database")
    try:
        apply_files(bench, "")
    except LiveTrouble as trouble:
        yield bench.begin("7.1", f"the schema is not complete: {trouble.message}")


def _without_dependencies(bench: Bench, items: tuple[str, ...], trouble: LiveTrouble) -> Checks:
    for item in ("4.3", "5.2"):
        if item in items:
            yield bench.trouble(item, bench.stage.command("start"), trouble)
    if set(items) & set(OF_SERVICE):
        yield bench.trouble("7.1", bench.stage.command("start"), trouble)
        yield from not_tried(bench, items, "its dependencies could not be started")
