"""One phase of the checklist, as every other value names it."""

from __future__ import annotations

from wizard.values.lean import dataclass


@dataclass(frozen=True, slots=True)
class Phase:
    """Names a phase by its place in the checklist, from 1, and by the word used in folders, tests and commit messages.

    Made from `checklist.yaml` or read back from a commit's trailer, never listed in code: the checklist says which
    phases there are. Written out, it is its name.
    """

    number: int
    name: str

    def __str__(self) -> str:
        """Returns the name."""
        return self.name
