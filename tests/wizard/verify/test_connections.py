"""Whose connection is it, and to what does it listen: told by addresses and by what changed, never by a name."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from time import monotonic
from types import SimpleNamespace
from typing import Any

import pytest

from wizard.checklist import load
from wizard.values.facts.code import PythonFile, RedisUse
from wizard.values.facts.stack import ServiceFacts
from wizard.values.live import Endpoint, LiveTrouble
from wizard.values.profile import ServerProfile
from wizard.values.source import Source
from wizard.values.spec import Channel
from wizard.verify.connections import check_connections, own_view
from wizard.verify.overheard.commands import Deed
from wizard.verify.overheard.monitor import Listened
from wizard.verify.redis_link import Before, Client, View, connect
from wizard.verify.ways import ways_in, ways_out

AT = Source("services/one/main.py", 3)
OWN = "172.18.0.4:40000"
OTHER = "172.18.0.9:40000"


def client(address: str, subscribed: int = 0, *, name: str = "", patterns: int = 0, command: str = "ping") -> Client:
    return Client(address.rpartition(":")[0] + str(subscribed), address, name, subscribed, patterns, command)


class Link:
    """Redis as it answers now. `active`: seconds since the only consumer of every stream asked for entries."""

    def __init__(self, now: View, active: float | None = None) -> None:
        self.now, self.active = now, active

    def use_database(self, number: int) -> None:
        return

    def consumers(self, stream: str) -> list[tuple[str, float]]:
        return [] if self.active is None else [("one", self.active)]

    def view(self, channels: Any = ()) -> View:
        return View(self.now.clients, {name: self.now.heard.get(name, 0) for name in {*self.now.heard, *channels}})


class Ear:
    """What was overheard: (address, command, kind, name), all of it just now."""

    def __init__(
        self, *done: tuple[str, str, str, str], whole: bool = True, ago: float = 0.0, there: tuple[str, ...] = ()
    ) -> None:
        at = monotonic() + 60 - ago
        self.whole = whole
        self.there = there
        self._heard = tuple(
            Listened(Deed(address, 0, command, "in", kind, name), at, 1) for address, command, kind, name in done
        )

    def heard(self) -> tuple[Listened, ...]:
        return self._heard

    def knows(self, addresses: Iterable[str]) -> bool:
        return self.whole and set(self.there).isdisjoint(addresses)


def live(
    *uses: tuple[str, str],
    inputs: tuple[str, ...] = ("ticks",),
    outputs: tuple[str, ...] = (),
    root: str = "",
) -> Any:
    file = PythonFile(AT.path, redis=tuple(RedisUse(kind, value, AT) for kind, value in uses))
    service = ServiceFacts("one", "services/one", python=(file,))
    run = SimpleNamespace(
        redis=lambda: object(),
        command=lambda name: name,
        limits=SimpleNamespace(request=0.0, late=0.0),
        alone=lambda: True,
        own_clients=lambda addresses: frozenset(a for a in addresses if a.startswith("172.18.0.4:")),
        servers_used=lambda port: (),
    )
    return SimpleNamespace(
        facts=SimpleNamespace(
            service=lambda name: service, root=root, profile=SimpleNamespace(redis=ServerProfile("cdb_redis"))
        ),
        before=Before(),
        code=lambda: [(Path(root) / AT.path).read_text()] if root else [],
        spec=SimpleNamespace(name="one", inputs=tuple(map(Channel, inputs)), outputs=tuple(map(Channel, outputs))),
        run=run,
        wait=lambda seconds, until: until(),
        begin=lambda item, text: text,
        observe=lambda item, action, text, ok, **more: SimpleNamespace(ok=ok, text=text, **{"cause": "", **more}),
    )


def judged(
    monkeypatch: pytest.MonkeyPatch,
    check: Any,
    now: View,
    before: Before | None = None,
    active: float | None = None,
) -> Any:
    from contextlib import nullcontext

    monkeypatch.setattr("wizard.verify.connections.connect", lambda at, limit: nullcontext(Link(now, active)))
    monkeypatch.setattr("wizard.verify.connections.overhear", lambda at, limit, alone: None)
    check.before = before or Before()
    return list(check_connections(check, load().judged_by("redis-live")))[-1]


STREAM = (("xread", "ticks"),)
CHANNEL = (("subscribe", "ticks"),)


@pytest.mark.parametrize(
    ("uses", "clients", "heard", "ok", "cause"),
    [
        (CHANNEL, (client(OWN, 1),), {"ticks": 1}, True, ""),
        (CHANNEL, (client(OWN, 1, name="something-else"),), {"ticks": 1}, True, ""),
        (CHANNEL, (client(OTHER, 1, name="one"),), {"ticks": 1}, False, "not-connected"),
        (CHANNEL, (client(OWN), client(OTHER, 1, name="one")), {"ticks": 1}, False, "dead-subscriber"),
        (CHANNEL, (client(OWN, 1),), {"tocks": 1}, False, "wrong-channel"),
        (CHANNEL, (client(OWN, 1), client(OTHER, 1)), {"ticks": 2}, True, ""),
        (CHANNEL, (client(OWN, 1), client(OTHER, 1)), {"ticks": 1, "tocks": 1}, None, "unsure"),
        (CHANNEL, (client(OWN, patterns=1),), {}, None, "unsure"),
        (STREAM, (client(OWN, command="xreadgroup"),), {}, None, "unsure"),
        (STREAM, (client(OWN, command="ping"), client(OTHER, command="xread")), {}, None, "unsure"),
        ((("pop", "ticks"),), (client(OWN, command="brpop"),), {}, None, "unsure"),
        ((), (), {}, False, "not-connected"),
    ],
)
def test_a_connection_is_known_by_its_address(
    monkeypatch: pytest.MonkeyPatch,
    uses: tuple[tuple[str, str], ...],
    clients: tuple[Client, ...],
    heard: dict[str, int],
    ok: bool | None,
    cause: str,
) -> None:
    seen = judged(monkeypatch, live(*uses), View(clients, heard))
    assert (seen.ok, seen.cause) == (ok, cause), seen.text


@pytest.mark.parametrize(
    ("then", "now", "ok", "cause"),
    [
        ((), (client(OTHER, 1),), None, "unsure"),
        ((client(OTHER, 1),), (client(OTHER, 1),), False, "not-connected"),
        ((), (client(OTHER),), False, "not-connected"),
    ],
)
def test_who_came_with_the_service_may_be_its_proxy(
    monkeypatch: pytest.MonkeyPatch, then: tuple[Client, ...], now: tuple[Client, ...], ok: bool | None, cause: str
) -> None:
    before = View(then, {"ticks": len(then)})
    heard = {"ticks": sum(each.subscribed for each in now)}
    seen = judged(monkeypatch, live(*CHANNEL), View(now, heard), Before(before))
    assert (seen.ok, seen.cause) == (ok, cause), seen.text


@pytest.mark.parametrize(("on", "ok", "cause"), [("ticks", True, ""), ("tocks", False, "wrong-channel")])
def test_what_others_listened_to_before_is_told_apart(
    monkeypatch: pytest.MonkeyPatch, on: str, ok: bool, cause: str
) -> None:
    """Another client is on the right channel all the time: only what came since the start is the service's."""
    other = client(OTHER, 1, name="one")
    before = Before(View((other,), {"ticks": 1}))
    now = View((other, client(OWN, 1)), {"ticks": 1} | {on: 1 + (on == "ticks")})
    seen = judged(monkeypatch, live(*CHANNEL), now, before)
    assert (seen.ok, seen.cause) == (ok, cause), seen.text


