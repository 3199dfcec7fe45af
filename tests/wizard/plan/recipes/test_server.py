"""A port from the environment: in many styles, and where it is refused."""

from __future__ import annotations

import ast
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wizard.plan.recipes.styles import context, guarded, noise
from wizard.plan.recipes.server import port_from_environment
from wizard.plan.splice.text import SpliceRefused
from wizard.stack.python.source import read_python

PATH = "services/market/service.py"


def served(text: str, **service: Any) -> Any:
    """The context of a file as it is read."""
    file = read_python(text, PATH)
    return context(PATH, text, python=(file,), **service)


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
    ('app.run(host="0.0.0.0", port=8005)', "", ""),
    ("app.run(port = 8005, debug=False)  # for ever", "", ""),
    ('serve(\n        app,\n        ident="x",\n        port=8005,  # ours\n    )', "", "from waitress import serve\n"),
    ("app.run(port=PORT)", "PORT = 8005  # fixed\n", ""),
    ("app.run('0.0.0.0', PORT)", "PORT: int = 8_005\n", "from flask import Flask\n"),
    ("run_simple('0.0.0.0', PORT, app)", "# said\nPORT = 8005\n", "from werkzeug.serving import run_simple\n"),
    ('app.run("0.0.0.0", threaded=True, port=8005)', 'NAME = "ä"\n', ""),
    ('uvicorn.run("market:app", host="::", port=8005, reload=False)', "", "import uvicorn\n"),
    ("HTTPServer(('', 8005), Handler).serve_forever()", "", "from http.server import HTTPServer\n"),
    ("web.run_app(app, port=PORT); print('gone')", "PORT = 8005; HOST = ''\n", "from aiohttp import web\n"),
]


@given(
    st.sampled_from(HEADS),
    st.sampled_from(IMPORTS),
    st.sampled_from(SERVING),
    st.sampled_from(["{}\n", "if __name__ == '__main__':\n    {}\n", "def main():\n\n    {}\n\nmain()\n"]),
    st.tuples(guarded(), noise(), st.booleans(), st.booleans()),
)
def test_the_port_is_the_default_of_a_variable(
    head: str, imports: str, serving: tuple[str, str, str], place: str, around: tuple[str, str, bool, bool]
) -> None:
    call, constant, needed = serving
    besides, tail, windows, marked = around
    text = f"{head}{imports}{needed}{besides}\n{constant}\n{place.format(call)}\n{tail}"
    text = ("\ufeff" if marked else "") + (text.replace("\n", "\r\n") if windows else text)
    after = port_from_environment(served(text), PATH, text)
    new = 'int(os.environ.get("MARKET_PORT", "8005"))'
    assert after.count(new) == 1
    was, now = lines_of(text.replace("8_005", "8005")), lines_of(after.replace(new, "8005"))
    assert now == was
    assert not windows or after.count("\n") == after.count("\r\n")
    statements = [ast.unparse(node) for node in ast.parse(after.removeprefix("\ufeff")).body]
    assert statements.count("import os") == 1
    assert statements.index("import os") < next(n for n, line in enumerate(statements) if "MARKET_PORT" in line)


def lines_of(text: str) -> list[str]:
    """The lines that say something, without the import that may be new."""
    lines = (line.removeprefix("\ufeff") for line in text.splitlines())
    return [line for line in lines if line.strip() not in ("", "import os")]


REFUSED_PORTS = {
    "two servers": "app.run(port=8005)\nother.run(port=8006)\n",
    "a constant set twice": "PORT = 8005\nPORT = 8006\napp.run(port=PORT)\n",
    "a constant hidden by a parameter": "PORT = 8005\ndef main(PORT=8006):\n    app.run(port=PORT)\n",
    "another os": "os = 1\napp.run(port=8005)\n",
    "a function's os": "import os\ndef main(os):\n    app.run(port=8005)\n",
    "a call": "app.run(port=number())\n",
    "a database's": "import db\nhandle = db.Config(host='db', port=5432)\n",
    "no port": "from flask import Flask\napp = Flask(__name__)\napp.run()\n",
    "no Python": "app.run(port=\n",
}


@pytest.mark.parametrize("text", REFUSED_PORTS.values(), ids=REFUSED_PORTS)
def test_a_port_that_is_not_sure_is_refused(text: str) -> None:
    with pytest.raises(SpliceRefused):
        port_from_environment(served(text), PATH, text)


def test_another_number_beside_the_port_stays() -> None:
    text = "import db\nstore = db.Config(port=5432)\napp.run(port=8005)\n"
    after = port_from_environment(served(text), PATH, text)
    assert "db.Config(port=5432)" in after
    assert 'app.run(port=int(os.environ.get("MARKET_PORT", "8005")))' in after


def test_the_variable_is_read_below_the_import_that_it_needs() -> None:
    text = "PORT = 8005\nimport os\nprint(os.name)\napp.run(port=PORT)\n"
    after = port_from_environment(served(text), PATH, text)
    exec(compile(after.rpartition("app")[0], "service", "exec"), {})  # noqa: S102 (code of this test)


@pytest.mark.parametrize("where", ["compose", "image"])
def test_a_service_that_would_move_is_refused(where: str) -> None:
    entry = SimpleNamespace(name="MARKET_PORT", value="9000", source="dev.yml:3")
    facts: dict[str, Any] = {
        "compose": {"compose": SimpleNamespace(environment=(entry,))},
        "image": {"dockerfile": SimpleNamespace(env=(("MARKET_PORT", "9000", "Dockerfile:3"),))},
    }[where]
    with pytest.raises(SpliceRefused, match=":3 sets MARKET_PORT to another value: the service would move"):
        port_from_environment(served("app.run(port=8005)\n", **facts), PATH, "app.run(port=8005)\n")
