"""Named connections and retries: constructors in many styles, and where nothing is changed."""

from __future__ import annotations

import ast
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wizard.plan.recipes.styles import context, guarded, noise
from wizard.plan.recipes.clients import constructors
from wizard.plan.recipes.redis import name_connections, retry
from wizard.plan.splice.text import SpliceRefused
from wizard.stack.image.requirements import read_requirements

CTX = context()
STYLES = {
    "import redis": ["redis.Redis", "redis.StrictRedis", "redis.from_url", "redis.Redis.from_url"],
    "import redis as r": ["r.Redis", "r.from_url"],
    "from redis import Redis": ["Redis", "Redis.from_url"],
    "from redis import Redis as Client": ["Client"],
    "import redis.asyncio as aioredis": ["aioredis.Redis", "aioredis.from_url"],
    "from redis import asyncio as aioredis": ["aioredis.Redis"],
    "from redis.asyncio import Redis": ["Redis"],
    "import os, redis": ["redis.Redis", "redis.ConnectionPool", "redis.BlockingConnectionPool.from_url"],
    "from redis.client import Redis": ["Redis"],
    "from redis.connection import ConnectionPool as Pool": ["Pool", "Pool.from_url"],
    "from redis.asyncio import ConnectionPool": ["ConnectionPool.from_url"],
    "try:\n    import redis\nexcept ImportError:\n    redis = None": ["redis.Redis"],
    "if True:\n    import redis.asyncio as r": ["r.Redis"],
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
    text = f"{head}{imported}\nimport json\n{draw(guarded())}\nPASSWORD = 'x'\n"
    text += f"client = {call}\n" if not indent else f"def connect():\n{indent}# to redis\n{indent}return {call}\n"
    text += draw(st.sampled_from(["", "print(json.dumps('ä'))  # done\n", "\n\nx = 1\n"]))
    text += draw(noise())
    text = text.rstrip("\n") if draw(st.booleans()) else text
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
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom) and "redis" in ast.unparse(node):
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
    assert getattr(client, "connection_pool", client).connection_kwargs["health_check_interval"] == 30


UNPACKED = {
    "a literal": ("client = redis.Redis(**{'host': 'x'})\n", True),
    "a name": ("options = {'host': 'x'}\nclient = redis.Redis(**options)\n", True),
    "added to by key": (
        "def make(p):\n    o = {'host': 'x'}\n    if p:\n        o['password'] = p\n    return redis.Redis(**o)\n",
        True,
    ),
    "with a type": ("o: dict[str, str] = {'host': 'x'}\nclient = redis.Redis(**o)\n", True),
    "handed on": ("o = {'host': 'x'}\nfill(o)\nclient = redis.Redis(**o)\n", False),
    "updated": ("o = {'host': 'x'}\no.update(more)\nclient = redis.Redis(**o)\n", False),
    "another key": ("o = {}\no[key] = 1\nclient = redis.Redis(**o)\n", False),
    "unpacked itself": ("o = {**more}\nclient = redis.Redis(**o)\n", False),
    "of another scope": ("o = {'host': 'x'}\ndef make():\n    return redis.Redis(**o)\n", False),
    "a parameter": ("def make(**o):\n    return redis.Redis(**o)\n", False),
    "made elsewhere": ("o = options()\nclient = redis.Redis(**o)\n", False),
}


@pytest.mark.parametrize(("body", "told"), UNPACKED.values(), ids=UNPACKED)
def test_what_is_unpacked_is_known_where_it_is_written_out(body: str, told: bool) -> None:
    text = f"import redis\n{body}"
    if not told:
        with pytest.raises(SpliceRefused, match="unpacked"):
            name_connections(CTX, "service.py", text)
    else:
        assert name_connections(CTX, "service.py", text).count('client_name="market"') == 1


def test_what_an_unpacked_dictionary_has_is_not_given_twice() -> None:
    named = "import redis\no = {'client_name': 'mine', 'health_check_interval': 5}\nclient = redis.Redis(**o)\n"
    assert name_connections(CTX, "service.py", named) == named
    after = retry(CTX, "service.py", named)
    assert "health_check_interval=" not in after
    assert "retry_on_error=" in after


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
        ("import redis\na = redis.Redis(db=0  # last\n)\n", "comment"),
    ],
)
def test_retries_are_refused(text: str, says: str) -> None:
    with pytest.raises(SpliceRefused, match=says):
        retry(CTX, "service.py", text)


OTHERS = {
    "named": "import redis\nclient = redis.Redis(client_name='other')\n",
    "another package": "from cache import Redis\nclient = Redis()\n",
    "another package's alias": "import aiomcache as redis\nclient = redis.Client()\n",
    "its own class": "class Redis: ...\nclient = Redis()\n",
    "a parameter": "import redis\ndef connect(redis):\n    return redis.Redis()\n",
    "a lambda's parameter": "import redis\nconnect = lambda redis: redis.Redis()\n",
    "a local": "from redis import Redis\ndef connect():\n    Redis = make()\n    return Redis()\n",
    "replaced": "from redis import Redis\nRedis = Recorder\nclient = Redis()\n",
    "defined again": "from redis import Redis\nclass Redis(Redis): ...\nclient = Redis()\n",
    "one of two": "try:\n    import redis.asyncio as r\nexcept ImportError:\n    import aioredis as r\nc = r.Redis()\n",
}


@pytest.mark.parametrize("text", OTHERS.values(), ids=OTHERS)
def test_what_is_named_or_no_redis_stays(text: str) -> None:
    assert name_connections(CTX, "service.py", text) == text