@pytest.mark.parametrize(
    ("uses", "used", "ok", "cause"),
    [
        (("pop", "ticks"), ("cdb_redis",), None, "short-lived"),
        (("subscribe", "ticks"), ("cdb_redis",), False, "not-connected"),
        (("subscribe", "ticks"), ("cdb_cache",), None, "other-redis"),
        (("pop", "ticks"), (), None, "not-connected"),  # its code does not say that it waits there
    ],
)
def test_a_service_without_a_connection_may_use_one_all_the_same(
    monkeypatch: pytest.MonkeyPatch, uses: tuple[str, str], used: tuple[str, ...], ok: bool | None, cause: str
) -> None:
    """One that connects for each command, and one that speaks to another Redis of the stack."""
    check = live(uses)
    check.run.servers_used = lambda port: used if port == 6379 else ()
    seen = judged(monkeypatch, check, View((client(OTHER),), {}))
    assert (seen.ok, seen.cause) == (ok, cause), seen.text


def test_a_runtime_that_cannot_tell_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    check = live(*CHANNEL)
    check.run.own_clients = lambda addresses: None
    seen = judged(monkeypatch, check, View((client("172.18.0.1:4", 1),), {"ticks": 1}))
    assert (seen.ok, seen.cause) == (None, "unsure")


