"""`--phase P[..Q]`: one phase or a range, by name or number."""

from __future__ import annotations

from wizard.errors import UsageError
from wizard.values.checklist import Checklist
from wizard.values.phase import Phase


def phases_of(text: str | None, checklist: Checklist) -> tuple[Phase, ...]:
    """Returns the phases named, in order; all of them for None. Raises `UsageError`."""
    every = checklist.sequence
    if text is None:
        return every
    first, dots, last = text.replace("…", "..").partition("..")
    begin = phase_named(first, checklist) if first else every[0]
    end = (phase_named(last, checklist) if last else every[-1]) if dots else begin
    if begin.number > end.number:
        raise UsageError(f"--phase {text}: the range runs backwards", next_step=f"say --phase {end}..{begin}")
    return every[begin.number - 1 : end.number]


def phase_named(text: str, checklist: Checklist) -> Phase:
    """Finds the phase with this name or number, also as `phase 3`, `3/7` or `Compose`. Raises `UsageError`."""
    phase = checklist.named(text.strip().lower().removeprefix("phase").partition("/")[0].strip(" -_"))
    if phase is None:
        names = ", ".join(map(str, checklist.sequence))
        raise UsageError(f"there is no phase {text!r}", next_step=f"phases are 1 to {len(checklist.phases)} or {names}")
    return phase
