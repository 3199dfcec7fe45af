"""What the live checks need from the thing that runs the service: a Docker engine or the embedded servers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol, runtime_checkable

from wizard.values.facts.stack import StackFacts
from wizard.values.live import Endpoint, Limits, LogLine, Reply, ServiceState, SqlRun, Stopped, TestRun
from wizard.values.spec import ServiceSpec

Say = Callable[[str], None]
Sink = Callable[[LogLine], None]


class Clock(Protocol):
    """The part of `adapters.clock.Clock` that the live checks use."""

    def now(self) -> datetime:
        """Returns the time, in UTC."""

    def monotonic(self) -> float:
        """Returns seconds of a clock that only goes forward."""

    def wait(self, seconds: float, until: Callable[[], bool]) -> bool:
        """Waits until `until()` is true, at most `seconds`; returns whether it became true."""


class ServiceRun(Protocol):
    """One run: what was started for it, and nothing else. `close` leaves nothing behind and may be called twice.

    Every method has a time limit, polls the `cancelled` given to `open` and raises `LiveTrouble` for a cause with a
    name, `CancelledError` when cancelled.
    """

    @property
    def fresh_database(self) -> bool:
        """True when the stack's database was made for this run and is still empty."""

    @property
    def limits(self) -> Limits:
        """The time limits of this run."""

    def close(self) -> None:
        """Stops what this run started, removes what it wrote."""

    def start_dependencies(self, say: Say) -> None:
        """Starts Redis and PostgreSQL (those the stack has) and whatever else the service declares; waits until they
        answer.
        """

    def redis(self) -> Endpoint | None:
        """Returns where this machine reaches the stack's Redis; None when the stack has none."""

    def postgres(self, database: str = "") -> Endpoint | None:
        """Returns where this machine reaches PostgreSQL (`database` empty: the stack's own); None when the stack has
        none.
        """

    def psql(self, sql: str, database: str = "") -> SqlRun:
        """Runs a SQL text with psql as the stack's role, up to the first error (`database` empty: the stack's own)."""

    def run_tests(self, places: tuple[str, ...], environment: dict[str, str], say: Say) -> TestRun:
        """Runs pytest on one folder of the stack in the service's own environment."""

    def start_service(self, say: Say, sink: Sink) -> None:
        """Starts the service; `sink` gets each log line as it arrives, from another thread."""

    def state(self) -> ServiceState:
        """Returns whether the service runs, and how it ended if not."""

    def address(self) -> tuple[str, int]:
        """Returns host and port on which this machine reaches the service."""

    def get(self, path: str, limit: float) -> Reply:
        """Asks the service over HTTP: from this machine, or from inside its container when it publishes no port."""

    def stranger(self) -> str:
        """Returns who else answers at `address()`, '' when the socket there is the service's own or nobody can tell."""

    def own_clients(self, addresses: Iterable[str]) -> frozenset[str] | None:
        """Returns those of the `HOST:PORT` addresses at the stack's Redis that are connections of the service's own
        process or container; None when this runtime cannot tell.
        """

    def servers_used(self, port: int) -> tuple[str, ...]:
        """Returns the compose services to whose port the service has, or had within the last minute, a connection; ()
        when the runtime cannot tell.
        """

    def served_port(self) -> int:
        """Returns the port on which the service should listen where it runs (a container's may be published under
        another).
        """

    def listening(self) -> tuple[tuple[str, int], ...]:
        """Returns (host, port) of the TCP sockets on which the service listens; () when the runtime cannot tell."""

    def serves(self) -> bool | None:
        """Tells whether the service listens on its port at this moment; None when the runtime cannot tell."""

    def alone(self) -> bool:
        """Tells whether Redis and PostgreSQL were started for this run, so that nobody else uses them."""

    def stop_service(self) -> Stopped:
        """Sends SIGTERM, waits for the grace period, kills after it."""

    def pause_redis(self) -> None:
        """Freezes Redis: connections stay open, nothing answers."""

    def resume_redis(self) -> None:
        """Lets a frozen Redis go on."""

    def restart_redis(self) -> None:
        """Stops Redis and starts it again at the same address, as empty as the stack's own would be."""

    def command(self, name: str) -> str:
        """Returns how a person repeats `start`, `stop`, `logs`, `psql`, `redis-cli`, `tests`, `pause`, `resume`,
        `restart`.
        """

    def hide(self, text: str, /) -> str:
        """Returns a text with the name of each secret of the run in the place of what it is."""

    def log_gap(self) -> str:
        """Returns why lines of the service's log may be missing, '' when none can be."""

    def notes(self) -> tuple[str, ...]:
        """Returns what this run did differently from the stack (another port, no image), each as a short clause."""


class Strain(Protocol):
    """What the drill does to a service of a Swarm; each raises `LiveTrouble` with the reason when it cannot."""

    def update_to_unhealthy(self) -> None:
        """Begins a rolling update to an image that runs and never answers."""

    def update_without_registry(self) -> None:
        """Begins a rolling update to an image whose registry does not answer."""

    def update_state(self) -> tuple[str, str, bool]:
        """Returns the Swarm's word for the update, its message, and whether the service is back at its own image."""

    def put_back(self) -> None:
        """Gives the service its own image again."""

    def drain(self) -> str:
        """Empties the node of its first task and returns the node."""

    def fill_again(self) -> None:
        """Lets a drained node take tasks again."""

    def moved_from(self, node: str) -> bool:
        """Tells whether every task runs, and none on that node."""


@runtime_checkable
class InEngine(Protocol):
    """A run whose service is in an engine, which may be another machine's."""

    def request(self, path: str) -> str:
        """Returns how a person repeats a request to the service."""

    def left(self) -> str:
        """Returns what may be left there when the connection to it is lost now, as a clause; '' for nothing."""


@runtime_checkable
class Strained(Protocol):
    """A run whose service has tasks, on nodes of a Swarm, that are updated and moved."""

    def where(self) -> str:
        """Returns the nodes on which the service runs, in words."""

    def strain(self) -> Strain:
        """Returns what the drill does to it."""


class Runtime(Protocol):
    """A way to run one service of a stack."""

    @property
    def name(self) -> str:
        """`docker`, `swarm` or `embedded`: the word in every observation."""

    def available(self) -> str:
        """Says why it cannot be used on this machine, or ''."""

    def shared(self) -> AbstractContextManager[None]:
        """Keeps what the runs opened in the block stand on (Redis, PostgreSQL) until the block ends: started once for
        many services, each of which finds it without what the service before left there, as far as it is this run's.
        """

    def open(self, facts: StackFacts, spec: ServiceSpec, cancelled: Callable[[], bool]) -> ServiceRun:
        """Prepares a run; starts nothing yet. Raises `RuntimeUnavailableError`."""
