"""Detection over layouts that public stacks have, and the reasons it gives."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from wizard.adapters.files import DiskFiles
from wizard.errors import UnreadableError
from wizard.stack.detect import detect
from wizard.stack.profile_file import PROFILE, profile_text
from wizard.values.profile import Detected, Profile, ServerProfile

Stack = Callable[[dict[str, str]], DiskFiles]
SERVICE = "FROM python:3.11-slim\nCMD ['python', 'service.py']\n"

LAYERED = {
    "infra/compose/base.yml": """\
        services:
          cdb_redis:
            image: valkey/valkey:8
            secrets: [redis_password]
            networks: [back]
          cdb_db:
            image: timescale/timescaledb:latest-pg16
            environment:
              POSTGRES_USER: app
              POSTGRES_DB: trades
              POSTGRES_PASSWORD_FILE: /run/secrets/db_pw
            secrets: [db_pw, other]
            volumes:
              - ../db/schema.sql:/docker-entrypoint-initdb.d/01-schema.sql:ro
              - ../db/demo.sql:/docker-entrypoint-initdb.d/02-demo.sql:ro
            networks: [back]
        networks: {back: {}}
        secrets:
          redis_password: {file: ./r}
        """,
    "infra/compose/dev.yml": """\
        services:
          cdb_core:
            build: ../../services/core
            ports: ["127.0.0.1:8001:8001"]
            networks: [back]
          cdb_risk:
            build: ../../services/risk
            networks: [back]
        """,
    "infra/compose/prod.yml": "services: {cdb_core: {restart: always}}\n",
    "infra/db/schema.sql": "CREATE TABLE a (id int);\n",
    "infra/db/demo.sql": "INSERT INTO a VALUES (1);\n",
    "services/core/service.py": "",
    "services/core/Dockerfile": SERVICE,
    "services/risk/service.py": "",
    "services/risk/Dockerfile": SERVICE,
    "tests/unit/core/test_core.py": "",
    "pytest.ini": "[pytest]\n",
    "OPS.md": """\
        # Betrieb
        ## cdb_core
            docker compose -f infra/compose/base.yml -f infra/compose/dev.yml up -d cdb_core
            docker logs cdb_core
        ## cdb_risk
            docker compose -f infra/compose/base.yml -f infra/compose/dev.yml up -d cdb_risk
            docker logs cdb_risk
        """,
    "docs/ports.md": "# Ports\n\n- 8001: core\n- 8002: risk\n- 8003: frei\n",
}


def test_a_layered_stack(stack: Stack) -> None:
    detected = detect(stack(LAYERED))
    assert detected.profile == Profile(
        services_dir="services",
        prefix="cdb_",
        compose_files=("infra/compose/base.yml", "infra/compose/dev.yml"),
        edit_file="infra/compose/dev.yml",
        project="compose",
        network="back",
        redis=ServerProfile("cdb_redis", 6379, secret="redis_password"),
        postgres=ServerProfile("cdb_db", 5432, "app", "trades", "db_pw"),
        schema_file="infra/db/schema.sql",
        seed_files=("infra/db/demo.sql",),
        pytest_config="pytest.ini",
        runbook="OPS.md",
        registry="docs/ports.md",
    )
    assert detected.unsure == ()
    assert detected.why["redis"] == "infra/compose/base.yml:3"
    assert detected.why["network"] == "infra/compose/base.yml:17"
    assert detected.why["compose_files"] == "OPS.md:3"
    assert detected.why["schema_file"] == "infra/compose/base.yml:14"
    assert detected.why["registry"] == "docs/ports.md:3"
    assert set(detected.why) == set(Profile.__dataclass_fields__)


def test_an_empty_folder_has_defaults_and_reasons(stack: Stack) -> None:
    detected = detect(stack({}))
    profile = detected.profile
    assert (profile.compose_files, profile.edit_file, profile.services_dir) == ((), "", "services")
    assert all(detected.why.values())


def compose_of(detected: Detected) -> tuple[tuple[str, ...], str, bool]:
    profile = detected.profile
    return profile.compose_files, profile.edit_file, "compose_files" in detected.unsure


ONE = "services: {app: {build: .}}\n"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"compose.yaml": ONE}, (("compose.yaml",), "compose.yaml", False)),
        (
            {"docker-compose.yml": ONE, "docker-compose.override.yml": "services: {app: {ports: ['1:1']}}\n"},
            (("docker-compose.yml", "docker-compose.override.yml"), "docker-compose.yml", False),
        ),
        (
            {"docker-compose.yml": ONE, "docker-compose.prod.yml": ONE, "docker-compose.test.yml": ONE},
            (("docker-compose.yml",), "docker-compose.yml", False),
        ),
        (
            {"compose.yaml": ONE, "docker-compose.dev.yml": "services: {app: {build: ., ports: ['1:1']}}\n"},
            (("compose.yaml",), "compose.yaml", True),
        ),
        ({"deploy/stack.yml": ONE}, (("deploy/stack.yml",), "deploy/stack.yml", False)),
        ({"x.yaml": ONE, "k8s/a.yaml": "services: {}\n"}, (("x.yaml",), "x.yaml", False)),
        (
            {".env": "COMPOSE_FILE=a/base.yml:a/extra.yml\n", "a/base.yml": ONE, "a/extra.yml": ONE, "a/dev.yml": ONE},
            (("a/base.yml", "a/extra.yml"), "a/extra.yml", False),
        ),
        (
            {
                "docker/base.yml": "services: {redis: {image: redis}}\n",
                "docker/dev.yml": ONE,
                "Makefile": "up:\n\tdocker compose -f docker/base.yml \\\n\t  -f docker/dev.yml up\n",
            },
            (("docker/base.yml", "docker/dev.yml"), "docker/dev.yml", False),
        ),
        (
            {
                "docker/base.yml": ONE,
                "docker/prod.yml": "services: {app: {restart: always}}\n",
                "README.md": "`docker compose -f docker/base.yml -f docker/prod.yml up`\n",
            },
            (("docker/base.yml",), "docker/base.yml", False),
        ),
        (
            {
                "a/base.yml": "services: {redis: {image: redis}}\n",
                "a/dev.yml": ONE,
                "a/compose.blue.yml": "services: {market: {build: x}}\n",
                "README.md": "`docker compose -f a/base.yml -f a/dev.yml up`\n",
            },
            (("a/base.yml", "a/dev.yml"), "a/dev.yml", True),
        ),
        (
            {
                "docker-compose-prod.yml": ONE,
                "docker-compose-dev.yml": "services: {app: {ports: ['1:1']}}\n",
                "dev.sh": "docker compose -f docker-compose-prod.yml \\\n -f docker-compose-dev.yml up\n",
            },
            (("docker-compose-prod.yml", "docker-compose-dev.yml"), "docker-compose-prod.yml", False),
        ),
        (
            {"compose.yaml": ONE, ".worktrees/old/compose.yaml": ONE, "node_modules/x/compose.yaml": ONE},
            (("compose.yaml",), "compose.yaml", False),
        ),
    ],
)
def test_which_compose_files(stack: Stack, files: dict[str, str], expected: tuple[tuple[str, ...], str, bool]) -> None:
    assert compose_of(detect(stack(files))) == expected


def test_services_in_the_root_and_without_prefix(stack: Stack) -> None:
    detected = detect(
        stack(
            {
                "compose.yaml": "services:\n  web: {build: ./web}\n  worker: {build: ./worker}\n",
                "web/Dockerfile": SERVICE,
                "web/main.py": "",
                "worker/Dockerfile": SERVICE,
                "worker/main.py": "",
            }
        )
    )
    assert (detected.profile.services_dir, detected.profile.prefix) == ("", "")
    assert detected.why["services_dir"] == "compose.yaml:2"


@pytest.mark.parametrize(
    ("service", "expected"),
    [
        ("image: 'redis:7'", ServerProfile("x", 6379)),
        ("image: 'bitnami/valkey:8'\n    command: valkey-server --port 6380", ServerProfile("x", 6380)),
        ("image: 'redislabs/redisinsight:2'", ServerProfile()),
        ("image: 'oliver006/redis_exporter:v1'", ServerProfile()),
    ],
)
def test_redis_by_image(stack: Stack, service: str, expected: ServerProfile) -> None:
    assert detect(stack({"compose.yaml": f"services:\n  x:\n    {service}\n"})).profile.redis == expected


def test_servers_by_name_and_port_are_unsure(stack: Stack) -> None:
    detected = detect(
        stack(
            {
                "compose.yaml": """\
                services:
                  my-redis: {build: ./redis}
                  store: {image: "corp/sql:1", ports: ["5433:5432"]}
                  a_redis_exporter: {image: "redis:7"}
                """
            }
        )
    )
    assert detected.profile.redis.service == "my-redis"
    assert "redis" not in detected.unsure
    assert detected.profile.postgres.service == "store"
    assert "postgres" in detected.unsure


def test_two_redis_are_unsure(stack: Stack) -> None:
    detected = detect(
        stack(
            {"compose.yaml": 'services: {a: {image: "redis:7"}, b: {image: "redis:7"}, c: {image: x, depends_on: [b]}}'}
        )
    )
    assert detected.profile.redis.service == "b"
    assert "redis" in detected.unsure


def test_schema_by_content_when_nothing_is_mounted(stack: Stack) -> None:
    detected = detect(
        stack(
            {
                "compose.yaml": ONE,
                "db/init/schema.sql": "create table t (a int);",
                "db/init/seed.sql": "insert into t values (1);",
                "db/migrations/001.sql": "create table u (a int);",
            }
        )
    )
    assert detected.profile.schema_file == "db/init/schema.sql"
    assert detected.profile.seed_files == ("db/init/seed.sql",)
    assert "schema_file" not in detected.unsure


def test_a_readme_with_commands_is_no_runbook_and_urls_are_no_registry(stack: Stack) -> None:
    detected = detect(
        stack(
            {
                "compose.yaml": ONE,
                "README.md": "`docker compose up`\n\n- http://localhost:8001/docs\n- http://localhost:8002\n",
            }
        )
    )
    assert detected.profile.runbook == ""
    assert detected.profile.registry == ""


def test_base_image_with_arguments_and_digest(stack: Stack) -> None:
    digest = "sha256:" + "a" * 64
    detected = detect(
        stack(
            {
                "compose.yaml": "services: {a: {build: services/a}, b: {build: services/b}}\n",
                "services/a/Dockerfile": f"ARG V=3.12\nFROM python:${{V}}-slim@{digest} AS build\nFROM build\n",
                "services/b/Dockerfile": "FROM node:20\n",
                "services/a/main.py": "",
            }
        )
    )
    assert detected.profile.base_image == f"python:3.12-slim@{digest}"
    assert detected.why["base_image"] == "services/a/Dockerfile:2"


def test_the_committed_profile_wins(stack: Stack) -> None:
    profile = Profile(services_dir="elsewhere", compose_files=("gone.yml",), edit_file="gone.yml")
    files = stack(LAYERED | {PROFILE: profile_text(profile)})
    detected = detect(files)
    assert detected.committed
    assert detected.profile == profile
    assert detect(files, committed=False).profile.services_dir == "services"


def test_a_bad_committed_profile_is_refused(stack: Stack) -> None:
    files = stack({PROFILE: "schema: 1\nservices_dri: x\n"})
    with pytest.raises(UnreadableError, match="did you mean 'services_dir'"):
        detect(files)
