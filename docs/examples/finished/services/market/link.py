"""Where Redis is, how this service connects to it, and how long it waits before it tries again."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from secrets import SystemRandom

from redis import CredentialProvider, Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from .config import SERVICE

logger = logging.getLogger(SERVICE + ".link")
SECONDS = 5.0  # longer than a slow command takes, shorter than the loop counts as stuck
FIRST_PAUSE = 0.2
LONGEST_PAUSE = 5.0
MOST_DOUBLINGS = 8  # more are past the longest pause, and a float overflows after a thousand


class _Fresh(CredentialProvider):
    """Read the password for every new connection: a changed secret needs no restart."""

    def __init__(self, user: str | None, password: Callable[[], str]) -> None:
        self._user, self._password = user, password

    def get_credentials(self) -> tuple[str] | tuple[str, str]:
        """Return what AUTH takes."""
        password = self._password()
        return (self._user, password) if self._user else (password,)


@dataclass(frozen=True)
class RedisLink:
    """Where Redis is. `password` None: it asks for none. `user` None: the default one."""

    host: str
    port: int
    password: Callable[[], str] | None = None
    user: str | None = None
    database: int = 0
    tls: bool = False

    def connect(self, retries: int) -> Redis:
        """Make a client that gives up early. `retries`: how often a broken connection is opened."""
        return Redis(
            host=self.host,
            port=self.port,
            db=self.database,
            ssl=self.tls,
            credential_provider=_Fresh(self.user, self.password) if self.password else None,
            client_name=SERVICE,
            socket_connect_timeout=SECONDS,
            socket_timeout=SECONDS,
            socket_keepalive=True,
            retry=Retry(NoBackoff(), retries),
        )


class Backoff:
    """Growing pauses between attempts, with jitter: replicas must not come back all at once."""

    def __init__(self) -> None:
        self._failures = 0
        self._random = SystemRandom()

    def reset(self) -> None:
        """Begin again with the shortest pause."""
        self._failures = 0

    def pause(self, server: str, trouble: str) -> float:
        """Count a failure, log it, and return the seconds to wait."""
        self._failures += 1
        doubled: float = FIRST_PAUSE * 2 ** min(self._failures, MOST_DOUBLINGS)
        seconds = min(LONGEST_PAUSE, doubled) * self._random.uniform(0.5, 1)
        logger.warning("%s is away (%s), next attempt in %.1f s", server, trouble, seconds)
        return seconds


def one_line(error: Exception) -> str:
    """Return what an error says, on one line."""
    return " ".join(str(error).split()) or type(error).__name__
