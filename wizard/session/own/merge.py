"""Makes one checklist of the shipped one and a stack's own: phases and items more, other words, items switched off."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import Any

from wizard.rules.text import is_safe
from wizard.session.own.checks import checks_of, hint_of, said_of
from wizard.session.own.shape import OwnChecklist, OwnItem, OwnPhase, OwnWords, kinds_of
from wizard.session.validate import Parsed, Steps, Wrong
from wizard.session.waivers import check_reason
from wizard.values.checklist import Checklist, Item, PhaseInfo
from wizard.values.declared import Declared, HttpCheck, LogCheck, SwitchedOff
from wizard.values.lean import dataclass, field, replace
from wizard.values.pattern import lazy_pattern
from wizard.values.phase import Phase
from wizard.values.source import Source

_OWN_ID = lazy_pattern(r"(\d{1,3})\.(\d{1,3})\Z", re.ASCII)
_EXTRA_ID = lazy_pattern(r"x\.\d{1,3}\Z", re.ASCII)
_NAME = lazy_pattern(r"[a-z][a-z0-9_-]{0,29}\Z", re.ASCII)
LONGEST_TITLE, LONGEST_TEXT = 120, 2000
"""Characters: a title stands in a row, everything else is a paragraph."""


@dataclass(frozen=True, slots=True)
class OwnSource:
    """One file of a stack's own, read."""

    path: str
    value: OwnChecklist
    parsed: Parsed


@dataclass(frozen=True, slots=True)
class _Merged:
    """What there is so far, and where each own id was said first; `wrong`: what is wrong with the file in hand."""

    source: OwnSource
    phases: list[PhaseInfo]
    said: dict[str, str]
    wrong: list[Wrong] = field(default_factory=list)

    def line(self, *steps: str | int) -> int:
        """Returns the line of a place in the file."""
        found: Steps = steps
        return self.source.parsed.line(found)

    def complain(self, steps: Steps, message: str) -> None:
        """Records what is wrong at a place."""
        self.wrong.append(Wrong("", self.source.parsed.line(steps), message))

    @property
    def items(self) -> dict[str, Item]:
        """Returns the items so far, by id."""
        return {item.id: item for info in self.phases for item in info.items}


def merge(shipped: Checklist, sources: Sequence[OwnSource]) -> tuple[Checklist, tuple[str, tuple[Wrong, ...]] | None]:
    """Adds the files in order. With the first one that does not fit: its path and all that is wrong with it."""
    phases, said = list(shipped.phases), {item.id: "the shipped checklist" for item in shipped.items}
    for source in sources:
        merged = _Merged(source, phases, said)
        _add(merged)
        if merged.wrong:
            return shipped, (source.path, tuple(merged.wrong))
    return replace(shipped, phases=tuple(phases), files=tuple(source.path for source in sources)), None


def _add(merged: _Merged) -> None:
    own = merged.source.value
    for at, phase in enumerate(own.phases):
        _add_phase(merged, phase, ("phases", at))
    for at, item in enumerate(own.items):
        _add_item(merged, item, ("items", at))
    for at, words in enumerate(own.change):
        _change(merged, words, ("change", at))
    for at, off in enumerate(own.switch_off):
        steps: Steps = ("switch_off", at)
        problem = check_reason(f"switching {off.item} off", off.reason)
        if problem:
            merged.complain((*steps, "reason"), problem)
        elif _known(merged, off.item, (*steps, "item")):
            source = Source(merged.source.path, merged.line(*steps))
            _replace(merged, off.item, off=SwitchedOff(" ".join(off.reason.split()), source))


def _add_phase(merged: _Merged, phase: OwnPhase, steps: Steps) -> None:
    number = len(merged.phases) + 1
    _check_texts(merged, phase, ("title", "purpose", "noun"), steps)
    if not _NAME.match(phase.phase):
        merged.complain((*steps, "phase"), f"{phase.phase!r}: a phase's name is a small word such as observability")
        return
    taken = next((info for info in merged.phases if info.phase.name == phase.phase), None)
    if taken is not None:
        text = f"phase {taken.phase.number} is called {phase.phase} already: put its new items under `items:`"
        merged.complain((*steps, "phase"), text)
        return
    if not phase.items:
        merged.complain((*steps, "items"), f"phase {phase.phase} has no items")
    info = PhaseInfo(
        Phase(number, phase.phase),
        _flat(phase.title),
        phase.purpose,
        _flat(phase.noun) or phase.phase,
        (),
        kind=phase.kind,
        own=True,
    )
    merged.phases.append(info)
    for at, item in enumerate(phase.items):
        place: Steps = (*steps, "items", at)
        if item.phase not in (None, phase.phase):
            merged.complain((*place, "phase"), f"the item stands in phase {phase.phase}; leave `phase` out")
        else:
            _put(merged, item, info.phase, place)


def _add_item(merged: _Merged, item: OwnItem, steps: Steps) -> None:
    """An item of `items:`, which joins a phase that there is."""
    names = [info.phase.name for info in merged.phases]
    if item.phase is None:
        merged.complain(steps, f"item {item.id} needs `phase:`, the one that it joins ({', '.join(names)})")
        return
    phase = next((i.phase for i in merged.phases if item.phase in (i.phase.name, str(i.phase.number))), None)
    if phase is None:
        merged.complain((*steps, "phase"), f"there is no phase {item.phase!r}{_near(item.phase, names)}")
        return
    _put(merged, item, phase, steps)


