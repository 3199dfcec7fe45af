"""The wizard's own view into the stack's Redis: who is connected, who listens to what. redis-py is imported on first
use.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, cast

from wizard.errors import RuntimeUnavailableError
from wizard.values.lean import dataclass, field
from wizard.values.live import Endpoint, LiveTrouble

if TYPE_CHECKING:
    from redis import Redis

    from wizard.verify.overheard.monitor import Overheard

OWN_NAME = "stack-wizard"
_KEYS, _LATEST = 2_000, 100
"""How many keys, and entries of a stream, are looked at for an event that came out elsewhere."""


@dataclass(frozen=True, slots=True)
class Client:
    """One line of `CLIENT LIST`. `address`: `HOST:PORT`. `command`: the last one it sent. `blocked`: it waits for that
    one's answer. `idle`: seconds since it sent it. `database`: the one that it has selected, which its streams and
    lists are in.
    """

    identity: str
    address: str
    name: str
    subscribed: int
    patterns: int
    command: str = ""
    blocked: bool = False
    idle: int = 0
    database: int = 0


@dataclass(frozen=True, slots=True)
class View:
    """Who is connected, and how many are subscribed to each channel, at one moment; the wizard itself left out."""

    clients: tuple[Client, ...] = ()
    heard: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Before:
    """Redis just before the service was started. `view` None: it could not be looked at. `groups`: the consumer groups
    of the service's streams by database and stream, where there were any. `overheard`: listens to the commands since
    then, where the server lets it.
    """

    view: View | None = None
    groups: dict[tuple[int, str], frozenset[str]] = field(default_factory=dict)
    overheard: Overheard | None = None

    def close(self) -> None:
        """Ends what was begun for it."""
        if self.overheard is not None:
            self.overheard.close()


class RedisLink:
    """A connection of the wizard, named `stack-wizard`, with a time limit on every command.

    `opened`: opens one to another database of the same server.
    """

    def __init__(self, client: Redis, opened: Callable[[int], Redis]) -> None:
        self._client, self._opened = client, opened
        self.database = 0
        """The database whose streams and lists are seen; channels are the server's."""

    def use_database(self, number: int) -> None:
        """Turns to another database."""
        if number != self.database:
            self._client, self.database = self._opened(number), number

    def databases(self) -> tuple[int, ...]:
        """Returns the databases that hold something, the first one in any case."""
        told: dict[str, Any] = self._client.info("keyspace")
        return tuple(sorted({0, *(int(name[2:]) for name in told if name[2:].isdigit())}))

    def address(self) -> str:
        """Returns this connection's own address, as the server sees it."""
        row: Any = self._client.client_info()
        return str(row.get("addr", ""))

    def clients(self) -> tuple[Client, ...]:
        """Returns everybody connected but the wizard."""
        rows: list[dict[str, Any]] = self._client.client_list()
        found = [
            Client(
                str(r.get("id", "")),
                str(r.get("addr", "")),
                str(r.get("name", "")),
                int(r["sub"]) + int(r.get("ssub", 0)),
                int(r["psub"]),
                str(r.get("cmd", "")).partition("|")[0].lower(),
                "b" in str(r.get("flags", "")),
                int(r.get("idle", 0)),
                int(r.get("db", 0)),
            )
            for r in rows
        ]
        return tuple(client for client in found if client.name != OWN_NAME)

    def view(self, channels: Iterable[str] = ()) -> View:
        """Returns who is connected now, and the subscribers of every channel (of `channels` too when there are
        none).
        """
        rows: Any = self._client.pubsub_channels()
        names = {_text(name) for name in rows} | set(channels)
        return View(self.clients(), self.listeners(sorted(names)) if names else {})

    def listeners(self, channels: Iterable[str]) -> dict[str, int]:
        """Returns how many connections are subscribed to each channel by name, as a channel of a shard too."""
        names = tuple(channels)
        rows: Any = self._client.pubsub_numsub(*names)
        sharded = self._sharded(names)
        return {_text(name): int(count) + sharded.get(_text(name), 0) for name, count in rows}

    def _sharded(self, channels: Iterable[str]) -> dict[str, int]:
        """Subscribers of `SSUBSCRIBE`, which an event of `PUBLISH` never reaches; none before Redis 7."""
        import redis

        with suppress(redis.exceptions.ResponseError):
            rows: Any = self._client.pubsub_shardnumsub(*channels)
            return {_text(name): int(count) for name, count in rows}
        return {}

    def kind(self, key: str) -> str:
        """Returns `stream`, `list`, `string` …, or `none` when there is no such key."""
        return _text(self._client.type(key))

    def groups(self, stream: str) -> dict[str, int]:
        """Returns the consumer groups of a stream, with how many entries each has taken and not yet acknowledged."""
        if self.kind(stream) != "stream":
            return {}
        rows: Any = self._client.xinfo_groups(stream)
        return {_text(row["name"]): int(row["pending"]) for row in rows}

    def consumers(self, stream: str) -> list[tuple[str, float]]:
        """Returns the consumers of every group of a stream, each with the seconds since it last asked for entries."""
        return [
            (_text(row["name"]), int(row["idle"]) / 1000)
            for group in self.groups(stream)
            for row in self._consumers(stream, group)
        ]

    def _consumers(self, stream: str, group: str) -> Iterable[dict[str, Any]]:
        rows: Any = self._client.xinfo_consumers(stream, group)
        return cast("Iterable[dict[str, Any]]", rows)

    def group_read(self, stream: str, entry: str, groups: frozenset[str] | None = None) -> bool:
        """Tells whether a consumer group of the stream (one of `groups`) has read as far as an entry."""
        rows: Any = self._client.xinfo_groups(stream) if self.kind(stream) == "stream" else ()
        told = [row for row in rows if groups is None or _text(row["name"]) in groups]
        return any(_order(_text(row["last-delivered-id"])) >= _order(entry) for row in told)

    def remove_group(self, stream: str, group: str) -> None:
        """Removes a consumer group."""
        self._client.xgroup_destroy(stream, group)

    def put(self, kind: str, name: str, event: dict[str, str], text: str) -> str:
        """Puts an event into a stream (its fields) or a list (its text); returns the entry's id in the stream."""
        if kind == "list":
            self._client.lpush(name, text)
            return ""
        fields: Any = event
        return _text(self._client.xadd(name, fields))

    def last_entry(self, stream: str) -> str:
        """Returns the id of the stream's last entry, `0-0` when it has none."""
        rows: Any = self._client.xrevrange(stream, count=1) if self.kind(stream) == "stream" else ()
        return _text(rows[0][0]) if rows else "0-0"

    def entries(self, stream: str, after: str) -> list[tuple[str, dict[str, str]]]:
        """Returns (id, fields) of at most 500 entries after an id."""
        if self.kind(stream) != "stream":
            return []
        rows: Any = self._client.xrange(stream, min=f"({after}", count=500)
        return [(_text(entry), {_text(k): _text(v) for k, v in fields.items()}) for entry, fields in rows]

    def items(self, name: str) -> list[str]:
        """Returns at most 500 texts at each end of a list."""
        if self.kind(name) != "list":
            return []
        rows: Any = [*self._client.lrange(name, 0, 499), *self._client.lrange(name, -500, -1)]
        return list(dict.fromkeys(_text(row) for row in rows))

    def holders(self, mark: str) -> list[tuple[str, str, str]]:
        """Returns (kind, name, text or entry) of all that holds a mark in a list or a stream, of the first `_KEYS`."""
        found: list[tuple[str, str, str]] = []
        for number, key in enumerate(self._client.scan_iter(count=500)):
            if number >= _KEYS:
                break
            found += self.held(_text(key), mark, _LATEST)
        return found

    def held(self, name: str, mark: str, most: int = 500) -> list[tuple[str, str, str]]:
        """Returns (kind, name, text or entry) of what holds a mark in one list or stream, near its ends."""
        kind = self.kind(name)
        if kind == "list":
            return [(kind, name, text) for text in self.items(name) if mark in text]
        rows: Any = self._client.xrevrange(name, count=most) if kind == "stream" else ()
        return [(kind, name, _text(entry)) for entry, fields in rows if mark in str(fields)]

    def take_back(self, kind: str, name: str, what: str) -> None:
        """Removes one entry of a stream, by id, or one text of a list; a stream or list that is empty then goes."""
        if kind == "list":
            self._client.lrem(name, 0, what)
        else:
            self._client.xdel(name, what)

    def drop_if_empty(self, stream: str) -> None:
        """Removes a stream without entries and without groups."""
        if self.kind(stream) == "stream" and not self._client.xlen(stream) and not self.groups(stream):
            self._client.delete(stream)

    def publish(self, channel: str, text: str) -> int:
        """Publishes, in the shard too where somebody listens to that; returns how many connections got it."""
        got = int(self._client.publish(channel, text))
        if self._sharded((channel,)).get(channel):
            client: Any = self._client
            got += int(client.execute_command("SPUBLISH", channel, text))
        return got

    @contextmanager
    def listen(self, channels: Iterable[str], patterns: Iterable[str] = ()) -> Iterator[Ear]:
        """Subscribes to channels and patterns and waits until the server has confirmed."""
        pubsub: Any = self._client.pubsub()  # type: ignore[no-untyped-call]
        names, shapes = tuple(channels), tuple(patterns)
        try:
            if names:
                pubsub.subscribe(*names)
            if shapes:
                pubsub.psubscribe(*shapes)
            for _ in (*names, *shapes):
                pubsub.get_message(timeout=2.0)
            self._listen_in_shard(pubsub, names)
            yield Ear(pubsub.get_message if names or shapes else _nothing)
        finally:
            pubsub.close()

    def _listen_in_shard(self, pubsub: Any, names: Iterable[str]) -> None:
        """Hears the same channels as those of a shard (Redis 7), for a service that answers with `SPUBLISH`."""
        import redis

        for name in names:
            with suppress(redis.exceptions.ResponseError):
                pubsub.ssubscribe(name)
                pubsub.get_message(timeout=2.0)


