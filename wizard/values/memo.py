"""Spares parsing the same text twice: results of pure functions are kept in memory, by what they were made from."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, TypeVar

T = TypeVar("T")
Load = Callable[[str], str | None]
"""A text of the stack by its path; None when it is absent."""


Kept = dict[str, tuple[Any, Any]]


def derived(kept: Kept, name: str, source: object, make: Callable[[], T]) -> T:
    """Returns what `make` makes of `source`, made once: look-ups of a frozen value, without which a thousand services
    that each look something up among all take a million steps. `replace` copies `kept`, so the source is looked at."""
    known = kept.get(name)
    if known is None or known[0] is not source:
        known = kept[name] = (source, make())
    return known[1]


class Memo:
    """Keeps results of pure functions by everything they are made from; forgets what a whole reading did not ask for.

    Facts are never kept: every reading looks at every file, and only parsing the same text again is spared. The app's
    threads share one memo, so each step on its tables holds the lock. Making does not: it takes long, may ask the memo
    for something else, and two threads that make the same get equal results.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._before: dict[Hashable, Any] = {}
        self._now: dict[Hashable, Any] = {}

    def made(self, parts: Hashable, make: Callable[[], T]) -> T:
        """Returns the result for `parts` (what is made, of which text …), made unless this or the last reading did."""
        known = self._known(parts)
        if known is None:
            known = (make(),)
        self._keep(parts, known)
        return known[0]  # type: ignore[no-any-return]

    def over(self, parts: Hashable, load: Load, make: Callable[[Load], T]) -> T:
        """Returns as `made` the result of a function that loads further texts: they have to be the same as then."""
        known = self._known(parts)
        if known is None or any(load(path) != text for path, text in known[1].items()):
            loaded: dict[str, str | None] = {}

            def noting(path: str) -> str | None:
                return loaded.setdefault(path, load(path))

            known = (make(noting), loaded)
        self._keep(parts, known)
        return known[0]  # type: ignore[no-any-return]

    def turn(self) -> None:
        """Begins a reading: what the last one but this did not ask for is forgotten."""
        with self._lock:
            self._before, self._now = self._now, {}

    def _known(self, parts: Hashable) -> tuple[Any, ...] | None:
        with self._lock:
            return self._now.get(parts) or self._before.get(parts)

    def _keep(self, parts: Hashable, known: tuple[Any, ...]) -> None:
        with self._lock:
            self._now[parts] = known
