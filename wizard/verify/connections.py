"""The connections: the server's client list shows connections of the service itself, listening where they should.

A connection is the service's when it comes from the address of its process or container. `CLIENT LIST` counts a
client's subscriptions but names neither them nor the stream or list that it waits for: those are told by the commands
that were overheard since before the service started, channels also by what changed since then.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from wizard.values.checklist import Item
from wizard.values.lean import dataclass
from wizard.values.live import Endpoint, LiveTrouble
from wizard.values.observation import Observation
from wizard.verify.live import Checks, LiveCheck
from wizard.verify.overheard.commands import READS
from wizard.verify.overheard.monitor import Overheard, overhear
from wizard.verify.overheard.own import Unread, matched, patterns_of, subscribed_by, unread, waits
from wizard.verify.redis_link import Before, Client, RedisLink, View, connect
from wizard.verify.ways import Way, names, ways_in, ways_out

_REDIS_PORT = 6379
_ALIVE = "start the subscriber loop, and keep it alive when Redis goes away"


CONNECTIONS = "connections"


def look_before(live: LiveCheck) -> Before:
    """Notes who is connected and subscribed before the service starts, and listens to what it does from then on."""
    try:
        at = live.run.redis()
        if at is None:
            return Before()
        with connect(at, live.run.limits.request) as link:
            streams = names(ways_in(live), "stream")
            groups: dict[tuple[int, str], frozenset[str]] = {}
            for database in link.databases() if streams else ():
                link.use_database(database)
                groups |= {(database, stream): frozenset(link.groups(stream)) for stream in streams}
            view = link.view(names(ways_in(live), "channel"))
            return Before(view, groups, overhear(at, live.run.limits.request, alone=live.run.alone()))
    except LiveTrouble:
        return Before()


@dataclass(frozen=True, slots=True)
class Own:
    """What Redis shows of the service. `clients` None: the runtime cannot tell which are its.

    `heard`: channel -> how many of its connections are subscribed; None where others might be the ones counted.
    `others`: how many connections are not its own; `takers`: how many of those take entries out of lists. `newcomers`:
    how many of those came after it was started, while its channels got subscribers. `patterns`: those that it is
    subscribed to; None where that cannot be told.
    """

    clients: tuple[Client, ...] | None
    heard: dict[str, int | None]
    others: int = 0
    takers: int = 0
    newcomers: int = 0
    patterns: frozenset[str] | None = frozenset()

    def deaf(self, ways: Iterable[Way]) -> list[str]:
        """Returns the channels and patterns of which it gets nothing, for certain."""
        return [
            way.name
            for way in ways
            if way.kind in ("channel", "pattern")
            and (way.kind == "pattern" or self.heard.get(way.name) == 0)
            and self.patterns is not None
            and not matched(self.patterns, way)
        ]

    def unsure(self, ways: Iterable[Way]) -> list[str]:
        """Returns the channels and patterns of which nobody can tell whether it gets anything."""
        return [
            way.name
            for way in ways
            if way.kind in ("channel", "pattern")
            and not (way.kind == "channel" and self.heard.get(way.name))
            and not (self.patterns is not None and matched(self.patterns, way))
            and way.name not in self.deaf((way,))
        ]


def own_view(live: LiveCheck, link: RedisLink, before: Before) -> Own:
    """Reads the service's part of the client list and of the subscriptions."""
    wanted = names(ways_in(live), "channel")
    now = link.view(wanted)
    mine = live.run.own_clients([client.address for client in now.clients])
    if mine is None:
        return Own(None, dict.fromkeys(wanted))
    own = tuple(client for client in now.clients if client.address in mine)
    others = [client for client in now.clients if client.address not in mine]
    heard = {name: _mine(name, now, others, before.view) for name in now.heard}
    heard |= {name: heard.get(name, 0) for name in wanted}
    told = {name: subscribed_by(own, before.overheard, name) for name in heard}
    heard |= {name: min(count, now.heard.get(name, 0)) for name, count in told.items() if count is not None}
    takers = sum(client.command in READS["list"] for client in others)
    newcomers = _newcomers(wanted, now, others, before.view)
    return Own(own, heard, len(others), takers, newcomers, patterns_of(own, before.overheard))


def _newcomers(wanted: list[str], now: View, others: list[Client], before: View | None) -> int:
    """How many of the others may be a proxy that the service connects through."""
    if before is None or not any(now.heard.get(name, 0) > before.heard.get(name, 0) for name in wanted):
        return 0
    known = {client.identity for client in before.clients}
    return sum(bool(client.subscribed) and client.identity not in known for client in others)


