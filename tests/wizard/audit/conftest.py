"""Facts built by hand: a service `market` with nothing wrong, in a stack of four, and the means to spoil it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from wizard.audit.audit import audit_service
from wizard.checklist import load
from wizard.stack.claims import port_claims
from wizard.values.facts.code import (
    Function,
    Model,
    PythonFile,
    RedisUse,
    Requirement,
    RequirementsFacts,
    Route,
    SettingVar,
    TestFunction,
)
from wizard.values.facts.compose import ComposeModel, ComposeService, DependsOn, EnvEntry, HealthCheck, PublishedPort
from wizard.values.facts.container import BaseImage, DockerfileFacts
from wizard.values.facts.documents import (
    DocumentFacts,
    MatrixRow,
    PytestFacts,
    RegistryEntry,
    RegistryFacts,
    Section,
    SqlFacts,
    SqlStatement,
)
from wizard.values.facts.stack import ServiceFacts, StackFacts
from wizard.values.finding import Finding, Report
from wizard.values.observation import Observation
from wizard.values.profile import Detected, Profile, ServerProfile
from wizard.values.source import Fact, Source
from wizard.values.spec import Channel, Column, ServiceSpec, Table

CHECKLIST = load()
DEV = "infrastructure/compose/dev.yml"
BASE = "infrastructure/compose/base.yml"
DOC = "FUTURE_SERVICES.md"
SCHEMA = "infrastructure/database/schema.sql"
DIGEST = "sha256:" + "0123456789abcdef" * 4

README = """\
# Market

Turns raw quotes into market events for the rest of the stack.

Port: `8005`. Reads `quotes`, writes `market_data`.

| Variable | Default |
|---|---|
| `MARKET_PORT` | 8005 |
| `MARKET_REDIS_HOST` | redis |
| `MARKET_REDIS_PASSWORD` | from /run/secrets |

## Endpoints

| Method | Path | Answer |
|---|---|---|
| GET | `/health` | state |
| GET | `/metrics` | numbers |

## Tests

Run `pytest tests/unit/market`.

## Troubleshooting

### No messages

`docker compose logs market`

### Port taken

`ss -ltnp`
"""

RUNBOOK = """\
# Runbook

## Market

