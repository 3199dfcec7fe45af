"""Everything at which an event may come out: channels, streams and lists, heard together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from wizard.values.lean import dataclass
from wizard.verify.events import place_of
from wizard.verify.live import LiveCheck
from wizard.verify.redis_link import Ear, RedisLink
from wizard.verify.ways import Way, names

_POLL = 0.01
"""Streams and lists are asked, not subscribed to: often, so that the round trip is that of the service."""
_PATIENT_POLL = 0.2


@dataclass(frozen=True, slots=True)
class Came:
    """One event that came out. `value`: its text, or the fields of its entry. `entry`: its id in a stream."""

    kind: str
    name: str
    value: str | dict[str, str]
    entry: str = ""

    def place(self, identity: str) -> str | None:
        """Returns the field that holds an id, None when none does."""
        return place_of({"": self.value}, identity)

    def summary(self) -> str:
        """Returns the event in short."""
        return " ".join(str(self.value).split())[:200]


class Outlet:
    """Hears the outputs of a service from the moment it was opened."""

    def __init__(self, live: LiveCheck, link: RedisLink, ear: Ear, ways: Iterable[Way]) -> None:
        self._live, self._link, self._ear = live, link, ear
        self._ways = tuple(ways)
        self._last = {name: link.last_entry(name) for name in names(self._ways, "stream")}
        self._seen = {name: set(link.items(name)) for name in names(self._ways, "list")}

    def hear(self, seconds: float) -> Iterator[Came]:
        """Yields what comes out, for at most `seconds`."""
        deadline = self._live.clock.monotonic() + seconds
        wait = _POLL if self._last or self._seen else _PATIENT_POLL
        while (left := deadline - self._live.clock.monotonic()) > 0 and not self._live.stopped():
            message = self._ear.next(min(wait, left))
            if message is not None:
                yield Came("channel", *message)
            yield from self._polled()
        self._live.check()

    def _polled(self) -> Iterator[Came]:
        for name, last in self._last.items():
            for entry, fields in self._link.entries(name, last):
                self._last[name] = entry
                yield Came("stream", name, fields, entry)
        for name, seen in self._seen.items():
            for text in self._link.items(name):
                if text not in seen:
                    seen.add(text)
                    yield Came("list", name, text)


@contextmanager
def outlet(live: LiveCheck, link: RedisLink, ways: Iterable[Way], *, everything: bool = False) -> Iterator[Outlet]:
    """Listens at the ways out (`everything`: at every channel), and is ready when the block begins."""
    ways = tuple(ways)
    channels, patterns = ((), ("*",)) if everything else (names(ways, "channel"), names(ways, "pattern"))
    with link.listen(channels, patterns) as ear:
        yield Outlet(live, link, ear, ways)
