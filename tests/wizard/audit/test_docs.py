"""Phase 6: README and runbook, by content rather than by English words."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from wizard.audit.docs.runbook import called
from wizard.values.facts.code import Route
from wizard.values.source import Fact, Source

README = "services/market/README.md"

GERMAN = """\
# Marktdienst

Der Dienst bereitet rohe Kurse für den Rest auf. Er hört auf `quotes` und schreibt nach `market_data`.

Der Dienst lauscht auf Port 8005.

`MARKET_PORT`, `MARKET_REDIS_HOST`, `MARKET_REDIS_PASSWORD`

## Schnittstellen

- `GET /health`
- `GET /metrics`

## Fehlersuche

| Symptom | Befehl |
|---|---|
| keine Nachrichten | `docker compose logs market` |

`pytest tests/unit/market`
"""


def test_a_readme_in_another_language(good: Any, make_document: Any) -> None:
    case = good.market(readme=make_document(GERMAN, README))
    assert {case.finding(item).summary: case.finding(item).status for item in ("6.1", "6.2", "6.3")} == {
        "names purpose, port, channels, variables and tests as the code has them": "met",
        "2 routes documented": "met",
        "1 symptom, each with a command": "met",
    }


def test_no_readme(good: Any) -> None:
    case = good.market(readme=None)
    assert [case.finding(item).status for item in ("6.1", "6.2", "6.3")] == ["unmet"] * 3


CHANGES: list[tuple[str, str, str, str, str]] = [
    ("port", "Port: `8005`", "Port: `8050`", "broken", "documents port 8050, the registry reserves 8005"),
    (
        "channel",
        "`market_data`",
        "`market_dat`",
        "broken",
        "documents the channel market_dat, the service has market_data",
    ),
    ("channel gone", "writes `market_data`", "writes", "unmet", "does not name channel market_data"),
    ("variable", "`MARKET_PORT`", "`MARKET_PROT`", "broken", "documents MARKET_PROT, which nothing reads"),
    ("variable gone", "| `MARKET_REDIS_HOST` | redis |\n", "", "unmet", "does not name MARKET_REDIS_HOST"),
    ("tests", "Run `pytest tests/unit/market`.", "", "unmet", "how to run the tests"),
    (
        "another's port too",
        "Port: `8005`",
        "Port: `8005`, see risk on http://localhost:8002/x.",
        "met",
        "as the code has them",
    ),
]


@pytest.mark.parametrize(
    ("old", "new", "status", "words"), [row[1:] for row in CHANGES], ids=[row[0] for row in CHANGES]
)
def test_readme(good: Any, old: str, new: str, status: str, words: str) -> None:
    finding = good.readme(old, new).finding("6.1")
    assert (finding.status, words in finding.summary) == (status, True), finding.summary


@pytest.mark.parametrize(
    ("named", "common", "status", "words"),
    [
        ("market", True, "met", "as the code has them"),
        ("orders", True, "unmet", "does not name market"),
        ("market", False, "broken", "documents port 8050"),
    ],
)
def test_a_readme_of_several_services_is_held_against_none(
    good: Any, make_document: Any, named: str, common: bool, status: str, words: str
) -> None:
    """Whose port it names can seldom be told; that it names the service at all can."""
    text = GERMAN.replace("Port 8005", "Port 8050, früher 8005").replace("logs market", f"logs {named}")
    document = make_document(text.replace("# Marktdienst", f"# {named}").replace("unit/market", "unit"), README)
    case = good.market(readme=document)
    others = tuple(replace(s, readme=document if common else None) for s in case.facts.services if s.name != "market")
    services = (*others, *(s for s in case.facts.services if s.name == "market"))
    finding = case.stack(services=services).finding("6.1")
    assert (finding.status, words in finding.summary) == (status, True), finding.summary


@pytest.mark.parametrize("listens", [8000, 8005])
@pytest.mark.parametrize(("said", "status"), [("8005", "met"), ("8050", "broken")])
def test_a_readme_may_name_the_port_of_the_host(good: Any, said: str, status: str, listens: int) -> None:
    """Whether host and container port must be one is 3.5's matter; a reader of the README is on the host."""
    block = good.service.compose
    port = replace(block.ports[0], target=listens)
    case = good.compose(ports=(port,)).market(listens=Fact(listens, Source("services/market/Dockerfile", 9)))
    finding = case.readme("Port: `8005`", f"Port: `{said}`").finding("6.1")
    assert finding.status == status, finding.summary


def test_a_readme_of_tables_alone_has_no_purpose(good: Any, make_document: Any) -> None:
    text = "# Market\n\n- `quotes`\n- `market_data`\n\n| `MARKET_PORT` | 8005 |\n|---|---|\n\n`pytest tests`\n"
    summary = good.market(readme=make_document(text, README)).finding("6.1").summary
    assert summary == "does not name its purpose, MARKET_REDIS_HOST and MARKET_REDIS_PASSWORD"


