"""The service's loop: it asks for events and publishes.

The handler is asked again when its last event is on its way.

An error of the handler is counted and never ends the loop. If the loop ends by an error of its own,
the process ends: an orchestrator restarts a process, nobody restarts a thread.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from redis.exceptions import RedisError

from .config import SERVICE
from .delivery import Outbox
from .link import Backoff, RedisLink, one_line
from .models import OUTPUT_TYPES, OutputEvent
from .telemetry import Metrics

logger = logging.getLogger(SERVICE + ".bus")
PING_SECONDS = 2.0
SILENT_SECONDS = 6.0  # three pings without an answer: Redis is said to be down
STUCK_SECONDS = 30.0  # a loop that has not turned for so long does no work
EVERY_SECONDS = 1.0


class Bus:
    """The message loop. `on_death` is called from its thread when it ends by an error."""

    def __init__(
        self,
        link: RedisLink,
        handler: Callable[[], OutputEvent | None],
        metrics: Metrics,
        on_death: Callable[[], None] = lambda: None,
    ) -> None:
        self._publisher = link.connect(retries=1)
        self._outbox = Outbox(self._publisher, metrics)
        self._handler = handler
        self._metrics = metrics
        self._on_death = on_death
        self._backoff = Backoff()
        self._stopping = threading.Event()
        self._given_up = threading.Event()
        self._ready = threading.Event()
        self._trouble = "not connected yet"
        self._turned = self._heard = self._pinged = time.monotonic()
        self.died = False
        self._thread = threading.Thread(target=self._live, name="bus", daemon=True)

    def start(self) -> None:
        """Begin to work; returns at once."""
        self._thread.start()

    def stop(self, seconds: float = 5.0) -> int:
        """Finish within this time what was received. Returns how many events were left."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(seconds)
            self._given_up.set()
            self._thread.join(2.0)
        left = len(self._outbox)
        if left:
            self._metrics.lost("shutdown", left)
            logger.error("stopped with %d events not finished", left)
        self._publisher.close()
        return left

    def wait_ready(self, seconds: float) -> bool:
        """Wait until the loop is connected; False when that takes longer."""
        return self._ready.wait(seconds)

    def alive(self) -> bool:
        """Say whether the loop runs and turns."""
        return self._thread.is_alive() and time.monotonic() - self._turned < STUCK_SECONDS

    def health(self) -> str:
        """Return `ok`, or `down:` and why: what the loop itself saw last."""
        if not self._thread.is_alive():
            return "down: the message loop does not run"
        if not self._ready.is_set():
            return "down: " + self._trouble
        silence = time.monotonic() - self._heard
        if silence >= SILENT_SECONDS:
            return f"down: no answer for {silence:.0f} s"
        return "down: " + self._outbox.trouble if self._outbox.trouble else "ok"

    def _live(self) -> None:
        try:
            self._run()
        except BaseException:  # whatever it was: without its loop the process must not live on
            self.died = True
            logger.critical("the message loop died", exc_info=True)
            self._on_death()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._serve()
            except (RedisError, OSError) as error:
                if self._ready.is_set():
                    self._backoff.reset()
                self._trouble = one_line(error)
                self._ready.clear()
                self._metrics.disconnected()
                self._stopping.wait(self._backoff.pause("redis", self._trouble))
            self._turned = time.monotonic()
        self._drain()

    def _heard_now(self) -> None:
        """Note an answer of Redis."""
        self._heard = time.monotonic()
        self._ready.set()

    def _serve(self) -> None:
        while not self._stopping.is_set():
            now = time.monotonic()
            if now - self._pinged > PING_SECONDS or not self._ready.is_set():
                self._pinged = now
                self._publisher.ping()
                self._heard_now()
            self._work()
            self._stopping.wait(max(EVERY_SECONDS, self._outbox.wait()))

    def _work(self) -> None:
        """Ask for an event, then send what is on its way."""
        self._turned = time.monotonic()
        if not self._outbox:
            self._handle()
        self._outbox.deliver()

    def _drain(self) -> None:
        """Send what is on its way, until the time is over."""
        while self._outbox and not self._given_up.is_set():
            self._outbox.deliver()
            self._given_up.wait(self._outbox.wait())

    def _handle(self) -> None:
        try:
            with self._metrics.handling():
                result = self._handler()
            if result is not None and not isinstance(result, OUTPUT_TYPES):
                raise TypeError(f"the handler returned a {type(result).__name__}")
        except Exception:  # the handler is not ours; whatever it raises must not end the loop
            self._metrics.failed("none", "handler")
            logger.exception("the handler failed")
        else:
            if result is not None:
                self._outbox.add(result)
