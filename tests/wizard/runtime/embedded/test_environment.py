"""The service's environment: compose's own words, with the stack's servers replaced by the scratch ones."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from wizard.runtime.embedded.environment import Servers, hidden, service_environment, unmapped, write_secrets
from wizard.runtime.embedded.places import moved_address
from wizard.values.facts.code import PythonFile, SettingVar
from wizard.values.facts.compose import ComposeModel, ComposeService, EnvEntry
from wizard.values.facts.stack import ServiceFacts, StackFacts
from wizard.values.live import Endpoint
from wizard.values.profile import Detected, Profile, ServerProfile
from wizard.values.source import Fact, Source
from wizard.values.spec import ServiceSpec

AT = Source("dev.yml", 1)
REDIS = Endpoint("127.0.0.1", 7001, password="rp")
POSTGRES = Endpoint("127.0.0.1", 7002, "trader", "trading", "p/p")
SERVERS = Servers("cdb_redis", 6379, REDIS, "cdb_postgres", 5432, POSTGRES, "real-r", "real-p")
SPEC = ServiceSpec("market", "x", 8005)


def service(environment: dict[str, str | None], *variables: SettingVar) -> ServiceFacts:
    entries = tuple(EnvEntry(k, v, v or "", AT) for k, v in environment.items())
    compose = ComposeService(
        "cdb_market", (AT,), environment=entries, secrets=(Fact("redis_password", AT), Fact("key", AT))
    )
    return ServiceFacts(
        "market", "services/market", compose=compose, python=(PythonFile("service.py", variables=variables),)
    )


def environment(values: dict[str, str | None], *variables: SettingVar, port: int = 8005) -> dict[str, str]:
    stack = facts()
    return service_environment(stack, service(values, *variables), SPEC, SERVERS, Path("/s"), port)


def facts() -> StackFacts:
    profile = Profile(redis=ServerProfile("cdb_redis", secret="redis_password"), postgres=ServerProfile(secret="pg"))
    return StackFacts("/stack", Detected(profile, {}), ComposeModel(), (), None, None, (), None)


@pytest.mark.parametrize(
    ("name", "value", "mapped"),
    [
        ("MARKET_REDIS_HOST", "cdb_redis", "cdb_redis"),
        ("MARKET_POSTGRES_HOST", "cdb_postgres", "127.0.0.1"),
        ("BUS", "cdb_redis", "cdb_redis"),
        ("MARKET_REDIS_PORT", "6379", "7001"),
        ("REDIS_PORT", "6380", "6380"),
        ("POSTGRES_PORT", "5432", "7002"),
        ("REDIS_URL", "redis://cdb_redis:6379/0", "redis://127.0.0.1:7001/0"),
        ("REDIS_URL", "redis://:real-r@cdb_redis:6379/0", "redis://:rp@127.0.0.1:7001/0"),
        ("REDIS_URL", "redis://:wrong@cdb_redis/0", "redis://:wrong@127.0.0.1:7001/0"),
        ("DSN", "postgresql://trader:real-p@cdb_postgres/trading", "postgresql://trader:p%2Fp@127.0.0.1:7002/trading"),
        ("UPSTREAM", "http://cdb_core:8001/x", "http://cdb_core:8001/x"),
        ("REDIS_PASSWORD", "real-r", "rp"),
        ("REDIS_PASSWORD", "guess", "guess"),
        ("REDIS_PASSWORD_FILE", "/run/secrets/redis_password", "/s/redis_password"),
        ("MARKET_LOG_LEVEL", "INFO", "INFO"),
        ("LIMIT_DB", "3", "3"),
    ],
)
def test_values_of_compose(name: str, value: str, mapped: str) -> None:
    assert environment({name: value})[name] == mapped


def test_a_variable_in_a_password_stands_for_the_secret() -> None:
    entry = EnvEntry("REDIS_PASSWORD", "", "${REDIS_PASSWORD}", AT)
    compose = ComposeService("cdb_market", (AT,), environment=(entry,))
    found = service_environment(facts(), ServiceFacts("market", "", compose=compose), SPEC, SERVERS, Path("/s"), 8005)
    assert found["REDIS_PASSWORD"] == "rp"


def test_defaults_of_the_code_that_name_a_server_are_moved_too() -> None:
    host = SettingVar("MARKET_DATABASE_HOST", False, "cdb_postgres", False, AT)
    level = SettingVar("MARKET_LOG_LEVEL", False, "INFO", False, AT)
    found = environment({}, host, level)
    assert found["MARKET_DATABASE_HOST"] == "127.0.0.1"
    assert "MARKET_LOG_LEVEL" not in found


def test_a_required_variable_that_nobody_sets_stays_unset() -> None:
    found = environment(
        {}, SettingVar("MARKET_REDIS_PORT", True, None, False, AT), SettingVar("REGION", True, None, False, AT)
    )
    assert "MARKET_REDIS_PORT" not in found
    assert "REGION" not in found


def test_a_variable_passed_through_from_the_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FROM_SHELL", "yes")
    monkeypatch.delenv("NOT_THERE", raising=False)
    found = environment({"FROM_SHELL": None, "NOT_THERE": None})
    assert found["FROM_SHELL"] == "yes"
    assert "NOT_THERE" not in found


def test_another_port_reaches_the_variable_that_holds_the_specs() -> None:
    assert environment({"MARKET_PORT": "8005", "OTHER": "8005"}, port=9001) | {} == environment({}, port=9001) | {
        "MARKET_PORT": "9001",
        "OTHER": "8005",
    }


def test_secrets_are_scratch_ones(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    write_secrets(facts(), service({}), SERVERS, folder)
    assert sorted(path.name for path in folder.iterdir()) == ["key", "pg", "redis_password"]
    assert (folder / "redis_password").read_text() == "rp"
    assert (folder / "pg").read_text() == "p/p"
    assert len((folder / "key").read_text()) == 32
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}


def test_passwords_are_replaced_by_their_names() -> None:
    assert (
        hidden("auth rp failed for p/p", {"redis": "rp", "postgres": "p/p", "none": ""})
        == "auth <redis> failed for <postgres>"
    )


def test_passwords_are_not_in_a_repr() -> None:
    assert "rp" not in repr(SERVERS).replace("real", "")
    assert "real-r" not in repr(SERVERS)


def test_a_secret_that_the_entrypoint_exports_is_in_the_environment(tmp_path: Path) -> None:
    """The container's shell is not run here; what it would set is set, and what Compose sets itself stays."""
    made = service({"TOKEN": "own"})
    assert made.compose is not None
    exports = "export REDIS_PASSWORD=$(cat /run/secrets/redis_password) && export TOKEN=$(cat /run/secrets/key)"
    told = replace(made, compose=replace(made.compose, entrypoint=Fact(("sh", "-c", exports), AT)))
    folder = tmp_path / "secrets"
    write_secrets(facts(), told, SERVERS, folder)
    result = service_environment(facts(), told, SPEC, SERVERS, folder, 8005)
    assert (result["REDIS_PASSWORD"], result["TOKEN"]) == ("rp", "own")