def test_endpoints_both_ways(good: Any) -> None:
    gone = good.readme("| GET | `/metrics` | numbers |\n", "").finding("6.2")
    assert (gone.status, gone.summary) == ("broken", "not documented: /metrics")
    routes = good.service.module("service.py").routes
    vanished = good.file("service.py", routes=routes[:1]).finding("6.2")
    assert (vanished.status, vanished.summary) == ("broken", "documented, but not in the code: /metrics")
    assert vanished.sources == (Source(README, 18),)
    table = "| Method | Path | Answer |\n|---|---|---|\n| GET | `/health` | state |\n| GET | `/metrics` | numbers |\n"
    assert good.readme(table, "None.\n").finding("6.2").status == "unmet"


def test_parameters_are_equal_in_both_spellings(good: Any) -> None:
    routes = good.service.module("service.py").routes
    more = Route("/quotes/<string:symbol>", ("GET",), "flask", "quote", Source("services/market/service.py", 50))
    case = good.file("service.py", routes=(*routes, more))
    assert case.finding("6.2").status == "broken"
    documented = case.readme("numbers |\n", "numbers |\n| GET | `/quotes/{symbol}` | one |\n")
    assert documented.finding("6.2").status == "met"


def test_troubleshooting(good: Any) -> None:
    whole = "### No messages\n\n`docker compose logs market`\n\n### Port taken\n\n`ss -ltnp`\n"
    assert good.readme(whole, "").finding("6.3").status == "broken"
    assert good.readme("## Troubleshooting\n\n" + whole, "").finding("6.3").status == "unmet"
    bare = good.readme("`ss -ltnp`", "Look who has it.").finding("6.3")
    assert (bare.status, bare.summary) == ("unmet", "no command for: Port taken")
    assert bare.sources == (Source(README, 30),)
    bullets = good.readme(whole, "- no messages: `docker compose logs market`\n- too slow: wait\n").finding("6.3")
    assert bullets.status == "unmet"
    fenced = good.readme("`ss -ltnp`", "```\nss -ltnp\n```").finding("6.3")
    assert fenced.status == "met"


LINES: list[tuple[str, str, str, str, str]] = [
    (
        "container",
        "stack_market",
        "old_market",
        "broken",
        "names the container old_market; it is market and stack_market",
    ),
    ("compose name", "restart market", "restart markt", "broken", "names the container markt"),
    ("port", "127.0.0.1:8005", "127.0.0.1:8050", "broken", "names port 8050"),
    ("topic", "- restore: `docker compose restart market`\n", "", "unmet", "does not say how to: restore"),
    ("no section", "## Market", "## Others", "unmet", "mentions it, but has no section"),
    ("replica name", "stack_market", "stack-market-1", "met", "start, stop, health"),
    ("another container", "restart market", "restart redis market", "met", "start, stop, health"),
    (
        "one of its own",
        "- restore: `docker compose restart market`\n",
        "- restore: `docker run --rm --name scratch redis`, `docker compose restart market`, `docker rm -f scratch`\n",
        "met",
        "start, stop, health",
    ),
    (
        "one of its own, spelt otherwise",
        "- restore: `docker compose restart market`\n",
        "- restore: `docker run -d --name=scratch redis:7`, `docker compose restart market`, `docker stop scratsh`\n",
        "broken",
        "names the container scratsh",
    ),
    ("longer heading", "## Market", "## Market Service (8005)", "met", "start, stop, health"),
]


@pytest.mark.parametrize(("old", "new", "status", "words"), [row[1:] for row in LINES], ids=[row[0] for row in LINES])
def test_runbook(good: Any, old: str, new: str, status: str, words: str) -> None:
    finding = good.runbook(old, new).finding("6.4")
    assert (finding.status, words in finding.summary) == (status, True), finding.summary


def test_a_stack_without_a_runbook(good: Any) -> None:
    assert good.stack(runbook=None).finding("6.4").sources == (Source("DOCKER_STACK_RUNBOOK.md"),)


@pytest.mark.parametrize(
    ("command", "names"),
    [
        ("docker compose -f base.yml -f dev.yml up -d --build market", ["market"]),
        ("docker-compose logs -f --tail 50 market risk", ["market", "risk"]),
        ("docker logs --since 5m cdb_market | grep ERROR", ["cdb_market"]),
        ("docker exec -it cdb_redis redis-cli CLIENT LIST", ["cdb_redis"]),
        ("docker inspect --format '{{json .State.Health}}' cdb_market", ["cdb_market"]),
        ("docker compose exec -u root market sh -c 'ls /app'", ["market"]),
        ("docker compose ps", []),
        ("docker ps -a", []),
        ("curl http://127.0.0.1:8005/health", []),
    ],
)
def test_the_containers_a_command_names(command: str, names: list[str]) -> None:
    assert called(command) == names
