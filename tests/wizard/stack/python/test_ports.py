"""Ports a service serves on."""

from __future__ import annotations

from textwrap import dedent

import pytest

from wizard.stack.python.resolve import resolve
from wizard.stack.python.source import read_python


def ports(code: str, name: str = "service") -> list[tuple[int, int]]:
    file = read_python(dedent(code), f"services/x/{name}.py")
    return [(fact.value, fact.source.line) for fact in file.served_ports]


@pytest.mark.parametrize(
    ("code", "port"),
    [
        ("from flask import Flask\napp.run(host='0.0.0.0', port=8005)", 8005),
        ("from flask import Flask\napp.run('0.0.0.0', 8005)", 8005),
        ("from flask import Flask\napp.run()", 5000),
        ("import waitress\nwaitress.serve(app, host='0.0.0.0', port=8005)", 8005),
        ("from waitress import serve\nserve(app, listen='*:8005')", 8005),
        ("from waitress import serve\nserve(app)", 8080),
        ("import uvicorn\nuvicorn.run('x:app', port=8005)", 8005),
        ("import uvicorn\nuvicorn.run('x:app')", 8000),
        ("from aiohttp import web\nweb.run_app(make(), port=8005)", 8005),
        ("from aiohttp.web import run_app\nrun_app(app)", 8080),
        ("from http.server import HTTPServer\nHTTPServer(('', 8005), H)", 8005),
        ("from werkzeug.serving import make_server\nmake_server('0.0.0.0', 8005, app)", 8005),
        ("import asyncio\nasyncio.start_server(cb, '0.0.0.0', 8005)", 8005),
    ],
)
def test_literal_and_default_ports(code: str, port: int) -> None:
    assert [found for found, _ in ports(code)] == [port]


@pytest.mark.parametrize(
    "value",
    ["PORT", "int(PORT)", "int(os.getenv('X_PORT', '8005'))", "int(os.environ.get('X_PORT', 8005))", "cfg['port']"],
)
def test_ports_through_constants_and_the_environment(value: str) -> None:
    code = f"import os\nfrom flask import Flask\nPORT = 8005\ncfg = {{'port': 8005}}\napp.run(port={value})\n"
    assert ports(code) == [(8005, 5)]


def test_ports_from_the_settings_of_another_module() -> None:
    config = """\
        import os
        class Config:
            port: int = int(os.getenv("X_PORT", "8006"))
        """
    code = "from flask import Flask\nfrom config import config\nThread(target=lambda: app.run(port=config.port))\n"
    files = resolve((read_python(dedent(config), "s/x/config.py"), read_python(code, "s/x/service.py")))
    assert [fact.value for fact in files[1].served_ports] == [8006]


def test_gunicorn_settings() -> None:
    assert ports("import os\nbind = '0.0.0.0:8005'\nworkers = 2\n", "gunicorn.conf") == [(8005, 2)]


@pytest.mark.parametrize(
    "code",
    [
        "import subprocess\nsubprocess.run(['x'])",
        "import asyncio\nasyncio.run(main())",
        "engine.run()",
        "from flask import Flask\nservice.run()",
        "import uvicorn\nuvicorn.run(app, **options)",
        "from flask import Flask\napp.run(port=args.port)",
    ],
)
def test_what_serves_nothing_or_cannot_be_said(code: str) -> None:
    assert ports(code) == []
