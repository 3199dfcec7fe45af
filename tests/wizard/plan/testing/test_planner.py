"""Phase 5: which tests are generated for which service."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from wizard.plan.context import PlanContext
from wizard.plan.service import planner as service
from wizard.plan.testing import planner as testing
from wizard.values.edit import ChangeSet
from wizard.values.facts.code import PythonFile, Route, SettingVar, TestFunction
from wizard.values.facts.stack import Program, ServiceFacts
from wizard.values.finding import Status
from wizard.values.source import Fact, Source
from wizard.values.spec import ServiceSpec

ContextOf = Callable[..., PlanContext]
Applied = Callable[[PlanContext, ChangeSet], PlanContext]
FOLDER = "services/signals"


def generated(changes: ChangeSet) -> list[str]:
    return [path.removeprefix("tests/") for path in changes.paths if path.startswith("tests/")]


def test_a_generated_service_gets_all_kinds(
    specs: dict[str, ServiceSpec], context_of: ContextOf, applied: Applied
) -> None:
    ctx = context_of(specs["plain"])
    changes = testing.plan(applied(ctx, service.plan(ctx)))
    assert generated(changes) == [
        "unit/signals/test_signals_logic.py",
        "unit/signals/test_signals_models.py",
        "unit/signals/test_signals_loop.py",
        "unit/signals/test_signals_link.py",
        "unit/signals/test_signals_delivery.py",
        "unit/signals/test_signals_rows.py",
        "unit/signals/test_signals_telemetry.py",
        "unit/signals/test_signals_config.py",
        "unit/signals/test_signals_health.py",
        "unit/signals/test_signals_main.py",
        "integration/signals/test_signals_bus.py",
        "integration/signals/test_signals_store.py",
        "e2e/signals/test_signals_e2e.py",
    ]
    assert "pytest.ini" in changes.paths


def test_a_kind_that_has_tests_is_left_alone(
    specs: dict[str, ServiceSpec], context_of: ContextOf, applied: Applied
) -> None:
    ctx = context_of(specs["plain"])
    ctx = applied(ctx, service.plan(ctx))
    assert ctx.service is not None
    path = "tests/unit/signals/test_mine.py"
    mine = PythonFile(path, tests=(TestFunction("test_it", (), frozenset(), Source(path, 1)),))
    known = replace(ctx.service, tests={"unit": (mine,)})
    changes = testing.plan(context_of(ctx.spec, ctx.facts.texts, known))
    assert not [path for path in generated(changes) if path.startswith("unit/")]
    assert [path for path in generated(changes) if path.startswith("integration/")]


def test_nothing_is_wanted_when_all_are_met(specs: dict[str, ServiceSpec], context_of: ContextOf) -> None:
    met = dict.fromkeys(("5.1", "5.2", "5.3", "5.4"), Status.MET)
    assert not generated(testing.plan(context_of(specs["plain"], statuses=met)))


def test_a_hand_written_service_gets_tests_that_know_nothing_of_its_inside(
    specs: dict[str, ServiceSpec], context_of: ContextOf
) -> None:
    entry = f"{FOLDER}/app.py"
    logic = "def handle(event):\n    if event.symbol != 'BTC':\n        return None\n    return event\n"
    texts = {entry: "print()\n", f"{FOLDER}/logic.py": logic}
    health = Route("/health", ("GET",), "flask", "health", Source(entry, 1))
    names = ("SIGNALS_REDIS_HOST", "SIGNALS_REDIS_PORT")
    read = tuple(SettingVar(name, True, None, False, Source(entry, 1)) for name in names)
    python = (PythonFile(entry, routes=(health,), variables=read, has_main=True),)
    facts = ServiceFacts("signals", FOLDER, entry, False, tuple(texts), python)
    changes = testing.plan(context_of(specs["plain"], texts, facts))
    assert generated(changes) == [
        "unit/signals/test_signals_import.py",
        "integration/signals/test_signals_process.py",
        "e2e/signals/test_signals_e2e.py",
    ]
    text = {edit.path: edit.after or "" for edit in changes.edits}
    process = text["tests/integration/signals/test_signals_process.py"]
    assert 'COMMAND = [sys.executable, "-m", "app"]' in process
    assert '"SIGNALS_REDIS_HOST": REDIS.hostname or ""' in process
    end_to_end = text["tests/e2e/signals/test_signals_e2e.py"]
    assert "assert answer.status == 200" in end_to_end
    assert "redis" not in end_to_end, "what goes in and comes out is known to nobody but its author"
    for body in (text[path] for path in text if path.endswith(".py")):
        compile(body, "x", "exec")


def test_a_program_that_answers_nothing_gets_only_what_can_pass(
    specs: dict[str, ServiceSpec], context_of: ContextOf
) -> None:
    entry = f"{FOLDER}/app.py"
    facts = ServiceFacts("signals", FOLDER, entry, False, (entry,), (PythonFile(entry, has_main=True),))
    changes = testing.plan(context_of(specs["plain"], {entry: "print()\n"}, facts))
    assert generated(changes) == ["unit/signals/test_signals_import.py"]
    assert [note[:3] for note in changes.notes] == ["5.2", "5.3", "1.2"]


def test_without_any_code_there_is_only_the_end_to_end_test(
    specs: dict[str, ServiceSpec], context_of: ContextOf
) -> None:
    changes = testing.plan(context_of(specs["plain"]))
    assert generated(changes) == ["e2e/signals/test_signals_e2e.py"]
    assert [note for note in changes.notes if note.startswith("5.1")]


SERVED = Fact(8000, Source("services/signals/Dockerfile", 4))


@pytest.mark.parametrize(
    ("words", "listens", "by", "expected"),
    [
        ("-m uvicorn app:app --host 0.0.0.0 --port 8000", SERVED, "", ['"127.0.0.1"', "str(port)"]),
        ("-m uvicorn app:app --port=8000 --reload", SERVED, "", ['f"--port={port}"']),
        ("-m gunicorn -b 0.0.0.0:8000 app:app", SERVED, "", ['f"127.0.0.1:{port}"']),
        ("-m gunicorn app:app", SERVED, "", ['f"--bind=127.0.0.1:{port}"']),
        ("-m flask --app app run", SERVED, "", ['f"--port={port}"']),
        ("-m waitress app:app", SERVED, "", ["port = 8000"]),
        ("-m uvicorn app:app --port ${PORT:-8000}", SERVED, "PORT", []),
        ("-m celery -A app worker", None, "", []),
    ],
)
def test_a_service_that_a_server_starts_is_tested_as_its_container_starts_it(
    specs: dict[str, ServiceSpec],
    context_of: ContextOf,
    words: str,
    listens: Fact[int] | None,
    by: str,
    expected: list[str],
) -> None:
    entry = f"{FOLDER}/app.py"
    health = Route("/health", ("GET",), "fastapi", "health", Source(entry, 1))
    facts = ServiceFacts(
        "signals",
        FOLDER,
        entry,
        False,
        (entry,),
        (PythonFile(entry, routes=(health,)),),
        listens=listens,
        listens_by=by,
        program=Program(tuple(words.split()), FOLDER),
    )
    changes = testing.plan(context_of(specs["plain"], {entry: "print()\n"}, facts))
    path = "tests/integration/signals/test_signals_process.py"
    text = {edit.path: edit.after or "" for edit in changes.edits}.get(path, "")
    assert bool(text) is bool(expected)
    assert all(part in text for part in expected), text
    assert "reload" not in text
    assert "0.0.0.0" not in text
    compile(text, "x", "exec")


@pytest.mark.parametrize(
    ("variables", "package", "expected"),
    [
        (("REGION", True, True), ("REGION", True, True), ['"REGION": "1"']),
        (("LIMIT", True, True), ("REGION", False, True), ['"LIMIT": "1"']),
        (("LIMIT", True, False), ("REGION", False, True), []),
        (("LIMIT", True, True), None, []),
    ],
)
def test_what_a_package_reads_when_it_is_imported_is_set_for_its_tests(
    specs: dict[str, ServiceSpec],
    context_of: ContextOf,
    applied: Applied,
    variables: tuple[str, bool, bool],
    package: tuple[str, bool, bool] | None,
    expected: list[str],
) -> None:
    def read(path: str, what: tuple[str, bool, bool] | None) -> PythonFile:
        found = (SettingVar(what[0], what[1], None, False, Source(path, 1), at_import=what[2]),) if what else ()
        return PythonFile(path, variables=found)

    ctx = context_of(specs["plain"])
    ctx = applied(ctx, service.plan(ctx))
    assert ctx.service is not None
    texts = dict(ctx.facts.texts)
    texts[f"{FOLDER}/wiring.py"] = "class Stack: ...\n\n\ndef attach(): ...\n"
    files = (read(f"{FOLDER}/more.py", variables), read(f"{FOLDER}/__init__.py", package))
    known = replace(ctx.service, python=files)
    changes = testing.plan(context_of(ctx.spec, texts, known))
    made = {edit.path: edit.after or "" for edit in changes.edits if edit.path.endswith("conftest.py")}
    assert sorted(made) == (
        ["tests/integration/signals/conftest.py", "tests/unit/signals/conftest.py"] if expected else []
    )
    assert all(part in text for text in made.values() for part in expected), made
