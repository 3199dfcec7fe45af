"""The connections: the server's client list shows connections of the service itself, listening where they should.

A connection is the service's when it comes from the address of its process or container. `CLIENT LIST` counts a
client's subscriptions but does not name them, so channels are told by what changed since before the service started.
"""

from __future__ import annotations

from wizard.values.checklist import Item
from wizard.values.lean import dataclass
from wizard.values.live import Endpoint, LiveTrouble
from wizard.values.observation import Observation
from wizard.verify.live import Checks, LiveCheck
from wizard.verify.redis_link import Before, Client, RedisLink, View, connect
from wizard.verify.ways import names, ways_in, ways_out

_STREAM_READS = frozenset({"xread", "xreadgroup", "xack", "xautoclaim", "xclaim", "xgroup", "xpending"})
_LIST_READS = frozenset({"blpop", "brpop", "lpop", "rpop", "blmove", "lmove", "brpoplpush", "rpoplpush", "blmpop"})
_REDIS_PORT = 6379
_ALIVE = "start the subscriber loop, and keep it alive when Redis goes away"


CONNECTIONS = "connections"


def look_before(live: LiveCheck) -> Before:
    """Notes who is connected and subscribed before the service starts."""
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
            return Before(link.view(names(ways_in(live), "channel")), groups)
    except LiveTrouble:
        return Before()


@dataclass(frozen=True, slots=True)
class Own:
    """What Redis shows of the service. `clients` None: the runtime cannot tell which are its.

    `heard`: channel -> how many of its connections are subscribed; None where others might be the ones counted.
    `others`: how many connections are not its own; `takers`: how many of those take entries out of lists. `newcomers`:
    how many of those came after it was started, while its channels got subscribers.
    """

    clients: tuple[Client, ...] | None
    heard: dict[str, int | None]
    others: int = 0
    takers: int = 0
    newcomers: int = 0

    @property
    def deaf(self) -> list[str]:
        """The channels to which it is not subscribed, for certain."""
        return [name for name, count in self.heard.items() if count == 0]


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
    takers = sum(client.command in _LIST_READS for client in others)
    newcomers = _newcomers(wanted, now, others, before.view)
    return Own(own, heard | {name: heard.get(name, 0) for name in wanted}, len(others), takers, newcomers)


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
    """Turns to the database that the service has selected, where it has streams or lists: they are there only."""
    if not {way.kind for way in (*ways_in(live), *ways_out(live))} & {"stream", "list"}:
        return
    found: list[Client] = []

    def connected() -> bool:
        found[:] = own_view(live, link, live.before).clients or ()
        return bool(found)

    live.wait(live.run.limits.request, connected)
    reading = [client for client in found if client.command in _STREAM_READS | _LIST_READS]
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
    readers = _Readers(live)
    with connect(at, live.run.limits.request) as link:

        def settled() -> bool:
            own = own_view(live, link, before)
            readers.see(own)
            return own.clients is None or (bool(own.clients) and not own.deaf and not readers.missing())

        limits = live.run.limits
        live.wait(limits.request + (limits.late if ways_in(live) else 0.0), settled)  # late is not deaf
        return _judge(live, own_view(live, link, before), readers)


class _Readers:
    """Which kinds of reading were seen on the service's own connections; a poller shows itself only now and then."""

    def __init__(self, live: LiveCheck) -> None:
        self._kinds = {way.kind for way in ways_in(live)}
        self._seen: set[str] = set()

    def see(self, own: Own) -> None:
        """Notes the last commands of the service's connections."""
        for client in own.clients or ():
            self._seen |= {"stream"} if client.command in _STREAM_READS else set()
            self._seen |= {"list"} if client.command in _LIST_READS else set()
            self._seen |= {"pattern"} if client.patterns else set()

    def missing(self) -> list[str]:
        """Returns the kinds that the service should read and was not seen reading."""
        return sorted((self._kinds & {"stream", "list", "pattern"}) - self._seen)


def _judge(live: LiveCheck, own: Own, readers: _Readers) -> Observation:
    if own.clients is None:
        text = "which of the connections are the service's cannot be told here"
        return live.observe(CONNECTIONS, _action(live), text, None, cause="unsure", next_step="see the message flow")
    elsewhere = told_elsewhere(live, own)
    if elsewhere is not None:
        cause, text, step = elsewhere
        return live.observe(CONNECTIONS, _action(live), text, None, cause=cause, next_step=step)
    if not own.clients:
        others = f" ({own.others} of others)" if own.others else ""
        text = f"no connection of the service in the client list{others}"
        if own.newcomers:
            text += f"; {own.newcomers} came after its start and listen where it should: a proxy's, or somebody else's"
            return live.observe(
                CONNECTIONS, _action(live), text, None, cause="unsure", next_step="see the message flow"
            )
        if not live.spec.inputs:
            text += "; it only writes, and may connect when it has something to write"
            step = "make it write while it is looked at: call what makes it write, or wait for its schedule"
            return live.observe(CONNECTIONS, _action(live), text, None, cause="not-connected", next_step=step)
        return _no(live, "not-connected", text, "connect to the stack's Redis; see the service's log")
    told = f"{len(own.clients)} connection(s) of the service"
    subscribed = sum(client.subscribed + client.patterns for client in own.clients)
    by_pattern = any(client.patterns for client in own.clients)
    if own.heard and names(ways_in(live), "channel") and not subscribed:
        return _no(live, "dead-subscriber", f"{told}, none subscribed (sub=0 psub=0)", _ALIVE)
    if readers.missing():
        last = ", ".join(sorted({client.command for client in own.clients}))
        text = f"{told}, none reads a {' or a '.join(readers.missing())} (last commands: {last})"
        return _no(live, "dead-subscriber", text, _ALIVE)
    wanted = names(ways_in(live), "channel")
    deaf = [name for name in own.deaf if name in wanted]
    if deaf and not by_pattern:
        listens = ", ".join(sorted(name for name, count in own.heard.items() if count)) or "none"
        text = f"the service is not subscribed to {', '.join(deaf)}; it is subscribed to: {listens}"
        return _no(live, "wrong-channel", text, "make the channel in models.py the spec's")
    unsure = [name for name in wanted if own.heard.get(name) is None]
    if unsure and not by_pattern:
        text = f"{told}, subscribed, but others are too: whether one of them listens to {', '.join(unsure)} is unsure"
        return live.observe(CONNECTIONS, _action(live), text, None, cause="unsure", next_step="see the message flow")
    return live.observe(CONNECTIONS, _action(live), f"{told}: {_shown(own, wanted)}", True)


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