def _nothing(timeout: float) -> None:
    """Waits as long as a subscription without channels would."""
    time.sleep(timeout)


class Ear:
    """What arrives on subscribed channels."""

    def __init__(self, get_message: Callable[..., Any]) -> None:
        self._get = get_message

    def hear(self, seconds: float, stopped: Callable[[], bool]) -> Iterator[tuple[str, str]]:
        """Yields (channel, text) as they arrive, until `seconds` are over."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0 and not stopped():
            message = self.next(min(left, 0.2))
            if message is not None:
                yield message

    def next(self, seconds: float) -> tuple[str, str] | None:
        """Returns (channel, text) of the next message, None when none came."""
        message = self._get(timeout=seconds)
        if message is None or message["type"] not in ("message", "pmessage", "smessage"):
            return None
        return _text(message["channel"]), _text(message["data"])


def _order(entry: str) -> tuple[int, int]:
    first, _, second = entry.partition("-")
    return int(first or 0), int(second or 0)


def _text(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def client_of(at: Endpoint, limit: float, database: int = 0) -> Redis:
    """Returns a client named `stack-wizard` that tries nothing twice; it is not connected yet. Raises
    `RuntimeUnavailableError` without redis-py.
    """
    try:
        import redis
        from redis.backoff import NoBackoff
        from redis.retry import Retry
    except ImportError as error:
        raise RuntimeUnavailableError(
            "the Python package redis is not installed", next_step="pip install 'stack-wizard[embedded]'"
        ) from error
    return redis.Redis(
        host=at.host,
        port=at.port,
        db=database,
        password=at.password or None,
        client_name=OWN_NAME,
        socket_timeout=limit,
        socket_connect_timeout=limit,
        retry=Retry(NoBackoff(), 0),
    )


@contextmanager
def connect(at: Endpoint, limit: float) -> Iterator[RedisLink]:
    """Yields a link to the Redis at `at`. Raises `LiveTrouble` for what Redis answers, `RuntimeUnavailableError`
    without redis-py.
    """
    clients: list[Redis] = []

    def opened(database: int) -> Redis:
        clients.append(client_of(at, limit, database))
        return clients[-1]

    first = opened(0)
    import redis

    try:
        yield RedisLink(first, opened)
    except redis.exceptions.AuthenticationError as error:
        step = "compare the secret in the profile with the password Redis was started with"
        raise LiveTrouble("wrong-password", f"Redis refuses the wizard: {error}", step) from error
    except redis.exceptions.RedisError as error:
        text, step = f"Redis does not answer the wizard: {error}", "see what Redis says of it, then verify again"
        raise LiveTrouble("redis-refuses", text, step, undecided=True) from error
    finally:
        for client in clients:
            client.close()
