"""Phase 3: the wiring."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from wizard.values.code_facts import SettingVar
from wizard.values.compose_facts import ComposeService, DependsOn, EnvEntry, HealthCheck, PublishedPort
from wizard.values.doc_facts import RegistryEntry
from wizard.values.facts import PortClaim, ServiceFacts
from wizard.values.finding import Status
from wizard.values.source import Fact, Problem, Source
from wizard.values.spec import Manifest, Variable

DEV = "infrastructure/compose/dev.yml"
DOC = "FUTURE_SERVICES.md"


def at(line: int) -> Source:
    return Source(DEV, line)


def draft() -> ComposeService:
    return ComposeService("market", (at(40),), 61, commented=True)


def test_no_block(good: Any) -> None:
    gone = good.market(compose=None)
    for item in ("3.1", "3.2", "3.3", "3.4", "3.5"):
        assert gone.finding(item).status == "unmet"
        assert gone.finding(item).sources
    assert gone.finding("3.1").summary == "no compose file has a service market"


def test_a_commented_out_block_is_a_finding_of_its_own(good: Any) -> None:
    case = good.market(compose=None, commented=(draft(),))
    finding = case.finding("3.1")
    assert finding.status == "broken"
    assert finding.summary == f"its block is commented out ({DEV}:40-61)"
    assert finding.sources == (at(40), at(61))
    assert case.finding("3.5").summary == "only a commented-out block has its ports"


def test_files_that_cannot_be_read(good: Any) -> None:
    case = good.market(compose=None)
    model = replace(case.facts.compose, problems=(Problem("mapping values are not allowed here", at(12)),))
    case = case.stack(compose=model)
    assert {case.finding(item).status for item in ("3.1", "3.2", "3.3", "3.4", "3.5")} == {"unknown"}


def test_the_build(good: Any) -> None:
    missing = good.compose(dockerfile=Fact("services/markt/Dockerfile", at(11)))
    assert missing.finding("3.1").summary == "it builds services/markt/Dockerfile, which does not exist"
    texts = {**good.facts.texts, "services/risk/Dockerfile": ""}
    other = good.compose(dockerfile=Fact("services/risk/Dockerfile", at(11))).stack(texts=texts)
    assert other.finding("3.1").summary == "it builds services/risk/Dockerfile, the Dockerfile of risk"
    image = good.compose(build=None, dockerfile=None, image=Fact("registry/market:1", at(11)))
    assert image.finding("3.1").status == "unmet"
    problem = good.compose(problems=(Problem("the build context does not exist", at(11)),))
    assert problem.finding("3.1").status == "broken"
    profile = good.compose(profiles=(Fact("full", at(13)),))
    assert "only in profile full" in profile.finding("3.1").summary


def env(case: Any, *entries: EnvEntry) -> Any:
    return case.compose(environment=(*case.service.compose.environment, *entries))


def entry(name: str, value: str | None, raw: str = "", line: int = 16, **words: Any) -> EnvEntry:
    return EnvEntry(name, value, raw or value or "", at(line), **words)


ENTRIES: list[tuple[str, EnvEntry, str, str]] = [
    (
        "plain password",
        entry("MARKET_REDIS_PASSWORD", "hunter2"),
        "broken",
        "a secret in plain text: MARKET_REDIS_PASSWORD",
    ),
    ("default password", entry("MARKET_REDIS_PASSWORD", "hunter2", "${PW:-hunter2}"), "broken", "plain text"),
    ("password in a URL", entry("MARKET_DSN", "postgresql://u:pw@db/x"), "broken", "plain text: MARKET_DSN"),
    ("from the shell", entry("MARKET_REDIS_PASSWORD", "", "${REDIS_PASSWORD}"), "unmet", "the shell's environment"),
    ("from a file", entry("MARKET_REDIS_PASSWORD_FILE", "/run/secrets/redis_password"), "met", "3 variables"),
    (
        "typo",
        entry("MARKET_PROT", "8005"),
        "broken",
        "sets MARKET_PROT, which nothing reads; the code reads MARKET_PORT",
    ),
    ("nobody reads", entry("MARKET_COLOUR", "red"), "unmet", "no code of the service reads: MARKET_COLOUR"),
    ("platform", entry("PYTHONUNBUFFERED", "1"), "met", "3 variables"),
    ("shared fragment", entry("STACK_STAGE", "dev", line=3), "met", "3 variables"),
    ("env file", entry("STACK_STAGE", "dev", file=True), "met", "3 variables"),
]


@pytest.mark.parametrize(("found", "status", "words"), [row[1:] for row in ENTRIES], ids=[row[0] for row in ENTRIES])
def test_compose_environment(good: Any, found: EnvEntry, status: str, words: str) -> None:
    finding = env(good, found).finding("3.2")
    assert (finding.status, words in finding.summary) == (status, True), finding.summary
    assert "hunter2" not in repr(finding)


def test_a_variable_used_on_the_way_up_is_read(good: Any) -> None:
    case = env(good, entry("MARKET_WAIT", "5")).compose(command=Fact(("sh", "-c", "sleep $MARKET_WAIT"), at(18)))
    assert case.finding("3.2").status == "met"


def test_code_outside_the_folder_may_read_what_compose_sets(good: Any) -> None:
    case = env(good, entry("STACK_STAGE", "dev"))
    assert case.finding("3.2").status == "unmet"
    shared = Fact("core.settings", Source("services/market/service.py", 8))
    assert case.file("service.py", local_imports=(shared,)).finding("3.2").status == "met"


def test_secrets_are_declared_and_mounted(good: Any) -> None:
    strange = good.compose(secrets=(Fact("redis_pw", at(17)),))
    assert strange.finding("3.2").summary == "the secret redis_pw is not declared at the top level"
    none = good.compose(secrets=())
    assert none.finding("3.2").summary == "mounts no secret for MARKET_REDIS_PASSWORD"
    assert none.finding("1.5").status == "met"


def test_a_value_the_spec_knows_is_composes_matter(good: Any) -> None:
    window = SettingVar("WINDOW", True, None, False, Source("services/market/config.py", 30))
    case = good.file("config.py", variables=(*good.service.module("config.py").variables, window))
    case = case.wants(variables=(Variable("WINDOW", value="20"),))
    assert case.finding("3.2").summary == "does not set WINDOW, which the code requires"
    assert env(case, entry("WINDOW", "20")).finding("3.2").status == "met"
    assert env(case, entry("WINDOW", None)).finding("3.2").status == "met"


def waits(case: Any, *entries: tuple[str, str]) -> Any:
    return case.compose(depends_on=tuple(DependsOn(key, how, at(20 + i)) for i, (key, how) in enumerate(entries)))


BOTH = (("redis", "service_healthy"), ("postgres", "service_healthy"))
WAITS: list[tuple[str, tuple[tuple[str, str], ...], str, str]] = [
    ("nothing", (), "unmet", "it uses redis and postgres"),
    ("half", BOTH[:1], "unmet", "it uses postgres"),
    ("unknown", (*BOTH, ("kafka", "")), "broken", "depends on kafka, which no compose file has"),
    ("short form", (BOTH[0], ("postgres", "")), "broken", "waits for postgres in the short form"),
    ("started", (BOTH[0], ("postgres", "service_started")), "broken", "service_started"),
    ("no check there", (*BOTH, ("risk", "")), "met", "redis, postgres and risk"),
]


@pytest.mark.parametrize(("entries", "status", "words"), [row[1:] for row in WAITS], ids=[row[0] for row in WAITS])
def test_depends_on(good: Any, entries: tuple[tuple[str, str], ...], status: str, words: str) -> None:
    finding = waits(good, *entries).finding("3.3")
    assert (finding.status, words in finding.summary) == (status, True), finding.summary


def test_a_cycle_is_named_with_its_lines(good: Any) -> None:
    case = waits(good, *BOTH, ("risk", "service_healthy"))
    risk = replace(case.facts.compose.service("risk"), depends_on=(DependsOn("market", "service_healthy", at(57)),))
    others = tuple(s for s in case.facts.compose.services if s.key != "risk")
    case = case.stack(compose=replace(case.facts.compose, services=(*others, risk)))
    finding = case.finding("3.3")
    assert finding.summary == "a cycle: market → risk → market"
    assert finding.sources == (at(22), at(57))


def test_a_service_it_talks_to_by_name(good: Any) -> None:
    assert good.wants(talks_to=("risk",)).finding("3.3").summary == "it uses risk, which depends_on does not name"


def test_the_short_form_counts_when_the_image_has_the_check(good: Any) -> None:
    risk = good.facts.service("risk")
    image = replace(good.service.dockerfile, path="services/risk/Dockerfile")
    services = tuple(replace(s, dockerfile=image) if s.name == "risk" else s for s in good.facts.services)
    assert isinstance(risk, ServiceFacts)
    assert (
        waits(good, *BOTH, ("risk", ""))
        .stack(services=services)
        .market(compose=waits(good, *BOTH, ("risk", "")).service.compose)
        .finding("3.3")
        .status
        == "broken"
    )


def test_compose_health_check(good: Any) -> None:
    check = good.service.compose.healthcheck
    assert good.compose(healthcheck=None).finding("3.4").summary.startswith("by the image's HEALTHCHECK")
    neither = good.compose(healthcheck=None).dockerfile(healthcheck=None)
    assert neither.finding("3.4").status == "unmet"
    assert good.compose(healthcheck=replace(check, disabled=True)).finding("3.4").status == "broken"
    script = HealthCheck(("CMD", "/healthcheck.sh"), at(22), tool="healthcheck.sh")
    assert good.compose(healthcheck=script).finding("3.4").status == "unknown"
    wrong = good.compose(healthcheck=None).dockerfile(healthcheck=replace(check, port=1234))
    assert wrong.finding("3.4").status == "unmet"


def port(host: str, published: int | None, target: int, raw: str = "x", **words: Any) -> PublishedPort:
    return PublishedPort(host, published, target, raw, at(30), **words)


PORTS: list[tuple[str, tuple[PublishedPort, ...], str, str]] = [
    ("none", (), "unmet", "publishes no port"),
    ("everywhere", (port("0.0.0.0", 8005, 8005),), "broken", "on 0.0.0.0"),
    ("no host", (port("", 8005, 8005),), "broken", "on all addresses"),
    ("ephemeral", (port("127.0.0.1", None, 8005),), "broken", "any free host port"),
    ("mapped", (port("127.0.0.1", 8005, 8000),), "broken", "host port 8005 is not container port 8000"),
    (
        "taken",
        (port("127.0.0.1", 8005, 8005), port("127.0.0.1", 8002, 8002)),
        "broken",
        "8002 is also published by risk",
    ),
    ("other than the spec", (port("127.0.0.1", 8009, 8009),), "broken", "publishes 8009, the registry reserves 8005"),
    ("variable", (port("${BIND}", 8005, 8005, "${BIND}:8005:8005"),), "unknown", "a variable without a value"),
    ("ipv6", (port("::1", 8005, 8005),), "met", "reserved for it"),
    (
        "udp of another",
        (port("127.0.0.1", 8005, 8005), port("127.0.0.1", 8002, 8002, protocol="udp")),
        "met",
        "reserved",
    ),
]


@pytest.mark.parametrize(("ports", "status", "words"), [row[1:] for row in PORTS], ids=[row[0] for row in PORTS])
def test_compose_ports(good: Any, ports: tuple[PublishedPort, ...], status: str, words: str) -> None:
    finding = good.compose(ports=ports).finding("3.5")
    assert (finding.status, words in finding.summary) == (status, True), finding.summary


def test_host_network_is_a_reason_not_a_fault(good: Any) -> None:
    finding = good.compose(ports=(), network_mode=Fact("host", at(25))).finding("3.5")
    assert (finding.status, finding.sources) == ("unknown", (at(25),))


def move(case: Any, number: int) -> Any:
    """The service on another port, compose and spec alike."""
    return case.wants(port=number).compose(ports=(port("127.0.0.1", number, number),))


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (8006, "8006 is reserved for Allocation Service"),
        (8008, "8008 is reserved for nobody yet"),
        (8123, "8123 is not in the port registry"),
    ],
)
def test_the_port_is_reserved_for_it(good: Any, number: int, words: str) -> None:
    finding = move(good, number).finding("3.5")
    assert finding.status == "broken"
    assert finding.summary.startswith(words)
    assert finding.sources[1].path == DOC


def test_a_stack_without_a_registry(good: Any) -> None:
    assert good.stack(registry=None).finding("3.5").status == "met"


def test_an_owner_the_reader_did_not_match(good: Any) -> None:
    registry = good.facts.registry
    entry_ = RegistryEntry(8005, "Market-Service", "", "", Source(DOC, 3))
    case = good.stack(registry=replace(registry, entries=(entry_,)))
    assert case.finding("3.5").status == "met"


def test_a_finding_names_the_line_its_port_comes_from(good: Any) -> None:
    case = good.compose(ports=(port("127.0.0.1", 8009, 8009),))
    assert case.finding("3.5").sources[-1] == Source(DOC, 3)
    spec = case.market(manifest=Manifest(1, case.spec)).finding("3.5")
    assert spec.summary == "publishes 8009, the spec says 8005"
    assert spec.sources[-1] == Source(".stack-wizard/services/market.yaml")


def test_an_overlay_outside_the_profile_publishes_the_same_port(good: Any) -> None:
    other = Source("infrastructure/compose/test.yml", 7)
    claims = (*good.facts.claims, PortClaim(8005, "published", "mock", other, "8005:8005"))
    finding = good.stack(claims=claims).finding("3.5")
    assert finding.status == "broken"
    assert finding.summary == "8005 is also published by mock in infrastructure/compose/test.yml"
    own = (*good.facts.claims, PortClaim(8005, "published", "market", other, "8005:8005"))
    assert good.stack(claims=own).finding("3.5").status == "met"


def test_a_block_of_the_services_key_is_its_own_although_it_builds_nothing_there(good: Any) -> None:
    """A misspelt build context makes the reader take the block for another service's."""
    block = replace(good.service.compose, build=Fact("services/markt", at(11)), dockerfile=None)
    model = good.compose(build=block.build, dockerfile=None).facts.compose
    case = good.stack(services=tuple(replace(s, compose=None) for s in good.facts.services), compose=model)
    assert case.finding("3.1").summary == "it builds services/markt/Dockerfile, which does not exist"
    assert {case.finding(item).status for item in ("3.2", "3.3", "3.4", "3.5")} == {"met"}


@pytest.mark.parametrize(
    ("kind", "status"), [("getenv", Status.BROKEN), ("settings", Status.MET), ("helper", Status.MET)]
)
def test_a_secret_file_that_nothing_exports(good: Any, kind: str, status: Status) -> None:
    """`os.getenv("MARKET_REDIS_PASSWORD")` finds nothing when Compose only mounts the file."""
    variables = good.service.module("config.py").variables
    password = replace(variables[2], kind=kind)
    found = good.file("config.py", variables=(*variables[:2], password)).finding("3.2")
    assert found.status is status
    assert ("that nothing exports" in found.summary) is (status is Status.BROKEN)


def test_an_entrypoint_that_exports_the_secret(good: Any) -> None:
    variables = good.service.module("config.py").variables
    words = ("sh", "-c", "export MARKET_REDIS_PASSWORD=$(cat /run/secrets/redis_password) && exec python service.py")
    spoilt = good.file("config.py", variables=(*variables[:2], replace(variables[2], kind="getenv")))
    assert spoilt.compose(entrypoint=Fact(words, Source(DEV, 18))).finding("3.2").status is Status.MET
