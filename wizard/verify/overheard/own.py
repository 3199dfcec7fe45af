"""What the service reads and writes, by the commands of its connections.

It reads what it should when a connection that is blocked, or a command heard just now, names it; `CLIENT LIST` alone
says only that it reads something of the kind.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable
from fnmatch import fnmatchcase

from wizard.values.lean import dataclass, replace
from wizard.values.pattern import lazy_pattern
from wizard.verify.live import LiveCheck
from wizard.verify.overheard.commands import READS
from wizard.verify.overheard.monitor import Listened, Overheard
from wizard.verify.redis_link import Client, RedisLink
from wizard.verify.ways import Way, ways_in, ways_out

_WAITS = lazy_pattern(r"\b(?:b[lr]pop|brpoplpush|bl?move|blmpop)\b|\bblock\s*=|[\"']BLOCK[\"']", re.IGNORECASE)
_TOGETHER = 1.5
"""Seconds within which a connection and a consumer were last active, when one is the other's."""
_STREAM_USES = READS["stream"] | {"xack", "xgroup", "xpending"}


@dataclass(frozen=True, slots=True)
class Unread:
    """An input of which no reading was seen. `elsewhere`: what is read instead. `before`: seconds since it was read
    last, None for never. `sure`: all was heard that the service's connections did. `passing`: connections that are
    gone again read it just now, whosever they are.
    """

    way: Way
    elsewhere: tuple[str, ...] = ()
    before: float | None = None
    sure: bool = False
    passing: bool = False


def waits(live: LiveCheck) -> bool:
    """Tells whether the code waits at its streams and lists: one that looks in now and then may not be seen so."""
    return any(_WAITS.search(text) for text in live.code())


def subscribed_by(own: tuple[Client, ...], ear: Overheard | None, name: str) -> int | None:
    """Returns how many of the connections subscribed to a channel by its name; None when that was not heard whole, or
    when there are none: they may come by another address.
    """
    if not own or ear is None or not ear.knows(client.address for client in own):
        return None
    told = {one.deed.address for one in ear.heard() if one.deed.kind == "channel" and one.deed.name == name}
    return sum(bool(client.subscribed) and client.address in told for client in own)


def patterns_of(own: Iterable[Client], ear: Overheard | None) -> frozenset[str] | None:
    """Returns the patterns that the connections are subscribed to; None when that was not heard whole."""
    own = [client for client in own if client.patterns]
    if not own:
        return frozenset()
    addresses = {client.address for client in own}
    if ear is None or not ear.knows(addresses):
        return None
    return frozenset(
        one.deed.name for one in ear.heard() if one.deed.kind == "pattern" and one.deed.address in addresses
    )


def matched(patterns: Iterable[str], way: Way) -> bool:
    """Tells whether one of Redis' patterns takes what comes on a channel."""
    return any(fnmatchcase(way.door, pattern.replace("[^", "[!")) for pattern in patterns)


def unread(
    live: LiveCheck, link: RedisLink, own: tuple[Client, ...], ear: Overheard | None, since: float
) -> list[Unread]:
    """Returns the streams and lists that the service should read and was not seen reading since a moment."""
    heard = ear.heard() if ear is not None else ()
    sure = ear is not None and ear.knows(client.address for client in own)
    there = {client.address for client in link.view().clients}
    gone = {(one.deed.kind, one.deed.name) for one in heard if one.at >= since and one.deed.address not in there}
    return [
        replace(_unread(live, way, own, heard, sure=sure), passing=(way.kind, way.name) in gone)
        for way in ways_in(live)
        if way.kind in READS and not _reads(way, own, heard, since) and (sure or not _consumes(live, link, way, own))
    ]


def _of(client: Client, heard: Iterable[Listened]) -> list[Listened]:
    return [one for one in heard if one.deed.address == client.address and one.deed.way == "in"]


def _reads(way: Way, own: Iterable[Client], heard: Iterable[Listened], since: float) -> bool:
    for client in own:
        mine = _of(client, heard)
        last = max((one.at for one in mine if (one.deed.kind, one.deed.name) == (way.kind, way.name)), default=None)
        if last is None:
            continue
        waiting = client.blocked and client.command in READS[way.kind] and last == max(one.at for one in mine)
        if last >= since or waiting:
            return True
    return False


def _consumes(live: LiveCheck, link: RedisLink, way: Way, own: tuple[Client, ...]) -> bool:
    """Where commands cannot be heard: a consumer of the stream as active as the service's own connection, while nobody
    else reads any stream.
    """
    reading = [client for client in own if client.command == "xreadgroup"]
    if way.kind != "stream" or not reading:
        return False
    mine = {client.address for client in own}
    if any(client.command in _STREAM_USES and client.address not in mine for client in link.view().clients):
        return False
    link.use_database(reading[0].database)
    return any(abs(idle - client.idle) <= _TOGETHER for _, idle in link.consumers(way.name) for client in reading)


def _unread(live: LiveCheck, way: Way, own: Iterable[Client], heard: Iterable[Listened], *, sure: bool) -> Unread:
    mine = [one for client in own for one in _of(client, heard) if one.deed.kind == way.kind]
    declared = {other.name for other in (*ways_in(live), *ways_out(live))}
    elsewhere = tuple(sorted({one.deed.name for one in mine} - declared))
    last = max((one.at for one in mine if one.deed.name == way.name), default=None)
    return Unread(way, elsewhere, None if last is None else time.monotonic() - last, sure)


def written(live: LiveCheck, since: float) -> list[str]:
    """Returns what the service's own connections were heard writing to since a moment, as far as that was heard."""
    heard = live.before.overheard.heard() if live.before.overheard is not None else ()
    told = [one.deed for one in heard if one.deed.way == "out" and one.at >= since]
    mine = live.run.own_clients({deed.address for deed in told}) or frozenset()
    own = {deed.name if deed.kind == "channel" else f"{deed.kind} {deed.name}" for deed in told if deed.address in mine}
    return sorted(own)


def wrote(live: LiveCheck, link: RedisLink, kind: str, name: str, since: float) -> bool | None:
    """Tells whether the service's own connections wrote to a channel, stream or list since a moment; None where that
    cannot be told: not heard whole, or by a connection that is closed again.
    """
    ear = live.before.overheard
    if ear is None or not ear.whole:
        return None
    heard = ear.heard()
    writers = {
        one.deed.address
        for one in heard
        if one.at >= since and (one.deed.way, one.deed.kind, one.deed.name) == ("out", kind, name)
    } - {link.address()}
    mine = live.run.own_clients(writers)
    if mine is None or mine & writers:
        return None if mine is None else True
    known = {client.address for client in link.view().clients}
    if not live.run.own_clients(known):  # none is its own by its address: they may come by a proxy
        return None
    return False if writers and writers <= known else None
