"""Phase 5: unit, integration and end-to-end tests of the service. Test files that exist are left alone."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from wizard.plan.container.probes import health_path
from wizard.plan.context import PlanContext, with_edit
from wizard.plan.docs.view import is_by_hand
from wizard.plan.service.modules import defined, is_wired
from wizard.plan.testing.environment import read_at_import
from wizard.plan.testing.pytest_config import config_edit
from wizard.plan.testing.view import server_words, testing_variables
from wizard.values.edit import ChangeSet, FileEdit
from wizard.values.lean import dataclass


@dataclass(frozen=True, slots=True)
class Template:
    """A test file: its template, the ending of its name, and the names it imports from the service's modules."""

    name: str
    ending: str
    needs: tuple[tuple[str, frozenset[str]], ...] = ()


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of tests: its item, its name, and its files."""

    item: str
    name: str
    templates: tuple[Template, ...]


_LOOPS = ("unit_bus", "unit_bus_streams", "integration_bus", "integration_bus_streams")
_EVENTS = ("models", frozenset({"OutputEvent", "OUTPUT_TYPES"}))
_METRICS = ("telemetry", frozenset({"Metrics"}))
KINDS = (
    Kind(
        "unit-tests",
        "unit",
        (
            Template("unit_logic", "logic"),
            Template("unit_models", "models", (_EVENTS, ("models", frozenset({"dump"})))),
            Template(
                "unit_bus", "loop", (_EVENTS, _METRICS, ("bus", frozenset({"Bus"})), ("link", frozenset({"RedisLink"})))
            ),
            Template(
                "unit_bus_streams",
                "loop",
                (
                    ("models", frozenset({"OutputEvent", "FIELD", "INPUT_CHANNELS"})),
                    _METRICS,
                    ("bus", frozenset({"Bus", "GROUP"})),
                    ("delivery", frozenset({"DEAD_LETTERS"})),
                    ("link", frozenset({"RedisLink"})),
                ),
            ),
            Template("unit_link", "link", (("link", frozenset({"RedisLink", "Backoff"})),)),
            Template(
                "unit_delivery",
                "delivery",
                (_EVENTS, _METRICS, ("delivery", frozenset({"Outbox"})), ("link", frozenset({"Backoff"}))),
            ),
            Template(
                "unit_store",
                "rows",
                (_EVENTS, ("store", frozenset({"Store", "PostgresLink", "StoreDownError", "rows", "INSERTS"}))),
            ),
            Template(
                "unit_store_http",
                "statements",
                (("store", frozenset({"Store", "PostgresLink", "StoreDownError", "TABLES", "MISSING"})),),
            ),
            Template(
                "unit_telemetry", "telemetry", (_METRICS, ("telemetry", frozenset({"JsonFormatter", "RepeatFilter"})))
            ),
            Template("unit_config", "config", (("config", frozenset({"ConfigError", "load"})),)),
            Template("unit_health", "health", (_METRICS,)),
            Template("unit_wiring", "wiring", (_METRICS, ("wiring", frozenset({"Stack", "attach", "_settings"})))),
            Template("unit_main", "main", (("service", frozenset({"main", "run", "create_app"})),)),
        ),
    ),
    Kind(
        "integration-tests",
        "integration",
        (
            Template(
                "integration_bus",
                "bus",
                (_EVENTS, _METRICS, ("bus", frozenset({"Bus"})), ("link", frozenset({"RedisLink"}))),
            ),
            Template(
                "integration_bus_streams",
                "bus",
                (
                    ("models", frozenset({"OutputEvent", "FIELD"})),
                    ("bus", frozenset({"Bus", "GROUP"})),
                    ("delivery", frozenset({"DEAD_LETTERS"})),
                ),
            ),
            Template(
                "integration_store", "store", (("store", frozenset({"Store", "PostgresLink", "StoreDownError"})),)
            ),
        ),
    ),
    Kind("e2e-tests", "e2e", (Template("e2e", "e2e"),)),
)


def plan(ctx: PlanContext) -> ChangeSet:
    """Plans test files for each kind of which the service has no test yet."""
    edits: list[FileEdit] = []
    notes: list[str] = []
    for kind in KINDS:
        if not ctx.wants(kind.item) or _has_tests(ctx, kind.name):
            continue
        made = tuple(_edits(ctx, kind))
        edits += made
        if not made:
            notes.append(
                ctx.note(kind.item, f"the service was written by hand, so its {kind.name} tests are yours to write")
            )
    if is_by_hand(ctx) and ctx.wants("unit-tests") and not _has_tests(ctx, "unit"):
        there = (
            any(f.name == ctx.spec.handler for file in ctx.service.python for f in file.functions)
            if ctx.service
            else False
        )
        what = f"{ctx.spec.handler}()" if there else "the function that decides"
        notes.append(ctx.note("core-logic", f"a unit test that calls {what} is yours to write"))
    config = config_edit(ctx, imports=bool(edits))
    return with_edit(ChangeSet(ctx.spec.name, ctx.phase, tuple(edits), (), tuple(notes)), config)


def tests_path(ctx: PlanContext, kind: str, ending: str) -> str:
    """Returns `tests/unit/NAME/test_NAME_logic.py`: base names are unique in the whole stack."""
    profile = ctx.profile
    folder = {"unit": profile.tests_unit, "integration": profile.tests_integration, "e2e": profile.tests_e2e}[kind]
    return posixpath.join(folder, ctx.spec.name, f"test_{ctx.spec.name}_{ending}.py")


def _edits(ctx: PlanContext, kind: Kind) -> Iterator[FileEdit]:
    chosen = [template for template in kind.templates if _fits(ctx, template)]
    if not chosen and ctx.service and ctx.service.entry:
        chosen = _of_a_process(ctx, kind)
    folder = posixpath.dirname(tests_path(ctx, kind.name, "x"))
    variables = {**testing_variables(ctx), "up": folder.count("/") + 1}
    for template in chosen:
        path = tests_path(ctx, kind.name, template.ending)
        if not ctx.exists(path):
            text = ctx.fill(f"testing/{template.name}.py.j2", **variables)
            why = f"{kind.name} tests: {template.ending}"
            yield FileEdit(path, None, text, why, (kind.item, "test-markers"))
    path, wanted = posixpath.join(folder, "conftest.py"), read_at_import(ctx)
    if wanted and not ctx.exists(path) and any(template.needs for template in chosen):
        text = ctx.fill("testing/conftest.py.j2", read_at_import=wanted)
        yield FileEdit(path, None, text, "set what the package reads when it is imported", (kind.item,))


def _of_a_process(ctx: PlanContext, kind: Kind) -> list[Template]:
    """Tests that need nothing but a program that starts: import it, run it and ask its health."""
    if kind.name == "unit":
        return [Template("unit_import", "import")]
    entry = next((file for file in ctx.service.python if file.path == ctx.service.entry), None) if ctx.service else None
    runs = entry is not None and (entry.has_main or entry.path.endswith("/__main__.py") or bool(server_words(ctx)))
    return [Template("integration_process", "process")] if runs and _answers_health(ctx) else []


def _answers_health(ctx: PlanContext) -> bool:
    """True for the wizard's service, and for code with a health route."""
    files = ctx.service.python if ctx.service else ()
    return not is_by_hand(ctx) or any(route.path == health_path(ctx) for file in files for route in file.routes)


