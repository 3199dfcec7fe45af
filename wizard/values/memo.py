"""What was made of a text is kept while the text stays the same: a run reads the stack before and after every phase."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

T = TypeVar("T")
Load = Callable[[str], str | None]
"""A text of the stack by its path; None when it is absent."""


class Memo:
    """Results of pure functions by everything they are made from; what a whole reading did not ask for is forgotten.

    Facts are never kept: every reading looks at every file, and only parsing the same text again is spared.
    """

    def __init__(self) -> None:
        self._before: dict[Hashable, Any] = {}
        self._now: dict[Hashable, Any] = {}

    def made(self, parts: Hashable, make: Callable[[], T]) -> T:
        """The result for `parts` (what is made, of which text …), made when neither this nor the last reading did."""
        if parts in self._now:
            return self._now[parts]  # type: ignore[no-any-return]
        made: T = self._before[parts] if parts in self._before else make()
        self._now[parts] = made
        return made

    def over(self, parts: Hashable, load: Load, make: Callable[[Load], T]) -> T:
        """As `made`, of a function that loads further texts: what it loaded then has to be the same now."""
        known = self._now.get(parts) or self._before.get(parts)
        if known is not None and all(load(path) == text for path, text in known[0].items()):
            self._now[parts] = known
            return known[1]  # type: ignore[no-any-return]
        loaded: dict[str, str | None] = {}

        def noting(path: str) -> str | None:
            return loaded.setdefault(path, load(path))

        made = make(noting)
        self._now[parts] = (loaded, made)
        return made

    def turn(self) -> None:
        """A reading begins."""
        self._before, self._now = self._now, {}
