"""`--phase P[..Q]`: one phase or a range, by name or number."""

from __future__ import annotations

from wizard.errors import UsageError
from wizard.values.phase import Phase


def phases_of(text: str | None) -> tuple[Phase, ...]:
    """The phases named, in order; all of them for None. Raises `UsageError`."""
    every = tuple(Phase)
    if text is None:
        return every
    first, dots, last = text.partition("..")
    begin = _one(first) if first else every[0]
    end = (_one(last) if last else every[-1]) if dots else begin
    if begin.number > end.number:
        raise UsageError(f"--phase {text}: the range runs backwards", next_step=f"say --phase {end}..{begin}")
    return every[begin.number - 1 : end.number]


def _one(text: str) -> Phase:
    for phase in Phase:
        if text in (phase.value, str(phase.number)):
            return phase
    raise UsageError(f"there is no phase {text!r}", next_step="phases are 1 to 7 or " + ", ".join(Phase))
