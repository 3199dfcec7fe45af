"""The shape of the checklist: phases and items, frozen."""

from __future__ import annotations

from wizard.values.declared import CommandCheck, Declared, SwitchedOff
from wizard.values.lean import dataclass
from wizard.values.phase import Phase


@dataclass(frozen=True, slots=True)
class Item:
    """One item. `title` is the reference document's wording.

    `why`: for a newcomer, what goes wrong on a running stack without it. `evidence`: what counts as met. `broken`: what
    counts as there but wrong. `hint`: the next step; `{name}` stands for the service. `by_hand`: how to do it
    without the wizard. `links`: further reading. `example`: which kind of place in a finished service shows it.
    `check`, `planner`, `probe`: who judges it, writes for it and proves it, by the names of the three registries
    (`wizard.audit.registry`, `wizard.plan.registry`, `wizard.verify.registry`); None where nobody does.
    `live`: decided by something that runs. `needs`: what must be within reach to decide or write it (`redis`,
    `postgres`, `engine`, `service`: the service running, `registry`: an image registry or an engine).
    `checks`: what decides an item of the stack's own checklist, which no function judges. `off`: why it is not asked of
    this stack.
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
    planner: str | None = None
    probe: str | None = None
    live: bool = False
    needs: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    checks: tuple[Declared, ...] = ()
    off: SwitchedOff | None = None


@dataclass(frozen=True, slots=True)
class PhaseInfo:
    """One phase: the document's heading, what the phase is for, and its items in order.

    `noun`: what its commit adds, in the subject line. `kind`: that line's Conventional Commits type. `verb`: its verb
    where that does not depend on what is written. `records`: it writes what its live run showed, so it is proven
    before it is planned; any other phase is proven after it is written.
    `own`: it is from the stack's own checklist.
    """

    phase: Phase
    title: str
    purpose: str
    noun: str
    items: tuple[Item, ...]
    kind: str = "feat"
    verb: str | None = None
    records: bool = False
    own: bool = False


@dataclass(frozen=True, slots=True)
class Checklist:
    """The phases in order. `content`: the hash of what the stack's own checklists say, '' without any: what a person
    trusts. `files`: their paths."""

    phases: tuple[PhaseInfo, ...]
    content: str = ""
    files: tuple[str, ...] = ()

    @property
    def sequence(self) -> tuple[Phase, ...]:
        """Returns the phases without their items, in order."""
        return tuple(info.phase for info in self.phases)

    @property
    def items(self) -> tuple[Item, ...]:
        """Returns all items in order."""
        return tuple(item for info in self.phases for item in info.items)

    def item(self, identifier: str) -> Item:
        """Returns the item with this id (`3.5`). Raises `KeyError`."""
        for item in self.items:
            if item.id == identifier:
                return item
        raise KeyError(identifier)

    def judged_by(self, check: str) -> Item:
        """Returns the item that this check judges: code names items so, never by number. Raises `KeyError`."""
        for info in self.phases:
            for item in info.items:
                if item.check == check:
                    return item
        raise KeyError(check)

    def phase(self, phase: Phase) -> PhaseInfo:
        """Returns title, purpose and items of one phase. Raises `KeyError`."""
        for info in self.phases:
            if info.phase == phase:
                return info
        raise KeyError(phase)

    def named(self, text: str) -> Phase | None:
        """Returns the phase with this name or number, or None."""
        return next((phase for phase in self.sequence if text in (phase.name, str(phase.number))), None)

    def of_phase(self, phase: Phase) -> tuple[Item, ...]:
        """Returns the items of one phase, in order."""
        return self.phase(phase).items

    def proven_in(self, phase: Phase) -> tuple[Item, ...]:
        """Returns the items that a phase's live run proves: its own; for the shipped one that records, the earlier
        ones too and those of the stack's own phases, so that the service is started once for all."""
        info = self.phase(phase)
        reached = (other for other in self.phases if other.own or other.phase.number <= phase.number)
        items = (item for other in reached for item in other.items) if info.records and not info.own else info.items
        return tuple(item for item in items if item.probe and item.off is None)

    @property
    def commands(self) -> tuple[Item, ...]:
        """Returns the items that run a command of the stack's own checklist."""
        return tuple(item for item in self.items if any(isinstance(one.kind, CommandCheck) for one in item.checks))

    @property
    def probed(self) -> tuple[Item, ...]:
        """Returns every item that a live run proves, in order."""
        return tuple(item for item in self.items if item.probe and item.off is None)
