"""Channels, streams, names and reconnects, through constants, settings, loops and helpers of other modules."""

from __future__ import annotations

from textwrap import dedent

import pytest

from wizard.stack.python.resolve import resolve
from wizard.stack.python.source import read_python
from wizard.values.facts.code import PythonFile, RedisUse


def service(**files: str) -> tuple[PythonFile, ...]:
    return resolve(tuple(read_python(dedent(code), f"services/x/{name}.py") for name, code in files.items()))


def uses(files: tuple[PythonFile, ...], kind: str) -> list[str]:
    return [use.value for file in files for use in file.redis if use.kind == kind]


def read(code: str) -> tuple[PythonFile, ...]:
    return service(service="import redis\n" + dedent(code))


@pytest.mark.parametrize(
    ("code", "kind", "values"),
    [
        ("p.subscribe('a')", "subscribe", ["a"]),
        ("p.subscribe('a', 'b')", "subscribe", ["a", "b"]),
        ("p.subscribe(*('a', 'b'))", "subscribe", ["a", "b"]),
        ("p.subscribe(**{'a': handler})", "subscribe", ["a"]),
        ("p.subscribe(a=handler)", "subscribe", ["a"]),
        ("p.psubscribe('market.*')", "subscribe", ["market.*"]),
        ("C = ['a', 'b']\np.subscribe(*C)", "subscribe", ["a", "b"]),
        ("C = {'a': 1, 'b': 2}\np.subscribe(*C)", "subscribe", ["a", "b"]),
        ("C = {'in': 'a', 'out': 'b'}\np.subscribe(C['in'])", "subscribe", ["a"]),
        ("C = {'in': 'a', 'out': 'b'}\np.subscribe(*C.values())", "subscribe", ["a", "b"]),
        ("A = 'a'\nALL = (A, 'b')\nfor c in ALL:\n    p.subscribe(c)", "subscribe", ["a", "b"]),
        ("p.subscribe(*[c for c in ('a', 'b')])", "subscribe", ["a", "b"]),
        ("P = 'x'\nr.publish(f'{P}.out', m)", "publish", ["x.out"]),
        ("P = 'x'\nr.publish(P + '.out', m)", "publish", ["x.out"]),
        ("r.publish(channel='a', message=m)", "publish", ["a"]),
        ("r.publish('a' if urgent else 'b', m)", "publish", ["a", "b"]),
        ("r.publish(unknown(), m)", "publish", [""]),
        ("await_ = 1\nr.xadd('s', {})", "xadd", ["s"]),
        ("r.xread({'s': '0', 't': '0'}, block=1)", "xread", ["s", "t"]),
        ("r.xreadgroup('g', 'c', {'s': '>'})", "xread", ["s"]),
        ("r.xreadgroup('g', 'c', dict.fromkeys(('s', 't'), '>'))", "xread", ["s", "t"]),
        ("S = ('s', 't')\nr.xread({name: '$' for name in S})", "xread", ["s", "t"]),
        ("r.xread({'s' if n else 't': '$' for n in two()})", "xread", ["s", "t"]),
        ("r.client_setname('x')", "client_name", ["x"]),
        ("r.execute_command('CLIENT', 'SETNAME', 'x')", "client_name", ["x"]),
        ("redis.Redis(host='h', client_name='x')", "client_name", ["x"]),
        ("redis.Redis.from_url(URL, client_name='x')", "client_name", ["x"]),
        ("class C:\n    OUT = 'a'\nr.publish(C.OUT, m)", "publish", ["a"]),
        ("from enum import Enum\nclass C(Enum):\n    OUT = 'a'\nr.publish(C.OUT.value, m)", "publish", ["a"]),
    ],
)
def test_one_use(code: str, kind: str, values: list[str]) -> None:
    assert uses(read(code), kind) == values


def test_channels_of_another_module() -> None:
    files = service(
        models="INPUT_CHANNELS = ('market_data', 'orders')\nOUTPUT_CHANNELS = ('signals',)\n",
        bus="""\
            import redis
            from . import models
            from .models import INPUT_CHANNELS as INPUTS

            class Bus:
                def __init__(self, client):
                    self.pubsub = client.pubsub()
                    self.client = client
                def start(self):
                    self.pubsub.subscribe(*INPUTS)
                def send(self, message):
                    for channel in models.OUTPUT_CHANNELS:
                        self.client.publish(channel, message)
            """,
    )
    assert uses(files, "subscribe") == ["market_data", "orders"]
    assert uses(files, "publish") == ["signals"]


