"""Routes of every shape people write, with their framework, prefix and whether the answer can ever be bad."""

from __future__ import annotations

from textwrap import dedent

import pytest

from wizard.stack.python.resolve import resolve
from wizard.stack.python.source import read_python
from wizard.values.facts.code import PythonFile, Route


def read(code: str, path: str = "services/x/service.py") -> PythonFile:
    return read_python(dedent(code), path)


def service(**files: str) -> dict[str, PythonFile]:
    read_files = tuple(read(code, f"services/x/{name}.py") for name, code in files.items())
    return {file.path.rsplit("/", 1)[-1].removesuffix(".py"): file for file in resolve(read_files)}


def paths(file: PythonFile) -> list[str]:
    return [route.path for route in file.routes]


def only(code: str) -> Route:
    (route,) = read(code).routes
    return route


def test_a_module_level_flask_route_has_its_line_and_method() -> None:
    route = only(
        """\
        from flask import Flask
        app = Flask(__name__)

        @app.route("/health", methods=["GET", "HEAD"])
        def health():
            return "ok"
        """
    )
    assert (route.path, route.methods, route.framework, route.handler) == (
        "/health",
        ("GET", "HEAD"),
        "flask",
        "health",
    )
    assert route.source.line == 4


def test_routes_inside_a_factory_are_found() -> None:
    file = read(
        """\
        import flask

        def create_app(bus):
            app = flask.Flask("x")

            @app.get("/health")
            def health():
                return flask.jsonify(ok=bus.ok())

            app.add_url_rule("/metrics", "metrics", metrics)
            app.add_url_rule("/items", view_func=Items.as_view("items"), methods=["POST"])
            return app
        """
    )
    assert [(r.path, r.handler, r.framework) for r in file.routes] == [
        ("/health", "health", "flask"),
        ("/metrics", "metrics", "flask"),
        ("/items", "Items", "flask"),
    ]
    assert file.routes[2].methods == ("POST",)


def test_a_blueprint_has_its_own_prefix_until_it_is_registered_under_another() -> None:
    views = """\
        from flask import Blueprint
        bp = Blueprint("api", __name__, url_prefix="/api")

        @bp.route("/items/<int:n>")
        def item(n):
            return str(n)
        """
    assert paths(read(views)) == ["/api/items/<int:n>"]
    plain = service(views=views, service="from .views import bp\napp.register_blueprint(bp)\n")
    assert paths(plain["views"]) == ["/api/items/<int:n>"]
    moved = service(views=views, service="from . import views\napp.register_blueprint(views.bp, url_prefix='/v2')\n")
    assert paths(moved["views"]) == ["/v2/items/<int:n>"]


def test_nested_routers_put_their_prefixes_together() -> None:
    files = service(
        health="""\
            from fastapi import APIRouter
            router = APIRouter(prefix="/status")

            @router.get("")
            async def status(): ...

            @router.get("/deep")
            async def deep(): ...
            """,
        api="""\
            from fastapi import APIRouter
            from . import health
            api = APIRouter()
            api.include_router(health.router, prefix="/v1")
            """,
        service="""\
            from fastapi import FastAPI
            from .api import api
            app = FastAPI()
            app.include_router(api, prefix="/api")
            """,
    )
    assert paths(files["health"]) == ["/api/v1/status", "/api/v1/status/deep"]
    assert {route.framework for route in files["health"].routes} == {"fastapi"}


def test_route_under_another_name() -> None:
    assert (
        only(
            """\
        from flask import Flask
        server = Flask(__name__)
        route = server.route

        @route("/health")
        def health(): return "ok"
        """
        ).framework
        == "flask"
    )


def test_an_app_imported_from_another_module_tells_the_framework() -> None:
    files = service(
        app="from flask import Flask\napp = Flask(__name__)\n",
        views="from .app import app\n\n@app.get('/health')\ndef health(): return 'ok'\n",
    )
    assert files["views"].routes[0].framework == "flask"
    assert files["views"].apps == ()
    assert [fact.value for fact in files["app"].apps] == ["flask"]