- start: `docker compose up -d market`
- stop: `docker compose stop market`
- health: `curl http://127.0.0.1:8005/health`
- logs: `docker logs --tail 50 stack_market`
- restore: `docker compose restart market`
"""


def at(path: str, line: int) -> Source:
    return Source(path, line)


def own(filename: str, line: int = 0) -> Source:
    return Source(f"services/market/{filename}", line)


def section(document: str, path: str, title: str) -> Section:
    """The section with this heading, as the reader makes it."""
    lines = document.splitlines()
    first = next(i for i, line in enumerate(lines) if line.lstrip("#").strip() == title)
    level = len(lines[first]) - len(lines[first].lstrip("#"))
    last = first + 1
    while last < len(lines) and not (lines[last].startswith("#") and lines[last].split()[0].count("#") <= level):
        last += 1
    commands = tuple(
        Fact(part, Source(path, number + 1)) for number in range(first, last) for part in lines[number].split("`")[1::2]
    )
    return Section(title, level, "\n".join(lines[first + 1 : last]), Source(path, first + 1), last, commands)


def document(text: str, path: str) -> DocumentFacts:
    """A Markdown document as the reader makes it: sections and tables with their lines."""
    titles = [line.lstrip("#").strip() for line in text.splitlines() if line.startswith("#")]
    tables = []
    lines = text.splitlines()
    for number, line in enumerate(lines):
        if line.startswith("|") and number + 1 < len(lines) and set(lines[number + 1]) <= set("|-: "):
            rows = []
            row = number + 2
            while row < len(lines) and lines[row].startswith("|"):
                rows.append((cells(lines[row]), Source(path, row + 1)))
                row += 1
            tables.append((cells(line), tuple(rows), Source(path, number + 1)))
    return DocumentFacts(path, tuple(section(text, path, title) for title in titles), tuple(tables), text)


def cells(line: str) -> tuple[str, ...]:
    return tuple(cell.strip() for cell in line.strip().strip("|").split("|"))


def code() -> tuple[PythonFile, ...]:
    return (
        PythonFile(
            own("service.py").path,
            imports=(Fact("flask", own("service.py", 3)), Fact("waitress", own("service.py", 4))),
            local_imports=(Fact("bus", own("service.py", 6)), Fact("config", own("service.py", 7))),
            routes=(
                Route("/health", ("GET",), "flask", "health", own("service.py", 20)),
                Route("/metrics", ("GET",), "flask", "metrics", own("service.py", 30)),
            ),
            served_ports=(Fact(8005, own("service.py", 40)),),
        ),
        PythonFile(
            own("logic.py").path,
            local_imports=(Fact("models", own("logic.py", 3)),),
            functions=(Function("handle", ("event",), own("logic.py", 8)),),
        ),
        PythonFile(
            own("models.py").path,
            imports=(Fact("pydantic.dataclasses", own("models.py", 3)),),
            models=(Model("Quote", "pydantic_dataclass", (("id", "str"),), own("models.py", 9)),),
        ),
        PythonFile(
            own("config.py").path,
            imports=(Fact("pydantic_settings", own("config.py", 3)),),
            variables=(
                SettingVar("MARKET_PORT", False, "8005", False, own("config.py", 10), "settings", type="int"),
                SettingVar("MARKET_REDIS_HOST", True, None, False, own("config.py", 11), "settings"),
                SettingVar("MARKET_REDIS_PASSWORD", True, None, True, own("config.py", 12), "settings"),
            ),
        ),
        PythonFile(
            own("bus.py").path,
            imports=(Fact("redis", own("bus.py", 2)),),
            redis=(
                RedisUse("connect", "", own("bus.py", 10)),
                RedisUse("client_name", "market", own("bus.py", 10)),
                RedisUse("subscribe", "quotes", own("bus.py", 14)),
                RedisUse("publish", "market_data", own("bus.py", 22)),
                RedisUse("retry", "", own("bus.py", 30)),
            ),
        ),
    )


def dockerfile() -> DockerfileFacts:
    return DockerfileFacts(
        own("Dockerfile").path,
        bases=(BaseImage(f"python:3.11-slim@{DIGEST}", "python", "3.11-slim", DIGEST, "", True, own("Dockerfile", 1)),),
        user=Fact("10001:10001", own("Dockerfile", 8)),
        healthcheck=HealthCheck(("CMD", "python", "-c", "…"), own("Dockerfile", 9), 8005, "/health", tool="python"),
        command=Fact(("python", "-m", "market.service"), own("Dockerfile", 10)),
        expose=(Fact(8005, own("Dockerfile", 7)),),
        tools=("python",),
    )


def requirements() -> RequirementsFacts:
    names = ("flask", "waitress", "pydantic", "pydantic-settings", "redis")
    path = own("requirements.txt").path
    return RequirementsFacts(
        path, tuple(Requirement(n, "==1.2.3", True, Source(path, i)) for i, n in enumerate(names, 1))
    )


def block() -> ComposeService:
    return ComposeService(
        "market",
        (at(DEV, 10),),
        end_line=40,
        build=Fact("services/market", at(DEV, 11)),
        dockerfile=Fact("services/market/Dockerfile", at(DEV, 11)),
        container_name=Fact("stack_market", at(DEV, 12)),
        environment=(
            EnvEntry("MARKET_PORT", "8005", "8005", at(DEV, 14)),
            EnvEntry("MARKET_REDIS_HOST", "redis", "redis", at(DEV, 15)),
        ),
        secrets=(Fact("redis_password", at(DEV, 17)),),
        depends_on=(
            DependsOn("redis", "service_healthy", at(DEV, 19)),
            DependsOn("postgres", "service_healthy", at(DEV, 20)),
        ),
        healthcheck=HealthCheck(("CMD", "python"), at(DEV, 22), 8005, "/health", tool="python"),
        ports=(PublishedPort("127.0.0.1", 8005, 8005, "127.0.0.1:8005:8005", at(DEV, 30)),),
    )


def tests() -> dict[str, tuple[PythonFile, ...]]:
    found: dict[str, tuple[PythonFile, ...]] = {}
    for kind in ("unit", "integration", "e2e"):
        path = f"tests/{kind}/market/test_market_{kind}.py"
        test = TestFunction(f"test_{kind}", (kind,), frozenset({"handle"} if kind == "unit" else ()), Source(path, 9))
        found[kind] = (PythonFile(path, tests=(test,)),)
    return found


def server(key: str, line: int) -> ComposeService:
    check = HealthCheck(("CMD", "ping"), at(BASE, line + 1))
    return ComposeService(key, (at(BASE, line),), image=Fact(key, at(BASE, line)), healthcheck=check)


def stack() -> StackFacts:
    market = ServiceFacts(
        "market",
        "services/market",
        own("service.py").path,
        own_files=tuple(f.path for f in code()),
        python=code(),
        dockerfile=dockerfile(),
        requirements=requirements(),
        readme=document(README, own("README.md").path),
        compose=block(),
        tests=tests(),
    )
    risk_block = ComposeService(
        "risk",
        (at(DEV, 50),),
        60,
        build=Fact("services/risk", at(DEV, 51)),
        ports=(PublishedPort("127.0.0.1", 8002, 8002, "127.0.0.1:8002:8002", at(DEV, 55)),),
    )
    risk = ServiceFacts("risk", "services/risk", "services/risk/service.py", compose=risk_block)
    profile = Profile(
        compose_files=(BASE, DEV),
        edit_file=DEV,
        redis=ServerProfile("redis", 6379, secret="redis_password"),
        postgres=ServerProfile("postgres", 5432, "stack", "stack", "postgres_password"),
        schema_file=SCHEMA,
        seed_files=("infrastructure/database/seed.sql",),
        pytest_config="pytest.ini",
        runbook="DOCKER_STACK_RUNBOOK.md",
        registry=DOC,
    )
    entries = (
        RegistryEntry(8002, "Risk Service", "risk", "", at(DOC, 2)),
        RegistryEntry(8005, "Market Service", "market", "planned", at(DOC, 3)),
        RegistryEntry(8006, "Allocation Service", "", "planned", at(DOC, 4)),
        RegistryEntry(8008, "", "", "", at(DOC, 5)),
    )
    matrix = (
        MatrixRow(
            "risk",
            (("service.py", "✅"), ("Dockerfile", "❌"), ("Compose", "✅"), ("Status", "Running")),
            at(DOC, 12),
        ),
        MatrixRow(
            "market",
            (
                ("service.py", "✅"),
                ("Dockerfile", "✅"),
                ("Compose", "❌"),
                ("Status", "Disabled (config pending)"),
            ),
            at(DOC, 13),
        ),
    )
    paths = (*(f.path for f in code()), own("Dockerfile").path, DEV, BASE, SCHEMA, DOC)
    return StackFacts(
        root="/stack",
        detected=Detected(profile, {}),
        compose=ComposeModel(
            (BASE, DEV),
            (server("redis", 2), server("postgres", 8), block(), risk_block),
            secrets=(
                ("redis_password", "secrets/redis", at(BASE, 20)),
                ("postgres_password", "secrets/pg", at(BASE, 21)),
            ),
        ),
        services=(market, risk),
        registry=RegistryFacts(
            DOC, entries, matrix, at(DOC, 10), ("Service", "service.py", "Dockerfile", "Compose", "Status"), at(DOC, 5)
        ),
        runbook=document(RUNBOOK, "DOCKER_STACK_RUNBOOK.md"),
        sql=(
            SqlFacts(SCHEMA, (SqlStatement("create_table", "quotes", True, at(SCHEMA, 3)),)),
            SqlFacts(
                "infrastructure/database/seed.sql",
                (SqlStatement("insert", "quotes", True, at("infrastructure/database/seed.sql", 2)),),
            ),
        ),
        pytest=PytestFacts(
            "pytest.ini",
            tuple(Fact(m, at("pytest.ini", 4)) for m in ("unit", "integration", "e2e")),
            True,
            markers_at=at("pytest.ini", 3),
        ),
        texts=dict.fromkeys(paths, ""),
        fingerprints={"market": "f" * 64},
        head="a" * 40,
    )


SPEC = ServiceSpec(
    "market",
    "market data",
    8005,
    inputs=(Channel("quotes"),),
    outputs=(Channel("market_data"),),
    tables=(Table("quotes", (Column("symbol"),)),),
    seed=True,
)


def claimed(facts: StackFacts) -> StackFacts:
    """The facts with the port claims that the reader makes of them; sockets and other files' claims stay."""
    others = tuple(
        c
        for c in facts.claims
        if c.source is None or (c.source.path not in (DEV, DOC) and "services/" not in c.source.path)
    )
    found = port_claims(facts.registry, [(facts.compose, "")], facts.services, facts.profile)
    return replace(facts, claims=(*found, *others))


