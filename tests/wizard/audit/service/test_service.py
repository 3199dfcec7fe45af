"""Phase 1: the program; no false alarm on code that somebody wrote in another style."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from wizard.values.facts.code import (
    Function,
    Model,
    PythonFile,
    RedisUse,
    Requirement,
    Route,
    SettingVar,
    TestFunction,
)
from wizard.values.facts.compose import ComposeService, EnvEntry
from wizard.values.finding import Status
from wizard.values.source import Fact, Source
from wizard.values.spec import Variable

DEV = "infrastructure/compose/dev.yml"


def own(filename: str, line: int = 1) -> Source:
    return Source(f"services/market/{filename}", line)


def routes(case: Any, *found: Route) -> Any:
    return case.file("service.py", routes=found)


def health(framework: str = "flask", path: str = "/health", **words: Any) -> Route:
    return Route(path, ("GET",), framework, "health", own("service.py", 20), **words)


HEALTH: list[tuple[str, Any, str, str]] = [
    ("no code", lambda c: c.market(python=(), entry=""), "unmet", "there is no service.py"),
    ("no route", lambda c: routes(c), "unmet", "no /health route"),
    ("fastapi", lambda c: routes(c, health("fastapi")), "unmet", "health route found, not Flask (fastapi)"),
    ("aiohttp", lambda c: routes(c, health("aiohttp")), "unmet", "health route found, not Flask (aiohttp)"),
    ("unknown app", lambda c: routes(c, health("unknown")), "met", "Flask serves"),
    ("healthz", lambda c: routes(c, health(path="/healthz")), "unmet", "there is /healthz, but no GET /health"),
    ("post only", lambda c: routes(c, replace(health(), methods=("POST",))), "unmet", "no GET /health"),
    (
        "another port",
        lambda c: c.file("service.py", served_ports=(Fact(9000, own("service.py", 40)),)),
        "broken",
        "serves port 9000",
    ),
    ("always ok", lambda c: routes(c, health(static_ok=True)), "broken", "can only say ok, also when Redis is down"),
    ("always ok, needs nothing", lambda c: routes(c.without("bus.py"), health(static_ok=True)), "met", "Flask serves"),
    (
        "not registered",
        lambda c: c.file("service.py", routes=(), unserved=(health(path="/ops/health"),)),
        "unmet",
        "GET /ops/health is on a blueprint or router that nobody registers",
    ),
    (
        "unread",
        lambda c: c.file("service.py", routes=(), unread_routes=(own("service.py", 7),)),
        "unknown",
        "the routes that could be read",
    ),
    ("app.py serves", lambda c: c.market(entry="services/market/app.py"), "met", "in service.py"),
]


@pytest.mark.parametrize(("change", "status", "words"), [row[1:] for row in HEALTH], ids=[row[0] for row in HEALTH])
def test_health_endpoint(good: Any, change: Any, status: str, words: str) -> None:
    finding = change(good).finding("1.1")
    assert (finding.status, words in finding.summary) == (status, True), finding.summary


def test_a_port_that_compose_overrides_counts_as_set(good: Any) -> None:
    env = tuple(replace(e, value="9000") if e.name == "MARKET_PORT" else e for e in good.service.compose.environment)
    finding = good.compose(environment=env).finding("1.1")
    assert finding.status == "broken"
    assert finding.sources[0] == Source(DEV, 14)


def test_a_mapped_container_port_is_right_inside(good: Any) -> None:
    port = replace(good.service.compose.ports[0], target=8000)
    case = good.compose(ports=(port,), environment=good.service.compose.environment[1:])
    case = case.file("service.py", served_ports=(Fact(8000, own("service.py", 40)),))
    assert case.finding("1.1").status == "met"
    assert case.finding("3.5").status == "broken"


def handler(case: Any, *functions: Function) -> Any:
    return case.file("logic.py", functions=functions)


def test_core_logic_wants_the_specs_handler(good: Any) -> None:
    assert handler(good).finding("1.2").status == "unmet"
    stub = Function("handle", ("event",), own("logic.py", 8), "NotImplementedError")
    assert handler(good, stub).finding("1.2").summary == "handle() is a placeholder (NotImplementedError)"
    done = good.file("logic.py", todos=(Fact("# TODO(stack-wizard): decide", own("logic.py", 12)),))
    assert done.finding("1.2").status == "broken"
    other = good.file("service.py", todos=(Fact("# NOT IMPLEMENTED: connect", own("service.py", 12)),)).finding("1.2")
    assert (other.status, other.sources[0]) == ("broken", own("service.py", 12))
    plain = good.file("logic.py", todos=(Fact("# TODO: faster", own("logic.py", 12)),))
    assert plain.finding("1.2").status == "unknown"
    both = handler(good, stub, Function("Engine.handle", ("event",), own("logic.py", 30)))
    assert both.finding("1.2").status == "unknown"


def test_core_logic_wants_a_test_that_calls_it_and_passes(good: Any, passed: Any) -> None:
    none = good.market(tests={})
    assert none.finding("1.2").status == "unknown"
    path = "tests/unit/market/test_market_other.py"
    other = PythonFile(path, tests=(TestFunction("test_x", ("unit",), frozenset({"load"}), Source(path, 4)),))
    assert good.tests("unit", other).finding("1.2").status == "unmet"
    assert good.finding("1.2", passed("5.1")).status == "met"
    assert good.finding("1.2", passed("5.1", False)).summary == "the unit tests fail (see 5.1)"
    assert good.finding("1.2", passed("5.1", None)).status == "unknown"


def uses(case: Any, *found: RedisUse) -> Any:
    return case.file("bus.py", redis=found)


def use(kind: str, value: str = "", line: int = 5, variable: str = "") -> RedisUse:
    return RedisUse(kind, value, own("bus.py", line), variable)


CONNECTED = (use("client_name", "market"), use("retry"))
REDIS: list[tuple[str, tuple[RedisUse, ...], str, str]] = [
    ("streams", (use("xread", "quotes"), use("xadd", "market_data"), *CONNECTED), "met", "streams on quotes"),
    ("lists", (use("pop", "quotes"), use("push", "market_data"), *CONNECTED), "met", "lists on quotes and market_data"),
    ("stream to channel", (use("xread", "quotes"), use("publish", "market_data"), *CONNECTED), "met", "and streams on"),
    ("streams, once", (use("xread", "quotes"), use("xadd", "market_data")), "broken", "connects once"),
    (
        "a list read like a table",
        (use("subscribe", "quotes"), use("push", "market_data"), use("list", "market_data"), *CONNECTED),
        "unmet",
        "nothing in the code publishes market_data",
    ),
    ("connects only", (use("connect"),), "unmet", "neither subscribes nor publishes"),
    ("mixed", (use("subscribe", "quotes"), use("xadd", "market_data"), *CONNECTED), "met", "pub/sub and streams"),
    ("never publishes", (use("subscribe", "quotes"), *CONNECTED), "unmet", "nothing in the code publishes market_data"),
    (
        "other channel",
        (use("subscribe", "quotez"), use("publish", "market_data"), *CONNECTED),
        "broken",
        "spec says quotes",
    ),
    ("unreadable", (use("subscribe"), use("publish", "market_data"), *CONNECTED), "unknown", "name cannot be read"),
    ("pattern", (use("subscribe", "quo*"), use("publish", "market_data"), *CONNECTED), "met", "quo*"),
    ("once", (use("subscribe", "quotes"), use("publish", "market_data"), CONNECTED[0]), "broken", "connects once"),
    ("no name", (use("subscribe", "quotes"), use("publish", "market_data"), CONNECTED[1]), "met", "has no name"),
    (
        "more channels",
        (use("subscribe", "quotes"), use("publish", "market_data"), use("publish", "pulse"), *CONNECTED),
        "met",
        "pulse",
    ),
]


@pytest.mark.parametrize(("found", "status", "words"), [row[1:] for row in REDIS], ids=[row[0] for row in REDIS])
def test_redis_pubsub(good: Any, found: tuple[RedisUse, ...], status: str, words: str) -> None:
    finding = uses(good, *found).finding("1.3")
    assert (finding.status, words in finding.summary) == (status, True), finding.summary


@pytest.mark.parametrize(
    ("found", "status"),
    [
        ((use("subscribe", "quotes"), use("xadd", "market_data")), "broken"),
        ((use("xread", "quotes"), use("xadd", "market_data")), "met"),
        ((use("pop", "quotes"), use("push", "market_data")), "met"),
    ],
)
def test_at_least_once_is_not_kept_by_pub_sub(good: Any, found: tuple[RedisUse, ...], status: str) -> None:
    case = uses(good, *found, *CONNECTED)
    assert case.wants(delivery="at-least-once").finding("1.3").status == status
    assert case.wants(delivery="at-most-once").finding("1.3").status == "met"


@pytest.mark.parametrize(("pin", "status"), [("5.2.1", "broken"), ("6.0.0", "unknown"), ("8.1.0", "unknown")])
def test_a_client_that_tries_again_by_itself(good: Any, pin: str, status: str) -> None:
    found = (use("subscribe", "quotes"), use("publish", "market_data"))
    required = good.service.requirements
    redis = Requirement("redis", f"=={pin}", True, Source(required.path, 3))
    others = tuple(r for r in required.requirements if r.name != "redis")
    case = uses(good, *found).market(requirements=replace(required, requirements=(*others, redis)))
    assert case.finding("1.3").status == status


def test_a_service_without_redis(good: Any) -> None:
    assert good.without("bus.py").finding("1.3").status == "unmet"
    helper = good.file("bus.py", redis=())
    assert helper.finding("1.3").summary == "imports redis, but what it does with it cannot be read"


@pytest.mark.parametrize("library", ["arq.connections", "rq", "celery.app", "taskiq"])
def test_work_that_a_job_queue_fetches(good: Any, library: str) -> None:
    line = own("bus.py", 2)
    for redis in ((), (use("connect"),)):
        finding = good.file("bus.py", redis=redis, imports=(Fact(library, line),)).finding("1.3")
        assert (finding.status, finding.sources) == ("unknown", (line,))
        assert f"through {library.partition('.')[0]};" in finding.summary


def test_names_chosen_while_it_runs_are_said_to_be(good: Any) -> None:
    case = uses(good, use("xread"), use("xadd"), *CONNECTED).wants(inputs=(), outputs=())
    assert "streams on names that are chosen while it runs;" in case.finding("1.3").summary


def test_a_channel_that_compose_sets_wins_over_the_default(good: Any) -> None:
    found = (use("subscribe", "quotes", variable="MARKET_INPUT"), use("publish", "market_data"), *CONNECTED)
    entry = EnvEntry("MARKET_INPUT", "ticks", "ticks", Source(DEV, 16))
    case = uses(good, *found).compose(environment=(*good.service.compose.environment, entry))
    finding = case.finding("1.3")
    assert finding.status == "broken"
    assert finding.sources == (Source(DEV, 16),)


def test_models(good: Any) -> None:
    base = Model("Quote", "base_model", (), own("models.py", 9))
    assert "instead of pydantic dataclasses" in good.file("models.py", models=(base,)).finding("1.4").summary
    assert good.file("models.py", models=(base,)).finding("1.4").status == "met"
    assert good.file("models.py", models=()).finding("1.4").status == "unmet"
    assert good.without("models.py").finding("1.4").status == "unmet"
    assert good.file("logic.py", local_imports=()).finding("1.4").summary == "models.py is never imported"
    elsewhere = good.without("models.py").file("logic.py", models=(replace(base, source=own("logic.py", 4)),))
    assert elsewhere.finding("1.4").status == "met"
    assert "the document asks for models.py" in elsewhere.finding("1.4").summary


def variables(case: Any, *more: SettingVar) -> Any:
    return case.file("config.py", variables=(*case.service.module("config.py").variables, *more))


def needed(name: str, **words: Any) -> SettingVar:
    return SettingVar(name, True, None, False, own("config.py", 30), **words)


def test_config_wants_every_required_variable_given(good: Any) -> None:
    lost = variables(good, needed("WINDOW", at_import=True)).finding("1.5")
    assert (lost.status, lost.summary) == (
        "broken",
        "required, but nobody sets: WINDOW; the service dies while it is imported",
    )
    spec = variables(good, needed("WINDOW")).wants(variables=(Variable("WINDOW", value="20"),))
    assert spec.finding("1.5").status == "met"
    assert spec.finding("3.2").status == "broken"
    image = variables(good, needed("WINDOW")).dockerfile(env=(("WINDOW", "20", own("Dockerfile", 4)),))
    assert image.finding("1.5").status == "met"


def test_config_counts_what_a_shell_exports(good: Any) -> None:
    words = ("sh", "-c", "export WINDOW=$(cat /run/secrets/window) && exec python -m market.service")
    case = variables(good, needed("WINDOW")).compose(command=Fact(words, Source(DEV, 18)))
    assert case.finding("1.5").status == "met"
    script = '#!/bin/sh\nexport WINDOW=20\nexec "$@"\n'
    texts = {**good.facts.texts, own("entrypoint.sh").path: script}
    files = (*good.service.own_files, own("entrypoint.sh").path)
    assert variables(good, needed("WINDOW")).market(own_files=files).stack(texts=texts).finding("1.5").status == "met"


def test_config_set_only_in_a_commented_block_is_not_there_yet(good: Any) -> None:
    draft = ComposeService(
        "market", (Source(DEV, 10),), 20, environment=(EnvEntry("WINDOW", "20", "20", Source(DEV, 12)),), commented=True
    )
    case = variables(good, needed("WINDOW")).market(compose=None, commented=(draft,))
    assert case.finding("1.5").status == "unmet"
    assert Source(DEV, 12) in case.finding("1.5").sources


def test_config_elsewhere_counts_and_secrets_stay_unsaid(good: Any) -> None:
    found = good.service.module("config.py").variables
    moved = good.without("config.py").file(
        "bus.py", variables=tuple(replace(v, source=own("bus.py", 4)) for v in found)
    )
    assert moved.finding("1.5").status == "met"
    assert "in bus.py; the document asks for config.py" in moved.finding("1.5").summary
    assert good.file("config.py", variables=()).finding("1.5").status == "unmet"
    leaked = good.file(
        "config.py", variables=(SettingVar("MARKET_TOKEN", False, "hunter2", True, own("config.py", 9)),)
    )
    assert leaked.finding("1.5").status == "broken"
    assert "hunter2" not in repr(leaked.finding("1.5"))


def test_a_channel_chosen_while_it_runs_is_looked_for_in_the_code(good: Any) -> None:
    found = (use("subscribe", "quotes"), use("publish"), *CONNECTED)
    models = own("models.py").path
    texts = {**good.facts.texts, models: "from x import y\n\nOUTPUT_CHANNELS = ('market_data',)\n"}
    finding = uses(good, *found).stack(texts=texts).finding("1.3")
    assert finding.status == "met"
    assert Source(models, 3) in finding.sources
    misspelt = {**texts, models: "OUTPUT_CHANNELS = ('market_dta',)\n"}
    finding = uses(good, *found).stack(texts=misspelt).finding("1.3")
    assert (finding.status, finding.summary) == ("broken", "the code publishes market_dta, the spec says market_data")
    assert uses(good, *found).finding("1.3").status == "unknown"


def test_hints_name_this_stacks_own_files(good: Any) -> None:
    moved = replace(good.service, folder="apps/market", entry="apps/market/app.py", dockerfile=None, readme=None)
    case = good.stack(services=tuple(moved if s.name == "market" else s for s in good.facts.services))
    hints = " ".join(case.finding(item).hint for item in ("2.1", "6.1"))
    assert "apps/market/Dockerfile" in hints
    assert "apps/market/README.md" in hints
    assert "services/market" not in hints


def test_logic_that_nobody_named_is_not_called_missing(good: Any) -> None:
    functions = (Function("_process", ("raw",), Source("services/market/logic.py", 8)),)
    case = good.file("logic.py", functions=functions).wants(handler="handle")
    found = case.finding("1.2")
    assert (found.status, found.sources) == (Status.UNKNOWN, (functions[0].source,))
    assert "_process()" in found.summary


@pytest.mark.parametrize(
    ("specifier", "status"),
    [("==2.9.2", "broken"), (">=2", "broken"), ("~=2.5", "broken"), ("==1.10.2", "met"), (">=1.8", "met"), ("", "met")],
)
def test_pydantic_1_imports_under_what_is_pinned(good: Any, specifier: str, status: str) -> None:
    required = good.service.requirements
    pin = Requirement("pydantic", specifier, specifier.startswith("=="), Source(required.path, 4))
    others = tuple(r for r in required.requirements if r.name != "pydantic")
    case = good.market(requirements=replace(required, requirements=(*others, pin)))
    old = case.file("config.py", removed=(Fact("pydantic.BaseSettings", own("config.py", 2)),))
    assert old.finding("1.5").status == status


def test_a_variable_is_given_under_each_of_its_names(good: Any) -> None:
    needs = needed("X_CACHE__HOST", aliases=("X_CACHE",))
    assert variables(good, needs).finding("1.5").status == "broken"
    entry = EnvEntry("X_CACHE", "{}", "{}", Source(DEV, 16))
    given = variables(good, needs).compose(environment=(*good.service.compose.environment, entry))
    assert (given.finding("1.5").status, given.finding("3.2").status) == ("met", "met")