def test_a_prefix_from_the_settings_of_another_module_and_one_that_nothing_says() -> None:
    router = (
        "from fastapi import APIRouter\nrouter = APIRouter(prefix='/utils')\n\n@router.get('/ping')\ndef ping(): ...\n"
    )
    main = """\
        from fastapi import FastAPI
        from config import settings, made_up
        from utils import router
        app = FastAPI()
        app.include_router(router, prefix={})
        """
    config = """\
        from pydantic_settings import BaseSettings
        class Settings(BaseSettings):
            API: str = "/api/v1"
        settings = Settings()
        """
    said = service(main=main.format("settings.API"), utils=router, config=config)
    assert paths(said["utils"]) == ["/api/v1/utils/ping"]
    unsaid = service(main=main.format("made_up()"), utils=router, config=config)
    assert paths(unsaid["utils"]) == ["/{prefix}/utils/ping"]


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("app = web.Application()\napp.router.add_get('/health', health)", ("/health", ("GET",))),
        ("app.router.add_route('GET', '/health', health)", ("/health", ("GET",))),
        ("app.add_routes([web.get('/health', health)])", ("/health", ("GET",))),
        ("app.add_routes([web.route('*', '/health', health)])", ("/health", ("*",))),
        ("routes = web.RouteTableDef()\n@routes.get('/health')\nasync def health(r): ...", ("/health", ("GET",))),
    ],
)
def test_aiohttp(code: str, found: tuple[str, tuple[str, ...]]) -> None:
    route = only(f"from aiohttp import web\n{code}\n")
    assert (route.path, route.methods, route.framework, route.handler) == (*found, "aiohttp", "health")


def test_aiohttp_imported_by_name_and_as_alias() -> None:
    assert only("from aiohttp import web as w\napp.add_routes([w.get('/h', x)])").path == "/h"


def test_starlette_routes_and_mounts() -> None:
    file = read(
        """\
        from starlette.applications import Starlette
        from starlette.routing import Mount, Route
        app = Starlette(routes=[
            Route("/health", endpoint=health),
            Mount("/api", routes=[Route("/items", items, methods=["POST"])]),
        ])
        """
    )
    assert [(r.path, r.methods) for r in file.routes] == [("/health", ("GET",)), ("/api/items", ("POST",))]
    assert [fact.value for fact in file.apps] == ["starlette"]


def test_fastapi_metrics_mounted_and_added() -> None:
    file = read(
        """\
        from fastapi import FastAPI
        from prometheus_client import make_asgi_app
        app = FastAPI()
        app.mount("/metrics", make_asgi_app())
        app.add_api_route("/health", health, methods=["GET"])
        """
    )
    assert paths(file) == ["/metrics", "/health"]


def test_http_server_handlers_are_recognised_as_something_unknown() -> None:
    file = read(
        """\
        from http.server import BaseHTTPRequestHandler, HTTPServer

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                if self.path in ("/health", "/healthz"):
                    self.send_response(200)
                elif self.path.startswith("/metrics"):
                    self.send_response(200)
        """
    )
    assert [(r.path, r.framework, r.methods) for r in file.routes] == [
        ("/health", "unknown", ("GET",)),
        ("/healthz", "unknown", ("GET",)),
        ("/metrics", "unknown", ("GET",)),
    ]


def test_a_constant_as_path_is_settled() -> None:
    files = service(
        consts="HEALTH_PATH = '/healthz'\n",
        service="from flask import Flask\nfrom .consts import HEALTH_PATH\napp = Flask('x')\n"
        "@app.get(HEALTH_PATH)\ndef health(): return 'ok'\n",
    )
    assert paths(files["service"]) == ["/healthz"]


def test_dict_get_and_requests_are_no_routes() -> None:
    assert paths(read("import requests\nfrom flask import Flask\nrequests.get('/health')\nconfig.get('/x', 1)\n")) == []


@pytest.mark.parametrize(
    ("body", "static"),
    [
        ("return 'ok'", True),
        ("return jsonify({'status': 'ok', 'time': datetime.now().isoformat()}), 200", True),
        ("return jsonify(status='ok', service=NAME)", True),
        ("return Response('ok', status=200)", True),
        ("return HealthResponse(status='ok')", True),
        ("return jsonify({'status': 'ok' if stats['up'] else 'error'})", False),
        ("return jsonify({'status': stats['status']})", False),
        ("return jsonify(stats)", False),
        ("return jsonify(bus.health())", False),
        ("client.ping()\n    return 'ok'", False),
        ("return 'down', 503", False),
        ("try:\n        ping()\n    except E:\n        return 'no', 503\n    return 'ok'", False),
        ("return body", False),
        ("return Response('x', status=code)", False),
    ],
)
def test_static_ok(body: str, static: bool) -> None:
    route = only(f"from flask import Flask\napp = Flask('x')\n@app.get('/health')\ndef health():\n    {body}\n")
    assert route.static_ok is static


def test_static_ok_of_handlers_given_by_name_and_lambda() -> None:
    file = read(
        """\
        from aiohttp import web
        async def ok(request):
            return web.json_response({"status": "ok"})
        async def checked(request):
            return web.json_response({"status": await request.app["bus"].state()})
        app.add_routes([web.get("/a", ok), web.get("/b", checked), web.get("/c", lambda r: web.Response(text="x"))])
        """
    )
    assert [route.static_ok for route in file.routes] == [True, False, True]
