"""What a person did since the app was opened, in order, so that it can be undone and done again."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from wizard.rules.text import one_line
from wizard.values.lean import dataclass

if TYPE_CHECKING:
    from screens.bridge import Bridge
    from screens.intents import Done
    from wizard.values.proposal import Proposal
    from wizard.values.receipt import Receipt


@dataclass(frozen=True, slots=True)
class Step:
    """One thing done. `made`: the commit, for one that is undone with another commit, which is shown first."""

    says: str
    service: str
    back: Callable[[], None] | None = None
    again: Callable[[], None] | None = None
    made: str = ""


class Steps:
    """Both ways. What is new forgets what was undone."""

    def __init__(self) -> None:
        self._done: list[Step] = []
        self._undone: list[Step] = []

    @property
    def last(self) -> Step | None:
        """What would be undone next."""
        return self._done[-1] if self._done else None

    @property
    def next(self) -> Step | None:
        """What would be done again next."""
        return self._undone[-1] if self._undone else None

    def add(self, step: Step) -> None:
        """Remembers what was just done."""
        self._done.append(step)
        self._undone.clear()

    def undo(self) -> None:
        """Undoes the last step that is no commit."""
        step = self._done.pop()
        if step.back is not None:
            step.back()
        self._undone.append(step)

    def redo(self) -> None:
        """Does again the last step that was undone and is no commit."""
        step = self._undone.pop()
        if step.again is not None:
            step.again()
        self._done.append(step)

    def committed(self, receipt: Receipt, proposal: Proposal | None = None) -> None:
        """Remembers a commit: a phase, or a waiver, an undo, a redo."""
        if not receipt.commit:
            return
        deed = proposal.deed if proposal is not None else ""
        step = Step(receipt.subject, receipt.service, made=receipt.commit)
        if deed == "undo" and proposal is not None:
            self._done = [one for one in self._done if one.made != proposal.of]
            self._undone.append(step)
        elif deed == "redo" and proposal is not None:
            self._undone = [one for one in self._undone if one.made != proposal.of]
            self._done.append(step)
        else:
            self.add(step)


def why_not(app: Bridge) -> str:
    """Says why nothing can be undone now, '' when it can."""
    if app.writing:
        return "something runs: wait, or stop it with ctrl+x"
    return "a phase is written and not committed: commit it (C) or take it back (T)" if app.uncommitted else ""


def say_commit(app: Bridge, fact: Done) -> None:
    """Says what an undo or a redo committed, where no list of commits shows it: only then is the next key heard."""
    if fact.proposal.deed in ("undo", "redo") and not getattr(app.screen, "SHOWS_COMMITS", False):
        app.notify(one_line(f"committed {fact.receipt.commit[:10]}: {fact.receipt.subject}", 200), markup=False)


def undo_last(app: Bridge, service: str) -> None:
    """Undoes what was done last: at once, or with a commit that is shown first. `service`: whose screen it is."""
    step = app.steps.last
    name = step.service if step is not None else service
    if reason := why_not(app):
        app.notify(reason, markup=False)
    elif step is not None and not step.made:
        app.steps.undo()
        app.notify(f"undone: {step.says}. ^r does it again", markup=False)
    elif step is not None or (name and app.view is not None and app.view.standing(name)):
        made = step.made if step is not None else ""
        app.propose(lambda session: session.propose_undo(name, made), "looking what to take back")
    else:
        app.notify("nothing was done yet that can be undone", markup=False)


def redo_last(app: Bridge, service: str) -> None:
    """Does again what was undone last: at once, or with a commit that is shown first."""
    step = app.steps.next
    name = step.service if step is not None else service
    if reason := why_not(app):
        app.notify(reason, markup=False)
    elif step is not None and not step.made:
        app.steps.redo()
        app.notify(f"done again: {step.says}", markup=False)
    elif step is not None or (name and app.view is not None and app.view.taken_back(name)):
        app.propose(lambda session: session.propose_redo(name), "looking what to bring back")
    else:
        app.notify("nothing was undone that can be done again", markup=False)
