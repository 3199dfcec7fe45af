"""`--phase P[..Q]`: one phase or a range, by name or number."""

from __future__ import annotations

from wizard.errors import UsageError
from wizard.spelling import item_word, meant, phase_word, range_words
from wizard.values.checklist import Checklist
from wizard.values.phase import Phase


def phases_of(text: str | None, checklist: Checklist) -> tuple[Phase, ...]:
    """Returns the phases named, in order; all of them for None. Raises `UsageError`."""
    every = checklist.sequence
    if text is None:
        return every
    first, last = range_words(text)
    begin = phase_named(first, checklist) if first or last is None else every[0]
    end = begin if last is None else phase_named(last, checklist) if last else every[-1]
    if begin.number > end.number:
        raise UsageError(f"--phase {text}: the range runs backwards", next_step=f"say --phase {end}..{begin}")
    return every[begin.number - 1 : end.number]


def phase_meant(text: str, checklist: Checklist) -> Phase | None:
    """Finds the phase with this name or number, also as `phase 3`, `03`, `3/7` or `Compose`; None for no phase."""
    return checklist.named(phase_word(text, len(checklist.phases)))


def phase_named(text: str, checklist: Checklist) -> Phase:
    """Finds the phase with this name or number in any spelling. Raises `UsageError` naming the nearest one."""
    phase = phase_meant(text, checklist)
    if phase is None:
        names = list(map(str, checklist.sequence))
        step = f"phases are 1 to {len(checklist.phases)} or {', '.join(names)}"
        raise UsageError(f"there is no phase {text!r}", next_step=f"{_hint(text, names, checklist)}{step}")
    return phase


def _hint(text: str, names: list[str], checklist: Checklist) -> str:
    item = next((one for one in checklist.items if one.id == item_word(text)), None)
    if item is not None:
        phase = next(info.phase for info in checklist.phases if item in info.items)
        return f"{item.id} is an item of phase {phase.number} {phase}; "
    return "a range is P..Q; " if "," in text else meant(text, names)