@dataclass(frozen=True)
class Case:
    """A stack and the spec of its service `market`, changed a little at a time; every change gives a new case."""

    facts: StackFacts
    spec: ServiceSpec

    @property
    def service(self) -> ServiceFacts:
        found = self.facts.service("market")
        assert found is not None
        return found

    def stack(self, **changes: Any) -> Case:
        return replace(self, facts=claimed(replace(self.facts, **changes)))

    def market(self, **changes: Any) -> Case:
        """The service's facts changed; a changed compose block is changed in the model too."""
        new = replace(self.service, **changes)
        services = tuple(new if s.name == "market" else s for s in self.facts.services)
        model = self.facts.compose
        if "compose" in changes:
            others = tuple(s for s in model.services if s.key != "market")
            model = replace(model, services=(*others, new.compose) if new.compose else others)
        return self.stack(services=services, compose=model)

    def compose(self, **changes: Any) -> Case:
        assert self.service.compose is not None
        return self.market(compose=replace(self.service.compose, **changes))

    def dockerfile(self, **changes: Any) -> Case:
        assert self.service.dockerfile is not None
        return self.market(dockerfile=replace(self.service.dockerfile, **changes))

    def file(self, filename: str, **changes: Any) -> Case:
        """One Python file of the service changed."""
        path = own(filename).path
        return self.market(python=tuple(replace(f, **changes) if f.path == path else f for f in self.service.python))

    def without(self, filename: str) -> Case:
        path = own(filename).path
        return self.market(python=tuple(f for f in self.service.python if f.path != path))

    def tests(self, kind: str, *files: PythonFile) -> Case:
        return self.market(tests={**self.service.tests, kind: files})

    def wants(self, **changes: Any) -> Case:
        return replace(self, spec=replace(self.spec, **changes))

    def readme(self, old: str, new: str) -> Case:
        assert old in README
        return self.market(readme=document(README.replace(old, new), own("README.md").path))

    def runbook(self, old: str, new: str) -> Case:
        assert old in RUNBOOK
        return self.stack(runbook=document(RUNBOOK.replace(old, new), "DOCKER_STACK_RUNBOOK.md"))

    def report(self, *observations: Observation) -> Report:
        return audit_service(self.facts, self.service, self.spec, CHECKLIST, observations)

    def finding(self, item: str, *observations: Observation) -> Finding:
        return self.report(*observations).finding(item)


@pytest.fixture
def good() -> Case:
    """A service with nothing wrong; only what needs something running is open."""
    return Case(claimed(stack()), SPEC)


@pytest.fixture
def passed() -> Callable[..., Observation]:
    """An observation of this run."""

    def make(item: str, ok: bool | None = True, **words: Any) -> Observation:
        given = {"action": "do it", "result": "seen", "runtime": "embedded", "at": "2026-01-02T03:04:05Z", **words}
        return Observation(item=item, ok=ok, **given)

    return make


@pytest.fixture
def make_document() -> Callable[[str, str], DocumentFacts]:
    """A Markdown document as the reader makes it."""
    return document


@pytest.fixture
def at_line() -> Callable[[str, int], Source]:
    """`market`'s own file and line."""
    return own
