"""The service's loop: it reads and handles and publishes.

The loop empties its connection before each batch, so that the server never cuts it off for being
slow. Pub/sub delivers at most once: what is published while this service is not subscribed never
arrives; that time is counted (`redis_deaf_seconds_total`), and so is whatever the loop gives up
itself (`messages_lost_total`).

A message that cannot be used is counted and never ends the loop. If the loop ends by an error of
its own, the process ends: an orchestrator restarts a process, nobody restarts a thread.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import closing

from redis.client import PubSub
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

from .config import SERVICE
from .delivery import Outbox
from .link import Backoff, RedisLink, one_line
from .models import INPUT_CHANNELS, OUTPUT_TYPES, BadMessageError, InputEvent, OutputEvent, parse
from .telemetry import Metrics

logger = logging.getLogger(SERVICE + ".bus")
PING_SECONDS = 2.0
SILENT_SECONDS = 6.0  # three pings without an answer: Redis is said to be down
DEAF_SECONDS = 20.0  # a connection that is silent for longer is half open: it is given up
STUCK_SECONDS = 30.0  # a loop that has not turned for so long does no work
BATCH = 200
MOST_AT_ONCE = 25 * BATCH  # read before the next batch is handled: a flood must not stop the work
MOST_WAITING = 100_000


class Bus:
    """The message loop. `on_death` is called from its thread when it ends by an error."""

    def __init__(
        self,
        link: RedisLink,
        handler: Callable[[InputEvent], OutputEvent | None],
        metrics: Metrics,
        on_death: Callable[[], None] = lambda: None,
    ) -> None:
        self._listener = link.connect(retries=0)  # every break is seen, so that it can be counted
        self._publisher = link.connect(retries=1)
        self._outbox = Outbox(self._publisher, metrics)
        self._handler = handler
        self._metrics = metrics
        self._on_death = on_death
        self._inbox: deque[tuple[str, bytes]] = deque()
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
        left = len(self._inbox) + len(self._outbox)
        if left:
            self._metrics.lost("shutdown", left)
            logger.error("stopped with %d events not finished", left)
        self._listener.close()
        self._publisher.close()
        return left

    def wait_ready(self, seconds: float) -> bool:
        """Wait until the loop is subscribed; False when that takes longer."""
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
        """Note an answer of Redis; the first one after a break ends the time this loop was deaf."""
        now = time.monotonic()
        if not self._ready.is_set():
            self._metrics.deaf(now - self._heard)
        self._heard = now
        self._ready.set()

    def _serve(self) -> None:
        with closing(self._listener.pubsub()) as pubsub:  # type: ignore[no-untyped-call]
            pubsub.subscribe(*INPUT_CHANNELS)
            self._pinged = time.monotonic()
            while not self._stopping.is_set():
                self._read(pubsub, self._idle())
                self._ping(pubsub)
                self._work()
            pubsub.unsubscribe()
            while pubsub.subscribed and not self._given_up.is_set():
                self._read(pubsub, 0.2)

    def _idle(self) -> float:
        """Return for how many seconds the next read may wait for a message."""
        if self._outbox:
            return min(1.0, self._outbox.wait())
        return 0.0 if self._inbox else 1.0

    def _read(self, pubsub: PubSub, seconds: float) -> None:
        """Empty the connection into the inbox."""
        message = pubsub.get_message(timeout=seconds)
        for _ in range(MOST_AT_ONCE):
            if message is None:
                return
            self._take(message)
            message = pubsub.get_message(timeout=0.0)
        if message is not None:
            self._take(message)

    def _take(self, message: dict[str, object]) -> None:
        kind, channel, data = message["type"], message["channel"], message["data"]
        if kind == "message" and isinstance(channel, bytes) and isinstance(data, bytes):
            self._heard = time.monotonic()
            self._metrics.received(channel.decode())
            if len(self._inbox) < MOST_WAITING:
                self._inbox.append((channel.decode(), data))
            else:
                self._metrics.lost("overflow", 1)
        elif kind == "subscribe" and data == len(INPUT_CHANNELS):
            self._heard_now()
            logger.info("subscribed to %s", ", ".join(INPUT_CHANNELS))
        elif kind == "pong":
            self._heard = time.monotonic()

    def _ping(self, pubsub: PubSub) -> None:
        """Ask whether the connection still lives; a half-open one is silent for ever."""
        now = time.monotonic()
        if now - self._pinged <= PING_SECONDS:
            return
        if now - self._heard > DEAF_SECONDS:
            raise RedisTimeoutError(f"no answer for {now - self._heard:.0f} s")
        self._pinged = now
        pubsub.ping()

    def _work(self) -> None:
        """Handle a batch, then send what is on its way."""
        self._turned = time.monotonic()
        if not self._outbox:
            for _ in range(min(BATCH, len(self._inbox))):
                self._handle(*self._inbox[0])
                self._inbox.popleft()  # only now: what ends the loop is counted as left
        self._metrics.waiting(len(self._inbox))
        self._outbox.deliver()

    def _drain(self) -> None:
        """Finish what was received, until the time is over."""
        while (self._inbox or self._outbox) and not self._given_up.is_set():
            self._work()
            self._given_up.wait(self._outbox.wait())

    def _handle(self, channel: str, payload: bytes) -> None:
        event = None
        try:
            event = parse(channel, payload)
            with self._metrics.handling():
                result = self._handler(event)
            if result is not None and not isinstance(result, OUTPUT_TYPES):
                raise TypeError(f"the handler returned a {type(result).__name__}")
        except BadMessageError as error:
            self._metrics.failed(channel, "invalid")
            logger.warning("a message of %s is not usable: %s", channel, error)
        except Exception:  # the handler is not ours; whatever it raises must not end the loop
            self._metrics.failed(channel, "handler")
            known = {"event": event.id} if event is not None else {}
            logger.exception("the handler failed on a message of %s", channel, extra=known)
        else:
            if result is not None:
                self._outbox.add(result)
