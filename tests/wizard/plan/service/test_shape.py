"""What templates share: names, dependencies with the condition their health checks allow, paths."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from wizard.plan.context import PlanContext
from wizard.plan.service.shape import event_models, make_shape
from wizard.plan.service.view import own_setting
from wizard.values.facts.compose import ComposeModel, ComposeService, HealthCheck
from wizard.values.facts.container import DockerfileFacts
from wizard.values.facts.stack import ServiceFacts
from wizard.values.source import Source
from wizard.values.spec import Channel, EventField, ServiceSpec, Variable

AT = Source("dev.yml", 1)
CHECK = HealthCheck(("CMD", "x"), AT)


def compose(key: str, check: HealthCheck | None = None) -> ComposeService:
    return ComposeService(key, (AT,), healthcheck=check)


def test_the_condition_is_what_the_other_service_can_give(
    specs: dict[str, ServiceSpec], context_of: Callable[..., PlanContext]
) -> None:
    spec = replace(specs["plain"], talks_to=("core", "risk", "cdb_ws", "nobody"))
    core, risk = compose("cdb_core"), compose("cdb_risk")
    image = DockerfileFacts("services/core/Dockerfile", healthcheck=CHECK)
    facts = replace(
        context_of(spec).facts,
        compose=ComposeModel(
            services=(
                compose("cdb_redis", CHECK),
                compose("cdb_postgres", replace(CHECK, disabled=True)),
                core,
                risk,
                compose("cdb_ws", CHECK),
            )
        ),
        services=(
            ServiceFacts("core", "services/core", dockerfile=image, compose=core),
            ServiceFacts("risk", "services/risk", compose=risk),
        ),
    )
    found = {d.key: d.condition for d in make_shape(facts, None, spec).dependencies}
    assert found == {
        "cdb_redis": "service_healthy",
        "cdb_postgres": "service_started",
        "cdb_core": "service_healthy",
        "cdb_risk": "service_started",
        "cdb_ws": "service_healthy",
    }


def test_the_build_context_is_seen_from_the_compose_project(
    specs: dict[str, ServiceSpec], context_of: Callable[..., PlanContext]
) -> None:
    assert context_of(specs["plain"]).shape.build_context == "../../services/signals"
    top = replace(context_of(specs["plain"]).profile, compose_files=("compose.yml",))
    assert context_of(specs["plain"], profile=top).shape.build_context == "services/signals"


def test_postgres_is_only_asked_for_when_there_are_tables(
    specs: dict[str, ServiceSpec], context_of: Callable[..., PlanContext]
) -> None:
    with_tables = context_of(specs["plain"]).shape
    without = context_of(specs["no_tables_two_channels"]).shape
    assert with_tables.secrets == ("redis_password", "postgres_password")
    assert without.secrets == ("redis_password",)
    assert not [s for s in without.environment if "POSTGRES" in s.name]


def test_event_classes_have_names_of_their_own() -> None:
    field = (EventField("a"), EventField("id"), EventField("time"))
    same, other = Channel("x_y", field), Channel("x.y", (EventField("b"),))
    spec = ServiceSpec("s", "", 8000, (same, other), (same, Channel("x-y"), Channel("1")))
    inputs, outputs = event_models(spec)
    assert [m.name for m in inputs] == ["XYEvent", "XYInEvent"]
    assert [m.name for m in outputs] == ["XYEvent", "XYOutEvent", "Channel1Event"]
    assert [f.name for f in inputs[0].fields] == ["a"]


def test_no_class_is_called_like_the_union_of_all() -> None:
    inputs, outputs = event_models(ServiceSpec("s", "", 8000, (Channel("input"),), (Channel("output"),)))
    assert [m.name for m in (*inputs, *outputs)] == ["InputInEvent", "OutputOutEvent"]


def test_a_variable_of_the_engineer_replaces_the_usual_one(context_of: Callable[..., PlanContext]) -> None:
    own = (Variable("S_LOG_LEVEL", "DEBUG"), Variable("REDIS_HOST", None, "x"))
    spec = ServiceSpec("s", "", 8000, (Channel("ticks"),), variables=own)
    shape = context_of(spec).shape
    found = {setting.name: setting.value for setting in shape.environment}
    assert len(found) == len(shape.environment)
    assert (found["S_LOG_LEVEL"], found["REDIS_HOST"], found["S_REDIS_HOST"]) == ("DEBUG", "x", "cdb_redis")
    assert [own_setting(v, shape).field for v in spec.variables] == ["own_log_level", "own_redis_host"]
