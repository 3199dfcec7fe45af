"""The variables that the templates of `testing/` need beside those of the service phase."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass

from wizard.plan.context import PlanContext
from wizard.plan.modules import is_wired, routes_of_entry
from wizard.plan.service_view import service_variables
from wizard.plan.shape import EventModel, Setting
from wizard.plan.words import sample


@dataclass(frozen=True, slots=True)
class Sample:
    """An event for a test: its class and the arguments to make one."""

    model: EventModel
    arguments: tuple[str, ...]


def sample_of(model: EventModel) -> Sample:
    """A sample with one plain value a field."""
    fields = tuple(f"{field.name}={sample(field.type)}" for field in model.fields)
    return Sample(model, ('id="a-1"', 'time="2026-01-01T00:00:00+00:00"', *fields))


def testing_variables(ctx: PlanContext) -> dict[str, object]:
    """Everything the test templates ask for. `up`: how many folders a unit test file is below the stack's root."""
    shape = ctx.shape
    routes = routes_of_entry(ctx)
    inputs = shape.models_in or (EventModel("Event", "", ()),)
    result = (shape.models_out or inputs)[0]
    stem = posixpath.basename(ctx.service.entry if ctx.service else "").removesuffix(".py")
    return {
        **service_variables(shape),
        "samples": tuple(sample_of(model) for model in inputs),
        "logic_test_names": tuple(sorted(model.name for model in inputs)),
        "bus_test_names": ("OUTPUT_CHANNELS",) * bool(shape.models_in and shape.models_out)
        + ("InputEvent", "OutputEvent"),
        "result_sample": sample_of(result),
        "required_names": tuple(v.name for v in shape.variables if v.default is None),
        "secret_fields": tuple(_secret_fields(shape.redis_secret, shape.postgres_secret if shape.tables else "")),
        "wired": is_wired(ctx),
        "has_health": "/health" in routes,
        "has_metrics": "/metrics" in routes,
        "serves_metrics": "/metrics" in routes or is_wired(ctx),
        "up": ctx.profile.tests_unit.strip("/").count("/") + 2,
        "test_environment": environment_of(ctx),
        "import_name": f"{ctx.spec.name}.{stem}" if shape.dot else stem,
    }


def environment_of(ctx: PlanContext) -> tuple[Setting, ...]:
    """What compose sets for the service today, else what it will set."""
    block = ctx.service.compose if ctx.service else None
    if block is None or not block.environment:
        return ctx.shape.environment
    return tuple(Setting(entry.name, entry.value or "") for entry in block.environment)


def _secret_fields(redis: str, postgres: str) -> list[str]:
    return [name for name, secret in (("redis_password", redis), ("postgres_password", postgres)) if secret]
