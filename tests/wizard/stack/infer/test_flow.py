"""Who writes and who reads what, over the code of several services."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from wizard.adapters.files.files import DiskFiles
from wizard.stack.infer.flow import read_flow
from wizard.stack.read import read_stack
from wizard.values.flow import Carrier, Flow

WRITER = """
    import json, redis
    from pydantic import BaseModel
    class Price(BaseModel):
        symbol: str
        price: float
        note: str | None = None
    r = redis.Redis()
    def send(one: Price):
        r.publish("prices", one.model_dump_json())
"""
READER = """
    import json, redis
    p = redis.Redis().pubsub()
    def listen(m):
        p.subscribe("prices")
        event = json.loads(m["data"])
        print(event["symbol"], event.get("price"))
"""


def flow(root: Path, **services: str) -> Flow:
    blocks = "".join(f"  {name}:\n    build: services/{name}\n" for name in services)
    root.joinpath("compose.yml").write_text("services:\n" + blocks + "  redis:\n    image: redis:7.4\n")
    for name, code in services.items():
        folder = root / "services" / name
        folder.mkdir(parents=True)
        folder.joinpath("Dockerfile").write_text("FROM python:3.12\nCOPY . .\nCMD python service.py\n")
        folder.joinpath("service.py").write_text(dedent(code))
    return read_flow(read_stack(DiskFiles(root)))


def only(found: Flow) -> Carrier:
    (carrier,) = found.carriers
    return carrier


def test_both_ends_of_a_channel_with_their_fields(tmp_path: Path) -> None:
    carrier = only(flow(tmp_path, feed=WRITER, view=READER))
    (writer,), (reader,) = carrier.writers, carrier.readers
    assert (carrier.medium, carrier.name) == ("channel", "prices")
    assert (writer.service, str(writer.source), writer.model) == ("feed", "services/feed/service.py:10", "Price")
    assert [(f.name, f.type, f.nullable, f.source.line) for f in writer.fields or ()] == [
        ("symbol", "str", False, 5),
        ("price", "float", False, 6),
        ("note", "str", True, 7),
    ]
    assert [(f.name, f.required) for f in reader.fields or ()] == [("symbol", True), ("price", False)]
    assert writer.certain
    assert reader.certain


def test_a_pattern_reads_every_channel_that_it_matches(tmp_path: Path) -> None:
    two = 'import redis\nr = redis.Redis()\ndef f(x):\n    r.publish("px.eur", x)\n    r.publish("px.usd", x)\n    r.publish("fx", x)\n'  # noqa: E501
    one = 'import redis\nredis.Redis().pubsub().psubscribe("px.*")\n'
    found = flow(tmp_path, feed=two, view=one)
    readers = {carrier.name: [end.service for end in carrier.readers] for carrier in found.carriers}
    assert readers == {"px.eur": ["view"], "px.usd": ["view"], "fx": []}


def test_a_pattern_that_nothing_matches_stays(tmp_path: Path) -> None:
    assert only(flow(tmp_path, view='import redis\nredis.Redis().pubsub().psubscribe("px.[^a]*")\n')).name == "px.[^a]*"


def test_a_name_made_while_it_runs_is_nobodys_channel(tmp_path: Path) -> None:
    found = flow(tmp_path, feed="import redis\nr = redis.Redis()\ndef f(name, x):\n    r.publish(name, x)\n")
    assert found.carriers == ()
    assert [(one.service, one.way, str(one.source)) for one in found.unseen] == [
        ("feed", "writes", "services/feed/service.py:4")
    ]


def test_a_service_in_another_language_is_not_seen(tmp_path: Path) -> None:
    flow(tmp_path, feed=WRITER)
    tmp_path.joinpath("compose.yml").write_text(
        "services:\n  feed:\n    build: services/feed\n  web:\n    build: services/web\n"
    )
    tmp_path.joinpath("services/web").mkdir()
    tmp_path.joinpath("services/web/main.go").write_text("package main\n")
    found = read_flow(read_stack(DiskFiles(tmp_path)))
    assert [(one.service, one.why) for one in found.unseen] == [("web", "its code is not Python")]


def test_what_compose_sets_names_the_channel(tmp_path: Path) -> None:
    code = 'import os, redis\nr = redis.Redis()\ndef f(x):\n    r.publish(os.environ.get("OUT", "a"), x)\n'
    flow(tmp_path, feed=code)
    tmp_path.joinpath("compose.yml").write_text(
        "services:\n  feed:\n    build: services/feed\n    environment:\n      OUT: b\n"
    )
    assert only(read_flow(read_stack(DiskFiles(tmp_path)))).name == "b"


def test_a_list_that_is_read_like_a_table_is_no_flow(tmp_path: Path) -> None:
    code = 'import redis\nr = redis.Redis()\ndef f(x):\n    r.lpush("recent", x)\n    r.ltrim("recent", 0, 9)\n'
    assert flow(tmp_path, feed=code).carriers == ()


def test_tables_have_both_ends(tmp_path: Path) -> None:
    write = 'def f(c):\n    c.execute("INSERT INTO prices VALUES (1)")\n'
    read = 'def f(c):\n    c.execute("SELECT * FROM prices")\n'
    carrier = only(flow(tmp_path, feed=write, view=read))
    assert (carrier.medium, carrier.name) == ("table", "prices")
    assert [end.service for end in carrier.writers] == ["feed"]
    assert [end.service for end in carrier.readers] == ["view"]


def test_a_class_that_only_its_name_connects_is_not_certain(tmp_path: Path) -> None:
    code = """
        import redis
        from dataclasses import dataclass
        @dataclass
        class Price:
            symbol: str
        def send(raw):
            redis.Redis().publish("prices", raw)
    """
    (writer,) = only(flow(tmp_path, feed=code)).writers
    assert writer.model == "Price"
    assert not writer.certain


@pytest.mark.parametrize("only_one", ["feed", "view"])
def test_one_service_is_read_with_those_at_the_other_end(tmp_path: Path, only_one: str) -> None:
    whole = flow(tmp_path, feed=WRITER, view=READER, other="x = 1\n")
    facts = read_stack(DiskFiles(tmp_path), only=only_one, neighbours=True)
    assert facts.whole
    assert read_flow(facts) == whole
    assert not read_stack(DiskFiles(tmp_path), only=only_one).whole
