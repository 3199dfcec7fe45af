"""What every live check works with, and the two ways it speaks: a judged `Observation`, a shown `Progress`."""

from __future__ import annotations

import queue
import threading
import uuid
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import TypeVar

from wizard.errors import CancelledError
from wizard.runtime.protocol import Clock, InEngine, ServiceRun, Strained
from wizard.values.checklist import Item
from wizard.values.facts.stack import StackFacts
from wizard.values.lean import dataclass, field
from wizard.values.live import LiveTrouble, Reply
from wizard.values.observation import Observation, Progress
from wizard.values.spec import ServiceSpec
from wizard.verify.log_tail import LogTail
from wizard.verify.redis_link import Before

T = TypeVar("T")
START, HEALTH, LOGS = "start", "health", "logs"  # the probes whose items a start of the service speaks of
FLOW = "message-flow"
Checks = Generator[Observation | Progress]


class Stop:
    """Says when to stop: the person's wish, or that nobody reads the observations any more."""

    def __init__(self, cancelled: Callable[[], bool]) -> None:
        self._cancelled = cancelled
        self._abandoned = threading.Event()
        self._cleaning = 0

    def abandon(self) -> None:
        """Lets whatever still runs in a thread end: nobody reads on."""
        self._abandoned.set()

    @contextmanager
    def cleaning(self) -> Iterator[None]:
        """Says no in the block: what a run put into the stack is taken out again although it was stopped."""
        self._cleaning += 1
        try:
            yield
        finally:
            self._cleaning -= 1

    def __call__(self) -> bool:
        """Whether to stop."""
        return not self._cleaning and self._asked()

    def _asked(self) -> bool:
        return self._abandoned.is_set() or self._cancelled()


@dataclass(frozen=True, slots=True)
class Started:
    """The one start of the service that all probes of it share: its log, its last health answer, and the times.

    `age`: seconds from the start of its process or container to that answer. `until`: the moment (of the monotonic
    clock) to which it is watched. `before`: Redis as it was just before.
    """

    log: LogTail
    reply: Reply
    age: float
    until: float
    before: Before = field(default_factory=Before)


