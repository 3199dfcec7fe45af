"""What was done: written files and the commit."""

from __future__ import annotations

from wizard.values.lean import dataclass
from wizard.values.phase import Phase


@dataclass(frozen=True, slots=True)
class Receipt:
    """The result of one apply: `commit` is the full hash, or empty with `--no-commit` or when nothing changed."""

    service: str
    phase: Phase
    paths: tuple[str, ...]
    commit: str = ""
    subject: str = ""
    hook_output: str = ""


@dataclass(frozen=True, slots=True)
class PhaseCommit:
    """A commit of the wizard, read back from its trailers (`git log`). `items`: (`3.1`, `met`) pairs. `reverts`: hash
    or empty."""

    commit: str
    service: str
    phase: Phase
    subject: str
    author: str
    at: str
    items: tuple[tuple[str, str], ...] = ()
    reverts: str = ""