def test_helpers_of_the_stack_find_the_scratch_servers_too() -> None:
    helper = PythonFile("common/helper.py", variables=(SettingVar("STORE", False, "cdb_postgres", False, AT),))
    told = replace(service({}), shared=(helper,))
    assert service_environment(facts(), told, SPEC, SERVERS, Path("/s"), 8005)["STORE"] == "127.0.0.1"


def test_a_password_is_known_by_its_variable_whatever_the_service_calls_its_own() -> None:
    servers = replace(SERVERS, redis_variables=frozenset({"REDIS_PASSWORD"}))
    entry = EnvEntry("CACHE_KEY_OF_THINGS", "", "${REDIS_PASSWORD:-}", AT)
    other = EnvEntry("CACHE_SIZE", "3", "${CACHE_SIZE:-3}", AT)
    compose = ComposeService("cdb_market", (AT,), environment=(entry, other))
    found = service_environment(facts(), ServiceFacts("market", "", compose=compose), SPEC, servers, Path("/s"), 8005)
    assert (found["CACHE_KEY_OF_THINGS"], found["CACHE_SIZE"]) == ("rp", "3")


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"UPSTREAM": "http://cdb_core:8001/x"}, ("UPSTREAM points to cdb_core, which is not started here",)),
        ({"PEER": "cdb_core"}, ("PEER points to cdb_core, which is not started here",)),
        ({"BUS": "cdb_redis", "OWN": "cdb_market", "TEXT": "not_cdb_core_at_all"}, ()),
    ],
)
def test_what_cannot_be_mapped_is_said(values: dict[str, str], words: tuple[str, ...]) -> None:
    keys = ("cdb_core", "cdb_redis", "cdb_market")
    stack = replace(facts(), compose=ComposeModel(services=tuple(ComposeService(key, (AT,)) for key in keys)))
    assert unmapped(stack, service({}), values) == words


def test_hosts_are_resolved_with_their_port() -> None:
    servers = replace(SERVERS, redis_names=frozenset({"redis"}))
    hosts = json.loads(servers.places(Path("/s")))["hosts"]
    assert hosts == {"cdb_redis": {"6379": 7001}, "redis": {"6379": 7001}, "cdb_postgres": {"5432": 7002}}
    assert moved_address(hosts, "redis", 6379) == ("127.0.0.1", 7001)
    assert moved_address(hosts, b"redis", "6379") == ("127.0.0.1", 7001)
    assert moved_address(hosts, "cdb_redis", 6380) == ("127.0.0.1", 6380)
    assert moved_address(hosts, "example.org", 6379) == ("example.org", 6379)
    assert moved_address(hosts, "localhost", 6379) == ("localhost", 6379)
