"""The shape of the checklist: phases and items, frozen."""

from __future__ import annotations

from wizard.values.lean import dataclass
from wizard.values.phase import Phase


@dataclass(frozen=True, slots=True)
class Item:
    """One item. `title` is the reference document's wording; `check` names a function of `wizard.audit.registry`.

    `why`: for a newcomer, what goes wrong on a running stack without it. `evidence`: what counts as met. `broken`: what
    counts as there but wrong. `hint`: the next step; `{name}` stands for the service. `by_hand`: how to do it
    without the wizard. `links`: further reading. `live`: needs something that runs. `example`: which kind of place in a
    finished service shows it.
    """

    id: str
    phase: Phase
    title: str
    why: str
    evidence: str
    broken: str
    hint: str
    by_hand: str
    check: str
    example: str
    live: bool = False
    links: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PhaseInfo:
    """One phase: the document's heading, what the phase is for, and its items in order."""

    phase: Phase
    title: str
    purpose: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Checklist:
    """The seven phases in order."""

    phases: tuple[PhaseInfo, ...]

    @property
    def items(self) -> tuple[Item, ...]:
        """All thirty items in order."""
        return tuple(item for info in self.phases for item in info.items)

    def item(self, identifier: str) -> Item:
        """The item with this id (`3.5`). Raises `KeyError`."""
        for item in self.items:
            if item.id == identifier:
                return item
        raise KeyError(identifier)

    def phase(self, phase: Phase) -> PhaseInfo:
        """Title, purpose and items of one phase. Raises `KeyError`."""
        for info in self.phases:
            if info.phase is phase:
                return info
        raise KeyError(phase)

    def of_phase(self, phase: Phase) -> tuple[Item, ...]:
        """The items of one phase, in order."""
        return self.phase(phase).items