def test_settings_and_their_variable() -> None:
    files = service(
        config="""\
            import os
            from dataclasses import dataclass
            @dataclass
            class SignalConfig:
                input_topic: str = "market_data"
                output_topic: str = os.getenv("SIGNAL_OUT", "signals")
            config = SignalConfig()
            """,
        service="""\
            import redis
            from config import config
            class Engine:
                def __init__(self):
                    self.config = config
                def start(self, client):
                    pubsub = client.pubsub()
                    pubsub.subscribe(self.config.input_topic)
                    client.publish(self.config.output_topic, "x")
            """,
    )
    assert uses(files, "subscribe") == ["market_data"]
    (published,) = (use for file in files for use in file.redis if use.kind == "publish")
    assert (published.value, published.variable) == ("signals", "SIGNAL_OUT")


def test_pydantic_settings_defaults() -> None:
    files = service(
        config="""\
            from pydantic_settings import BaseSettings, SettingsConfigDict
            class Settings(BaseSettings):
                model_config = SettingsConfigDict(env_prefix="X_")
                stream: str = "scans"
            """,
        service="import redis\nfrom .config import Settings\nsettings = Settings()\nr.xadd(settings.stream, {})\n",
    )
    (use,) = (use for file in files for use in file.redis)
    assert use == RedisUse("xadd", "scans", use.source, "X_STREAM")


def test_a_settings_field_with_an_alias() -> None:
    files = service(
        config="""\
            from pydantic import Field
            from pydantic_settings import BaseSettings
            class Settings(BaseSettings):
                stream: str = Field("scans", validation_alias="SCAN_STREAM")
            """,
        service="import redis\nfrom .config import Settings\nr.xadd(Settings().stream, {})\n",
    )
    assert [(use.value, use.variable) for file in files for use in file.redis] == [("scans", "SCAN_STREAM")]


def test_a_helper_class_takes_its_channels_from_whoever_makes_it() -> None:
    files = service(
        bus="""\
            import redis
            class Bus:
                def __init__(self, client, channels=("never",)):
                    self.client = client
                    self.channels = channels
                def emit(self, channel, message):
                    self.client.publish(channel, message)
                def listen(self):
                    self.client.pubsub().subscribe(*self.channels)
            """,
        service="""\
            from .bus import Bus
            bus = Bus(connect(), channels=["orders"])
            bus.emit("results", "{}")
            """,
    )
    assert uses(files, "subscribe") == ["orders"]
    assert uses(files, "publish") == ["results"]
    published = next(use for file in files for use in file.redis if use.kind == "publish")
    assert str(published.source) == "services/x/service.py:3"


def test_a_default_parameter_counts_when_nobody_gives_one() -> None:
    files = read("def emit(message, channel='alerts'):\n    r.publish(channel, message)\nemit('x')\n")
    assert uses(files, "publish") == ["alerts"]


def test_what_is_not_redis_is_left_alone() -> None:
    mqtt = service(service="import paho.mqtt.client as mqtt\nclient.subscribe('a')\nclient.publish('b', 'x')\n")
    assert mqtt[0].redis == ()
    both = read("self.mqtt.publish('a', 'x')\nnats.subscribe('b')\nr.publish('c', 'x')\n")
    assert uses(both, "publish") == ["c"] and uses(both, "subscribe") == []


