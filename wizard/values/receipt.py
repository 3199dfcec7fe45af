"""What was done: written files and the commit."""

from __future__ import annotations

from wizard.values.lean import dataclass
from wizard.values.phase import Phase


@dataclass(frozen=True, slots=True)
class Receipt:
    """The result of one apply: `commit` is the full hash, or empty with `--no-commit` or when nothing changed.

    `warnings`: what came otherwise than meant, in sentences, although the commit is there.
    `waived`: the item whose waiver it is about, else empty.
    """

    service: str
    phase: Phase
    paths: tuple[str, ...]
    commit: str = ""
    subject: str = ""
    hook_output: str = ""
    warnings: tuple[str, ...] = ()
    waived: str = ""


@dataclass(frozen=True, slots=True)
class PhaseCommit:
    """A commit of the wizard, read back from its trailers (`git log`). `items`: (`3.1`, `met`) pairs. `reverts`: hash
    or empty. `waived`: the item whose waiver it records (or, with `reverts`, takes back), else empty. `again`: the
    commit whose taking back it undoes, else empty. `of`: how many phases the checklist had then."""

    commit: str
    service: str
    phase: Phase
    subject: str
    author: str
    at: str
    items: tuple[tuple[str, str], ...] = ()
    reverts: str = ""
    waived: str = ""
    again: str = ""
    of: int = 0
