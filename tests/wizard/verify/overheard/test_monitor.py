"""Listening to a real server: it hears all, ends by itself on one that is busy, and asks no server that will not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from wizard.adapters.clock import SystemClock
from wizard.runtime.embedded.servers import RedisServer
from wizard.runtime.process import Scratch
from wizard.values.live import Limits
from wizard.verify.overheard import monitor
from wizard.verify.overheard.monitor import overhear
from wizard.verify.overheard.own import subscribed_by
from wizard.verify.redis_link import connect

pytestmark = [pytest.mark.embedded, pytest.mark.own_ports]
PATIENCE = 20.0


@pytest.fixture
def server() -> Iterator[RedisServer]:
    scratch = Scratch()
    started = RedisServer(scratch, Limits(), lambda: False, guarded=True)
    started.start()
    yield started
    scratch.close()


@pytest.fixture
def client(server: RedisServer) -> Iterator[Any]:
    redis = pytest.importorskip("redis")
    made = redis.Redis(port=server.endpoint.port, password=server.endpoint.password)
    yield made
    made.close()


def waited(until: Any) -> bool:
    return SystemClock().wait(PATIENCE, until)


def test_everything_is_heard_with_who_did_it(server: RedisServer, client: Any) -> None:
    ear = overhear(server.endpoint, PATIENCE, alone=True)
    assert ear is not None and ear.whole
    client.xadd("prices", {"id": "1"})
    client.blpop(["todo", "more"], timeout=0.1)
    client.publish("news", "x")
    assert waited(lambda: len(ear.heard()) == 4)
    assert [(one.deed.way, one.deed.name, one.times) for one in ear.heard()] == [
        ("out", "prices", 1),
        ("in", "todo", 1),
        ("in", "more", 1),
        ("out", "news", 1),
    ]
    assert {one.deed.address for one in ear.heard()} == {client.client_info()["addr"]}
    ear.close()
    ear.close()
    assert not ear.whole
    assert waited(lambda: len(client.client_list()) == 1)


def test_what_was_there_before_is_not_known_whole(server: RedisServer, client: Any) -> None:
    """A service that runs already subscribed before anybody listened: that no word of it was heard says nothing."""
    early = client.pubsub()
    early.subscribe("news")
    assert early.get_message(timeout=PATIENCE)["type"] == "subscribe"
    ear = overhear(server.endpoint, PATIENCE, alone=True)
    assert ear is not None
    late = client.pubsub()
    late.subscribe("news")
    assert late.get_message(timeout=PATIENCE)["type"] == "subscribe"
    assert waited(ear.heard)
    with connect(server.endpoint, PATIENCE) as link:
        known = {one.address: one for one in link.view(("news",)).clients if one.subscribed}
    (new,) = {one.deed.address for one in ear.heard()}
    (old,) = set(known) - {new}
    assert (ear.knows([new]), ear.knows([old]), ear.knows([new, old])) == (True, False, False)
    assert subscribed_by((known[new],), ear, "news") == 1
    assert subscribed_by((known[new],), ear, "other") == 0
    assert subscribed_by((known[old],), ear, "news") is None
    assert subscribed_by((known[new], known[old]), ear, "news") is None
    early.close()
    late.close()
    ear.close()


def test_a_busy_server_is_left_alone(server: RedisServer, client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(monitor, "IN_USE", 50)
    ear = overhear(server.endpoint, PATIENCE, alone=False)
    assert ear is not None and ear.whole
    for _ in range(60):
        client.lpush("todo", "x")
    assert waited(lambda: not ear.whole)
    assert waited(lambda: len(client.client_list()) == 1), "it goes on listening"
    ear.close()


def test_a_server_that_goes_away_was_not_heard_whole(server: RedisServer, client: Any) -> None:
    ear = overhear(server.endpoint, PATIENCE, alone=True)
    assert ear is not None
    client.client_kill_filter(_type="normal", skipme=True)
    assert waited(lambda: not ear.whole)
    ear.close()


def test_a_server_that_does_not_let_it_is_not_listened_to(server: RedisServer, client: Any) -> None:
    client.execute_command("ACL", "SETUSER", "default", "-monitor")
    assert overhear(server.endpoint, PATIENCE, alone=True) is None
    assert len(client.client_list()) == 1


def test_a_frozen_server_does_not_keep_it(server: RedisServer) -> None:
    server.pause()
    try:
        assert overhear(server.endpoint, 0.3, alone=True) is None
    finally:
        server.resume()
