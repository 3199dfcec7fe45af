"""A plan is a value: the file edits of one phase with before and after text."""

from __future__ import annotations

from wizard.values.choice import Left, Offer
from wizard.values.lean import dataclass
from wizard.values.phase import Phase


@dataclass(frozen=True, slots=True)
class FileEdit:
    """One file, whole, before and after.

    Text is decoded as UTF-8 with `surrogateescape` and no newline translation, so every byte survives (BOM and CRLF
    included).
    `before` None: the file does not exist yet. `after` None: the file is removed. `why`: one line for the diff's
    heading, naming the items it serves. `mode`: permission bits for a new file.
    """

    path: str
    before: str | None
    after: str | None
    why: str
    items: tuple[str, ...] = ()
    mode: int = 0o644


@dataclass(frozen=True, slots=True)
class Refusal:
    """An edit that cannot be made safely: the reason, and the text to paste, and where."""

    item: str
    path: str
    reason: str
    paste: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """Everything the wizard wants to write for one phase of one service.

    `refusals`: what it will not do by itself. `notes`: what stays the engineer's own, one sentence each. `offers`:
    recipes that could be taken. `left`: what was taken out of it.
    """

    service: str
    phase: Phase
    edits: tuple[FileEdit, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    notes: tuple[str, ...] = ()
    offers: tuple[Offer, ...] = ()
    left: tuple[Left, ...] = ()

    @property
    def empty(self) -> bool:
        """True when there is nothing to write."""
        return not self.edits

    @property
    def paths(self) -> tuple[str, ...]:
        """The paths it touches, in order."""
        return tuple(edit.path for edit in self.edits)
