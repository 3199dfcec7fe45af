"""What was made of a text is kept while the text stays the same: a run reads the stack before and after every phase."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

T = TypeVar("T")


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

    def turn(self) -> None:
        """A reading begins."""
        self._before, self._now = self._now, {}
