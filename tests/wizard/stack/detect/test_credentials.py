"""What a server asks of those who connect, in every form in which stacks say it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from wizard.adapters.files.files import DiskFiles
from wizard.stack.read import read_stack

Stack = Callable[[dict[str, str]], DiskFiles]
REDIS = "services:\n  redis:\n    image: redis:7\n"
POSTGRES = "services:\n  db:\n    image: postgres:16\n    environment:\n"

SHAPES = [
    ("plain", REDIS, None),
    ("flag", REDIS + "    command: redis-server --requirepass ${REDIS_PASSWORD}\n", ("variable", "REDIS_PASSWORD", "")),
    ("list", REDIS + '    command: ["redis-server", "--requirepass", "${PW:?set it}"]\n', ("variable", "PW", "")),
    (
        "shell",
        REDIS + '    command: sh -c "redis-server --requirepass $$PW"\n    environment:\n      - PW=${CACHE_PW}\n',
        ("variable", "CACHE_PW", "PW"),
    ),
    (
        "braces",
        REDIS + '    command: ["sh", "-c", "redis-server --requirepass \\"$${PW}\\""]\n    environment: [PW]\n',
        ("variable", "PW", "PW"),
    ),
    (
        "secret in a shell",
        REDIS + "    command: sh -c 'redis-server --requirepass \"$$(cat /run/secrets/cache)\"'\n    secrets: [cache]\n"
        "secrets:\n  cache:\n    file: ./cache.txt\n",
        ("secret", "cache", ""),
    ),
    ("by value", REDIS + "    command: redis-server --requirepass hunter2\n", ("literal", "", "")),
    (
        "env file",
        REDIS + '    command: sh -c "redis-server --requirepass $$PW"\n    env_file: cache.env\n',
        ("env_file", "PW", "PW"),
    ),
    (
        "configuration",
        REDIS + "    command: redis-server /etc/redis.conf\n    volumes: [./redis.conf:/etc/redis.conf:ro]\n",
        ("literal", "", ""),
    ),
    (
        "folder of configurations",
        REDIS + "    command: redis-server /conf/redis.conf\n    volumes: [.:/conf]\n",
        ("literal", "", ""),
    ),
    (
        "an ACL file",
        REDIS + "    command: redis-server --aclfile /etc/users.acl\n    volumes: [./users.acl:/etc/users.acl]\n",
        ("literal", "", ""),
    ),
    (
        "an ACL file that lets anybody in",
        REDIS + "    command: redis-server --aclfile /etc/users.acl\n    volumes: [./open.acl:/etc/users.acl]\n",
        None,
    ),
    (
        "an image with a script",
        "services:\n  redis:\n    image: bitnami/redis:7\n    environment:\n      REDIS_PASSWORD: ${REDIS_PASSWORD}\n",
        ("variable", "REDIS_PASSWORD", "REDIS_PASSWORD"),
    ),
    (
        "a variable that the official image does not read",
        REDIS + "    environment:\n      REDIS_PASSWORD: ${REDIS_PASSWORD}\n",
        None,
    ),
    ("postgres", POSTGRES + "      POSTGRES_PASSWORD: ${PG}\n", ("variable", "PG", "POSTGRES_PASSWORD")),
    ("postgres by value", POSTGRES + "      POSTGRES_PASSWORD: hunter2\n", ("literal", "", "POSTGRES_PASSWORD")),
    ("postgres open", POSTGRES + "      POSTGRES_HOST_AUTH_METHOD: trust\n", None),
    (
        "postgres by file",
        POSTGRES + "      POSTGRES_PASSWORD_FILE: /run/secrets/pg\n    secrets: [pg]\n"
        "secrets:\n  pg:\n    file: ./pg.txt\n",
        ("secret", "pg", ""),
    ),
]
FILES = {
    "redis.conf": "# requirepass no\nport 6379\nrequirepass hunter2\n",
    "users.acl": "user default on >hunter2 ~* +@all\n",
    "open.acl": "user default on nopass ~* +@all\nuser app on >hunter2 ~* +@all\n",
    "cache.env": "PW=hunter2\n",
    ".env": "PW=hunter2\nCACHE_PW=hunter2\nREDIS_PASSWORD=hunter2\nPG=hunter2\n",
}


@pytest.mark.parametrize(("text", "right"), [shape[1:] for shape in SHAPES], ids=[shape[0] for shape in SHAPES])
def test_what_a_server_asks_for(stack: Stack, text: str, right: tuple[str, str, str] | None) -> None:
    facts = read_stack(stack({"compose.yaml": text, **FILES}))
    found = [(asked.kind, asked.name, asked.inside) for asked in facts.credentials]
    assert found == ([] if right is None else [right])
    assert "hunter2" not in repr(facts.credentials)


def test_the_line_that_asks_is_named(stack: Stack) -> None:
    text = REDIS + "    command: redis-server /etc/redis.conf\n    volumes: [./redis.conf:/etc/redis.conf]\n"
    (asked,) = read_stack(stack({"compose.yaml": text, **FILES})).credentials
    assert str(asked.source) == "redis.conf:3"


@pytest.mark.parametrize(
    ("declared", "secret"), [("", "cache_pw"), ("secrets:\n  mine:\n    environment: CACHE_PW\n", "mine")]
)
def test_a_variable_becomes_the_source_of_a_secret(stack: Stack, declared: str, secret: str) -> None:
    text = REDIS + "    command: redis-server --requirepass ${CACHE_PW}\n" + declared
    assert read_stack(stack({"compose.yaml": text})).secret_of("redis") == secret


def test_an_include_that_goes_round_in_a_circle_ends(stack: Stack) -> None:
    text = REDIS + "    command: redis-server /conf/a.conf\n    volumes: [.:/conf]\n"
    assert not read_stack(stack({"compose.yaml": text, "a.conf": "include /conf/a.conf\n"})).credentials
