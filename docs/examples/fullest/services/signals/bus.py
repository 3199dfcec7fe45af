"""The service's loop: it reads and handles, stores and publishes.

Events come from Redis streams, at least once: an entry is acknowledged when everything that follows
from it is done. One that a consumer took and never finished is taken over by another, so a process
may be killed at any moment, several can run beside each other, and an event may come twice.

What cannot be used is counted and kept as a letter, and never ends the loop. If the loop ends by an
error of its own, the process ends: an orchestrator restarts a process, nobody restarts a thread.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from redis.exceptions import RedisError, ResponseError

from .config import SERVICE
from .delivery import Outbox, Rows
from .link import Backoff, RedisLink, one_line
from .models import (
    FIELD,
    INPUT_CHANNELS,
    OUTPUT_TYPES,
    BadMessageError,
    InputEvent,
    OutputEvent,
    parse,
)
from .telemetry import Metrics

logger = logging.getLogger(SERVICE + ".bus")
GROUP = SERVICE
BLOCK_MILLISECONDS = 1000
LEFT_MILLISECONDS = 60_000  # an entry in work for so long was left behind by its consumer
LOOK_SECONDS = 15.0
GONE_MILLISECONDS = 86_400_000  # a consumer without work that was not seen for a day has ended
COUNT_SECONDS = 1.0
MOST_TRIES = 5  # an entry that ended as many processes is given up
NEW: Any = dict.fromkeys(INPUT_CHANNELS, ">")  # of each stream, what nobody was given
PING_SECONDS = 2.0
SILENT_SECONDS = 6.0  # three pings without an answer: Redis is said to be down
STUCK_SECONDS = 30.0  # a loop that has not turned for so long does no work
BATCH = 200


class Bus:
    """The message loop. `on_death` is called from its thread when it ends by an error."""

    def __init__(
        self,
        link: RedisLink,
        handler: Callable[[InputEvent], OutputEvent | None],
        metrics: Metrics,
        store: Rows,
        on_death: Callable[[], None] = lambda: None,
    ) -> None:
        self._listener = link.connect(retries=0)  # every break is seen, so that it can be counted
        self._publisher = link.connect(retries=1)
        self._outbox = Outbox(self._publisher, metrics, store)
        self._handler = handler
        self._metrics = metrics
        self._on_death = on_death
        self._consumer = f"{socket.gethostname()}-{os.getpid()}"
        self._inbox: deque[tuple[str, bytes]] = deque()
        self._taken: list[tuple[str, bytes]] = []
        self._looked = -LOOK_SECONDS
        self._counted = -COUNT_SECONDS
        self._behind = False
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
        left = len(self._taken)
        if left:
            logger.warning("stopped with %d events not finished: they stay in the stream", left)
        self._listener.close()
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
        for stream in INPUT_CHANNELS:
            self._join(stream)
        self._heard_now()
        logger.info("reading %s as %s", ", ".join(INPUT_CHANNELS), self._consumer)
        while not self._stopping.is_set():
            if not self._taken:
                self._read()
            elif time.monotonic() - self._pinged > PING_SECONDS:
                self._pinged = time.monotonic()
                self._listener.ping()
                self._heard_now()
            self._work()
            self._stopping.wait(self._outbox.wait())

    def _join(self, stream: str) -> None:
        """Make the group when it is missing; it begins with the first entry that is still there."""
        try:
            self._listener.xgroup_create(stream, GROUP, id="0", mkstream=True)
        except ResponseError as error:
            if not str(error).startswith("BUSYGROUP"):
                raise

    def _read(self) -> None:
        """Take what was left behind, else what waits, else wait for new entries."""
        if time.monotonic() - self._looked > LOOK_SECONDS:
            for stream in INPUT_CHANNELS:
                self._take_over(stream)
            if self._taken:
                return
            self._forget_consumers()
            self._looked = time.monotonic()
        found: Any = None
        if self._behind or time.monotonic() - self._counted > COUNT_SECONDS:
            found = self._read_and_count()
        if not found:
            found = self._listener.xreadgroup(
                GROUP, self._consumer, NEW, count=BATCH, block=BLOCK_MILLISECONDS
            )
        self._heard_now()
        self._behind = any(len(entries) == BATCH for _, entries in found)
        for name, entries in found:
            for entry, fields in entries:
                self._take(name.decode(), entry, fields)

    def _read_and_count(self) -> Any:
        """Take what waits, and count what waits no more: it was trimmed before anybody took it.

        In one transaction, so that each gap is counted once, by the consumer whose read passes it.
        """
        self._counted = time.monotonic()
        with self._listener.pipeline(transaction=True) as pipeline:
            for stream in INPUT_CHANNELS:
                pipeline.xinfo_stream(stream)
                pipeline.xinfo_groups(stream)
            pipeline.xreadgroup(GROUP, self._consumer, NEW, count=BATCH)
            *known, found = pipeline.execute()
        found = found or []
        passed = {name.decode() for name, _ in found}
        lags = 0
        for stream, info, groups in zip(INPUT_CHANNELS, known[::2], known[1::2], strict=True):
            group = next(group for group in groups if group["name"] == GROUP.encode())
            lags += group.get("lag") or 0
            if stream in passed:
                self._count_trimmed(stream, info, group)
        self._metrics.waiting(lags)
        return found

    def _count_trimmed(self, stream: str, info: dict[str, Any], group: dict[str, Any]) -> None:
        added, read = info.get("entries-added"), group.get("entries-read")
        if added is None or read is None:  # Redis 6, a new group, or somebody deleted entries
            return
        trimmed = added - read - info["length"]  # negative while entries that were read are there
        if trimmed > 0:
            self._metrics.lost("trimmed", trimmed)
            logger.error("%d entries of %s were trimmed before they were read", trimmed, stream)

    def _take_over(self, stream: str) -> None:
        """Take what a consumer took and never finished: it died, or was replaced.

        What was taken over before is tried alone: it may be what ends the process.
        """
        left: Any = self._listener.xpending_range(
            stream, GROUP, min="-", max="+", count=BATCH, idle=LEFT_MILLISECONDS
        )
        tries = {entry["message_id"]: entry["times_delivered"] for entry in left}
        chosen = [entry for entry, count in tries.items() if count == 1] or list(tries)[:1]
        if not chosen:
            return
        claimed: Any = self._listener.xclaim(
            stream, GROUP, self._consumer, LEFT_MILLISECONDS, chosen
        )
        for entry, fields in claimed:
            if entry is not None:  # Redis 6 says so of an entry that was trimmed meanwhile
                self._take(stream, entry, fields, tries[entry])

    def _take(self, stream: str, entry: bytes, fields: dict[bytes, bytes], tries: int = 0) -> None:
        payload = fields.get(FIELD, b"")
        self._metrics.received(stream)
        self._taken.append((stream, entry))
        if tries < MOST_TRIES:
            self._inbox.append((stream, payload))
        else:
            self._refuse(stream, payload, f"not finished in {tries} tries")

    def _forget_consumers(self) -> None:
        """Take those out of the group that ended: each process has a name of its own."""
        for stream in INPUT_CHANNELS:
            consumers: Any = self._listener.xinfo_consumers(stream, GROUP)
            for consumer in consumers:
                if not consumer["pending"] and consumer["idle"] > GONE_MILLISECONDS:
                    self._listener.xgroup_delconsumer(stream, GROUP, consumer["name"])

    def _work(self) -> None:
        """Handle what was taken, send what follows from it, and acknowledge it then."""
        self._turned = time.monotonic()
        while self._inbox:
            self._handle(*self._inbox.popleft())
        self._outbox.deliver()
        if self._taken and not self._outbox:
            with self._listener.pipeline(transaction=False) as pipeline:
                for stream, entry in self._taken:
                    pipeline.xack(stream, GROUP, entry)
                pipeline.execute()
            self._taken.clear()

    def _drain(self) -> None:
        """Finish what was taken, until the time is over; the rest is for another process."""
        while self._taken and not self._given_up.is_set():
            try:
                self._work()
            except (RedisError, OSError) as error:
                self._given_up.wait(self._backoff.pause("redis", one_line(error)))
            self._given_up.wait(self._outbox.wait())
        with suppress(RedisError, OSError):
            self._hand_back()

    def _hand_back(self) -> None:
        """Let what is not finished be taken over at once, and not count as tried."""
        for stream, entry in self._taken:
            self._listener.xclaim(
                stream, GROUP, self._consumer, 0, [entry], idle=LEFT_MILLISECONDS, retrycount=1
            )

    def _refuse(self, stream: str, payload: bytes, reason: str) -> None:
        self._metrics.failed(stream, "invalid")
        logger.warning("an entry of %s is not usable: %s", stream, reason)
        self._outbox.bury(payload, reason)

    def _handle(self, channel: str, payload: bytes) -> None:
        event = None
        try:
            event = parse(channel, payload)
            with self._metrics.handling():
                result = self._handler(event)
            if result is not None and not isinstance(result, OUTPUT_TYPES):
                raise TypeError(f"the handler returned a {type(result).__name__}")
        except BadMessageError as error:
            self._refuse(channel, payload, str(error))
        except Exception as error:  # the handler is not ours, and must not end the loop
            self._metrics.failed(channel, "handler")
            known = {"event": event.id} if event is not None else {}
            logger.exception("the handler failed on a message of %s", channel, extra=known)
            self._outbox.bury(payload, f"the handler failed: {type(error).__name__}")
        else:
            if result is not None:
                self._outbox.add(result)