def _fits(ctx: PlanContext, template: Template) -> bool:
    """True when the service has what the test imports."""
    channels = bool(ctx.shape.models_in or ctx.shape.models_out)
    if template.name == "e2e":
        return _answers_health(ctx)
    if template.name == "unit_models" and not (ctx.shape.models_in or ctx.shape.models_out):
        return False
    if template.name in ("unit_store", "integration_store") and not (ctx.shape.tables and channels):
        return False
    if template.name == "unit_store_http" and (channels or not ctx.shape.tables):
        return False
    if template.name == "unit_health" and not is_wired(ctx) and "create_app" not in defined(ctx, "service"):
        return False
    if template.name == "unit_logic" and channels and not _EVENTS[1] <= defined(ctx, _EVENTS[0]):
        return False
    if template.name in _LOOPS:
        streams = ctx.shape.streams and bool(ctx.shape.models_in)
        if not channels or streams is not template.name.endswith("_streams"):
            return False
    if template.name in ("unit_logic", *_LOOPS) and ctx.spec.handler not in defined(ctx, "logic"):
        return False
    return bool(ctx.shape.dot) and all(names <= defined(ctx, stem) for stem, names in template.needs)


def _has_tests(ctx: PlanContext, kind: str) -> bool:
    files = ctx.service.tests.get(kind, ()) if ctx.service else ()
    return any(file.tests for file in files)
