"""One input at a time within bounds: processor time, memory, and no step into the world."""

from __future__ import annotations

import gc
import os
import resource
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from hypothesis import HealthCheck, given, seed, settings
from hypothesis.strategies import SearchStrategy

CPU_SECONDS = 2.0
MEMORY = 300 * 1024 * 1024
WORLD = frozenset({"subprocess.Popen", "os.system", "os.exec", "os.fork", "socket.connect", "socket.bind"})
CHANGES = frozenset({"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.symlink", "os.link", "os.truncate"})
Event = tuple[str, tuple[object, ...]]


class Hang(BaseException):
    """An input took more processor time than there is; no handler of the tried code catches it."""


class EscapeError(Exception):
    """Something that is not safe to show was printed."""


@dataclass
class Result:
    """What came of the inputs of one parser. `faults`: kind -> how often; `first`: the first input of each kind."""

    inputs: int = 0
    slowest: float = 0.0
    faults: Counter[str] = field(default_factory=Counter)
    first: dict[str, str] = field(default_factory=dict)

    def note(self, kind: str, what: str, text: str) -> None:
        """Notes a fault and keeps its first input."""
        self.faults[kind] += 1
        self.first.setdefault(kind, f"{what}: {text[:400]!r}")


def outside(event: Event) -> bool:
    """Tells whether an audit event changes a file or reaches out of the process."""
    name, arguments = event
    if name == "open":
        flags = arguments[2]
        return isinstance(flags, int) and bool(flags & (os.O_WRONLY | os.O_RDWR)) and arguments[0] != os.devnull
    return name in WORLD or name in CHANGES


def fuzz(
    parser: Callable[[str], object],
    texts: SearchStrategy[str],
    seconds: float,
    *,
    prepare: Callable[[str], object] = lambda text: None,
    forbidden: Callable[[Event], bool] = outside,
) -> Result:
    """Tries texts until so much processor time is used, new ones in each round, `prepare` before each, unwatched.

    Call it in a process of its own: its hook and its limit stay.
    """
    result, end, number = Result(), time.process_time() + seconds, 0
    touched: list[str] = []
    watching = False

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        if watching and forbidden((event, arguments)):
            touched.append(f"{event} {arguments[:1]}")

    sys.dont_write_bytecode = True  # the first import in a fresh clone would be a write into the world
    sys.addaudithook(watch)

    def one(text: str) -> None:
        nonlocal watching
        if result.inputs and time.process_time() > end:
            return
        prepare(text)
        touched.clear()
        started = time.process_time()
        try:
            with _limited():
                watching = True
                parser(text)
        except Hang:
            result.note("hang", f"over {CPU_SECONDS} s", text)
        except MemoryError as error:
            result.note("memory", repr(error), text)
        except EscapeError as error:
            result.note("escape", str(error), text)
        except Exception as error:
            result.note("traceback", repr(error)[:300], text)
        finally:
            watching = False
        result.inputs += 1
        result.slowest = max(result.slowest, time.process_time() - started)
        if touched:
            result.note("outside", touched[0], text)

    _limit_memory()
    quiet = settings(max_examples=200, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    while not result.inputs or time.process_time() < end:
        number += 1
        seed(number)(quiet(given(texts)(one)))()
        gc.collect()
    return result


@contextmanager
def _limited() -> Iterator[None]:
    def over(number: int, frame: object) -> None:
        raise Hang

    before = signal.signal(signal.SIGVTALRM, over)
    signal.setitimer(signal.ITIMER_VIRTUAL, CPU_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def _limit_memory() -> None:
    """What the process has now, and `MEMORY` more; an allocation beyond that is a `MemoryError`."""
    with open("/proc/self/statm") as file:  # noqa: PTH123 (one read)
        pages = int(file.read().split()[0])
    limit = pages * resource.getpagesize() + MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (limit, resource.getrlimit(resource.RLIMIT_AS)[1]))