def _put(merged: _Merged, item: OwnItem, phase: Phase, steps: Steps) -> None:
    """Puts an item behind those of its phase."""
    problem = _id_problem(merged, item.id, phase)
    if problem:
        merged.complain((*steps, "id"), problem)
    _check_texts(merged, item, ("title", "why", "evidence", "broken", "hint", "by_hand", "example"), steps)
    for at, link in enumerate(item.links):
        if not link.startswith(("https://", "http://")) or not is_safe(link) or len(link) > LONGEST_TEXT:
            merged.complain((*steps, "links", at), "a link begins with https://")
    if not item.checks:
        merged.complain((*steps, "checks"), f"item {item.id} has no check: it could never be met")
    for at, one in enumerate(item.checks):
        if len(kinds_of(one)) != 1:
            found = " and ".join(kinds_of(one)) or "none"
            text = f"a check is one of file, text, key, command, http and log; here is {found}"
            merged.complain((*steps, "checks", at), text)
            return
    checks = tuple(checks_of(merged.source.path, item, merged.source.parsed, steps, merged.wrong))
    if not problem:
        merged.said[item.id] = f"{merged.source.path}:{merged.line(*steps, 'id')}"
        at = next(at for at, info in enumerate(merged.phases) if info.phase == phase)
        info = merged.phases[at]
        new = _item(item, info, checks)
        records = info.records or (info.own and new.live)
        merged.phases[at] = replace(info, items=(*info.items, new), records=records)


def _item(item: OwnItem, info: PhaseInfo, checks: tuple[Declared, ...]) -> Item:
    live = any(one.live for one in checks)
    served = any(isinstance(one.kind, HttpCheck | LogCheck) for one in checks)
    return Item(
        id=item.id,
        phase=info.phase,
        title=_flat(item.title),
        why=item.why,
        evidence=item.evidence or said_of(checks),
        broken=item.broken,
        hint=_flat(item.hint) or hint_of(checks),
        by_hand=item.by_hand,
        check=f"own {item.id}",
        example=item.example,
        planner="record" if live and info.own else None,
        probe=item.id if live else None,
        live=live,
        needs=("service",) if served else (),
        links=item.links,
        checks=checks,
    )


def _id_problem(merged: _Merged, identifier: str, phase: Phase) -> str:
    own, extra = _OWN_ID.match(identifier), _EXTRA_ID.match(identifier)
    free = f"{phase.number}.{len(merged.phases[phase.number - 1].items) + 1}"
    mine = merged.phases[phase.number - 1].own
    if not own and not extra:
        return f"{identifier!r} is no id: write {free!r} in a phase of your own, 'x.1' in any"
    if identifier in merged.said:
        return f"the id {identifier} is taken, by {merged.said[identifier]}; yours are {free if mine else 'x.1'} and on"
    if own and not mine:
        return f"{identifier} could be an item of a later stack-wizard: in phase {phase} ids of your own are x.1 and on"
    if own and int(own[1]) != phase.number:
        return f"{identifier} stands in {phase}, which is phase {phase.number} here: write {free!r}"
    return ""


def _change(merged: _Merged, words: OwnWords, steps: Steps) -> None:
    names = ("title", "why", "evidence", "broken", "hint", "by_hand")
    _check_texts(merged, words, names, steps)
    if not _known(merged, words.item, (*steps, "item")):
        return
    said = {name: text for name in names if (text := getattr(words, name)) is not None}
    if not said and words.links is None:
        merged.complain(steps, f"nothing of {words.item} is changed: name one of {', '.join((*names, 'links'))}")
    flat = {name: _flat(text) if name in ("title", "hint") else text for name, text in said.items()}
    _replace(merged, words.item, **flat, **({} if words.links is None else {"links": words.links}))


def _known(merged: _Merged, identifier: str, steps: Steps) -> bool:
    if identifier in merged.items:
        return True
    merged.complain(steps, f"there is no item {identifier!r}{_near(identifier, list(merged.items))}")
    return False


def _replace(merged: _Merged, identifier: str, **changes: Any) -> None:
    for at, info in enumerate(merged.phases):
        if any(item.id == identifier for item in info.items):
            items = (replace(item, **changes) if item.id == identifier else item for item in info.items)
            merged.phases[at] = replace(info, items=tuple(items))


def _check_texts(merged: _Merged, value: object, names: Sequence[str], steps: Steps) -> None:
    for name, text in _texts(value, names):
        longest = LONGEST_TITLE if name in ("title", "noun") else LONGEST_TEXT
        if len(text) > longest:
            merged.complain((*steps, name), f"{name}: it has {len(text)} characters; {longest} are enough")
        elif not is_safe(text):
            merged.complain((*steps, name), f"{name}: it holds control characters")
        elif name in ("title", "why", "purpose") and not text.strip():
            merged.complain((*steps, name), f"{name}: it is empty")


def _texts(value: object, names: Sequence[str]) -> Iterator[tuple[str, str]]:
    for name in names:
        text = getattr(value, name)
        if text is not None:
            yield name, text


def _flat(text: str) -> str:
    return " ".join(text.split())


def _near(word: str, known: list[str]) -> str:
    near = get_close_matches(word, known, n=1, cutoff=0.5)
    return f" (did you mean {near[0]!r}?)" if near else f" (there are {', '.join(known)})"
