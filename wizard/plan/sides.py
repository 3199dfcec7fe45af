"""What follows when one side of a contradiction is right: the answers that say so, the edits, what is left by hand."""

from __future__ import annotations

import re
from collections.abc import Iterable

from wizard.values.edit import ChangeSet, FileEdit
from wizard.values.finding import Contradiction
from wizard.values.lean import dataclass, replace
from wizard.values.phase import Phase
from wizard.values.source import Source
from wizard.values.spec import Channel, ServiceSpec


@dataclass(frozen=True, slots=True)
class Side:
    """One value of a contradiction, with the lines that say it and the answers in which it is right."""

    contradiction: Contradiction
    value: str
    sources: tuple[Source, ...]
    spec: ServiceSpec

    @property
    def key(self) -> str:
        """Tells this side from every other one of the service."""
        return f"{self.contradiction.topic} {self.value}"


@dataclass(frozen=True, slots=True)
class Consequences:
    """What follows from a side: the edits with their phase, and the lines that say otherwise and stay a person's."""

    side: Side
    edits: tuple[tuple[Phase, FileEdit], ...]
    by_hand: tuple[tuple[str, Source], ...]


def sides(contradictions: Iterable[Contradiction], spec: ServiceSpec) -> tuple[Side, ...]:
    """Returns every value that the service's own files say of one thing, each once, in the order of its lines."""
    found: list[Side] = []
    for one in contradictions:
        for value in dict.fromkeys(value for value, _ in one.says if not one.other):
            sources = tuple(source for said, source in one.says if said == value)
            found.append(Side(one, value, sources, _taking(spec, one, value)))
    return tuple(found)


def _taking(spec: ServiceSpec, contradiction: Contradiction, value: str) -> ServiceSpec:
    """Returns the answers in which this value is right; those of a topic that no answer has are as they were."""
    others = {said for said, _ in contradiction.says} - {value}
    if contradiction.topic == "port" and value.isascii() and value.isdigit():
        return replace(spec, port=int(value))
    if contradiction.topic == "channel":
        return replace(spec, inputs=_renamed(spec.inputs, others, value), outputs=_renamed(spec.outputs, others, value))
    if contradiction.topic == "variable":
        variables = tuple(replace(v, name=value) if v.name in others else v for v in spec.variables)
        return replace(spec, variables=variables)
    return spec


def _renamed(channels: tuple[Channel, ...], others: set[str], value: str) -> tuple[Channel, ...]:
    if any(channel.name == value for channel in channels):
        return channels
    return tuple(replace(channel, name=value) if channel.name in others else channel for channel in channels)


def consequences(side: Side, plans: Iterable[ChangeSet]) -> Consequences:
    """Returns the edits that change a line with one of the values, and the lines with a wrong one that none changes."""
    values = sorted({value for value, _ in side.contradiction.says})
    words = re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, values))})(?![\w-])")
    edits = tuple(
        (changes.phase, edit)
        for changes in plans
        for edit in changes.edits
        if _lines_with(words, edit.before) != _lines_with(words, edit.after)
    )
    changed = {edit.path for _, edit in edits}
    wrong = ((value, source) for value, source in side.contradiction.says if value != side.value)
    return Consequences(side, edits, tuple((value, source) for value, source in wrong if source.path not in changed))


def _lines_with(words: re.Pattern[str], text: str | None) -> list[str]:
    return [line for line in (text or "").split("\n") if words.search(line)]
