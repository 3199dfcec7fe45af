"""Routes of whole applications, with Flask's and FastAPI's own routing as the judge."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest

from wizard.stack.python.resolve import resolve
from wizard.stack.python.source import read_python
from wizard.values.facts.code import PythonFile

ME = "def me(**_): return 'x'\n"
FLASK_APP = "from flask import Flask, Blueprint\nfrom flask.views import MethodView, View\napp = Flask(__name__)\n"
OPS = f"from flask import Blueprint\nbp = Blueprint('ops', __name__, url_prefix='/ops')\n@bp.get('/health')\n{ME}"
USERS = f"from fastapi import APIRouter\nrouter = APIRouter(prefix='/users')\n@router.get('/me')\n{ME}"
FASTAPI = "from fastapi import FastAPI, APIRouter\napp = FastAPI()\n"

FLASK: dict[str, dict[str, str]] = {
    "route": {"main": f"{FLASK_APP}@app.route('/health')\n{ME}"},
    "route_with_methods": {"main": f"{FLASK_APP}@app.route('/health', methods=['GET', 'POST'])\n{ME}"},
    "methods_by_name": {"main": f"{FLASK_APP}BOTH = ['GET', 'PUT']\n@app.route('/health', methods=BOTH)\n{ME}"},
    "verbs": {"main": f"{FLASK_APP}@app.get('/a')\n@app.post('/b')\n@app.delete('/c')\n{ME}"},
    "rule_by_name": {"main": f"{FLASK_APP}HEALTH = '/health'\n@app.get(HEALTH)\n{ME}"},
    "rule_of_a_module": {
        "main": f"{FLASK_APP}import paths\n@app.get(paths.HEALTH)\n{ME}",
        "paths": "HEALTH = '/health'\n",
    },
    "rule_as_f_string": {"main": f"{FLASK_APP}V = 'v1'\n@app.get(f'/{{V}}/health')\n{ME}"},
    "rule_with_a_variable": {"main": f"{FLASK_APP}@app.get('/items/<int:n>')\n{ME}"},
    "called_with_the_function": {"main": f"{FLASK_APP}{ME}app.get('/health')(me)\n"},
    "add_url_rule": {"main": f"{FLASK_APP}{ME}app.add_url_rule('/health', 'health', me)\n"},
    "add_url_rule_with_methods": {
        "main": f"{FLASK_APP}{ME}app.add_url_rule('/health', view_func=me, methods=('POST',))\n"
    },
    "view": {
        "main": f"{FLASK_APP}class V(View):\n    methods = ['GET', 'POST']\n    def dispatch_request(self): ...\n"
        "app.add_url_rule('/health', view_func=V.as_view('v'))\n"
    },
    "plain_view": {
        "main": f"{FLASK_APP}class V(View):\n    def dispatch_request(self): ...\n"
        "app.add_url_rule('/health', view_func=V.as_view('v'))\n"
    },
    "method_view": {
        "main": f"{FLASK_APP}class V(MethodView):\n    def get(self): ...\n    def put(self): ...\n"
        "app.add_url_rule('/health', view_func=V.as_view('v'))\n"
    },
    "method_view_by_name": {
        "main": f"{FLASK_APP}class V(MethodView):\n    def post(self): ...\nv = V.as_view('v')\n"
        "app.add_url_rule('/health', view_func=v)\n"
    },
    "method_view_of_a_base": {
        "main": f"{FLASK_APP}class B(MethodView):\n    def get(self): ...\nclass V(B):\n    def post(self): ...\n"
        "app.add_url_rule('/health', view_func=V.as_view('v'))\n"
    },
    "method_view_of_a_module": {
        "main": f"{FLASK_APP}from views import V\napp.add_url_rule('/health', view_func=V.as_view('v'))\n",
        "views": "from flask.views import MethodView\nclass V(MethodView):\n    def delete(self): ...\n",
    },
    "method_view_with_methods": {
        "main": f"{FLASK_APP}class V(MethodView):\n    def get(self): ...\n    def put(self): ...\n"
        "app.add_url_rule('/health', view_func=V.as_view('v'), methods=['PUT'])\n"
    },
    "blueprint": {"main": f"{FLASK_APP}from ops import bp\napp.register_blueprint(bp)\n", "ops": OPS},
    "blueprint_not_registered": {"main": f"{FLASK_APP}from ops import bp\n", "ops": OPS},
    "blueprint_never_imported": {"main": f"{FLASK_APP}@app.get('/a')\n{ME}", "ops": OPS},
    "blueprint_without_slash": {
        "main": f"{FLASK_APP}bp = Blueprint('b', __name__, url_prefix='/ops')\n@bp.get('health')\n{ME}"
        "app.register_blueprint(bp)\n"
    },
    "prefix_overrides": {
        "main": f"{FLASK_APP}from ops import bp\napp.register_blueprint(bp, url_prefix='/v2')\n",
        "ops": OPS,
    },
    "prefix_overrides_with_slash": {
        "main": f"{FLASK_APP}from ops import bp\napp.register_blueprint(bp, url_prefix='/')\n",
        "ops": OPS,
    },
    "prefix_overrides_with_nothing": {
        "main": f"{FLASK_APP}from ops import bp\napp.register_blueprint(bp, url_prefix='')\n",
        "ops": OPS,
    },
    "prefix_none": {
        "main": f"{FLASK_APP}from ops import bp\napp.register_blueprint(bp, url_prefix=None)\n",
        "ops": OPS,
    },
    "prefix_with_slash_at_the_end": {
        "main": f"{FLASK_APP}from ops import bp\napp.register_blueprint(bp, url_prefix='/v2/')\n",
        "ops": OPS,
    },
    "registered_twice": {
        "main": f"{FLASK_APP}from ops import bp\napp.register_blueprint(bp)\n"
        "app.register_blueprint(bp, url_prefix='/again', name='again')\n",
        "ops": OPS,
    },
    "nested_blueprints": {
        "main": f"{FLASK_APP}from ops import bp\nouter = Blueprint('o', __name__, url_prefix='/api')\n"
        "outer.register_blueprint(bp)\napp.register_blueprint(outer)\n",
        "ops": OPS,
    },
    "nested_with_prefixes": {
        "main": f"{FLASK_APP}from ops import bp\nouter = Blueprint('o', __name__, url_prefix='/api')\n"
        "outer.register_blueprint(bp, url_prefix='/in')\napp.register_blueprint(outer, url_prefix='/out')\n",
        "ops": OPS,
    },
    "nested_in_one_that_is_not_registered": {
        "main": f"{FLASK_APP}from ops import bp\nouter = Blueprint('o', __name__)\nouter.register_blueprint(bp)\n",
        "ops": OPS,
    },
    "in_a_loop": {
        "main": f"{FLASK_APP}from ops import bp\n"
        f"other = Blueprint('x', __name__, url_prefix='/x')\n@other.get('/y')\n{ME}"
        "for one in (bp, other):\n    app.register_blueprint(one)\n",
        "ops": OPS,
    },
    "in_a_loop_over_a_list": {
        "main": f"{FLASK_APP}from ops import bp\nALL = [bp]\nfor one in ALL:\n    app.register_blueprint(one)\n",
        "ops": OPS,
    },
    "factory": {
        "main": "from flask import Flask\nfrom ops import bp\ndef create_app():\n    app = Flask(__name__)\n"
        f"    app.register_blueprint(bp)\n    @app.get('/a')\n    {ME}    return app\napp = create_app()\n",
        "ops": OPS,
    },
    "factory_of_a_module": {
        "main": "from factory import create_app\napp = create_app()\n",
        "factory": "from flask import Flask\nfrom ops import bp\ndef create_app():\n    app = Flask(__name__)\n"
        "    app.register_blueprint(bp)\n    return app\n",
        "ops": OPS,
    },
    "registered_by_a_function": {
        "main": f"{FLASK_APP}from setup_all import setup\nsetup(app)\n",
        "setup_all": "from ops import bp\ndef setup(app):\n    app.register_blueprint(bp, url_prefix='/v3')\n",
        "ops": OPS,
    },
    "routes_of_a_function": {
        "main": f"{FLASK_APP}from routes import setup\nsetup(app)\n",
        "routes": f"def setup(app):\n    @app.get('/health')\n    {ME}",
    },
    "blueprint_made_by_a_function": {
        "main": f"{FLASK_APP}from ops import make\napp.register_blueprint(make(), url_prefix='/made')\n",
        "ops": "from flask import Blueprint\ndef make():\n    bp = Blueprint('m', __name__)\n"
        f"    @bp.get('/health')\n    {ME}    return bp\n",
    },
    "app_of_a_module": {"main": f"from core import app\n@app.get('/health')\n{ME}", "core": FLASK_APP},
    "two_modules_of_one_name": {
        "main": f"{FLASK_APP}from a.routes import bp as one\nfrom b.routes import bp as two\n"
        "app.register_blueprint(one, url_prefix='/one')\napp.register_blueprint(two, url_prefix='/two')\n",
        "a/routes": f"from flask import Blueprint\nbp = Blueprint('a', __name__)\n@bp.get('/a')\n{ME}",
        "b/routes": f"from flask import Blueprint\nbp = Blueprint('b', __name__)\n@bp.get('/b')\n{ME}",
    },
    "through_a_package": {
        "main": f"{FLASK_APP}from api import health\napp.register_blueprint(health, url_prefix='/p')\n",
        "api/__init__": "from .ops import bp as health\n",
        "api/ops": OPS,
    },
    "prefix_of_a_setting": {
        "main": f"{FLASK_APP}from ops import bp\nfrom config import PREFIX\n"
        "app.register_blueprint(bp, url_prefix=PREFIX)\n",
        "config": "PREFIX = '/set'\n",
        "ops": OPS,
    },
}
FASTAPI_SHAPES: dict[str, dict[str, str]] = {
    "route": {"main": f"{FASTAPI}@app.get('/health')\n{ME}"},
    "api_route": {"main": f"{FASTAPI}@app.api_route('/health', methods=['GET', 'POST'])\n{ME}"},
    "add_api_route": {"main": f"{FASTAPI}{ME}app.add_api_route('/health', me, methods=['PUT'])\n"},
    "router": {"main": f"{FASTAPI}from users import router\napp.include_router(router)\n", "users": USERS},
    "router_with_prefix": {
        "main": f"{FASTAPI}from users import router\napp.include_router(router, prefix='/api')\n",
        "users": USERS,
    },
    "router_of_a_module": {"main": f"{FASTAPI}import users\napp.include_router(users.router)\n", "users": USERS},
    "router_not_included": {"main": f"{FASTAPI}from users import router\n", "users": USERS},
    "router_included_twice": {
        "main": f"{FASTAPI}import users\nfor p in ():\n    pass\napp.include_router(users.router, prefix='/a')\n"
        "app.include_router(users.router, prefix='/b')\n",
        "users": USERS,
    },
    "empty_rule": {
        "main": f"{FASTAPI}r = APIRouter(prefix='/list')\n@r.get('')\n{ME}app.include_router(r)\n",
    },
    "rule_of_one_slash": {
        "main": f"{FASTAPI}r = APIRouter(prefix='/list')\n@r.get('/')\n{ME}app.include_router(r)\n",
    },
    "nested": {
        "main": f"{FASTAPI}from users import router\napi = APIRouter(prefix='/v1')\n"
        "api.include_router(router, prefix='/in')\napp.include_router(api, prefix='/api')\n",
        "users": USERS,
    },
    "nested_in_one_that_is_not_included": {
        "main": f"{FASTAPI}from users import router\napi = APIRouter()\napi.include_router(router)\n",
        "users": USERS,
    },
    "through_a_package": {
        "main": f"{FASTAPI}from api import users_router\napp.include_router(users_router, prefix='/api')\n",
        "api/__init__": "from api.users import router as users_router\n",
        "api/users": USERS,
    },
    "through_two_packages": {
        "main": f"{FASTAPI}import api\napp.include_router(api.router)\n",
        "api/__init__": "from .v1 import router\n",
        "api/v1/__init__": "from .users import router\n",
        "api/v1/users": USERS,
    },
    "routers_of_one_name": {
        "main": f"{FASTAPI}from api import items, users\n"
        "app.include_router(users.router)\napp.include_router(items.router, prefix='/x')\n",
        "api/__init__": "",
        "api/users": USERS,
        "api/items": USERS.replace("users", "items"),
    },
    "mounted_app": {
        "main": f"{FASTAPI}sub = FastAPI()\n@sub.get('/health')\n{ME}app.mount('/sub', sub)\n",
    },
    "mounted_app_of_a_module": {
        "main": f"{FASTAPI}from sub import sub\napp.mount('/sub', sub)\n",
        "sub": "from fastapi import FastAPI\nfrom users import router\nsub = FastAPI()\nsub.include_router(router)\n",
        "users": USERS,
    },
    "factory": {
        "main": "from fastapi import FastAPI\nfrom users import router\ndef create():\n    app = FastAPI()\n"
        "    app.include_router(router, prefix='/f')\n    return app\napp = create()\n",
        "users": USERS,
    },
    "in_a_loop": {
        "main": f"{FASTAPI}import users, items\nfor one in [users.router, items.router]:\n"
        "    app.include_router(one, prefix='/l')\n",
        "users": USERS,
        "items": USERS.replace("users", "items"),
    },
    "prefix_of_settings": {
        "main": f"{FASTAPI}from users import router\nfrom config import settings\n"
        "app.include_router(router, prefix=settings.api_prefix)\n",
        "config": "class Settings:\n    api_prefix: str = '/cfg'\nsettings = Settings()\n",
        "users": USERS,
    },
}
JUDGE = """
import json, pathlib, sys

