"""Phase 3: the wiring."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from wizard.audit.environment import near
from wizard.audit.ports import port_problem, port_table
from wizard.values.facts.code import SettingVar
from wizard.values.facts.compose import ComposeService, DependsOn, EnvEntry, HealthCheck, PublishedPort
from wizard.values.facts.documents import RegistryEntry
from wizard.values.facts.stack import PortClaim, ServiceFacts
from wizard.values.finding import Status
from wizard.values.source import Fact, Problem, Source
from wizard.values.spec import Manifest, Variable

DEV = "infrastructure/compose/dev.yml"
DOC = "FUTURE_SERVICES.md"


BASE = "infrastructure/compose/base.yml"


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


def beside(case: Any, key: str, image: str) -> Any:
    model = case.facts.compose
    block = ComposeService(key, (Source(BASE, 60),), image=Fact(image, Source(BASE, 61)))
    return case.stack(compose=replace(model, services=(*model.services, block)))


@pytest.mark.parametrize(
    ("variable", "key", "value", "image", "words"),
    [
        ("MARKET_POSTGRES_HOST", "pooler", "pooler", "edoburu/pgbouncer:1", "it uses redis and pooler,"),
        ("DATABASE_URL", "pg2", "postgresql://u@pg2:5432/x", "postgres:16", "it uses redis and pg2,"),
        ("TICKS_HOST", "ticks", "ticks", "questdb/questdb:8", "it uses redis and ticks,"),
        ("DATABASE_URL", "x", "postgresql://u@db.example.org/x", "postgres:16", "it uses redis,"),
        ("DATABASE_URL", "x", "postgresql://u@postgres:5432/x", "postgres:16", "it uses redis and postgres,"),
        ("TICKS_HOST", "ticks", "ticks", "vendor/ticks:1", "it uses redis and postgres,"),
    ],
)
def test_a_driver_is_not_the_stacks_server(
    good: Any, variable: str, key: str, value: str, image: str, words: str
) -> None:
    read = SettingVar(variable, True, None, False, Source("services/market/config.py", 20))
    case = beside(env(good, entry(variable, value)), key, image)
    case = case.file("config.py", variables=(*good.service.module("config.py").variables, read))
    case = case.file("service.py", imports=(Fact("asyncpg", Source("services/market/service.py", 3)),))
    assert words in waits(case).finding("3.3").summary


def test_a_second_redis_is_the_one_it_is_told(good: Any) -> None:
    block = good.service.compose
    told = tuple(
        replace(e, value="cache", raw="cache") if e.name == "MARKET_REDIS_HOST" else e for e in block.environment
    )
    case = beside(good.compose(environment=told), "cache", "redis:7")
    assert "it uses cache and postgres," in waits(case).finding("3.3").summary


@pytest.mark.parametrize(
    ("own", "required", "status"),
    [((), True, "broken"), ((), False, "met"), (("web",), True, "met"), (("cache",), True, "met")],
)
def test_a_dependency_that_is_only_there_in_a_profile(
    good: Any, own: tuple[str, ...], required: bool, status: str
) -> None:
    """Refused by Compose in every start only where the service itself is always started."""
    entries = (
        DependsOn("redis", "service_healthy", at(20), required),
        DependsOn("postgres", "service_healthy", at(21)),
    )
    case = good.compose(depends_on=entries, profiles=tuple(Fact(name, at(19)) for name in own))
    redis = replace(case.facts.compose.service("redis"), profiles=(Fact("cache", at(4)),))
    others = tuple(s for s in case.facts.compose.services if s.key != "redis")
    case = case.stack(compose=replace(case.facts.compose, services=(*others, redis)))
    finding = case.finding("3.3")
    assert finding.status == status, finding.summary
    assert ("only there in profile cache" in finding.summary) == (status == "broken")


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


def test_a_service_whose_host_stands_in_the_code(good: Any) -> None:
    line = Source("services/market/service.py", 30)
    case = good.file("service.py", hosts=(Fact("risk", line), Fact("api.example.org", line)))
    finding = case.finding("3.3")
    assert finding.summary == "it uses risk, which depends_on does not name"
    assert line in finding.sources
    variable = SettingVar("RISK_URL", False, "http://risk:8001", False, line)
    entry = EnvEntry("RISK_URL", "http://elsewhere", "http://elsewhere", at(16))
    outside = case.file("config.py", variables=(*good.service.module("config.py").variables, variable))
    outside = outside.compose(environment=(*good.service.compose.environment, entry))
    assert outside.finding("3.3").status == "met"


def test_two_services_that_call_each_other_do_not_wait_in_a_circle(good: Any) -> None:
    case = good.file("service.py", hosts=(Fact("risk", Source("services/market/service.py", 30)),))
    risk = replace(case.facts.compose.service("risk"), depends_on=(DependsOn("market", "service_healthy", at(57)),))
    others = tuple(s for s in case.facts.compose.services if s.key != "risk")
    case = case.stack(compose=replace(case.facts.compose, services=(*others, risk)))
    assert case.finding("3.3").status == "met"


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
    assert good.compose(healthcheck=replace(check, disabled=True)).finding("3.4").status == "unmet"
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
    (
        "variable",
        (replace(port("", 8005, 8005, "${BIND}:8005:8005"), unset="BIND"),),
        "unknown",
        "BIND, which nothing in the repository sets",
    ),
    ("ipv6", (port("::1", 8005, 8005),), "broken", "publishes on ::1, not on 127.0.0.1"),
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


NETWORKS = [
    ("container:vpn", (port("127.0.0.1", 8005, 8005),), "broken", "belongs to somebody else"),
    ("none", (port("127.0.0.1", 8005, 8005),), "broken", "reaches nothing"),
    ("none", (), "unmet", "nothing of it can be reached"),
    ("container:vpn", (), "unknown", "is no service of the stack"),
    ("service:risk", (), "unmet", "risk does not publish its port"),
]


@pytest.mark.parametrize(("mode", "ports", "status", "words"), NETWORKS)
def test_a_network_that_is_not_its_own(
    good: Any, mode: str, ports: tuple[PublishedPort, ...], status: str, words: str
) -> None:
    finding = good.compose(ports=ports, network_mode=Fact(mode, at(25))).finding("3.5")
    assert (finding.status, words in finding.summary) == (status, True), finding.summary
    assert at(25) in finding.sources


@pytest.mark.parametrize(("address", "status"), [("127.0.0.1", "met"), ("", "broken")])
def test_who_lends_its_network_publishes_for_it(good: Any, address: str, status: str) -> None:
    case = good.compose(ports=(), network_mode=Fact("service:gate", at(25)))
    gate = ComposeService("gate", (at(70),), image=Fact("example/gate:1", at(71)), ports=(port(address, 8005, 8005),))
    model = case.facts.compose
    finding = case.stack(compose=replace(model, services=(*model.services, gate))).finding("3.5")
    assert finding.status == status, finding.summary


@pytest.mark.parametrize(
    ("count", "ports", "status"),
    [
        (1, (port("127.0.0.1", 8005, 8005),), "met"),
        (2, (port("127.0.0.1", 8005, 8005),), "broken"),
        (3, (port("127.0.0.1", 8005, 8005), port("127.0.0.1", 8008, 8008)), "broken"),
    ],
)
def test_several_containers_cannot_share_a_host_port(
    good: Any, count: int, ports: tuple[PublishedPort, ...], status: str
) -> None:
    assert good.compose(ports=ports, replicas=Fact(count, at(26))).finding("3.5").status == status


@pytest.mark.parametrize(
    ("other", "status"),
    [
        (port("10.0.0.4", 8005, 8005), "met"),
        (port("127.0.0.1", 8005, 8005, protocol="udp"), "met"),
        (port("", 8005, 80), "broken"),
    ],
)
def test_the_same_number_of_somebody_else(good: Any, other: PublishedPort, status: str) -> None:
    """`check` and the table of ports see the same."""
    block = ComposeService("billing", (at(70),), image=Fact("example/billing:1", at(71)), ports=(other,))
    model = good.facts.compose
    case = good.stack(compose=replace(model, services=(*model.services, block)))
    row = next(row for row in port_table(case.facts) if row.port == 8005)
    assert (case.finding("3.5").status, bool(row.conflicts)) == (status, status == "broken")
    assert bool(port_problem(case.facts, "market", 8005)) is (status == "broken")


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


@pytest.mark.parametrize(
    ("path", "status"),
    [(".env", "broken"), (".env.example", "met"), ("env/market.env.sample", "met"), (".env.dist", "met")],
)
def test_an_example_of_an_env_file_holds_no_secret(good: Any, path: str, status: str) -> None:
    url = "postgresql://u:example@db:5432/x"
    found = EnvEntry("MARKET_EXTRA", url, url, Source(path, 3), file=True)
    assert env(good, found).finding("3.2").status == status


@pytest.mark.parametrize(
    ("sets", "reads", "meant"),
    [
        ("MIN_QUEUE_SIZE", "MAX_QUEUE_SIZE", False),
        ("UPSTREAM_KEY_1", "UPSTREAM_KEY_2", False),
        ("POSTGRES_DB", "POSTGRES_DSN", False),
        ("MARKET_REDIS_HSOT", "MARKET_REDIS_HOST", True),
        ("MARKET_REDIS_PRT", "MARKET_REDIS_PORT", True),
        ("MARKET_SYMBOL_LISTT", "MARKET_SYMBOL_LIST", True),
    ],
)
def test_another_word_is_no_slip(sets: str, reads: str, meant: bool) -> None:
    assert near(sets, [reads]) == (reads if meant else "")
