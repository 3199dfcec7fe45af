"""A port from the environment and a health route that says what is down: in many styles, and where they are refused."""

from __future__ import annotations

import ast
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizard.plan.recipes.server import answer_503, port_from_environment
from wizard.plan.splice.text import SpliceRefused

PATH = "services/market/service.py"
ROUTE = SimpleNamespace(handler="health", static_ok=True, framework="flask", path="/health")
CTX: Any = SimpleNamespace(
    env_prefix="MARKET_",
    service=SimpleNamespace(compose=None, python=(SimpleNamespace(path=PATH, routes=(ROUTE,)),)),
)
HEADS = [
    "",
    '"""It."""\n',
    '"""It."""\n\nfrom __future__ import annotations\n\n',
    "# it\n",
    "#!/usr/bin/env python\n\n",
]
IMPORTS = [
    "from flask import Flask\n",
    "import logging\nimport redis\n",
    "import os\nimport sys\n",
    "import sys, json\n\nimport flask\n",
]
SERVING = [
    ('app.run(host="0.0.0.0", port=8005)', ""),
    ("app.run(port = 8005, debug=False)  # for ever", ""),
    ('serve(\n        app,\n        listen_on="x",\n        port=8005,  # ours\n    )', ""),
    ("app.run(port=PORT)", "PORT = 8005  # fixed\n"),
    ("run_simple('0.0.0.0', port=PORT, application=app)", "# said by operations\nPORT = 8005\n"),
    ('app.run("0.0.0.0", threaded=True, port=8005)', 'NAME = "ä"\n'),
]


@given(st.sampled_from(HEADS), st.sampled_from(IMPORTS), st.sampled_from(SERVING), st.booleans(), st.booleans())
def test_the_port_is_the_default_of_a_variable(
    head: str, imports: str, serving: tuple[str, str], windows: bool, main: bool
) -> None:
    call, constant = serving
    text = f"{head}{imports}\n{constant}\n" + (f"if __name__ == '__main__':\n    {call}\n" if main else f"{call}\n")
    text = text.replace("\n", "\r\n") if windows else text
    after = port_from_environment(CTX, PATH, text)
    assert after.count('int(os.environ.get("MARKET_PORT", "8005"))') == 1
    assert after.replace('int(os.environ.get("MARKET_PORT", "8005"))', "8005").replace("import os\r\n", "").replace(
        "import os\n", ""
    ) == text.replace("import os\r\n", "").replace("import os\n", "")
    statements = [ast.unparse(node) for node in ast.parse(after).body]
    assert statements.count("import os") == 1
    assert statements.index("import os") < next(n for n, line in enumerate(statements) if "MARKET_PORT" in line)


@pytest.mark.parametrize(
    "text",
    [
        "app.run(port=8005)\nother.run(port=8006)\n",
        "PORT = 8005\nPORT = 8006\napp.run(port=PORT)\n",
        "os = 1\napp.run(port=8005)\n",
        "app.run(port=number())\n",
        "app.run(port=\n",
    ],
)
def test_a_port_that_is_not_sure_is_refused(text: str) -> None:
    with pytest.raises(SpliceRefused):
        port_from_environment(CTX, PATH, text)


def test_a_service_that_would_move_is_refused() -> None:
    entry = SimpleNamespace(name="MARKET_PORT", value="9000", source="dev.yml:3")
    ctx: Any = SimpleNamespace(
        env_prefix="MARKET_", service=SimpleNamespace(compose=SimpleNamespace(environment=(entry,)), python=())
    )
    with pytest.raises(SpliceRefused, match="would move"):
        port_from_environment(ctx, PATH, "app.run(port=8005)\n")


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


@given(st.sampled_from(CLIENTS), st.sampled_from(HANDLERS), st.sampled_from(HEADS), st.booleans())
def test_health_asks_redis_first(client: tuple[str, str, str], handler: str, head: str, windows: bool) -> None:
    imported, made, error = client
    text = f"{head}{imported}\nfrom flask import Flask\n\napp = Flask(__name__)\n{made}\n\n\n"
    text += f"@app.get('/health')\n{handler}"
    text = text.replace("\n", "\r\n") if windows else text
    after = answer_503(CTX, PATH, text)
    function = next(n for n in ast.parse(after).body if isinstance(n, ast.FunctionDef))
    tried = next(n for n in function.body if isinstance(n, ast.Try))
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
        answer_503(CTX, PATH, text)
