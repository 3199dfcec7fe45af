"""What the probes of a run put into the stack, taken out again: entries, texts, consumer groups, rows."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from types import TracebackType

from wizard.errors import WizardError
from wizard.values.live import LiveTrouble
from wizard.verify.connections import turn_to_its_database
from wizard.verify.events import PREFIX, Probe, entry_fields
from wizard.verify.live import FLOW, LiveCheck
from wizard.verify.outlet import Came
from wizard.verify.redis_link import Before, RedisLink, connect
from wizard.verify.sides.rows import quoted
from wizard.verify.ways import Way, names, ways_in, ways_out


class Traces:
    """Notes what is put in and what came out of it, and removes both at the end of the block.

    Only what carries an id of this run is removed. `listened`: the service listened at the input before the first.
    `turned`: the link is at the service's database already.
    """

    def __init__(self, live: LiveCheck, link: RedisLink, *, turned: bool = False) -> None:
        self._live, self._link = live, link
        if not turned:
            turn_to_its_database(live, link)
        self._put: list[tuple[str, str, str]] = []
        self.identities: list[str] = []
        self.listened = False
        self._names = {way.name for way in (*ways_in(live), *ways_out(live)) if way.kind in ("stream", "list")}
        self.mark = f"{PREFIX}{live.token}"

    def doubt(self, begins: bool) -> None:
        """Notes in the log that an event was made up, or that it was accepted all the same; one that has ended before
        did so for another reason.
        """
        log = self._live.started.log if self._live.started is not None else None
        if log is not None and log.doubting != begins and (not begins or self._live.run.state().running):
            log.doubt(begins)

    def put(self, way: Way, made: Probe) -> None:
        """Puts a probe into a channel, stream or list."""
        self.identities.append(made.identity)
        if not made.known:
            self.doubt(True)
        if way.kind in ("stream", "list"):
            entry = self._link.put(way.kind, way.name, entry_fields(self._live, way, made), made.text)
            self.add(way.kind, way.name, entry or made.text)
        else:
            self._link.publish(way.door, made.text)

    def add(self, kind: str, name: str, what: str) -> None:
        """Notes an entry of a stream (its id) or of a list (its text)."""
        self._put.append((kind, name, what))

    def came(self, came: Came) -> None:
        """Notes what came out, when it is a probe's: whatever else comes by there is somebody's."""
        if came.kind in ("stream", "list") and self.mark in str(came.value):
            self.add(came.kind, came.name, came.entry or str(came.value))

    def kept_elsewhere(self, known: set[str]) -> list[tuple[str, str]]:
        """Returns (kind, name) of other streams and lists that hold an id of this run, and notes what they hold."""
        found = [one for one in self._link.holders(self.mark) if one[1] not in known]
        self._put += found
        return list(dict.fromkeys((kind, name) for kind, name, _ in found))

    def entries(self, name: str) -> list[str]:
        """Returns what was put into a stream or list."""
        return [what for _, put_into, what in self._put if put_into == name]

    def __enter__(self) -> Traces:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Removes it, each thing on its own; a server that is gone by now has nothing left to remove."""
        with self._live.cleaning():
            self._remove()

    def _remove(self) -> None:
        import redis

        with contextlib.suppress(redis.exceptions.ConnectionError, redis.exceptions.TimeoutError):
            for name in self._names:
                with _spared():
                    self._put += self._link.held(name, self.mark)
            for what in dict.fromkeys(self._put):
                with _spared():
                    self._link.take_back(*what)
            for name in {*self._names, *(name for _, name, _ in self._put)}:
                with _spared():
                    self._link.drop_if_empty(name)
        for table in self._live.spec.tables if self.identities else ():
            with _spared():
                self._remove_rows(table.name)

    def _remove_rows(self, table: str) -> None:
        """Removes rows that hold a probe's id in whichever column: a row's text names all of its columns."""
        self._live.run.psql(f"DELETE FROM {quoted(table)} t WHERE t::text LIKE '%{self.mark}%'")  # noqa: S608


@contextlib.contextmanager
def _spared() -> Iterator[None]:
    """Lets one thing that cannot be removed not keep the others; a lost connection ends it for all of a server."""
    import redis

    try:
        yield
    except (redis.exceptions.ConnectionError, redis.exceptions.TimeoutError):
        raise
    except (redis.exceptions.RedisError, LiveTrouble, WizardError):
        return


def sweep(live: LiveCheck, before: Before) -> None:
    """Removes what came of the probes after they were taken back, and the consumer groups that the service made since
    it was started by this run.
    """
    streams = names(ways_in(live), "stream")
    if before.view is None or not (FLOW in live.begun or streams):
        return
    with contextlib.suppress(LiveTrouble, WizardError), live.cleaning():
        at = live.run.redis()
        if at is None:
            return
        with connect(at, live.run.limits.request) as link:
            turn_to_its_database(live, link)
            if streams or live.spec.tables or any(way.kind in ("stream", "list") for way in ways_out(live)):
                with contextlib.suppress(LiveTrouble):
                    live.run.stop_service()  # what runs on writes late, and makes its group anew
            if FLOW in live.begun:
                with Traces(live, link, turned=True) as traces:
                    traces.identities.append(traces.mark)
            for database in link.databases() if streams else ():
                link.use_database(database)
                for stream in streams:
                    _remove_new(link, stream, before.groups.get((database, stream), frozenset()))


def _remove_new(link: RedisLink, stream: str, known: frozenset[str]) -> None:
    for group in link.groups(stream):
        if group not in known:
            link.remove_group(stream, group)
    link.drop_if_empty(stream)
