"""Flask's development server in a hand-written entry gives way to `serve`; whatever else serves the app stays."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import replace

import pytest

from wizard.plan.context import PlanContext
from wizard.plan.service import planner as service
from wizard.plan.service.development_server import development_server, served, serves
from wizard.values.edit import ChangeSet
from wizard.values.facts.code import PythonFile, Route
from wizard.values.facts.container import DockerfileFacts
from wizard.values.facts.stack import ServiceFacts
from wizard.values.source import Fact, Source
from wizard.values.spec import ServiceSpec

APP = 'from flask import Flask\napp = Flask(__name__)\nPORT = 8005\nif __name__ == "__main__":\n    '
ENTRY = "services/signals/service.py"


@pytest.mark.parametrize(
    ("start", "after", "way"),
    [
        ('app.run(host="0.0.0.0", port=8005)', "serve(app)", "settings"),
        ("app.run()", "serve(app)", "settings"),
        ('app.run("0.0.0.0", 8005, True)', "serve(app)", "settings"),
        ("app.run(port=PORT, threaded=True, use_reloader=False)", "serve(app)", "settings"),
        ('app.run(host="0.0.0.0", port=8005)  # noqa: S104', "serve(app)", "settings"),
        ("app.run(port=8005)  # nosec B104  the net is ours", "serve(app)", "settings"),
        ("app.run(port=8005)  # ours", "serve(app)  # ours", "settings"),
        ("app.run(\n        port=8005,\n    )", "serve(app)", "settings"),
        ('app.run(port=int(os.environ["PORT"]))', 'serve(app, port=int(os.environ["PORT"]))', "given"),
        ("app.run(port=config.port)", "serve(app, port=config.port)", "given"),
    ],
)
@pytest.mark.parametrize("ending", ["\n", "\r\n", ""])
def test_the_development_server_gives_way(start: str, after: str, way: str, ending: str) -> None:
    newline = ending or "\n"
    text = (APP + start).replace("\n", newline) + ending
    assert serves(text) == way
    run = development_server(ast.parse(text))
    assert run is not None
    assert served(text, run) == (APP + after).replace("\n", newline) + ending


@pytest.mark.parametrize("name", ["app", "server", "größe"])
def test_it_does_whatever_the_app_is_called(name: str) -> None:
    text = f"import flask\n{name} = flask.Flask('x')\nx = 'ü'; {name}.run()\n"
    run = development_server(ast.parse(text))
    assert run is not None
    assert served(text, run) == f"import flask\n{name} = flask.Flask('x')\nx = 'ü'; serve({name})\n"


FACTORY = "from flask import Flask\ndef make():\n    app = Flask('x')\n    return app\n"


@pytest.mark.parametrize(("start", "after"), [("make().run(port=1)", "serve(make())"), ("a = make()\na.run()", "")])
def test_an_app_from_a_factory_is_served_as_well(start: str, after: str) -> None:
    run = development_server(ast.parse(FACTORY + start))
    assert run is not None
    assert served(FACTORY + start, run) == FACTORY + (after or "a = make()\nserve(a)")


@pytest.mark.parametrize(
    "start",
    [
        "pass",
        'app.run(ssl_context="adhoc")',
        "app.run(**options)",
        "app.run(*options)",
        "app.run()\nelse:\n    app.run(port=1)",
        "Thread(target=app.run).start()",
        "Thread(target=app.run).start()\n    app.run()",
        "waitress.serve(app, port=8005)",
        "code = app.run()",
        "subprocess.run(['x'])",
        "other.run()",
    ],
)
def test_what_says_more_or_serves_otherwise_stays(start: str) -> None:
    assert development_server(ast.parse(APP + start)) is None
    assert serves(APP + start) == ""


def planned(
    specs: dict[str, ServiceSpec], context_of: Callable[..., PlanContext], text: str, command: str = ""
) -> tuple[ChangeSet, dict[str, str]]:
    source = Source(ENTRY, 1)
    route = Route("/health", ("GET",), "flask", "health", source, static_ok=True)
    words = Fact(tuple(command.split()), source)
    facts = ServiceFacts(
        "signals",
        "services/signals",
        ENTRY,
        True,
        (ENTRY,),
        (PythonFile(ENTRY, routes=(route,)),),
        dockerfile=DockerfileFacts("services/signals/Dockerfile", command=words) if command else None,
        listens=Fact(8000, source) if "gunicorn" in command else None,
    )
    changes = service.plan(context_of(specs["plain"], {ENTRY: text}, facts))
    return changes, {edit.path.rpartition("/")[2]: edit.after or "" for edit in changes.edits}


HEALTH = "\n\n@app.get('/health')\ndef health():\n    return 'ok'\n\n\n"
START = "if __name__ == '__main__':\n    app.run(port=8005)\n"
STUB = "from flask import Flask\napp = Flask(__name__)" + HEALTH


def test_a_finished_service_has_one_server_and_starts_with_the_process(
    specs: dict[str, ServiceSpec], context_of: Callable[..., PlanContext]
) -> None:
    changes, made = planned(specs, context_of, STUB + START, "python -m signals.service")
    assert "from .wiring import attach, serve\n" in made["service.py"]
    assert ".run(" not in made["service.py"]
    assert made["wiring.py"].count("create_server(") == 1
    assert "stack.start(settings)" in made["wiring.py"]
    assert any("SIGNALS_PORT" in note and "waitress" in note for note in changes.notes)


@pytest.mark.parametrize("command", ["gunicorn signals.service:app -w 1", "uwsgi --http :8005", ""])
def test_another_server_stays_the_only_one(
    specs: dict[str, ServiceSpec], context_of: Callable[..., PlanContext], command: str
) -> None:
    changes, made = planned(specs, context_of, STUB + (START if command else ""), command)
    assert "import attach\n" in made["service.py"]
    assert "create_server" not in made["wiring.py"]
    assert "def serve" not in made["wiring.py"]
    assert "stack.start(_settings())" in made["wiring.py"]
    assert not any("waitress" in note for note in changes.notes)


@pytest.mark.parametrize("start", [START, START.replace("8005", "int(environ['PORT'])"), ""])
def test_wiring_that_is_lost_is_made_again_as_the_entry_asks_for_it(
    specs: dict[str, ServiceSpec],
    context_of: Callable[..., PlanContext],
    applied: Callable[..., PlanContext],
    start: str,
) -> None:
    source = Source(ENTRY, 1)
    route = Route("/health", ("GET",), "flask", "health", source, static_ok=True)
    facts = ServiceFacts("signals", "services/signals", ENTRY, True, (ENTRY,), (PythonFile(ENTRY, routes=(route,)),))
    ctx = context_of(specs["plain"], {ENTRY: STUB + start}, facts)
    whole = service.plan(ctx)
    rest = replace(whole, edits=tuple(edit for edit in whole.edits if not edit.path.endswith("/wiring.py")))
    found = service.plan(applied(ctx, rest))
    assert [edit.path for edit in found.edits] == ["services/signals/wiring.py"]
    assert found.edits[0].after == next(e.after for e in whole.edits if e.path.endswith("/wiring.py"))
