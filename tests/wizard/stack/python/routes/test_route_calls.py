"""Routes that calls add: by framework, method, handler and prefix; what cannot be read is said, not guessed."""

from __future__ import annotations

from textwrap import dedent

import pytest

from wizard.stack.python.source import read_python

AIOHTTP = "from aiohttp import web\nasync def h(request): ...\napp = web.Application()\n"
STARLETTE = (
    "from starlette.applications import Starlette\nfrom starlette.routing import Mount, Route\ndef h(request): ...\n"
)
FLASK = "from flask import Flask\napp = Flask(__name__)\ndef h(): ...\n"
FASTAPI = "from fastapi import APIRouter, FastAPI\napp = FastAPI()\ndef h(): ...\n"

CALLS = [
    (AIOHTTP, "app.router.add_get('/a', h)", [("/a", ("GET",), "aiohttp", "h")]),
    (AIOHTTP, "app.router.add_post(path='/a', handler=h)", [("/a", ("POST",), "aiohttp", "h")]),
    (AIOHTTP, "app.router.add_route('*', '/a', h)", [("/a", ("*",), "aiohttp", "h")]),
    (AIOHTTP, "app.router.add_route('delete', '/a', h)", [("/a", ("DELETE",), "aiohttp", "h")]),
    (
        AIOHTTP,
        "app.add_routes([web.get('/a', h), web.put('/b', h)])",
        [("/a", ("GET",), "aiohttp", "h"), ("/b", ("PUT",), "aiohttp", "h")],
    ),
    (AIOHTTP, "cache.add_get('a', h)", []),
    (STARLETTE, "app = Starlette(routes=[Route('/a', h, methods=['POST'])])", [("/a", ("POST",), "starlette", "h")]),
    (STARLETTE, "app = Starlette(routes=[Route('/a', h)])", [("/a", ("GET",), "starlette", "h")]),
    (
        STARLETTE,
        "app = Starlette(routes=[Mount('/v1', routes=[Route('/a', endpoint=h)])])",
        [("/v1/a", ("GET",), "starlette", "h")],
    ),
    (FLASK, "app.add_url_rule('/a', 'a', h)", [("/a", ("GET",), "flask", "h")]),
    (FLASK, "app.add_url_rule('/a', view_func=h, methods=['PUT'])", [("/a", ("PUT",), "flask", "h")]),
    (FASTAPI, "app.add_api_route('/a', h, methods=['GET', 'POST'])", [("/a", ("GET", "POST"), "fastapi", "h")]),
    (FASTAPI, "app.add_api_route('/a', h)", [("/a", ("GET",), "fastapi", "h")]),
    (
        FASTAPI,
        "from prometheus_client import make_asgi_app\napp.mount('/metrics', make_asgi_app())",
        [("/metrics", ("GET",), "fastapi", "make_asgi_app")],
    ),
    (
        FLASK,
        "from prometheus_flask_exporter import PrometheusMetrics\nPrometheusMetrics(app)",
        [("/metrics", ("GET",), "flask", "PrometheusMetrics")],
    ),
    (
        FASTAPI,
        "from prometheus_fastapi_instrumentator import Instrumentator\nInstrumentator().instrument(app).expose(app)",
        [("/metrics", ("GET",), "fastapi", "Instrumentator")],
    ),
    (FASTAPI, "bus.expose(app)", []),
    (FASTAPI, "from fastapi.staticfiles import StaticFiles\napp.mount('/static', StaticFiles(directory='x'))", []),
]


@pytest.mark.parametrize(("head", "call", "routes"), CALLS, ids=[call for _, call, _ in CALLS])
def test_a_route_that_a_call_adds(head: str, call: str, routes: list[tuple[str, tuple[str, ...], str, str]]) -> None:
    file = read_python(dedent(f"{head}{call}\n"), "services/x/service.py")
    assert [(r.path, r.methods, r.framework, r.handler) for r in file.routes] == routes


MOUNTS = [
    ("other = FastAPI()\n@other.get('/a')\ndef a(): ...\napp.mount('/v1', other)", ["/v1/a"]),
    ("r = APIRouter(prefix='/r')\n@r.get('/a')\ndef a(): ...\napp.include_router(r, prefix='/v1')", ["/v1/r/a"]),
    (
        "r = APIRouter()\ns = APIRouter()\n@r.get('/a')\ndef a(): ...\n@s.get('/b')\ndef b(): ...\n"
        "for one in (r, s):\n    app.include_router(one, prefix='/v1')",
        ["/v1/a", "/v1/b"],
    ),
    ("r = APIRouter()\n@r.get('/a')\ndef a(): ...\nALL = [r]\nfor one in ALL:\n    app.include_router(one)", ["/a"]),
    ("r = APIRouter()\n@r.get('/a')\ndef a(): ...", []),
]


@pytest.mark.parametrize(
    ("code", "paths"), MOUNTS, ids=["sub-application", "two prefixes", "a loop", "a list", "nobody"]
)
def test_what_is_mounted_answers_below_its_prefix(code: str, paths: list[str]) -> None:
    file = read_python(FASTAPI + code + "\n", "services/x/service.py")
    assert sorted(route.path for route in file.routes) == paths


@pytest.mark.parametrize("rule", ["rule", "*rules", "settings.path"])
def test_a_rule_that_cannot_be_read_is_no_route(rule: str) -> None:
    code = f"{FLASK}def add(rule, rules):\n    app.add_url_rule({rule}, 'a', h)\n"
    assert read_python(code, "services/x/service.py").routes == ()
