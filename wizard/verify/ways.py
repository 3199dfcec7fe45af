"""How events reach a service and leave it: pub/sub channels, patterns, streams and lists, by what its code does."""

from __future__ import annotations

from collections.abc import Iterable

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

    def __str__(self) -> str:
        return self.name if self.kind == "channel" else f"{self.kind} {self.name}"


def ways_in(live: LiveCheck) -> tuple[Way, ...]:
    """Returns the inputs of the spec, each with the way in which the code reads it."""
    return _ways(live, live.spec.inputs, TAKES_IN)


def ways_out(live: LiveCheck) -> tuple[Way, ...]:
    """Returns the outputs of the spec, each with the way in which the code writes it."""
    return _ways(live, live.spec.outputs, PUTS_OUT)


def names(ways: Iterable[Way], kind: str) -> list[str]:
    """Returns the names of the ways of one kind."""
    return [way.name for way in ways if way.kind == kind]


def _ways(live: LiveCheck, channels: Iterable[Channel], kinds: dict[str, str]) -> tuple[Way, ...]:
    """A name that the code uses has the kind of that use; any other has the only kind that the code uses at all."""
    service = live.facts.service(live.spec.name)
    uses = [use for file in service.code for use in file.redis if use.kind in kinds] if service is not None else []
    by_name = {use.value: kinds[use.kind] for use in uses if use.value}
    used = {kinds[use.kind] for use in uses}
    usual = next(iter(used)) if len(used) == 1 else "channel"
    return tuple(
        Way("pattern" if kind == "channel" and "*" in channel.name else kind, channel.name, channel)
        for channel in channels
        for kind in (by_name.get(channel.name, usual),)
    )
