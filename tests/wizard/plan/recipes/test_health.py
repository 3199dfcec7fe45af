"""A health route that says what is down: in many styles and frameworks, run, and where it is refused."""

from __future__ import annotations

import ast
import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wizard.plan.recipes.styles import context, guarded, noise
from tests.wizard.plan.recipes.test_server import HEADS, PATH
from wizard.plan.recipes.health import answer_503
from wizard.plan.splice.text import SpliceRefused
from wizard.stack.python.source import read_python
from wizard.values.facts.code import Route
from wizard.values.lean import replace
from wizard.values.source import Source


def asked(text: str, framework: str = "flask") -> str:
    """The text as the recipe leaves it; its `health` is the handler of a route that can only say ok."""
    route = Route("/health", ("GET",), framework, "health", Source(PATH, 1), static_ok=True)
    return answer_503(context(PATH, text, python=(replace(read_python(text, PATH), routes=(route,)),)), PATH, text)


CLIENTS = [
    ("import redis", "client = redis.Redis(host='redis')", "redis.RedisError"),
    ("import redis as r", "r0 = r.from_url('redis://redis')", "r.RedisError"),
    ("from redis import Redis, RedisError", "cache = Redis()", "RedisError"),
]
HANDLERS = [
    "def health():\n    return 'ok'\n",
    'def health():\n    """Says ok."""\n    return jsonify(status="ok")\n',
    "def health():\n    # always\n    return {'status': 'ok'}, 200  # well\n",
    "def health():\n\treturn 'ok'\n",
]


@given(st.sampled_from(CLIENTS), st.sampled_from(HANDLERS), st.sampled_from(HEADS), guarded(), noise(), st.booleans())
def test_health_asks_redis_first(
    client: tuple[str, str, str], handler: str, head: str, besides: str, tail: str, windows: bool
) -> None:
    imported, made, error = client
    text = f"{head}{imported}\nfrom flask import Flask\n{besides}\napp = Flask(__name__)\n{made}\n\n\n"
    text += f"@app.get('/health')\n{handler}\n\n{tail}"
    text = text.replace("\n", "\r\n") if windows else text
    after = asked(text)
    function = next(n for n in ast.parse(after).body if getattr(n, "name", "") == "health")
    tried = next(n for n in ast.walk(function) if isinstance(n, ast.Try))
    assert ast.unparse(tried.body[0]) == f"{made.partition(' ')[0]}.ping()"
    assert tried.handlers[0].type is not None
    assert ast.unparse(tried.handlers[0].type) == error
    lines = after.splitlines()
    assert [line for line in text.splitlines() if line not in lines] == []
    assert len(lines) - len(text.splitlines()) == 4
    assert not windows or after.count("\n") == after.count("\r\n")


@pytest.mark.parametrize(
    "text",
    [
        "import redis\nclient = redis.Redis()\ndef health(): return 'ok'\n",
        "import redis\ndef make():\n    return redis.Redis()\ndef health():\n    return 'ok'\n",
        "import redis\na = redis.Redis()\nb = redis.Redis()\ndef health():\n    return 'ok'\n",
        "import redis\na = redis.Redis()\na = None\ndef health():\n    return 'ok'\n",
        "from redis import Redis\na = Redis()\ndef health():\n    return 'ok'\n",
        "import redis.asyncio as redis\na = redis.Redis()\ndef health():\n    return 'ok'\n",
        "import redis\na = redis.Redis()\nclass V:\n    def health(self):\n        return 'ok'\n",
    ],
)
def test_where_nobody_can_be_asked_it_is_refused(text: str) -> None:
    with pytest.raises(SpliceRefused):
        asked(text)


FASTAPI = """from fastapi import FastAPI
{0}

app = FastAPI()
client = {1}(host="localhost", port=1)


@app.get("/health")
{2} health() -> dict[str, str]:
    return {{"status": "ok"}}
"""
AIOHTTP = """import redis.asyncio as r
from aiohttp import web

client: r.Redis = r.from_url("redis://localhost:1")


async def health(request: web.Request) -> web.Response:
    \"\"\"Says ok.\"\"\"
    return web.json_response({"status": "ok"})
"""


def run(text: str) -> Callable[..., Any]:
    space: dict[str, Any] = {}
    exec(compile(text, "service", "exec"), space)  # noqa: S102 (code of this test)
    found: Callable[..., Any] = space["health"]
    return found


def test_fastapi_answers_503_when_redis_is_away() -> None:
    after = asked(FASTAPI.format("import redis", "redis.Redis", "def"), "fastapi")
    assert "from fastapi.responses import JSONResponse\n" in after
    answer = run(after)()
    assert answer.status_code == 503
    assert b'"redis":"down"' in answer.body


def test_an_async_client_is_waited_for() -> None:
    after = asked(FASTAPI.format("from redis.asyncio import Redis, RedisError", "Redis", "async def"), "fastapi")
    assert "await client.ping()" in after
    assert asyncio.run(run(after)()).status_code == 503


def test_aiohttp_answers_503_in_its_own_way() -> None:
    after = asked(AIOHTTP, "aiohttp")
    body = '{"status": "degraded", "dependencies": {"redis": "down"}}'
    lines = [
        "try:",
        "    await client.ping()",
        "except r.RedisError:",
        f"    return web.json_response({body}, status=503)",
    ]
    docstring = '    """Says ok."""\n'
    assert after == AIOHTTP.replace(docstring, docstring + "".join(f"    {line}\n" for line in lines))


@pytest.mark.parametrize(
    ("imports", "made", "how", "says"),
    [
        ("import redis", "redis.Redis", "async def", "would stop the event loop"),
        ("import redis.asyncio as redis", "redis.Redis", "def", "is not async and its client is"),
        ("import redis\nJSONResponse = None", "redis.Redis", "def", "the name JSONResponse for something else"),
    ],
)
def test_what_does_not_fit_together_is_refused(imports: str, made: str, how: str, says: str) -> None:
    with pytest.raises(SpliceRefused, match=says):
        asked(FASTAPI.format(imports, made, how), "fastapi")
