"""Shapes that travel between the live checks (`verify`) and the runtimes (`adapters`)."""

from __future__ import annotations

import json

from wizard.values.lean import dataclass, field


@dataclass(frozen=True, slots=True)
class Limits:
    """Time limits of the live checks, in seconds: nothing a runtime does may take longer.

    `install`: building the service's environment. `build`: building the image. `dependencies`: until Redis and
    PostgreSQL answer. `start`: until the service answers. `health`: how long an answer other than 200 may last.
    `tests`: one pytest run. `sql`: one SQL file. `request`: one HTTP request, one Redis command or one probe event.
    `late`: how much later than that a probe event may come out before it counts as lost. `engine`: how long the
    engine's own health check may take to decide. `stop`: the grace period before a stop becomes a kill. `recovery`:
    until the service has noticed what the drill did to Redis.
    """

    install: float = 300.0
    build: float = 1800.0
    dependencies: float = 90.0
    start: float = 60.0
    health: float = 8.0
    tests: float = 300.0
    sql: float = 60.0
    request: float = 5.0
    stop: float = 10.0
    recovery: float = 30.0
    late: float = 15.0
    engine: float = 180.0


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line a service wrote. `at`: ISO 8601 UTC when it arrived. `text`: without newline, undecodable bytes
    replaced.
    """

    at: str
    text: str


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a server of this run is reached from this machine. The password is kept out of `repr`."""

    host: str
    port: int
    user: str = ""
    database: str = ""
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class ServiceState:
    """What the runtime says of the service now.

    `exit_code` None while it runs. `health`: the engine's own word (`healthy`, `starting`, `unhealthy`), empty
    without an engine. `detail`: what its health check last said. `error`: why the runtime could not start it.
    `age`: seconds since its process or container started. `start_period`: seconds in which it may be unwell, as its
    health check says. `patience`: seconds from the start within which the engine makes up its mind. `touched`: what
    somebody else did to it since its start (`stopped`, `removed`), '' for nothing.
    """

    running: bool
    restarts: int = 0
    exit_code: int | None = None
    health: str = ""
    started_at: str = ""
    image: str = ""
    out_of_memory: bool = False
    detail: str = ""
    error: str = ""
    age: float = 0.0
    start_period: float = 0.0
    patience: float = 0.0
    touched: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """What an HTTP request brought back. `status` 0: nothing did, and `body` says why. `unasked`: because nobody could
    ask, which says nothing of the service.
    """

    status: int
    body: str
    unasked: bool = False

    def json(self) -> dict[str, object]:
        """Parses the body as a JSON object; {} when it is none."""
        try:
            parsed: object = json.loads(self.body)
        except (ValueError, RecursionError):
            return {}
        return {str(key): value for key, value in parsed.items()} if isinstance(parsed, dict) else {}


@dataclass(frozen=True, slots=True)
class SqlRun:
    """One run of psql.

    `message`: the server's first error. `line`: the line of the text on which the statement ends (0: unknown); `inner`:
    the line within the statement (0: unknown). `output`: rows as text.
    """

    ok: bool
    output: str = ""
    message: str = ""
    line: int = 0
    inner: int = 0


@dataclass(frozen=True, slots=True)
class FailedTest:
    """One failed test or a collection error. `where`: `path:line` relative to the stack's root."""

    test: str
    where: str
    message: str


@dataclass(frozen=True, slots=True)
class TestRun:
    """One pytest run, read from its junit file. `exit_code` as pytest defines it (5: nothing collected, 4: usage
    error).

    `errors`: collection and fixture errors. `skipped`: (test, reason). `tail`: the last output lines, for usage errors.
    """

    __test__ = False

    exit_code: int
    passed: int = 0
    failures: tuple[FailedTest, ...] = ()
    errors: tuple[FailedTest, ...] = ()
    skipped: tuple[tuple[str, str], ...] = ()
    tail: tuple[str, ...] = ()
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Stopped:
    """How the service ended on SIGTERM. `killed`: the grace period ran out and it was killed."""

    exit_code: int
    seconds: float
    killed: bool = False


class LiveTrouble(Exception):  # noqa: N818  (a cause to report, not a bug and not the caller's mistake)
    """A live step failed for a cause that has a name; becomes the failed observation of the item it belongs to.

    `cause`: `port-taken`, `requirements`, `timeout` … `ok`: False when this is the service's fault, None when it
    cannot be decided here.
    """

    def __init__(self, cause: str, message: str, next_step: str, *, undecided: bool = False) -> None:
        super().__init__(message)
        self.cause = cause
        self.message = message
        self.next_step = next_step
        self.undecided = undecided