def flask_routes(app):
    for rule in app.url_map.iter_rules():
        if rule.endpoint != "static":
            yield rule.rule, rule.methods

def fastapi_routes(app, above=""):
    for path, verbs in app.openapi()["paths"].items():
        yield above + path, [verb.upper() for verb in verbs]
    for route in app.routes:
        inner = getattr(route, "app", None)
        if type(inner).__name__ == "FastAPI":
            yield from fastapi_routes(inner, above + route.path)

kind, found = sys.argv[1], {}
for folder in sorted(pathlib.Path.cwd().iterdir()):
    before = set(sys.modules)
    sys.path.insert(0, str(folder))
    import main
    rows = (flask_routes if kind == "flask" else fastapi_routes)(main.app)
    found[folder.name] = sorted([path, sorted(set(verbs) - {"HEAD", "OPTIONS"})] for path, verbs in rows)
    sys.path.pop(0)
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(folder)):
            del sys.modules[name]
print(json.dumps(found))
"""
Routes = list[tuple[str, list[str]]]


def judged(root: Path, kind: str, shapes: dict[str, dict[str, str]]) -> dict[str, Routes]:
    """What the framework itself answers, for every shape."""
    for shape, files in shapes.items():
        for name, code in files.items():
            path = root / shape / f"{name}.py"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(code)
    done = subprocess.run(
        [sys.executable, "-c", JUDGE, kind], cwd=root, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return {shape: [(path, verbs) for path, verbs in rows] for shape, rows in json.loads(done.stdout).items()}


@pytest.fixture(scope="module")
def flask_says(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Routes]:
    return judged(tmp_path_factory.mktemp("flask"), "flask", FLASK)


@pytest.fixture(scope="module")
def fastapi_says(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Routes]:
    return judged(tmp_path_factory.mktemp("fastapi"), "fastapi", FASTAPI_SHAPES)


def read(files: dict[str, str]) -> tuple[PythonFile, ...]:
    return resolve(tuple(read_python(code, f"services/x/{name}.py") for name, code in files.items()))


def routes(files: tuple[PythonFile, ...]) -> Routes:
    found: dict[str, set[str]] = {}
    for file in files:
        for route in file.routes:
            found.setdefault(route.path, set()).update(set(route.methods) - {"HEAD", "OPTIONS"})
    return sorted((path, sorted(verbs)) for path, verbs in found.items())


@pytest.mark.parametrize("shape", FLASK)
def test_flask_answers_what_was_read(shape: str, flask_says: dict[str, Routes]) -> None:
    files = read(FLASK[shape])
    assert routes(files) == flask_says[shape]
    assert not any(file.unread_routes for file in files)


@pytest.mark.skipif(importlib.util.find_spec("fastapi") is None, reason="FastAPI is not installed")
@pytest.mark.parametrize("shape", FASTAPI_SHAPES)
def test_fastapi_answers_what_was_read(shape: str, fastapi_says: dict[str, Routes]) -> None:
    files = read(FASTAPI_SHAPES[shape])
    assert routes(files) == fastapi_says[shape]
    assert not any(file.unread_routes for file in files)


def test_routes_that_nobody_serves_are_kept_apart() -> None:
    files = read(FLASK["blueprint_not_registered"])
    assert [(r.path, r.source.path) for file in files for r in file.unserved] == [("/ops/health", "services/x/ops.py")]


@pytest.mark.parametrize(
    "main",
    [
        "import importlib\nfor name in NAMES:\n    app.register_blueprint(importlib.import_module(name).bp)\n",
        "def add(bp):\n    app.register_blueprint(bp)\n",
        "for one, prefix in PAIRS:\n    app.register_blueprint(one, url_prefix=prefix)\n",
    ],
)
def test_a_registration_that_cannot_be_read_takes_no_route_away(main: str) -> None:
    other = OPS.replace("bp", "blue")
    files = read({"main": FLASK_APP + main, "ops": other})
    assert routes(files) == [("/ops/health", ["GET"])]
    assert any(file.unread_routes for file in files)


def test_a_blueprint_of_a_library_hides_nothing() -> None:
    main = f"{FLASK_APP}from flask_healthz import healthz\napp.register_blueprint(healthz)\n"
    files = read({"main": main, "ops": OPS})
    assert routes(files) == []
    assert [r.path for file in files for r in file.unserved] == ["/ops/health"]


def test_a_rule_that_cannot_be_read_is_said() -> None:
    files = read({"main": f"{FLASK_APP}@app.get(choose())\n{ME}"})
    assert [len(file.unread_routes) for file in files] == [1]


@pytest.mark.parametrize(
    ("code", "wanted"),
    [
        (
            "from werkzeug.middleware.dispatcher import DispatcherMiddleware\napi = Flask('api')\n@api.get('/a')\n"
            f"{ME}app.wsgi_app = DispatcherMiddleware(app, {{'/api': api, '/metrics': make_wsgi_app()}})\n",
            [("/api/a", ["GET"]), ("/metrics", ["GET"])],
        ),
        (
            "from flask_restful import Api\napi = Api(app)\nclass Items: ...\napi.add_resource(Items, '/a', '/b')\n",
            [("/a", ["GET"]), ("/b", ["GET"])],
        ),
    ],
)
def test_what_werkzeug_and_extensions_add(code: str, wanted: Routes) -> None:
    assert routes(read({"main": FLASK_APP + code})) == wanted


@pytest.mark.parametrize(
    ("code", "wanted"),
    [
        ("app.router.add_get('/a', me)\n", [("/a", ["GET"])]),
        ("app.router.add_route('POST', '/a', me)\n", [("/a", ["POST"])]),
        ("app.add_routes([web.get('/a', me), web.put('/b', me)])\n", [("/a", ["GET"]), ("/b", ["PUT"])]),
        ("sub = web.Application()\nsub.router.add_get('/a', me)\napp.add_subapp('/in', sub)\n", [("/in/a", ["GET"])]),
    ],
)
def test_routes_of_aiohttp(code: str, wanted: Routes) -> None:
    assert routes(read({"main": f"from aiohttp import web\napp = web.Application()\n{ME}{code}"})) == wanted


@pytest.mark.parametrize(
    ("code", "wanted"),
    [
        (
            "app = Starlette(routes=[Route('/a', me), Route('/b', me, methods=['POST'])])\n",
            [("/a", ["GET"]), ("/b", ["POST"])],
        ),
        ("app = Starlette(routes=[Mount('/in', routes=[Route('/a', me)])])\n", [("/in/a", ["GET"])]),
        ("app = Starlette()\napp.add_route('/a', me, methods=['PUT'])\n", [("/a", ["PUT"])]),
        (
            "from a2wsgi import WSGIMiddleware\nfrom flask import Flask\nold = Flask('old')\n@old.get('/a')\n"
            f"{ME}app = Starlette()\napp.mount('/old', WSGIMiddleware(old))\n",
            [("/old/a", ["GET"])],
        ),
        ("app = Starlette()\napp.mount('/static', StaticFiles(directory='s'))\n", []),
    ],
)
def test_routes_of_starlette(code: str, wanted: Routes) -> None:
    head = "from starlette.applications import Starlette\nfrom starlette.routing import Mount, Route\n"
    assert routes(read({"main": f"{head}{ME}{code}"})) == wanted
