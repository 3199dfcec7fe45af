"""How events reach a service and leave it: pub/sub channels, patterns, streams and lists, by what its code does."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase

from wizard.values.facts.code import PUTS_OUT, TAKES_IN
from wizard.values.lean import dataclass
from wizard.values.spec import Channel
from wizard.verify.live import LiveCheck


@dataclass(frozen=True, slots=True)
class Way:
    """One way in or out. `kind`: `channel`, `pattern`, `stream` or `list`. `channel`: the fields of its events."""

    kind: str
    name: str
    channel: Channel

    @property
    def door(self) -> str:
        """Where a probe goes in: the name itself, for a pattern one that it matches."""
        return self.name.replace("*", "probe")

    def is_door(self, kind: str, name: str) -> bool:
        """Tells whether events on this channel, stream or list are this way's."""
        if self.kind == "pattern":
            return kind == "channel" and fnmatchcase(name, self.name)
        return (kind, name) == (self.kind, self.name)

    def __str__(self) -> str:
        return self.name if self.kind == "channel" else f"{self.kind} {self.name}"


def ways_in(live: LiveCheck) -> tuple[Way, ...]:
    """Returns the inputs of the spec, each with the way in which the code reads it."""
    return _ways(live, live.spec.inputs, TAKES_IN, "in")


def ways_out(live: LiveCheck) -> tuple[Way, ...]:
    """Returns the outputs of the spec, each with the way in which the code writes it; not the list where what it works
    on lies meanwhile, moved there as it is, unless there is no other.
    """
    ways = _ways(live, live.spec.outputs, PUTS_OUT, "out")
    service = live.facts.service(live.spec.name)
    uses = [use for file in service.code for use in file.redis] if service is not None else []
    popped = {(use.source.path, use.source.line) for use in uses if use.kind == "pop"}
    moved = {use.value for use in uses if use.kind == "push" and (use.source.path, use.source.line) in popped}
    return tuple(way for way in ways if way.name not in moved) or ways


def names(ways: Iterable[Way], kind: str) -> list[str]:
    """Returns the names of the ways of one kind."""
    return [way.name for way in ways if way.kind == kind]


def _ways(live: LiveCheck, channels: Iterable[Channel], kinds: dict[str, str], way: str) -> tuple[Way, ...]:
    """A name that the code uses has the kind of that use; any other the one that it was seen used with, else the only
    kind that the code uses at all.
    """
    service = live.facts.service(live.spec.name)
    uses = [use for file in service.code for use in file.redis if use.kind in kinds] if service is not None else []
    by_name = {use.value: kinds[use.kind] for use in uses if use.value}
    used = {kinds[use.kind] for use in uses}
    ear = live.before.overheard
    seen = {one.deed.name: one.deed.kind for one in ear.heard() if one.deed.way == way} if ear is not None else {}
    usual = next(iter(used)) if len(used) == 1 else "channel"
    return tuple(
        Way("pattern" if kind == "channel" and "*" in channel.name else kind, channel.name, channel)
        for channel in channels
        for kind in (by_name.get(channel.name) or seen.get(channel.name, usual),)
    )
