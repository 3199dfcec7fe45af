"""What the live checks need from the thing that runs the service: a Docker engine or the embedded servers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from wizard.values.facts import StackFacts
from wizard.values.live import Endpoint, Limits, LogLine, ServiceState, SqlRun, Stopped, TestRun
from wizard.values.spec import ServiceSpec

Say = Callable[[str], None]
Sink = Callable[[LogLine], None]


class Clock(Protocol):
    """The part of `adapters.clock.Clock` that the live checks use."""

    def now(self) -> datetime:
        """The time, in UTC."""

    def monotonic(self) -> float:
        """Seconds of a clock that only goes forward."""

    def wait(self, seconds: float, until: Callable[[], bool]) -> bool:
        """Wait until `until()` is true, at most `seconds`; whether it became true."""


class Stage(Protocol):
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
        """Stop what this run started, remove what it wrote."""

    def start_dependencies(self, say: Say) -> None:
        """Start Redis and PostgreSQL (those the stack has) and whatever else the service declares; wait until they
        answer.
        """

    def redis(self) -> Endpoint | None:
        """Where this machine reaches the stack's Redis; None when the stack has none."""

    def postgres(self, database: str = "") -> Endpoint | None:
        """Where this machine reaches PostgreSQL (`database` empty: the stack's own); None when the stack has none."""

    def psql(self, sql: str, database: str = "") -> SqlRun:
        """Run a SQL text with psql as the stack's role, up to the first error (`database` empty: the stack's own)."""

    def run_tests(self, folder: str, environment: dict[str, str], say: Say) -> TestRun:
        """Run pytest on one folder of the stack in the service's own environment."""

    def start_service(self, say: Say, sink: Sink) -> None:
        """Start the service; `sink` gets each log line as it arrives, from another thread."""

    def state(self) -> ServiceState:
        """Whether the service runs, and how it ended if not."""

    def address(self) -> tuple[str, int]:
        """Host and port on which this machine reaches the service."""

    def service_clients(self) -> frozenset[str]:
        """IP addresses from which the service connects to Redis; empty: all connections but the wizard's are its."""

    def listening(self) -> tuple[int, ...]:
        """TCP ports on which the service listens; () when the runtime cannot tell."""

    def stop_service(self) -> Stopped:
        """Send SIGTERM, wait for the grace period, kill after it."""

    def pause_redis(self) -> None:
        """Freeze Redis: connections stay open, nothing answers."""

    def resume_redis(self) -> None:
        """Let a frozen Redis go on."""

    def restart_redis(self) -> None:
        """Stop Redis and start it again at the same address, as empty as the stack's own would be."""

    def command(self, name: str) -> str:
        """How a person repeats `start`, `stop`, `logs`, `psql`, `redis-cli`, `tests`, `pause`, `resume`, `restart`."""

    def notes(self) -> tuple[str, ...]:
        """What this run did differently from the stack (another port, no image), each as a short clause."""


class Runtime(Protocol):
    """A way to run one service of a stack."""

    @property
    def name(self) -> str:
        """`docker` or `embedded`: the word in every observation."""

    def available(self) -> str:
        """Why it cannot be used on this machine, or ''."""

    def open(self, facts: StackFacts, spec: ServiceSpec, cancelled: Callable[[], bool]) -> Stage:
        """Prepare a run; starts nothing yet. Raises `RuntimeUnavailableError`."""