def test_an_unnamed_connection_gets_an_advice(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "client_name" in judged(monkeypatch, live(*CHANNEL), View((client(OWN, 1),), {"ticks": 1})).text
    named = View((client(OWN, 1, name="one"),), {"ticks": 1})
    assert "client_name" not in judged(monkeypatch, live(*CHANNEL), named).text


@pytest.mark.parametrize(
    ("uses", "kinds"),
    [
        ((("xread", "a"), ("subscribe", "b"), ("xadd", "c")), ("stream", "channel", "stream")),
        ((("xread", ""),), ("stream", "stream", "channel")),
        ((("subscribe", "a"), ("pop", "b"), ("publish", "c")), ("channel", "list", "channel")),
        ((), ("channel", "channel", "channel")),
        ((("subscribe", "a*"),), ("channel", "channel", "channel")),
    ],
)
def test_the_code_says_how_events_come_and_go(uses: tuple[tuple[str, str], ...], kinds: tuple[str, str, str]) -> None:
    check = live(*uses, inputs=("a", "b"), outputs=("c",))
    assert tuple(way.kind for way in (*ways_in(check), *ways_out(check))) == kinds


def test_channels_of_others_are_never_counted_as_its_own() -> None:
    now = View((client(OTHER, 3),), {"x": 1, "y": 1, "z": 1})
    seen = own_view(live(*CHANNEL), Link(now), Before())  # type: ignore[arg-type]
    assert (seen.clients, seen.others) == ((), 1)


@pytest.mark.parametrize("uses", [(("push", "votes"),), (("publish", "votes"),), (("xadd", "votes"),)])
def test_one_that_only_writes_may_connect_when_it_does(
    monkeypatch: pytest.MonkeyPatch, uses: tuple[tuple[str, str], ...]
) -> None:
    check = live(*uses, inputs=(), outputs=("votes",))
    assert judged(monkeypatch, check, View((client(OTHER),), {})).ok is None
    assert judged(monkeypatch, check, View((client(OWN),), {})).ok is True


def test_those_who_take_out_of_lists_are_counted() -> None:
    now = View((client(OWN, command="blpop"), client(OTHER, command="brpop"), client("172.18.0.8:1")), {})
    seen = own_view(live(("pop", "ticks")), Link(now), Before())  # type: ignore[arg-type]
    assert (seen.others, seen.takers) == (2, 1)


def test_a_redis_that_refuses_the_wizard_says_nothing_of_the_service() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def refuse() -> None:
            connection, _ = server.accept()
            with connection:
                connection.sendall(b"-ERR max number of clients reached\r\n")
                connection.recv(100)

        thread = threading.Thread(target=refuse)
        thread.start()
        at = Endpoint("127.0.0.1", server.getsockname()[1])
        with pytest.raises(LiveTrouble, match="max number of clients") as raised, connect(at, 5.0) as link:
            link.clients()
        thread.join()
    assert raised.value.undecided


WAITING = "client.xreadgroup(group, name, {stream: '>'}, block=0)"
LIST = (("pop", "ticks"),)
READS = ("xreadgroup", "stream")
POPS = ("blpop", "list")


@pytest.mark.parametrize(
    ("uses", "command", "heard", "code", "ok", "cause"),
    [
        (STREAM, "xreadgroup", ((OWN, *READS, "ticks"),), WAITING, True, ""),
        (STREAM, "xreadgroup", ((OWN, *READS, "tocks"),), WAITING, False, "wrong-channel"),
        (STREAM, "xreadgroup", ((OTHER, *READS, "ticks"),), WAITING, False, "dead-subscriber"),
        (STREAM, "ping", (), WAITING, False, "dead-subscriber"),
        (STREAM, "ping", (), "client.xread(streams)", None, "unsure"),
        (STREAM, "xread", ((OWN, "xread", "stream", "tocks"), (OWN, "xread", "stream", "ticks")), WAITING, True, ""),
        (LIST, "blpop", ((OWN, *POPS, "ticks"),), "client.blpop(key)", True, ""),
        (LIST, "blpop", ((OWN, *POPS, "tocks"),), "client.blpop(key)", False, "wrong-channel"),
        (LIST, "rpop", (), "client.rpop(key)", None, "unsure"),
    ],
)
def test_what_is_read_is_told_by_the_commands(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    uses: tuple[tuple[str, str], ...],
    command: str,
    heard: tuple[tuple[str, str, str, str], ...],
    code: str,
    ok: bool | None,
    cause: str,
) -> None:
    (tmp_path / AT.path).parent.mkdir(parents=True)
    (tmp_path / AT.path).write_text(code)
    before: Any = Before(overheard=Ear(*heard))  # type: ignore[arg-type]
    now = View((client(OWN, command=command), client(OTHER, command="xreadgroup")), {})
    seen = judged(monkeypatch, live(*uses, root=str(tmp_path)), now, before)
    assert (seen.ok, seen.cause) == (ok, cause), seen.text


@pytest.mark.parametrize(
    ("name", "ok", "cause"), [("ti*", True, ""), ("t[^a]cks", True, ""), ("news.*", False, "wrong-channel")]
)
def test_a_pattern_is_told_by_its_words(monkeypatch: pytest.MonkeyPatch, name: str, ok: bool, cause: str) -> None:
    before: Any = Before(overheard=Ear((OWN, "psubscribe", "pattern", name)))  # type: ignore[arg-type]
    seen = judged(monkeypatch, live(*CHANNEL), View((client(OWN, patterns=1),), {}), before)
    assert (seen.ok, seen.cause) == (ok, cause), seen.text


@pytest.mark.parametrize(
    ("uses", "now", "ok"),
    [
        (CHANNEL, client(OWN, 1), True),
        (CHANNEL, client(OWN, patterns=1), None),
        (STREAM, replace(client(OWN, command="xreadgroup"), blocked=True), None),
        (STREAM, client(OWN, command="xreadgroup"), None),
    ],
)
def test_a_service_that_ran_before_anybody_listened_is_never_called_deaf(
    monkeypatch: pytest.MonkeyPatch, uses: tuple[tuple[str, str], ...], now: Client, ok: bool | None
) -> None:
    before: Any = Before(overheard=Ear(there=(OWN,)))  # type: ignore[arg-type]
    seen = judged(monkeypatch, live(*uses), View((now,), {"ticks": now.subscribed}), before)
    assert seen.ok is ok, seen.text


@pytest.mark.parametrize(("mine", "ok", "cause"), [("ticks", True, ""), ("tocks", False, "wrong-channel")])
def test_one_of_several_subscribers_is_told_by_its_commands(
    monkeypatch: pytest.MonkeyPatch, mine: str, ok: bool, cause: str
) -> None:
    before: Any = Before(overheard=Ear((OWN, "subscribe", "channel", mine)))  # type: ignore[arg-type]
    now = View((client(OWN, 1), client(OTHER, 1)), {"ticks": 1, "tocks": 1})
    seen = judged(monkeypatch, live(*CHANNEL), now, before)
    assert (seen.ok, seen.cause) == (ok, cause), seen.text


@pytest.mark.parametrize(("blocked", "ok"), [(True, True), (False, None)])
def test_a_reading_of_long_ago_counts_while_the_connection_still_waits_for_it(
    monkeypatch: pytest.MonkeyPatch, blocked: bool, ok: bool | None
) -> None:
    """A reader that died leaves its connection open, with the command that it sent last."""
    before: Any = Before(overheard=Ear((OWN, *READS, "ticks"), ago=600.0))  # type: ignore[arg-type]
    now = View((replace(client(OWN, command="xreadgroup"), blocked=blocked),), {})
    assert judged(monkeypatch, live(*STREAM), now, before).ok is ok


@pytest.mark.parametrize(
    ("active", "others", "ok"), [(0.2, (), True), (9.0, (), None), (0.2, (client(OTHER, command="xack"),), None)]
)
def test_without_the_commands_a_consumer_as_active_as_the_connection_tells(
    monkeypatch: pytest.MonkeyPatch, active: float, others: tuple[Client, ...], ok: bool | None
) -> None:
    now = View((client(OWN, command="xreadgroup"), *others), {})
    assert judged(monkeypatch, live(*STREAM), now, active=active).ok is ok
