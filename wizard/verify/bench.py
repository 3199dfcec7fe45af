"""What every live check works with, and the two ways it speaks: a judged `Observation`, a shown `Progress`."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Generator
from contextlib import suppress
from typing import TypeVar

from wizard.errors import CancelledError
from wizard.values.facts import StackFacts
from wizard.values.lean import dataclass, field
from wizard.values.live import LiveTrouble
from wizard.values.observation import Observation, Progress
from wizard.values.spec import ServiceSpec
from wizard.verify.runtime import Clock, Stage

T = TypeVar("T")
Checks = Generator[Observation | Progress]


class Stop:
    """Says when to stop: the person's wish, or that nobody reads the observations any more."""

    def __init__(self, cancelled: Callable[[], bool]) -> None:
        self._cancelled = cancelled
        self._abandoned = threading.Event()

    def abandon(self) -> None:
        """Nobody reads on: whatever still runs in a thread shall end."""
        self._abandoned.set()

    def __call__(self) -> bool:
        """Whether to stop."""
        return self._abandoned.is_set() or self._cancelled()


@dataclass(frozen=True, slots=True)
class Bench:
    """One run of the live checks of one service."""

    facts: StackFacts
    spec: ServiceSpec
    stage: Stage
    runtime: str
    clock: Clock
    stopped: Callable[[], bool]
    begun: dict[str, float] = field(default_factory=dict)

    def begin(self, item: str, text: str) -> Progress:
        """A step of an item begins; its observation will carry the time since the first one."""
        self.begun.setdefault(item, self.clock.monotonic())
        return Progress(item, "step", text)

    def observe(
        self,
        item: str,
        action: str,
        result: str,
        ok: bool | None,
        *,
        cause: str = "",
        next_step: str = "",
        samples: tuple[float, ...] = (),
    ) -> Observation:
        """The result of one check, made now."""
        began = self.begun.get(item)
        return Observation(
            item=item,
            action=action,
            result=result,
            ok=ok,
            runtime=self.runtime,
            at=self.clock.now().isoformat(timespec="seconds"),
            seconds=round(self.clock.monotonic() - began, 3) if began is not None else 0.0,
            commit=self.facts.head,
            fingerprint=self.facts.fingerprints.get(self.spec.name, ""),
            cause=cause,
            next_step=next_step,
            image=self._image() if item.startswith(("7", "drill")) else "",
            samples=samples,
        )

    def _image(self) -> str:
        with suppress(LiveTrouble):  # the engine is gone: what was observed before is still worth telling
            return self.stage.state().image
        return ""

    def trouble(self, item: str, action: str, trouble: LiveTrouble) -> Observation:
        """The failed observation of a step that could not be done."""
        ok = None if trouble.undecided else False
        return self.observe(item, action, trouble.message, ok, cause=trouble.cause, next_step=trouble.next_step)

    def check(self) -> None:
        """Raise `CancelledError` when the run shall stop."""
        if self.stopped():
            raise CancelledError("the live checks were stopped", next_step="run verify again when you are ready")

    def wait(self, seconds: float, until: Callable[[], bool]) -> bool:
        """Wait for `until()`, at most `seconds`; stops early, with `CancelledError`, when the run shall stop."""
        done = self.clock.wait(seconds, lambda: self.stopped() or until())
        self.check()
        return done


def stream(bench: Bench, item: str, work: Callable[[Callable[[str], None]], T]) -> Generator[Progress, None, T]:
    """Run blocking `work(say)` in a thread and pass on what it says while it runs; returns its result or raises its
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

    thread = threading.Thread(target=body, name=f"verify {item}", daemon=True)
    thread.start()
    while (line := said.get()) is not None:
        yield Progress(item, "log", line)
    thread.join()
    if failure:
        raise failure[0]
    return outcome[0]
