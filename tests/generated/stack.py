"""Services as the wizard writes them for a matrix of answers: what judges, mutants, outages and examples look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from wizard.checklist import load
from wizard.plan.compose.place import service_body
from wizard.plan.container import planner as container
from wizard.plan.context import PlanContext
from wizard.plan.docs import planner as docs
from wizard.plan.render import make_renderer, overrides_in
from wizard.plan.service import planner as service
from wizard.plan.testing import planner as testing
from wizard.values.edit import ChangeSet
from wizard.values.facts.code import PythonFile, Route
from wizard.values.facts.compose import ComposeModel, ComposeService
from wizard.values.facts.stack import ServiceFacts, StackFacts
from wizard.values.finding import Finding, Report, Status
from wizard.values.profile import Detected, Profile, ServerProfile
from wizard.values.source import Fact, Source
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
SMALL = Profile(
    compose_files=("compose.yml",),
    edit_file="compose.yml",
    redis=ServerProfile("redis", 6380),
    postgres=ServerProfile("db", 5432, "app", "app"),
    schema_file="schema.sql",
)
"""A stack of one file at its root: no prefix, no passwords, no network of its own, no documents."""
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
    "streams": ServiceSpec(
        "fills",
        "Keeps every fill and passes it on",
        8017,
        (Channel("orders.filled", FIELDS),),
        (Channel("positions", (EventField("symbol"), EventField("size", "float"))),),
        (Table("fill_log", (Column("symbol"), Column("price", "double precision"))),),
        delivery="at-least-once",
        own_role=True,
    ),
    "source": ServiceSpec("ticker", "Says the price", 8013, (), (Channel("ticks", FIELDS),)),
    "source_with_rows": ServiceSpec(
        "tick_rows",
        "Says and keeps the price",
        8014,
        (),
        (Channel("ticks", FIELDS),),
        (Table("tick_log", (Column("symbol"),)),),
    ),
    "no_inputs": ServiceSpec("beacon", "Only answers", 8011, variables=(Variable("BEACON_URL", None, "x"),)),
    "http": ServiceSpec("quotes", "Answers what a price was", 8015, kind="http"),
    "http_with_rows": ServiceSpec(
        "ledger", "Answers from its table", 8016, (), (), (Table("entries", (Column("symbol"),)),), kind="http"
    ),
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

SHAPES = [
    "plain",
    "no_tables_two_channels",
    "no_outputs_every_type",
    "streams",
    "source",
    "source_with_rows",
    "http",
    "http_with_rows",
    "no_inputs",
    "long_names",
    "hand_written",
]
HAND_WRITTEN = '''"""Market service, begun by hand."""

from flask import Flask, Response, jsonify

app = Flask(__name__)


@app.route("/health")
def health() -> Response:
    """Say ok, whatever happens."""
    return jsonify(status="ok", service="market", more=1)


if __name__ == "__main__":
    app.run(host="127.0.0.1", port=int(__import__("os").environ["MARKET_PORT"]))
'''
NO_LIMITS = """rules:
  CL-0026:
    enabled: false
    reason: how much memory a program that people wrote needs, only they know
"""
PYTEST_INI = """[pytest]
pythonpath = services
addopts = --strict-markers --import-mode=importlib -p no:cacheprovider -p no:asyncio
filterwarnings = error
markers =
    unit: no server
    integration: real servers
    e2e: the running service
"""


def context_of(
    spec: ServiceSpec,
    texts: Mapping[str, str] | None = None,
    service: ServiceFacts | None = None,
    statuses: Mapping[str, Status] | None = None,
    profile: Profile = PROFILE,
    siblings: tuple[ComposeService, ...] = (),
) -> PlanContext:
    """Returns a planner's context without a stack on disk; every item is unmet unless `statuses` says otherwise."""
    known = dict(texts or {})
    services = (service,) if service else ()
    facts = StackFacts(
        "/stack", Detected(profile, {}), ComposeModel(services=siblings), services, None, None, (), None, texts=known
    )
    checklist = load()
    findings = tuple(
        Finding(item.id, item.phase, (statuses or {}).get(item.id, Status.UNMET), "said", (Source("x"),))
        for item in checklist.items
    )
    report = Report(spec.name, findings)
    return PlanContext(facts, service, spec, report, checklist, make_renderer(overrides_in(known)), checklist.items)


def applied(ctx: PlanContext, changes: ChangeSet) -> PlanContext:
    """Returns the context after a change set was written: texts and the service's folder as read."""
    texts = dict(ctx.facts.texts) | {edit.path: edit.after or "" for edit in changes.edits}
    own = tuple(sorted(path for path in texts if path.startswith(ctx.folder + "/")))
    entry = f"{ctx.folder}/service.py"
    base = ctx.service or ServiceFacts(ctx.spec.name, ctx.folder)
    return context_of(
        ctx.spec,
        texts,
        replace(base, entry=entry if entry in own else "", own_files=own),
        profile=ctx.facts.profile,
        siblings=ctx.facts.compose.services,
    )


def written(spec: ServiceSpec | None, root: Path, profile: Profile = PROFILE) -> PlanContext:
    """Writes a service with everything around it, by the planners in their order; None: one finished by hand's half."""
    ctx = hand_written() if spec is None else context_of(spec, profile=profile)
    ctx = applied(ctx, service.plan(ctx))
    ctx = applied(ctx, container.plan(context_of(ctx.spec, profile=profile)))
    for planner in (testing.plan, docs.plan):
        ctx = applied(ctx, planner(ctx))
    write_stack(root, ctx)
    if spec is None:
        (root / ".compose-lint.yml").write_text(NO_LIMITS)
    return ctx


def write_stack(root: Path, ctx: PlanContext) -> None:
    """Everything of phases 1, 2 and 4 to 6, and a compose file of this one service."""
    for path, text in ctx.facts.texts.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
    block = "".join(f"    {line}\n" for line in service_body(ctx).splitlines())
    secrets = "".join(f"  {secret}:\n    file: ./{secret}\n" for secret in ctx.shape.secrets)
    network = ctx.facts.profile.network
    (root / "compose.yml").write_text(
        f"services:\n  {ctx.key}:\n{block}"
        + (f"secrets:\n{secrets}" if secrets else "")
        + (f"networks:\n  {network}: {{}}\n" if network else "")
    )
    if ctx.spec.tables:
        role = ctx.fill("database/role.sql.j2") if ctx.shape.role else ""
        (root / "schema.sql").write_text(ctx.fill("database/tables.sql.j2") + role)
        (root / "seed.sql").write_text(ctx.fill("database/seed.sql.j2"))
    (root / "pytest.ini").write_text(PYTEST_INI)


def hand_written() -> PlanContext:
    """A stub that only answers health, beside a hardened sibling, with the facts a reader finds in it."""
    folder = "services/market"
    entry = f"{folder}/service.py"
    texts = {entry: HAND_WRITTEN, f"{folder}/__init__.py": '"""Market."""\n'}
    route = Route("/health", ("GET",), "flask", "health", Source(entry, 9), static_ok=True)
    file = PythonFile(entry, routes=(route,), apps=(Fact("app", Source(entry, 5)),))
    facts = ServiceFacts("market", folder, entry, own_files=tuple(texts), python=(file,))
    place = Source("compose.yml", 1)
    hardened = ("init", "read_only", "cap_drop", "security_opt")
    sibling = ComposeService("cdb_core", (place,), build=Fact("services/core", place), keys=hardened)
    return context_of(replace(SPECS["plain"], name="market"), texts, facts, siblings=(sibling,))
