"""The splice into a hand-written app: added lines only, and it runs."""

from __future__ import annotations

import ast
from collections.abc import Callable

import pytest

from wizard.plan.context import PlanContext
from wizard.plan.service.attach import attach_edit, insert_lines
from wizard.values.edit import FileEdit, Refusal
from wizard.values.facts.code import PythonFile, Route
from wizard.values.facts.stack import ServiceFacts
from wizard.values.source import Source
from wizard.values.spec import ServiceSpec

ENTRY = "services/signals/service.py"
STUB = '''"""Doc."""
from flask import (
    Flask,  # the framework
    jsonify,
)

app = Flask(
    __name__,
)  # made here


@app.route("/health")
def health():
    """Say ok."""
    return jsonify(status="ok")
'''
FACTORY = """import flask

def create_app():
    app = flask.Flask(__name__)

    @app.get("/health")
    def health():
        # always
        return {"status": "ok"}

    return app
"""


@pytest.fixture
def edit(specs: dict[str, ServiceSpec], context_of: Callable[..., PlanContext]) -> Callable[..., FileEdit | Refusal]:
    def make(text: str, *, dotted: bool = True, static: bool = True, health: bool = True) -> FileEdit | Refusal:
        source = Source(ENTRY, 1)
        routes = (Route("/health", ("GET",), "flask", "health", source, static_ok=static),) if health else ()
        file = PythonFile(ENTRY, routes=routes)
        service = ServiceFacts("signals", "services/signals", ENTRY, dotted, (ENTRY,), (file,))
        return attach_edit(context_of(specs["plain"], {ENTRY: text}, service), ENTRY)

    return make


def added(found: FileEdit | Refusal) -> list[str]:
    """The added lines; fails when a line was changed or removed."""
    assert isinstance(found, FileEdit)
    assert found.before is not None
    assert found.after is not None
    new = found.after.splitlines(keepends=True)
    rest = iter(new)
    lines = []
    for old in found.before.splitlines(keepends=True):
        for line in rest:
            if line.rstrip("\r\n") == old.rstrip("\r\n"):
                break
            lines.append(line)
        else:
            pytest.fail(f"the line {old!r} is gone")
    return [line.strip() for line in [*lines, *rest] if line.strip()]


LIVE = ["degraded = connections.degraded()", "if degraded is not None:", "return degraded"]


def test_only_lines_are_added(edit: Callable[..., FileEdit | Refusal]) -> None:
    found = edit(STUB)
    assert added(found) == ["from .wiring import attach", "connections = attach(app)", *LIVE]
    assert isinstance(found, FileEdit)
    assert ")  # made here\nconnections = attach(app)\n" in (found.after or "")
    assert '"""Say ok."""\n    degraded = ' in (found.after or "")


def test_inside_a_factory_and_flat(edit: Callable[..., FileEdit | Refusal]) -> None:
    found = edit(FACTORY, dotted=False)
    assert added(found) == ["from wiring import attach", "connections = attach(app)", *LIVE]
    assert isinstance(found, FileEdit)
    assert "\n    connections = attach(app)\n" in (found.after or "")
    assert "        # always\n        degraded = " in (found.after or "")


def test_a_handler_that_already_looks_is_left_alone(edit: Callable[..., FileEdit | Refusal]) -> None:
    assert added(edit(STUB, static=False)) == ["from .wiring import attach", "connections = attach(app)"]


def test_an_app_without_health_gets_one(edit: Callable[..., FileEdit | Refusal]) -> None:
    found = edit("from flask import Flask\napp = Flask(__name__)\n", health=False)
    assert added(found)[-3:] == ['@app.get("/health")', "def health():", "return connections.answer()"]


@pytest.mark.parametrize("mark", ["\n", "\r\n"])
@pytest.mark.parametrize("bom", ["", "\ufeff"])
@pytest.mark.parametrize("ends", [True, False])
def test_line_endings_and_mark_stay(edit: Callable[..., FileEdit | Refusal], mark: str, bom: str, ends: bool) -> None:
    text = bom + STUB.replace("\n", mark)
    found = edit(text if ends else text.removesuffix(mark))
    assert isinstance(found, FileEdit)
    after = found.after or ""
    assert after.startswith(bom + '"""Doc."""')
    assert after.count("\n") == after.count(mark)
    ast.parse(after.removeprefix("\ufeff"))


@pytest.mark.parametrize(
    "text",
    [
        "from fastapi import FastAPI\napp = FastAPI()\n",
        "from flask import Flask\napp = Flask(__name__); x = 1\n",
        "from flask import Flask\nif True: app = Flask(__name__)\n",
        "from flask import Flask\napp = Flask(\n",
        "",
    ],
)
def test_what_is_not_understood_is_refused_with_text_to_paste(
    edit: Callable[..., FileEdit | Refusal], text: str
) -> None:
    found = edit(text)
    assert isinstance(found, Refusal)
    assert "attach(app)" in found.paste


def test_a_name_that_is_taken_is_not_taken_again(edit: Callable[..., FileEdit | Refusal]) -> None:
    found = edit("from flask import Flask\nconnections = 3\napp = Flask(__name__)\n")
    assert "stack_connections = attach(app)" in added(found)


def test_lines_are_inserted_where_they_belong() -> None:
    assert insert_lines("a\r\nb", {0: "x", 2: "y\nz"}) == "x\r\na\r\nb\r\ny\r\nz\r\n"
