"""The wizard's own view into the stack's Redis: who is connected, who listens to what. redis-py is imported on first
use.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from wizard.errors import RuntimeUnavailableError
from wizard.values.lean import dataclass
from wizard.values.live import Endpoint, LiveTrouble

if TYPE_CHECKING:
    from redis import Redis

OWN_NAME = "stack-wizard"


@dataclass(frozen=True, slots=True)
class Client:
    """One line of `CLIENT LIST`. `subscribed`: channels and patterns together."""

    name: str
    host: str
    subscribed: int
    patterns: int


class RedisLink:
    """A connection of the wizard, named `stack-wizard`, with a time limit on every command."""

    def __init__(self, client: Redis) -> None:
        self._client = client

    def clients(self) -> tuple[Client, ...]:
        """Everybody connected but the wizard."""
        rows: list[dict[str, Any]] = self._client.client_list()
        found = [
            Client(str(r.get("name", "")), str(r.get("addr", "")).rpartition(":")[0], int(r["sub"]), int(r["psub"]))
            for r in rows
        ]
        return tuple(client for client in found if client.name != OWN_NAME)

    def listeners(self, channels: Iterable[str]) -> dict[str, int]:
        """How many connections are subscribed to each channel by name."""
        rows: Any = self._client.pubsub_numsub(*channels)
        return {_text(name): int(count) for name, count in rows}

    def channels(self) -> tuple[str, ...]:
        """Every channel somebody is subscribed to."""
        rows: Any = self._client.pubsub_channels()
        return tuple(sorted(_text(name) for name in rows))

    def publish(self, channel: str, text: str) -> int:
        """Publish; how many connections got it."""
        return int(self._client.publish(channel, text))

    @contextmanager
    def listen(self, channels: Iterable[str], *, everything: bool = False) -> Iterator[Ear]:
        """Subscribe (to everything: by pattern) and wait until the server has confirmed."""
        pubsub: Any = self._client.pubsub()  # type: ignore[no-untyped-call]
        try:
            names = ("*",) if everything else tuple(channels)
            (pubsub.psubscribe if everything else pubsub.subscribe)(*names)
            for _ in names:
                pubsub.get_message(timeout=2.0)
            yield Ear(pubsub.get_message)
        finally:
            pubsub.close()


class Ear:
    """What arrives on subscribed channels."""

    def __init__(self, get_message: Callable[..., Any]) -> None:
        self._get = get_message

    def hear(self, seconds: float, stopped: Callable[[], bool]) -> Iterator[tuple[str, str]]:
        """(channel, text) as they arrive, until `seconds` are over."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0 and not stopped():
            message = self._get(timeout=min(left, 0.2))
            if message is not None and message["type"] in ("message", "pmessage"):
                yield _text(message["channel"]), _text(message["data"])


def _text(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


@contextmanager
def connect(at: Endpoint, limit: float) -> Iterator[RedisLink]:
    """A link to the Redis at `at`. Raises `LiveTrouble` for what Redis answers, `RuntimeUnavailableError` without
    redis-py.
    """
    try:
        import redis
        from redis.backoff import NoBackoff
        from redis.retry import Retry
    except ImportError as error:
        raise RuntimeUnavailableError(
            "the Python package redis is not installed", next_step="pip install 'stack-wizard[embedded]'"
        ) from error
    client = redis.Redis(
        host=at.host,
        port=at.port,
        password=at.password or None,
        client_name=OWN_NAME,
        socket_timeout=limit,
        socket_connect_timeout=limit,
        retry=Retry(NoBackoff(), 0),
    )
    try:
        yield RedisLink(client)
    except redis.exceptions.AuthenticationError as error:
        step = "compare the secret in the profile with the password Redis was started with"
        raise LiveTrouble("wrong-password", f"Redis refuses the wizard: {error}", step) from error
    except redis.exceptions.RedisError as error:
        raise LiveTrouble("dependency-unhealthy", f"Redis: {error}", "check that Redis is up") from error
    finally:
        client.close()
