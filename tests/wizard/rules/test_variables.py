"""What a variable is for, by its name: one table for every room that asks."""

from __future__ import annotations

import pytest

from wizard.rules import variables
from wizard.rules.secrets import may_hold_any


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("REDIS_HOST", ("redis", "host", True)),
        ("MARKET_REDIS_PORT", ("redis", "port", True)),
        ("VALKEY_URL", ("redis", "url", True)),
        ("REDISCLI_AUTH", ("redis", "password", False)),
        ("REDIS_CACHE_HOST", ("redis", "host", False)),
        ("POSTGRES_DB", ("postgres", "database", True)),
        ("POSTGRESQL_USERNAME", ("postgres", "user", True)),
        ("PGHOST", ("postgres", "host", True)),
        ("PGPASSWORD", ("postgres", "password", True)),
        ("DB_NAME", ("postgres", "database", True)),
        ("DATABASE_DSN", ("postgres", "url", True)),
        ("orders_db_user", ("postgres", "user", True)),
        ("MONGODB_HOST", None),
        ("FEEDB_PORT", None),
        ("DB_GHOST", None),
        ("REDIS_HOST_RETRIES", None),
        ("MARKET_PORT", None),
        ("HOST", None),
    ],
)
def test_which_part_of_the_way_to_a_server_a_variable_holds(name: str, answer: tuple[str, str, bool] | None) -> None:
    found = variables.server_variable(name)
    assert (None if found is None else (found.server, found.part, found.plain)) == answer


@pytest.mark.parametrize(
    ("name", "server"),
    [
        ("BROKER_HOST", "redis"),
        ("EVENT_BUS_URL", "redis"),
        ("EVENTBUS_URL", "redis"),
        ("VALKEY_PORT", "redis"),
        ("SQL_HOST", "postgres"),
        ("PGPORT", "postgres"),
        ("BUSINESS_UNIT", None),
        ("CAMPUS", None),
        ("MARKET_PORT", None),
    ],
)
def test_which_server_is_meant_where_there_are_only_two(name: str, server: str | None) -> None:
    assert variables.server_meant(name) == server


@pytest.mark.parametrize(
    ("name", "is_port"),
    [
        ("PORT", True),
        ("MARKET_PORT", True),
        ("HTTPPORT", True),
        ("PORT_2", True),
        ("PORTS", True),
        ("market_port", True),
        ("REPORT_LINES", False),
        ("SUPPORT", False),
        ("DATA_EXPORT", False),
        ("TRANSPORT_MODE", False),
        ("PORTFOLIO_LIMIT", False),
        ("AIRPORTS", False),
    ],
)
def test_what_holds_a_port(name: str, is_port: bool) -> None:
    assert variables.is_port(name) is is_port


@pytest.mark.parametrize(
    ("name", "judged", "looked_up"),
    [
        ("REDIS_HOST", True, True),
        ("UPSTREAM_URL", True, True),
        ("DB_DSN", True, True),
        ("ORDERS_SERVICE", False, True),
        ("HOST", False, True),
        ("GHOSTS", False, False),
    ],
)
def test_what_holds_a_host(name: str, judged: bool, looked_up: bool) -> None:
    assert (variables.is_host(name), variables.may_be_host(name)) == (judged, looked_up)


@pytest.mark.parametrize(
    ("name", "platform", "machine"),
    [
        ("PYTHONUNBUFFERED", True, True),
        ("TZ", True, True),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", True, False),
        ("PGPASSWORD", True, False),
        ("KUBERNETES_SERVICE_HOST", False, True),
        ("PATH_TO_MODEL", False, False),
        ("USER_LIMIT", False, False),
    ],
)
def test_what_is_not_the_services_own(name: str, platform: bool, machine: bool) -> None:
    assert (variables.is_platform(name), variables.is_machine_wide(name)) == (platform, machine)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("sh -c 'export A_B=$(cat /x) && exec run'", ["A_B"]),
        ("PORT=1 LIMIT=2 python -m x", ["PORT", "LIMIT"]),
        ("python -m x --port=8005", []),
        ("test $A = b", []),
    ],
)
def test_what_a_shell_sets(text: str, names: list[str]) -> None:
    assert variables.set_by_shell(text) == names


def test_the_port_beside_a_host() -> None:
    assert [variables.port_beside(name) for name in ("DB_HOST", "HOST", "DB_URL")] == ["DB_PORT", "PORT", ""]


@pytest.mark.parametrize(("secret", "any_servers"), [("app_secrets", True), ("env", True), ("tls_chain", False)])
def test_which_secret_may_hold_any_password(secret: str, any_servers: bool) -> None:
    assert may_hold_any(secret) is any_servers


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("redis://:p@cdb_redis:6379/0", "cdb_redis"),
        ("postgresql+psycopg://u:p@[::1]:5432/d", "::1"),
        ("redis://cdb_redis:port", "cdb_redis"),
        ("redis://[cdb_redis", ""),
        ("redis://[nonsense]/0", ""),
        ("unix:///run/redis.sock", ""),
        ("", ""),
    ],
)
def test_the_host_of_whatever_stands_where_a_url_should(url: str, host: str) -> None:
    assert variables.host_of_url(url) == host