def _mine(channel: str, now: View, others: list[Client], before: View | None) -> int | None:
    """How many of the subscribers of a channel are the service's own; None when that cannot be told."""
    listening = {(client.identity, client.subscribed) for client in others if client.subscribed}
    count = now.heard.get(channel, 0)
    if not listening or not count:
        return count
    if before is not None and listening == {(c.identity, c.subscribed) for c in before.clients if c.subscribed}:
        return count - before.heard.get(channel, 0)
    return count if count > len(listening) else None


def told_elsewhere(live: LiveCheck, own: Own) -> tuple[str, str, str] | None:
    """Returns (cause, text, next step) when a service without a connection in the list uses a Redis all the same.

    Which of two servers is meant for its messages, no file says.
    """
    redis = live.facts.profile.redis
    used = live.run.servers_used(redis.port or _REDIS_PORT) if own.clients == () else ()
    if redis.service in used:
        if {way.kind for way in ways_in(live)} & {"channel", "pattern"}:  # who listens there has to stay connected
            return None
        text = f"no connection of the service at this moment, but it had some to {redis.service} within the last minute"
        return "short-lived", text, "see the message flow; a connection that is kept costs both sides less"
    if used:
        text = f"the service is connected to {', '.join(used)} and not to {redis.service}, the stack's Redis"
        step = "correct its host in compose, or name the Redis of its messages in .stack-wizard/stack.yaml"
        return "other-redis", text, step
    return None


def turn_to_its_database(live: LiveCheck, link: RedisLink) -> None:
    """Turns to the database that the service uses, where it has streams or lists: they are there only."""
    ways = {(way.kind, way.name) for way in (*ways_in(live), *ways_out(live)) if way.kind in READS}
    if not ways:
        return
    found: list[Client] = []

    def connected() -> bool:
        found[:] = own_view(live, link, live.before).clients or ()
        return bool(found)

    live.wait(live.run.limits.request, connected)
    mine = {client.address for client in found}
    heard = live.before.overheard.heard() if live.before.overheard is not None else ()
    told = [one for one in heard if one.deed.address in mine and (one.deed.kind, one.deed.name) in ways]
    if told:
        link.use_database(max(told, key=lambda one: one.at).deed.database)
        return
    reading = [client for client in found if client.command in READS["stream"] | READS["list"]]
    link.use_database(max((client.database for client in reading or found), default=0))


def check_connections(live: LiveCheck, _item: Item) -> Checks:
    """Looks at the client list until the service listens, at most as long as a probe may take."""
    yield live.begin(CONNECTIONS, "looking for the service in Redis' client list")
    try:
        at = live.run.redis()
        yield _look(live, at, live.before) if at is not None else _no_redis(live)
    except LiveTrouble as trouble:
        yield live.trouble(CONNECTIONS, _action(live), trouble)


def _no_redis(live: LiveCheck) -> Observation:
    step = "name the Redis service in .stack-wizard/stack.yaml"
    return live.observe(
        CONNECTIONS, "redis-cli CLIENT LIST", "the stack has no Redis", None, cause="no-redis", next_step=step
    )


def _action(live: LiveCheck) -> str:
    channels = " ".join(names(ways_in(live), "channel"))
    cli = live.run.command("redis-cli")
    subscribers = f"; {cli} PUBSUB NUMSUB {channels}" if channels else ""
    return f"{cli} CLIENT LIST{subscribers}"


def _look(live: LiveCheck, at: Endpoint, before: Before) -> Observation:
    since = time.monotonic()
    missing: list[Unread] = []
    with connect(at, live.run.limits.request) as link, _listening(live, at, before) as ear:

        def settled() -> bool:
            own = own_view(live, link, before)
            missing[:] = unread(live, link, own.clients or (), ear, since)
            ways = ways_in(live)
            return own.clients is None or (bool(own.clients) and not own.deaf(ways) and not missing)

        limits = live.run.limits
        live.wait(limits.request + (limits.late if ways_in(live) else 0.0), settled)  # late is not deaf
        return _judge(live, own_view(live, link, before), missing)


@contextmanager
def _listening(live: LiveCheck, at: Endpoint, before: Before) -> Iterator[Overheard | None]:
    """What listens since the start of the service; anew where that one ended: it has missed something then."""
    if before.overheard is not None and before.overheard.whole:
        yield before.overheard
        return
    ear = overhear(at, live.run.limits.request, alone=live.run.alone())
    try:
        yield ear
    finally:
        if ear is not None:
            ear.close()


