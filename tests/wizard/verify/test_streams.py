"""Services that read Redis streams are not told that they miss pub/sub messages."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from wizard.values.code_facts import PythonFile, RedisUse
from wizard.values.facts import ServiceFacts
from wizard.values.source import Source
from wizard.verify.connections import _judge
from wizard.verify.flow import check_flow, streams
from wizard.verify.redis_link import Client

AT = Source("services/one/main.py", 3)


def bench(*uses: tuple[str, str]) -> Any:
    file = PythonFile(AT.path, redis=tuple(RedisUse(kind, value, AT) for kind, value in uses))
    service = ServiceFacts("one", "services/one", python=(file,))
    stage = SimpleNamespace(redis=lambda: object(), command=lambda name: name)
    return SimpleNamespace(
        facts=SimpleNamespace(service=lambda name: service),
        spec=SimpleNamespace(name="one", inputs=()),
        stage=stage,
        begin=lambda item, text: text,
        observe=lambda item, action, text, ok, **more: (item, ok, text),
    )


@pytest.mark.parametrize(
    ("uses", "found"),
    [
        ((("xread", "a"), ("xread", "b"), ("xadd", "c")), ("a", "b")),
        ((("xread", "a"), ("subscribe", "d")), ()),
        ((("publish", "e"),), ()),
    ],
)
def test_only_a_service_without_pubsub_counts(uses: tuple[tuple[str, str], ...], found: tuple[str, ...]) -> None:
    assert streams(bench(*uses)) == found


def test_no_probe_is_put_into_a_stream() -> None:
    seen: Any = list(check_flow(bench(("xread", "scans"))))[-1]
    assert seen[:2] == ("7.4", None)
    assert "scans" in seen[2]


def test_a_named_connection_is_enough() -> None:
    client = Client("one", "127.0.0.1", 0, 0)
    seen: Any = _judge(bench(("xread", "scans")), (client,), {}, ())
    assert seen[:2] == ("7.3", True)
    assert "named one" in seen[2]