def test_every_constructor_of_a_file_is_named() -> None:
    text = "import redis\nimport redis.asyncio as a\none = redis.Redis()\ndef two():\n    return a.from_url('x')\n"
    after = name_connections(CTX, "service.py", text)
    assert after == text.replace("Redis()", 'Redis(client_name="market")').replace("'x'", "'x', client_name=\"market\"")


@pytest.mark.parametrize(
    ("call", "then"),
    [
        ("(\n    db=0,  # last\n)", '(\n    db=0,  # last\n    client_name="market",\n)'),
        ("(\n    db=0  # last\n)", '(\n    db=0,  # last\n    client_name="market"\n)'),
        ("(  # here\n    db=0,\n    # end\n)", '(  # here\n    db=0,\n    # end\n    client_name="market",\n)'),
        ("(db=0,\n      port=1)  # x", '(db=0,\n      port=1,\n      client_name="market")  # x'),
        ("(db=0, port=1, # one\n      host='x')", "(db=0, port=1, # one\n      host='x', client_name=\"market\")"),
    ],
)
def test_what_is_said_behind_an_argument_stays_behind_it(call: str, then: str) -> None:
    text = "import redis\nclient = redis.Redis{}\n"
    assert name_connections(CTX, "service.py", text.format(call)) == text.format(then)


POOLS = [
    "pool = redis.ConnectionPool(host='x')\nclient = redis.Redis(connection_pool=pool)\n",
    "client = redis.Redis(connection_pool=redis.ConnectionPool(host='x'), decode_responses=True)\n",
    "pool = redis.BlockingConnectionPool.from_url('x')\ndef client():\n    return redis.Redis(connection_pool=pool)\n",
]


@pytest.mark.parametrize("body", POOLS)
@pytest.mark.parametrize("recipe", [name_connections, retry])
def test_the_pool_gets_what_its_clients_cannot_have(body: str, recipe: Any) -> None:
    (pool,) = [
        c for c, _ in constructors(recipe(CTX, "f.py", "import redis\n" + body)) if "Pool" in ast.unparse(c.func)
    ]
    assert {"client_name", "retry"} & {k.arg for k in pool.keywords}


@pytest.mark.parametrize(
    ("call", "refused"),
    [
        ("redis.Redis(username='reports', password=p)", True),
        ("redis.Redis(username=USER)", True),
        ("redis.from_url('redis://reports:x@redis')", True),
        ("redis.Redis(username='default')", False),
        ("redis.from_url('redis://:x@redis')", False),
        ("redis.from_url('redis://redis:6379/0')", False),
    ],
)
def test_a_user_of_an_acl_may_not_be_allowed_to_name_its_connection(call: str, refused: bool) -> None:
    text = f"import redis\nclient = {call}\n"
    if refused:
        with pytest.raises(SpliceRefused, match=r"\+client\|setname"):
            name_connections(CTX, "service.py", text)
    else:
        assert "client_name" in name_connections(CTX, "service.py", text)


@pytest.mark.parametrize(
    ("recipe", "pin", "refused"),
    [
        (name_connections, "3.3.11", "client_name; it came with 3.4.0"),
        (name_connections, "3.4.0", ""),
        (retry, "4.0.2", "retry_on_error; it came with 4.1.0"),
        (retry, "4.1.0", ""),
    ],
)
def test_a_pin_from_before_the_argument_is_refused(recipe: Any, pin: str, refused: str) -> None:
    facts = read_requirements("requirements.txt", {"requirements.txt": f"redis=={pin}\n"}.get)
    ctx = context("service.py", requirements=facts)
    text = "import redis\nclient = redis.Redis()\n"
    if refused:
        with pytest.raises(SpliceRefused, match=refused):
            recipe(ctx, "service.py", text)
    else:
        assert recipe(ctx, "service.py", text) != text


def test_a_file_that_another_service_runs_is_not_named() -> None:
    ctx = context("lib/bus.py")
    other = SimpleNamespace(name="orders", code=(SimpleNamespace(path="lib/bus.py"),))
    ctx.facts.services, ctx.facts.service = (ctx.service, other), {"market": ctx.service, "orders": other}.get
    with pytest.raises(SpliceRefused, match="orders runs this file, too"):
        name_connections(ctx, "lib/bus.py", "import redis\nclient = redis.Redis()\n")


@pytest.mark.parametrize(
    "head",
    [
        "try:\n    import redis  # fast\nexcept ImportError:\n    redis = None\n",
        "def make():\n    import redis\n    return redis.Redis(host='x')\n",
    ],
)
def test_what_retries_need_is_imported_where_redis_is(head: str) -> None:
    text = head if "def make" in head else head + "client = redis.Redis() if redis else None\n"
    lines = retry(CTX, "service.py", text).splitlines()
    at = next(n for n, line in enumerate(lines) if line.startswith("    import redis"))
    assert all(line.startswith("    from redis.") for line in lines[at + 1 : at + 5])


@pytest.mark.parametrize(
    "above", ["x = 1\n", "import sys\nsys.path.insert(0, 'lib')\n\n", "import re\ny = re.I\nimport os\n\n"]
)
def test_what_retries_need_stands_below_what_stands_above_redis(above: str) -> None:
    after = retry(CTX, "service.py", f"{above}import redis\n\nclient = redis.Redis()\n")
    assert after.startswith(f"{above}import redis\nfrom redis.backoff import")


def test_two_places_that_import_redis_are_refused() -> None:
    one = "def {0}():\n    import redis\n    return redis.Redis()\n"
    with pytest.raises(SpliceRefused, match="more than one place"):
        retry(CTX, "service.py", one.format("a") + one.format("b"))
