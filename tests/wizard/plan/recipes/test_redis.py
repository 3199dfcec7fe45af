"""Named connections and retries: constructors in many styles, and where nothing is changed."""

from __future__ import annotations

import ast
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizard.plan.recipes.redis import constructors, name_connections, retry
from wizard.plan.splice.text import SpliceRefused

CTX: Any = SimpleNamespace(spec=SimpleNamespace(name="market"), service=None)
STYLES = {
    "import redis": ["redis.Redis", "redis.StrictRedis", "redis.from_url", "redis.Redis.from_url"],
    "import redis as r": ["r.Redis", "r.from_url"],
    "from redis import Redis": ["Redis", "Redis.from_url"],
    "from redis import Redis as Client": ["Client"],
    "import redis.asyncio as aioredis": ["aioredis.Redis", "aioredis.from_url"],
    "from redis import asyncio as aioredis": ["aioredis.Redis"],
    "from redis.asyncio import Redis": ["Redis"],
    "import os, redis": ["redis.Redis"],
}
ARGUMENTS = ['host="redis"', "port=6379", "decode_responses=True", "db = 0", "socket_timeout=5.0", "password=PASSWORD"]


@st.composite
def files(draw: st.DrawFn) -> str:
    imported = draw(st.sampled_from(sorted(STYLES)))
    called = draw(st.sampled_from(STYLES[imported]))
    given_ = draw(st.lists(st.sampled_from(ARGUMENTS), unique=True, max_size=5))
    if "from_url" in called:
        given_ = ['"redis://redis:6379"', *(a for a in given_ if not a.startswith(("host", "port")))]
    layout = draw(st.sampled_from(["line", "broken", "hanging", "trailing", "comments"]))
    indent = draw(st.sampled_from(["", "    ", "\t"]))
    inner = indent + draw(st.sampled_from(["    ", "  ", "        "]))
    if layout == "line" or not given_:
        call = f"{called}({', '.join(given_)})"
    elif layout == "trailing":
        call = f"{called}({', '.join(given_)},)"
    elif layout == "broken":
        call = f"{called}(\n" + "".join(f"{inner}{a},\n" for a in given_) + f"{indent})"
    elif layout == "comments":
        first, *rest = given_
        call = f"{called}(\n{inner}{first},  # where\n" + "".join(f"{inner}{a},\n" for a in rest) + f"{indent})"
    else:
        call = f"{called}(" + f",\n{inner}".join(given_) + ")"
    head = draw(
        st.sampled_from(["", '"""It."""\n\n', "#!/usr/bin/env python\n# it\n", "from __future__ import annotations\n"])
    )
    text = f"{head}{imported}\nimport json\n\nPASSWORD = 'x'\n"
    text += f"client = {call}\n" if not indent else f"def connect():\n{indent}# to redis\n{indent}return {call}\n"
    text += draw(st.sampled_from(["", "print(json.dumps('ä'))  # done\n", "\n\nx = 1"]))
    newline = draw(st.sampled_from(["\n", "\r\n"]))
    return draw(st.sampled_from(["", "\ufeff"])) + text.replace("\n", newline)


def keywords(text: str) -> list[str]:
    (call, _), *rest = constructors(text)
    assert not rest
    return [str(k.arg) for k in call.keywords]


def changed(recipe: Any, text: str) -> str | None:
    """The text afterwards; None where a comment stands in the way, the one reason here to refuse."""
    try:
        return str(recipe(CTX, "service.py", text))
    except SpliceRefused as refused:
        assert "comment" in refused.reason
        return None


@given(files())
def test_a_connection_gets_its_name_and_nothing_else_changes(text: str) -> None:
    after = changed(name_connections, text)
    if after is None:
        return
    assert keywords(after) == [*keywords(text), "client_name"]
    assert len(after.splitlines()) - len(text.splitlines()) <= 8
    assert ("\r\n" in text) == ("\r\n" in after)
    assert "\n" not in after.replace("\r\n", "") or "\r\n" not in text
    assert name_connections(CTX, "service.py", after) == after


@given(files())
def test_a_client_gets_retries_with_growing_pauses(text: str) -> None:
    after = changed(retry, text)
    if after is None:
        return
    assert keywords(after) == [*keywords(text), "retry", "retry_on_error", "health_check_interval"]
    names: dict[str, Any] = {}
    tree = ast.parse(after.removeprefix("\ufeff"))
    for node in tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            exec(ast.unparse(node), names)  # noqa: S102 (code of this test)
    assert names["Retry"].__module__ == ("redis.asyncio.retry" if "asyncio" in text else "redis.retry")
    assert issubclass(names["RedisConnectionError"], Exception)
    assert names["RedisConnectionError"] is not ConnectionError


@given(files())
def test_what_a_constructor_is_given_is_accepted_by_redis_itself(text: str) -> None:
    after = changed(retry, text)
    if after is None:
        return
    spaces: dict[str, Any] = {"print": lambda *_: None}
    exec(compile(after.removeprefix("\ufeff"), "service", "exec"), spaces)  # noqa: S102 (code of this test)
    client = spaces["client"] if "client" in spaces else spaces["connect"]()
    assert client.connection_pool.connection_kwargs["health_check_interval"] == 30


REFUSED = {
    "unpacked": ("import redis\nclient = redis.Redis(**options)\n", "unpacked"),
    "starred": ("import redis\nclient = redis.Redis(*options)\n", "unpacked"),
    "a pool": ("import redis\nclient = redis.Redis(connection_pool=pool)\n", "pool"),
}


@pytest.mark.parametrize("recipe", [name_connections, retry])
@pytest.mark.parametrize(("text", "says"), REFUSED.values(), ids=REFUSED)
def test_where_the_argument_may_be_given_twice_it_is_refused(text: str, says: str, recipe: Any) -> None:
    with pytest.raises(SpliceRefused, match=says):
        recipe(CTX, "service.py", text)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("import redis\nimport redis.asyncio\na = redis.Redis()\nb = redis.asyncio.Redis()\n", "both kinds"),
        ("import redis\n\nclass Retry: ...\n\na = redis.Redis()\n", "Retry"),
        ("import redis\na = redis.Redis(  # here\n    db=0  # last\n)\n", "comment"),
    ],
)
def test_retries_are_refused(text: str, says: str) -> None:
    with pytest.raises(SpliceRefused, match=says):
        retry(CTX, "service.py", text)


@pytest.mark.parametrize(
    "text",
    [
        "import redis\nclient = redis.Redis(client_name='other')\n",
        "from cache import Redis\nclient = Redis()\n",
        "import aiomcache as redis\nclient = redis.Client()\n",
        "class Redis: ...\nclient = Redis()\n",
    ],
)
def test_what_is_named_or_no_redis_stays(text: str) -> None:
    assert name_connections(CTX, "service.py", text) == text
