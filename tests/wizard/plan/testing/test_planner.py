"""Phase 5: which tests are generated for which service."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from wizard.plan.context import PlanContext
from wizard.plan.service import planner as service
from wizard.plan.testing import planner as testing
from wizard.values.edit import ChangeSet
from wizard.values.facts.code import PythonFile, Route, SettingVar, TestFunction
from wizard.values.facts.stack import ServiceFacts
from wizard.values.finding import Status
from wizard.values.source import Source
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
    read = (SettingVar("SIGNALS_REDIS_HOST", True, None, False, Source(entry, 1)),)
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
