"""Follows a stack: reads and judges it after each change of its files, and says what got better or worse."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter

from wizard.adapters.watch import Watcher
from wizard.audit.difference import difference
from wizard.errors import WizardError
from wizard.pipeline.opening import Stack
from wizard.pipeline.watch.rejudging import Judge, Judged
from wizard.values.change import StackChange
from wizard.values.lean import dataclass

Told = tuple[str, ...] | WizardError


@dataclass(frozen=True, slots=True)
class Looked:
    """A look after a change. `trouble`: why the stack could not be judged; what was known before stands.

    `change` None: the first look."""

    judged: Judged | None
    change: StackChange | None = None
    trouble: WizardError | None = None
    seconds: float = 0.0


@contextmanager
def changes_of(stack: Stack) -> Iterator[Iterator[tuple[str, ...]]]:
    """Follows the files in a thread while the block runs. The iterator yields () when the following has begun, then the
    paths of each change; those that come while one is worked on are one. It raises `RefusedError` like `Watcher`.

    Waiting in it is ended by the signals that end a program.
    """
    told: queue.SimpleQueue[Told] = queue.SimpleQueue()
    watcher = Watcher(stack.root)

    def follow() -> None:
        try:
            for paths in watcher.changes(lambda: told.put(())):
                told.put(paths)
        except WizardError as trouble:
            told.put(trouble)

    thread = threading.Thread(target=follow, name="watcher", daemon=True)
    thread.start()
    try:
        yield _joined(told)
    finally:
        watcher.stop()
        thread.join()


def _joined(told: queue.SimpleQueue[Told]) -> Iterator[tuple[str, ...]]:
    while True:
        paths = [_paths(told.get())]
        while not told.empty():
            paths.append(_paths(told.get()))
        yield tuple(sorted({path for batch in paths for path in batch}))


def _paths(told: Told) -> tuple[str, ...]:
    if isinstance(told, WizardError):
        raise told
    return told


def looks(stack: Stack) -> Iterator[Looked]:
    """Yields the first look at a stack, then one after every change of its files, without end."""
    judge = Judge(stack)
    with changes_of(stack) as changes:
        for paths in changes:
            yield _look(judge, paths)


def _look(judge: Judge, paths: tuple[str, ...]) -> Looked:
    begun, before = perf_counter(), judge.last
    try:
        now = judge.look()
    except WizardError as trouble:
        return Looked(before, None if before is None else StackChange(paths), trouble, perf_counter() - begun)
    change = difference(before.judgement, now.judgement, paths) if before is not None else None
    return Looked(now, change, None, perf_counter() - begun)