MANAGER = """
class ConnectionManager:
    def __init__(self):
        self.rooms = {}

    async def subscribe(self, socket, room):
        self.rooms.setdefault(room, set()).add(socket)

    async def publish(self, room, text):
        for socket in self.rooms.get(room, ()):
            await socket.send_text(text)


manager = ConnectionManager()
"""
BUS = """
import redis


class Bus:
    def __init__(self, manager):
        self.redis = redis.Redis()

    def subscribe(self, channel):
        return self._listen(channel)

    def _listen(self, channel):
        self.redis.pubsub().subscribe(channel)


bus = Bus()
"""


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("from live import manager\nasync def ws(s):\n    await manager.subscribe(s, 'prices')", []),
        ("from live import manager\nasync def ws(m):\n    await manager.publish('prices', m)", []),
        ("from live import ConnectionManager\nm = ConnectionManager()\nm.subscribe(1, 'prices')", []),
        ("def ws(app):\n    app.state.manager.subscribe('prices')", []),
        ("from bus import bus\nbus.subscribe('orders')", ["orders"]),
        ("import redis\np = redis.Redis().pubsub()\np.subscribe('orders')", ["orders"]),
        ("import redis\nmanager = redis.Redis().pubsub()\nmanager.subscribe('orders')", ["orders"]),
        ("def run(pubsub):\n    pubsub.subscribe('orders')", ["orders"]),
    ],
)
def test_only_what_may_be_redis_is_a_channel(code: str, expected: list[str]) -> None:
    given = {"bus": BUS} if "bus import" in code else {"live": MANAGER, "other": "import redis"}
    files = service(service=code, **given)
    assert [*uses(files, "subscribe"), *uses(files, "publish")] == expected or (
        "bus import" in code and set(uses(files, "subscribe")) == set(expected)
    )


FEEDS = """
import redis

class Feeds:
    def subscribe(self, client_id, symbol):
        self.clients[client_id] = symbol
        redis.Redis().pubsub().subscribe({channel})

manager = Feeds()
"""


@pytest.mark.parametrize(
    ("channel", "expected"),
    [("f'live:{symbol}'", {"live:nifty"}), ("symbol", {"nifty"}), ("'live'", {"live"}), ("self.own()", {""})],
)
def test_which_argument_of_a_manager_is_the_channel(channel: str, expected: set[str]) -> None:
    files = service(
        live=FEEDS.replace("{channel}", channel),
        service="from live import manager\n\ndef serve(ws):\n    manager.subscribe('person', 'nifty')\n",
    )
    assert set(uses(files, "subscribe")) == expected


@pytest.mark.parametrize("receiver", ["hub", "self.socket_manager.manager", "graph.schema", "events.dispatcher"])
def test_what_nobody_knows_to_be_a_client_is_unknown(receiver: str) -> None:
    files = read(f"def run(self, hub, graph, events):\n    {receiver}.subscribe('prices')")
    assert uses(files, "subscribe") == [""]


def test_objects_of_another_broker_are_no_redis_also_beside_it() -> None:
    files = service(
        consumer="from confluent_kafka import Consumer\nconsumer = Consumer({})\nconsumer.subscribe(TOPICS)\n",
        store="import redis\nfrom aiokafka import AIOKafkaConsumer as K\nr = redis.Redis()\nk = K('x')\n"
        "k.subscribe('a')\nr.publish('b', 'x')\n",
    )
    assert uses(files, "subscribe") == [] and uses(files, "publish") == ["b"]


def test_a_wrapper_module_named_after_redis_is_enough() -> None:
    files = service(
        service="from core.utils.redis_client import create_redis\nr = create_redis()\nr.publish('a', 'x')\n"
    )
    assert uses(files, "publish") == ["a"]


@pytest.mark.parametrize(
    ("code", "kinds"),
    [
        (
            """\
            while True:
                try:
                    p = client.pubsub()
                    p.subscribe("a")
                    for m in p.listen():
                        work(m)
                except redis.ConnectionError:
                    time.sleep(1)
            """,
            {"retry"},
        ),
        (
            """\
            def listen(p):
                for m in p.listen():
                    work(m)
            def run():
                while not stop.is_set():
                    try:
                        listen(connect())
                    except (redis.RedisError, OSError) as error:
                        stop.wait(delay)
            """,
            {"retry"},
        ),
        (
            """\
            for attempt in range(10):
                try:
                    client.ping()
                    break
                except redis.ConnectionError:
                    time.sleep(1)
            """,
            {"connect_retry"},
        ),
        (
            """\
            while True:
                try:
                    for m in p.listen():
                        work(m)
                except redis.ConnectionError:
                    log.error("gone")
                    raise
            """,
            set(),
        ),
        (
            """\
            for m in p.listen():
                try:
                    work(json.loads(m["data"]))
                except Exception:
                    log.exception("bad message")
            """,
            set(),
        ),
        ("from redis.retry import Retry\nclient = redis.Redis(retry=Retry(ExponentialBackoff(), 5))\n", {"retry"}),
        ("from tenacity import retry\n@retry()\ndef run():\n    for m in p.listen(): pass\n", {"retry"}),
        (
            "import backoff\n@backoff.on_exception(backoff.expo, E)\ndef up():\n    return redis.Redis().ping()\n",
            {"connect_retry"},
        ),
    ],
)
def test_evidence_of_reconnecting(code: str, kinds: set[str]) -> None:
    found = {use.kind for file in read(code) for use in file.redis}
    assert found & {"retry", "connect_retry"} == kinds


