"""Phase 1: whole services, missing files, hand-written apps, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from wizard.plan.context import PlanContext
from wizard.plan.render import OVERRIDES
from wizard.plan.service import planner as service
from wizard.values.edit import ChangeSet
from wizard.values.facts.code import PythonFile, Route
from wizard.values.facts.stack import ServiceFacts
from wizard.values.finding import Status
from wizard.values.source import Fact, Source
from wizard.values.spec import ServiceSpec

FOLDER = "services/signals"
ENTRY = f"{FOLDER}/service.py"
ContextOf = Callable[..., PlanContext]
Applied = Callable[[PlanContext, ChangeSet], PlanContext]
ALL_MET = {f"1.{n}": Status.MET for n in range(1, 6)}


def names(changes: ChangeSet) -> list[str]:
    return [path.removeprefix(FOLDER + "/") for path in changes.paths]


def hand_written(text: str, **more: str) -> tuple[dict[str, str], ServiceFacts]:
    """Texts and facts of a service with this service.py and other files."""
    texts = {ENTRY: text, **{f"{FOLDER}/{stem}.py": body for stem, body in more.items()}}
    route = Route("/health", ("GET",), "flask", "health", Source(ENTRY, 1), static_ok=True)
    facts = ServiceFacts("signals", FOLDER, ENTRY, True, tuple(texts), (PythonFile(ENTRY, routes=(route,)),))
    return texts, facts


STUB = "from flask import Flask\napp = Flask(__name__)\n\n\n@app.get('/health')\ndef health():\n    return 'ok'\n"


def test_a_new_service_is_a_whole_package(specs: dict[str, ServiceSpec], context_of: ContextOf) -> None:
    found = names(service.plan(context_of(specs["plain"])))
    assert found == [
        "__init__.py",
        "config.py",
        "models.py",
        "logic.py",
        "telemetry.py",
        "store.py",
        "link.py",
        "delivery.py",
        "bus.py",
        "service.py",
    ]


@pytest.mark.parametrize(
    ("changes", "reads", "writes", "outbox"),
    [
        ({"delivery": "at-least-once"}, "xreadgroup(", "xadd(", True),
        ({"delivery": "at-most-once"}, ".subscribe(", ".publish(", True),
        ({"delivery": "at-least-once", "inputs": ()}, "", "xadd(", True),
        ({"outputs": (), "tables": ()}, ".subscribe(", "", False),
    ],
)
def test_what_carries_the_events_is_as_it_was_said(
    specs: dict[str, ServiceSpec],
    context_of: ContextOf,
    changes: dict[str, Any],
    reads: str,
    writes: str,
    outbox: bool,
) -> None:
    made = {
        edit.path.rpartition("/")[2]: edit.after or ""
        for edit in service.plan(context_of(replace(specs["plain"], **changes))).edits
    }
    assert ("delivery.py" in made) is outbox
    assert reads in made["bus.py"]
    assert writes in made.get("delivery.py", "")
    both = made["bus.py"] + made.get("delivery.py", "")
    for word, means in (("xreadgroup(", reads), (".subscribe(", reads), (".publish(", writes)):
        assert (word in both) is (word == means)


def test_a_service_without_tables_has_no_store(specs: dict[str, ServiceSpec], context_of: ContextOf) -> None:
    assert not [p for p in service.plan(context_of(specs["no_inputs"])).paths if "store" in p]


def test_nothing_is_written_when_everything_is_met(
    specs: dict[str, ServiceSpec], context_of: ContextOf, applied: Applied
) -> None:
    ctx = context_of(specs["plain"])
    ctx = applied(ctx, service.plan(ctx))
    assert service.plan(context_of(ctx.spec, ctx.facts.texts, ctx.service, ALL_MET)).empty


@pytest.mark.parametrize(
    "lost", ["bus.py", "link.py", "config.py", "models.py", "telemetry.py", "store.py", "service.py"]
)
def test_a_file_that_is_lost_is_made_again_and_no_other_is_touched(
    specs: dict[str, ServiceSpec], context_of: ContextOf, applied: Applied, lost: str
) -> None:
    ctx = context_of(specs["plain"])
    whole = service.plan(ctx)
    rest = replace(whole, edits=tuple(edit for edit in whole.edits if not edit.path.endswith(f"/{lost}")))
    found = service.plan(applied(ctx, rest))
    assert names(found) == [lost]
    assert found.edits[0].after == next(e.after for e in whole.edits if e.path.endswith(f"/{lost}"))


def test_a_hand_written_stub_gets_siblings_and_one_edit(specs: dict[str, ServiceSpec], context_of: ContextOf) -> None:
    texts, facts = hand_written(STUB)
    changes = service.plan(context_of(specs["plain"], texts, facts))
    assert [edit.path for edit in changes.edits if edit.before is not None] == [ENTRY]
    assert "wiring.py" in names(changes)
    assert "service.py" in names(changes)
    assert not changes.refusals


def test_files_that_are_there_are_never_written_again(specs: dict[str, ServiceSpec], context_of: ContextOf) -> None:
    texts, facts = hand_written(STUB, logic="def handle(event):\n    return event\n")
    changes = service.plan(context_of(specs["plain"], texts, facts))
    assert "logic.py" not in names(changes)
    assert all(edit.before == texts.get(edit.path) for edit in changes.edits)


def test_siblings_that_cannot_be_imported_are_refused(specs: dict[str, ServiceSpec], context_of: ContextOf) -> None:
    texts, facts = hand_written(STUB, models="class Price: ...\n")
    changes = service.plan(context_of(specs["plain"], texts, facts))
    assert changes.empty
    assert {refusal.item for refusal in changes.refusals} == {
        "health-endpoint",
        "core-logic",
        "redis-pubsub",
        "event-models",
        "config-env",
    }
    assert any("models.py is your own" in note for note in changes.notes)


def test_an_app_that_is_not_flask_is_left_to_its_author(specs: dict[str, ServiceSpec], context_of: ContextOf) -> None:
    texts, facts = hand_written("from fastapi import FastAPI\napp = FastAPI()\n")
    changes = service.plan(context_of(specs["plain"], texts, facts))
    assert changes.empty
    assert {refusal.item for refusal in changes.refusals} == {
        "health-endpoint",
        "core-logic",
        "redis-pubsub",
        "event-models",
        "config-env",
    }
    assert not [refusal for refusal in changes.refusals if "attach" in refusal.paste], "there is no wiring.py to attach"


def test_a_flask_app_that_cannot_be_found_gets_the_modules_and_the_call_to_paste(
    specs: dict[str, ServiceSpec], context_of: ContextOf
) -> None:
    texts, facts = hand_written("import flask\nAPPS = {'x': flask.Flask('x')}\n")
    file = replace(facts.python[0], imports=(Fact("flask", Source(facts.entry, 1)),))
    changes = service.plan(context_of(specs["plain"], texts, replace(facts, python=(file,))))
    assert f"{facts.folder}/wiring.py" in changes.paths
    (refusal,) = changes.refusals
    assert "attach(app)" in refusal.paste


def test_a_service_without_the_dot_gets_flat_imports(specs: dict[str, ServiceSpec], context_of: ContextOf) -> None:
    texts, facts = hand_written(STUB)
    changes = service.plan(context_of(specs["plain"], texts, replace(facts, dotted=False)))
    made = "\n".join(edit.after or "" for edit in changes.edits)
    assert "from wiring import attach" in made
    assert "from ." not in made
    assert "__init__.py" not in names(changes)


def test_the_stacks_own_template_is_used(specs: dict[str, ServiceSpec], context_of: ContextOf) -> None:
    texts = {OVERRIDES + "service/logic.py.j2": "# {{ name }} in our way\n"}
    changes = service.plan(context_of(specs["plain"], texts))
    assert next(e.after for e in changes.edits if e.path.endswith("logic.py")) == "# signals in our way\n"