@dataclass(frozen=True, slots=True)
class LiveCheck:
    """One run of the live checks of one service.

    `items`: the checklist's items by the name of their probe: what is begun and observed by that name is told by the
    item's id. `started`: set while the service runs. `may_publish`: asks whether a probe may go into channels (told in
    words) that others read as well. `trusted`: the stack's own checklist may run its commands.
    `token`: part of the id of every probe of this run.
    """

    facts: StackFacts
    spec: ServiceSpec
    run: ServiceRun
    runtime: str
    clock: Clock
    stopped: Callable[[], bool]
    begun: dict[str, float] = field(default_factory=dict)
    items: Mapping[str, Item] = field(default_factory=dict)
    started: Started | None = None
    may_publish: Callable[[str], bool] = lambda _: False
    trusted: bool = False
    token: str = field(default_factory=lambda: uuid.uuid4().hex[:8])

    @property
    def before(self) -> Before:
        """Redis as it was before the service was started."""
        return self.started.before if self.started is not None else Before()

    def code(self) -> Iterator[str]:
        """Yields the text of each file of the service's code that can be read."""
        service = self.facts.service(self.spec.name)
        for file in service.code if service is not None else ():
            with suppress(OSError):
                yield (Path(self.facts.root) / file.path).read_text("utf-8", "replace")

    def item_of(self, probe: str) -> str:
        """Returns the id of the item that this probe proves; the name itself where no item has it (the drill's)."""
        return self.items[probe].id if probe in self.items else probe

    def begin(self, probe: str, text: str) -> Progress:
        """Begins a step of an item; its observation will carry the time since the first one."""
        self.begun.setdefault(probe, self.clock.monotonic())
        return self.say(probe, "step", text)

    def say(self, probe: str, kind: str, text: str, value: float = 0.0) -> Progress:
        """Tells a line or a figure of an item: shown, never judged."""
        return Progress(self.item_of(probe), kind, self.run.hide(text), value)

    def observe(
        self,
        probe: str,
        action: str,
        result: str,
        ok: bool | None,
        *,
        cause: str = "",
        next_step: str = "",
        samples: tuple[float, ...] = (),
    ) -> Observation:
        """Returns the result of one check, made now."""
        began = self.begun.get(probe)
        where = self._where(probe)
        return Observation(
            item=self.item_of(probe),
            action=self.run.hide(action),
            result=self.run.hide(f"{result} [{where}]" if where else result),
            ok=ok,
            runtime=self.runtime,
            at=self.clock.now().isoformat(timespec="seconds"),
            seconds=round(self.clock.monotonic() - began, 3) if began is not None else 0.0,
            commit=self.facts.head,
            fingerprint=self.facts.fingerprint(self.spec.name, self.item_of(probe)),
            cause=cause,
            next_step=next_step,
            image=self._image() if self._of_service(probe) else "",
            samples=samples,
        )

    def log_lines(self) -> Generator[Progress]:
        """Tells what the running service logged since the last time."""
        if self.started is not None:
            yield from (self.say(LOGS, "log", line) for line in self.started.log.fresh())

    def _of_service(self, probe: str) -> bool:
        return "service" in self.items[probe].needs if probe in self.items else probe.startswith("drill")

    def _where(self, probe: str) -> str:
        """The nodes, where there are several: of the service's own tasks."""
        with suppress(LiveTrouble):
            return self.run.where() if self._of_service(probe) and isinstance(self.run, Strained) else ""
        return ""

    def _image(self) -> str:
        with suppress(LiveTrouble):  # the engine is gone: what was observed before is still worth telling
            return self.run.state().image
        return ""

    def trouble(self, probe: str, action: str, trouble: LiveTrouble) -> Observation:
        """Returns the failed observation of a step that could not be done."""
        ok = None if trouble.undecided else False
        return self.observe(
            probe, action, trouble.message + self.left(trouble), ok, cause=trouble.cause, next_step=trouble.next_step
        )

    def left(self, trouble: LiveTrouble) -> str:
        """Returns what may be left where the connection was lost, as a clause to append."""
        lost = trouble.cause in ("engine-lost", "node-lost")
        left = self.run.left() if lost and isinstance(self.run, InEngine) else ""
        return f"; {left}" if left else ""

    def cleaning(self) -> AbstractContextManager[None]:
        """Returns a block that no wish to stop disturbs."""
        return self.stopped.cleaning() if isinstance(self.stopped, Stop) else nullcontext()

    def check(self) -> None:
        """Raises `CancelledError` when the run shall stop."""
        if self.stopped():
            raise CancelledError("the live checks were stopped", next_step="run verify again when you are ready")

    def wait(self, seconds: float, until: Callable[[], bool]) -> bool:
        """Waits for `until()`, at most `seconds`; stops early, with `CancelledError`, when the run shall stop."""
        done = self.clock.wait(seconds, lambda: self.stopped() or until())
        self.check()
        return done


def stream(live: LiveCheck, probe: str, work: Callable[[Callable[[str], None]], T]) -> Generator[Progress, None, T]:
    """Runs blocking `work(say)` in a thread and passes on what it says while it runs; returns its result or raises its
    error.
    """
    said: queue.SimpleQueue[str | None] = queue.SimpleQueue()
    outcome: list[T] = []
    failure: list[BaseException] = []

    def body() -> None:
        try:
            outcome.append(work(said.put))
        except BaseException as error:  # handed to the waiting thread below, which raises it
            failure.append(error)
        finally:
            said.put(None)

    thread = threading.Thread(target=body, name=f"verify {probe}", daemon=True)
    thread.start()
    while (line := said.get()) is not None:
        yield live.say(probe, "log", line)
    thread.join()
    if failure:
        raise failure[0]
    return outcome[0]