def test_passwords_of_urls_are_left_out() -> None:
    files = read("redis.from_url('redis://:hunter2@cache:6379/0')\n")
    assert uses(files, "connect") == ["redis://:***@cache:6379/0"]


def test_lines_are_those_of_the_use() -> None:
    (file,) = read("X = 'a'\n\nr.publish(\n    X,\n    m,\n)\n")
    assert [(use.value, use.source.line) for use in file.redis] == [("a", 4)]


def test_ambiguous_attributes_are_not_guessed() -> None:
    files = service(
        a="class A:\n    topic = 'one'\n",
        b="class B:\n    topic = 'two'\n",
        service="import redis\nr.publish(thing.topic, 'x')\n",
    )
    assert uses(files, "publish") == [""]


def test_a_circle_of_constants_ends() -> None:
    assert uses(read("A = B\nB = A\nr.publish(A, 'x')\n"), "publish") == [""]
    assert uses(read("def f(c):\n    f(c)\n    r.publish(c, 'x')\n"), "publish") == [""]


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("redis.Redis.from_url('redis://h:6379/0?client_name=x')", ["x"]),
        ("redis.from_url(f'rediss://{user}@{host}:6380/2?db=1&client_name=x&protocol=3')", ["x"]),
        ("URL = 'redis://h?client_name=x'\nredis.asyncio.from_url(URL)", ["x"]),
        ("import os\nredis.from_url(os.getenv('URL', 'redis://h?client_name=x'))", ["x"]),
        ("redis.ConnectionPool.from_url('redis://h/0?client_name=x')", ["x"]),
        ("redis.from_url('redis://h?db=1')", []),
    ],
)
def test_a_name_in_the_url(code: str, names: list[str]) -> None:
    assert uses(read(code), "client_name") == names


@pytest.mark.parametrize(
    ("code", "kinds"),
    [
        ("r.lpush('jobs', m)", {"push": ["jobs"]}),
        ("r.brpop(['a', 'b'], timeout=1)", {"pop": ["a", "b"]}),
        ("r.blpop('a')", {"pop": ["a"]}),
        ("r.brpoplpush('a', 'b')", {"pop": ["a"], "push": ["b"]}),
        ("r.blmove('a', 'b', 1)", {"pop": ["a"], "push": ["b"]}),
        ("r.lpush('seen', m)\nr.ltrim('seen', 0, 9)", {"push": ["seen"], "list": ["seen"]}),
        ("r.execute_command('XADD', 's', '*', 'a', 1)", {"xadd": ["s"]}),
        ("r.execute_command('PUBLISH', 'c', m)", {"publish": ["c"]}),
        ("r.execute_command('XREAD', 'BLOCK', 0, 'STREAMS', 'a', 'b', i, j)", {"xread": ["a", "b"]}),
        ("S = 's'\nr.execute_command('XREADGROUP', 'GROUP', 'g', 'c', 'STREAMS', S, '>')", {"xread": ["s"]}),
        ("r.execute_command('xreadgroup', 'group', 'g', 'c', 'streams', 's', '>')", {"xread": ["s"]}),
        ("r.execute_command('BRPOP', 'jobs', 5)", {"pop": ["jobs"]}),
        ("r.execute_command('LPUSH', 'jobs', m)", {"push": ["jobs"]}),
        ("r.execute_command('SUBSCRIBE', 'c')", {"subscribe": ["c"]}),
        ("r.execute_command('GET', 'k')\nr.execute_command()\nr.execute_command(*words)", {}),
    ],
)
def test_lists_and_raw_commands(code: str, kinds: dict[str, list[str]]) -> None:
    found = read(code)
    assert {
        kind: uses(found, kind)
        for kind in ("push", "pop", "list", "xadd", "xread", "publish", "subscribe")
        if uses(found, kind)
    } == kinds
