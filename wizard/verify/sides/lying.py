"""Events that still lie where they were put: nobody took them, so that nothing is said of the handler."""

from __future__ import annotations

from wizard.values.lean import dataclass
from wizard.verify.connections import own_view
from wizard.verify.live import LiveCheck
from wizard.verify.overheard.own import unread, waits
from wizard.verify.redis_link import RedisLink
from wizard.verify.traces import Traces
from wizard.verify.ways import Way

_ALIVE = "let the service read it: see its log for what ended or never began the loop"
_PATIENT = "look for longer, or let it wait at its input (block=…, BRPOP): it may look in now and then"


@dataclass(frozen=True, slots=True)
class Told:
    """What became of an event, as an observation says it."""

    ok: bool | None
    text: str
    cause: str
    step: str


def not_taken(live: LiveCheck, link: RedisLink, way: Way, traces: Traces, since: float) -> Told | None:
    """Returns what to say when none of the events of this run was taken out of a list or stream; None otherwise."""
    put = traces.entries(way.name)
    lie = _lie(link, way, put)
    if not put or lie < len(put):
        return None
    own = own_view(live, link, live.before).clients
    found = unread(live, link, own or (), live.before.overheard, since)
    mine = next((one for one in found if one.way == way), None)
    if mine is None and way.kind == "stream":
        return None  # read without a group: how far, the stream does not tell
    said = f"{lie} event(s) lie unread in {way}: the service did not take them"
    if mine is not None and mine.sure and mine.elsewhere:
        said += f"; it reads {way.kind} {', '.join(mine.elsewhere)}"
        return Told(False, said, "wrong-channel", f"let it read the spec's {way.kind}")
    if way.kind == "stream" and (group := _missing_group(live, link, way)):
        said += f"; its consumer group {group} is not there, and the service does not make it"
        return Told(None, said, "no-group", "let the service make the group (XGROUP CREATE … MKSTREAM)")
    if own is None or not waits(live):
        return Told(None, said, "unread", _PATIENT)
    return Told(False, said, "unread", _ALIVE)


def _missing_group(live: LiveCheck, link: RedisLink, way: Way) -> str:
    """The group as which somebody tried to read the stream, and which does not exist."""
    heard = live.before.overheard.heard() if live.before.overheard is not None else ()
    asked = {one.deed.group for one in heard if one.deed.name == way.name and one.deed.group}
    return min(asked - set(link.groups(way.name)), default="")


def _lie(link: RedisLink, way: Way, put: list[str]) -> int:
    if way.kind == "list":
        held = link.items(way.name)
        return sum(text in held for text in put)
    if way.kind == "stream":
        return sum(not link.group_read(way.name, entry) for entry in put)
    return 0


def taken(link: RedisLink, way: Way, put: list[str], heard: int | None) -> str:
    """Returns what became of events that gave no answer, as far as their input tells."""
    if way.kind == "stream":
        pending = sum(link.groups(way.name).values())
        lie = _lie(link, way, put) if link.groups(way.name) else 0
        told = f"{pending} entries are taken and not acknowledged" if pending else ""
        told += f"{'; ' if told and lie else ''}{f'{lie} event(s) lie unread' if lie else ''}"
        return f"nothing came out ({told})" if told else "nothing came out"
    if way.kind == "list":
        lie = _lie(link, way, put)
        return f"nothing came out ({lie} event(s) still lie in it)" if lie else "it was taken and nothing came out"
    return f"{heard} connection(s) got it and nothing came out" if heard else "nothing came out"