def _judge(live: LiveCheck, own: Own, missing: list[Unread]) -> Observation:
    if own.clients is None:
        return _unsure(live, "which of the connections are the service's cannot be told here")
    elsewhere = told_elsewhere(live, own)
    if elsewhere is not None:
        cause, text, step = elsewhere
        return live.observe(CONNECTIONS, _action(live), text, None, cause=cause, next_step=step)
    if not own.clients and not any(one.passing for one in missing):
        return _absent(live, own)
    told, ways = f"{len(own.clients)} connection(s) of the service", ways_in(live)
    subscribed = sum(client.subscribed + client.patterns for client in own.clients)
    if any(way.kind in ("channel", "pattern") for way in ways) and not subscribed and own.clients:
        return _no(live, "dead-subscriber", f"{told}, none subscribed (sub=0 psub=0)", _ALIVE)
    if missing:
        return _not_read(live, told, own.clients, missing[0])
    if deaf := own.deaf(ways):
        heard = {name for name, count in own.heard.items() if count} | (own.patterns or frozenset())
        text = f"the service is not subscribed to {', '.join(deaf)}; it is subscribed to: "
        text += ", ".join(sorted(heard)) or "none"
        return _no(live, "wrong-channel", text, "make the channel in models.py the spec's")
    if unsure := own.unsure(ways):
        who = "by a pattern" if own.patterns is None else "but others are too"
        text = f"{told}, subscribed, {who}: whether one of them listens to {', '.join(unsure)} is unsure"
        return _unsure(live, text)
    return live.observe(CONNECTIONS, _action(live), f"{told}: {_shown(own, names(ways, 'channel'))}", True)


def _absent(live: LiveCheck, own: Own) -> Observation:
    others = f" ({own.others} of others)" if own.others else ""
    text = f"no connection of the service in the client list{others}"
    if own.newcomers:
        return _unsure(
            live,
            f"{text}; {own.newcomers} came after its start and listen where it should: a proxy's, or somebody else's",
        )
    ways = ways_in(live)
    if not ways or (all(way.kind in READS for way in ways) and not waits(live)):
        what = "only writes, and may connect when it has something to write" if not ways else "may look in now and then"
        step = "make it do so while it is looked at: call what makes it, or wait for its schedule"
        return live.observe(
            CONNECTIONS, _action(live), f"{text}; it {what}", None, cause="not-connected", next_step=step
        )
    return _no(live, "not-connected", text, "connect to the stack's Redis; see the service's log")


def _not_read(live: LiveCheck, told: str, own: tuple[Client, ...], one: Unread) -> Observation:
    """An input that nobody was seen reading: broken when that is certain, unknown when it could not be seen."""
    if one.passing:
        return _unsure(live, f"{told}; {one.way} is read by connections that are closed again, whose cannot be told")
    last = ", ".join(sorted({client.command for client in own}))
    if one.elsewhere and one.before is None and one.sure:
        text = f"{told}, reading {one.way.kind} {', '.join(one.elsewhere)}, not {one.way.kind} {one.way.name}"
        return _no(live, "wrong-channel", text, f"let it read the spec's {one.way.kind}")
    reads = any(client.command in READS[one.way.kind] for client in own)
    if waits(live) and (one.sure or not reads):
        text = f"{told}, none reads a {one.way.kind} (last commands: {last})"
        if one.before is not None:
            text = f"{told}: {one.way} was read {one.before:.0f} s ago and not since (last commands: {last})"
        return _no(live, "dead-subscriber", text, _ALIVE)
    if one.sure:
        return _unsure(live, f"{told}, none looked into {one.way} meanwhile; it may look in now and then")
    return _unsure(live, f"{told} (last commands: {last}): which {one.way.kind} it reads Redis does not tell")


def _unsure(live: LiveCheck, text: str) -> Observation:
    return live.observe(CONNECTIONS, _action(live), text, None, cause="unsure", next_step="see the message flow")


def _shown(own: Own, wanted: list[str]) -> str:
    lines = [
        f"{client.address}{f' name={client.name}' if client.name else ''} sub={client.subscribed}"
        f" psub={client.patterns} cmd={client.command}"
        for client in own.clients or ()
    ]
    counts = ", ".join(f"{name} {own.heard[name]}" for name in wanted if own.heard.get(name))
    more = f"; … and {len(lines) - 6} more" if len(lines) > 6 else ""
    unnamed = not any(client.name for client in own.clients or ())
    advice = "; a name (client_name=…) would help people who look" if unnamed else ""
    return "; ".join(lines[:6]) + more + (f"; subscribers of its own: {counts}" if counts else "") + advice


def _no(live: LiveCheck, cause: str, text: str, step: str) -> Observation:
    return live.observe(CONNECTIONS, _action(live), text, False, cause=cause, next_step=step)
