"""Specs of several shapes, and the facts and contexts that planners get, made by hand: no other room is needed."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from wizard.adapters.files import DiskFiles
from wizard.audit.audit import audit_service
from wizard.checklist import load
from wizard.plan.context import PlanContext
from wizard.plan.plan import make_context
from wizard.plan.render import make_renderer, overrides_in
from wizard.stack.infer import infer
from wizard.stack.read import read_stack
from wizard.values.compose_facts import ComposeModel
from wizard.values.edit import ChangeSet
from wizard.values.facts import ServiceFacts, StackFacts
from wizard.values.finding import Finding, Report, Status
from wizard.values.profile import Detected, Profile, ServerProfile
from wizard.values.source import Source
from wizard.values.spec import Channel, Column, EventField, ServiceSpec, Table, Variable

PROFILE = Profile(
    prefix="cdb_",
    compose_files=("infrastructure/compose/base.yml", "infrastructure/compose/dev.yml"),
    edit_file="infrastructure/compose/dev.yml",
    network="cdb_net",
    redis=ServerProfile("cdb_redis", 6379, secret="redis_password"),
    postgres=ServerProfile("cdb_postgres", 5432, "trader", "trading", "postgres_password"),
    schema_file="infrastructure/database/schema.sql",
    runbook="DOCKER_STACK_RUNBOOK.md",
    registry="FUTURE_SERVICES.md",
)
FIELDS = (EventField("symbol", "str", 'the "ticker"'), EventField("price", "float"))
EVERY = (EventField("a"), EventField("b", "int"), EventField("c", "float"), EventField("d", "bool"))
LONG = "n" * 63
SPECS = {
    "plain": ServiceSpec(
        "signals",
        "Turns prices into signals",
        8008,
        (Channel("market_data", FIELDS),),
        (Channel("signal_events", (EventField("symbol"), EventField("score", "float"))),),
        (Table("signal_log", (Column("symbol"), Column("score", "double precision"), Column("seen", "timestamptz"))),),
    ),
    "no_tables_two_channels": ServiceSpec(
        "regime",
        'Says """which""" \\regime ${IT} is `in` | <b>{{ now }}</b>\x1b[31m\n- x',
        8009,
        (
            Channel("market_data", FIELDS),
            Channel("orders.new", (*EVERY, EventField("float", "float"))),
        ),
        (Channel("regimes", (EventField("price", "float"), EventField("b", "str"))), Channel("alarms")),
        talks_to=("core",),
    ),
    "no_outputs_every_type": ServiceSpec(
        "db_audit",
        "",
        8010,
        (Channel("1x-y", EVERY),),
        (),
        (
            Table(
                "order",
                (
                    Column("a", "text"),
                    Column("b", "bigint"),
                    Column("c", "numeric"),
                    Column("d", "boolean"),
                    Column("e", "uuid"),
                    Column("f", "jsonb"),
                    Column("user", "timestamptz"),
                    Column("h", "integer", True),
                    Column("i", "double precision"),
                ),
            ),
            Table("other"),
        ),
        True,
        "class_of",
        (Variable("DB_AUDIT_LIMIT", "5"), Variable("API_URL", None, "http://x"), Variable("CLASS", "$a")),
    ),
    "no_inputs": ServiceSpec("beacon", "Only answers", 8011, variables=(Variable("BEACON_URL", None, "x"),)),
    "long_names": ServiceSpec(
        LONG,
        "word " * 80,
        8012,
        (
            Channel("b" * 79, (EventField("c" * 63, "float"), EventField("d" * 60, "str", "e " * 90))),
            Channel("b" * 80, (EventField("f" * 63),)),
        ),
        (Channel("g" * 80, (EventField("c" * 63), EventField("d" * 60))), Channel("h" * 80)),
        (Table("t" * 63, (Column("c" * 63, "text"), Column("k" * 63, "jsonb"))),),
        handler="h" * 63,
        variables=(Variable("V" * 70, "w" * 50, "", "d " * 100),),
    ),
}

ContextOf = Callable[..., PlanContext]


@pytest.fixture(scope="session")
def specs() -> dict[str, ServiceSpec]:
    """One spec for each shape of service."""
    return SPECS


@pytest.fixture(scope="session")
def context_of() -> ContextOf:
    """spec, texts, service facts, statuses -> a planner's context; every item is unmet unless `statuses` says
    otherwise."""

    def make(
        spec: ServiceSpec,
        texts: dict[str, str] | None = None,
        service: ServiceFacts | None = None,
        statuses: dict[str, Status] | None = None,
        profile: Profile = PROFILE,
    ) -> PlanContext:
        known = texts or {}
        services = (service,) if service else ()
        facts = StackFacts("/stack", Detected(profile, {}), ComposeModel(), services, None, None, (), None, texts=known)
        checklist = load()
        findings = tuple(
            Finding(item.id, (statuses or {}).get(item.id, Status.UNMET), "said", (Source("x"),))
            for item in checklist.items
        )
        report = Report(spec.name, findings)
        return PlanContext(facts, service, spec, report, checklist, make_renderer(overrides_in(known)))

    return make


@pytest.fixture(scope="session")
def applied(context_of: ContextOf) -> Callable[[PlanContext, ChangeSet], PlanContext]:
    """The context after a change set was written: texts and the service's folder as a reader would find them."""

    def apply(ctx: PlanContext, changes: ChangeSet) -> PlanContext:
        texts = dict(ctx.facts.texts) | {edit.path: edit.after or "" for edit in changes.edits}
        own = tuple(sorted(path for path in texts if path.startswith(ctx.folder + "/")))
        entry = f"{ctx.folder}/service.py"
        base = ctx.service or ServiceFacts(ctx.spec.name, ctx.folder)
        service = replace(base, entry=entry if entry in own else "", own_files=own)
        return context_of(ctx.spec, texts, service)

    return apply


ReadContext = Callable[..., PlanContext]


@pytest.fixture
def context_in() -> ReadContext:
    """The context of one service of a stack on disk, read, inferred and judged by the real rooms. `files` are written
    first; fields of the spec can be given."""

    def read(root: Path, name: str, files: dict[str, str] | None = None, **fields: object) -> PlanContext:
        for path, text in (files or {}).items():
            place = root / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(text.encode("utf-8", "surrogateescape"))
        facts = read_stack(DiskFiles(root))
        known = facts.service(name) is not None
        spec = infer(facts, name).spec if known else ServiceSpec(name, "A new one", 8099)
        spec = replace(spec, **fields)  # type: ignore[arg-type]
        report = audit_service(facts, facts.service(name), spec, load())
        return make_context(facts, spec, report, load())

    return read


# property tests: 100 examples each, 2,000 with HYPOTHESIS_PROFILE=thorough (`make test-thorough`)
_PROFILE = settings(deadline=None, database=None, suppress_health_check=list(HealthCheck))
settings.register_profile("wizard", parent=_PROFILE, max_examples=100)
settings.register_profile("thorough", parent=_PROFILE, max_examples=2000)
settings.load_profile("thorough" if os.environ.get("HYPOTHESIS_PROFILE") == "thorough" else "wizard")
