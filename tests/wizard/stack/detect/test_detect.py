"""Detection over layouts that public stacks have, and the reasons it gives."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from wizard.adapters.files.files import DiskFiles
from wizard.errors import UnreadableError
from wizard.stack.detect.detect import detect
from wizard.stack.detect.profile_file import profile_text
from wizard.values.profile import PROFILE, Detected, Profile, ServerProfile

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


PORTS = "# Ports\n\n- 8001: app\n- 8002: other\n- 8003: third\n"


@pytest.mark.parametrize(
    ("path", "registry"),
    [
        ("archive_cleanup_20251004/STATUS.md", ""),
        ("old_archive/STATUS.md", ""),
        ("docs/deprecated/ports.md", ""),
        ("archive-writer/ports.md", "archive-writer/ports.md"),
        ("docs/ports.md", "docs/ports.md"),
    ],
)
def test_what_was_put_away_is_no_registry(path: str, registry: str, stack: Stack) -> None:
    assert detect(stack({"compose.yaml": ONE, path: PORTS})).profile.registry == registry


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
        (
            {"base.yml": ONE, "dev.yml": "", "Makefile": "up:\n\tdocker compose -f base.yml -f dev.yml up\n"},
            (("base.yml", "dev.yml"), "base.yml", False),
        ),
        ({"ops/dev.yml": "", "compose.yaml": ONE}, (("compose.yaml",), "compose.yaml", False)),
        ({"ops/dev.yml": "# later\n", "x.yaml": ONE}, (("x.yaml",), "x.yaml", False)),
        (
            {"docker-compose.yml": ONE, "docker-compose.override.yml": "# later\n"},
            (("docker-compose.yml", "docker-compose.override.yml"), "docker-compose.yml", False),
        ),
        (
            {"base.yml": "services: {redis: {image: redis}}\n", "dev.yml": "\ufeff"},
            (("base.yml", "dev.yml"), "dev.yml", False),
        ),
        (
            {
                "services/a/docker-compose.dev.yml": ONE,
                "services/a/Dockerfile": "FROM python\n",
                "services/b/Dockerfile": "FROM python\n",
                "services/a/README.md": "`docker compose -f docker-compose.dev.yml up`\n" * 9,
                "stack-dev.yml": ONE,
                "Makefile": "up:\n\tdocker compose -f stack-dev.yml up\n",
            },
            (("stack-dev.yml",), "stack-dev.yml", True),
        ),
        ({"archive_cleanup_20251004/compose.yaml": ONE, "x.yaml": ONE}, (("x.yaml",), "x.yaml", False)),
        (
            {"archive-writer/compose.yaml": ONE},
            (("archive-writer/compose.yaml",), "archive-writer/compose.yaml", False),
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


@pytest.mark.parametrize(
    ("documents", "loaded"),
    [
        (
            {"dev.md": "docker compose up -d\n", "ops.md": "docker compose -f compose.yml -f compose.live.yml up\n"},
            True,
        ),
        ({"Makefile": "a:\n\tdocker-compose --profile x run --rm app\n", "b.md": "`docker compose watch`\n"}, True),
        ({"ops.md": "docker compose -f compose.yml -f compose.live.yml up\n"}, False),
        (
            {"a.md": "docker compose up\n", "ops.md": "docker compose -f compose.yml -f compose.live.yml up\n" * 2},
            False,
        ),
    ],
)
def test_the_override_is_loaded_where_commands_name_no_files(
    stack: Stack, documents: dict[str, str], loaded: bool
) -> None:
    """One command for the server does not make its files those of every day."""
    live = "docker compose -f compose.yml -f compose.live.yml pull\n"
    files = dict.fromkeys(("compose.yml", "compose.override.yml", "compose.live.yml"), ONE)
    upper = "compose.override.yml" if loaded else "compose.live.yml"
    if "ops.md" not in documents:
        documents = {**documents, "live.md": live}
    assert detect(stack({**files, **documents})).profile.compose_files == ("compose.yml", upper)


@pytest.mark.parametrize(
    "text",
    [
        "```bash\ncd api\ndocker compose -f docker-compose.dev.yml up\n```\n",
        "`cd api && docker-compose --file docker-compose.dev.yml up`\n",
        "$ cd ./api/\n$ docker-compose -f docker-compose.dev.yml up\n",
        "```\ncd web\n```\n\ncd api; docker compose -f docker-compose.dev.yml up\n",
    ],
)
@pytest.mark.parametrize("place", ["TESTING.md", "web/TESTING.md"])
def test_a_command_names_files_from_where_it_has_gone(stack: Stack, text: str, place: str) -> None:
    files = {"web/docker-compose.dev.yml": ONE, "api/docker-compose.dev.yml": ONE, place: text}
    assert detect(stack(files)).profile.compose_files == ("api/docker-compose.dev.yml",)


@pytest.mark.parametrize(
    ("context", "chosen"), [("./api", "docker/dev-compose.yml"), ("../api", "docker/nas-compose.yml")]
)
def test_files_whose_folders_are_on_another_machine_come_last(stack: Stack, context: str, chosen: str) -> None:
    """Named most often, they are started where somebody has copied other folders beside them."""
    files = {
        "docker/dev-compose.yml": "services: {api: {build: {context: ../api}}}\n",
        "docker/nas-compose.yml": f"services: {{api: {{build: {context}}}}}\n",
        "api/main.py": "",
        "README.md": "docker compose -f docker/nas-compose.yml up\n" * 2
        + "docker compose -f docker/dev-compose.yml up\n",
    }
    assert detect(stack(files)).profile.compose_files == (chosen,)


def test_an_override_that_builds_again_what_the_base_builds_is_not_where_services_are_added(stack: Stack) -> None:
    base = "services: {db: {image: 'postgres:16'}, api: {build: .}}\n"
    upper = "services: {api: {build: {context: .}, ports: ['1:1']}, browser: {build: e2e}}\n"
    detected = detect(stack({"compose.yml": base, "compose.override.yml": upper}))
    assert detected.profile.edit_file == "compose.yml"
    assert detected.why["edit_file"] == "compose.yml: 1 service is built there"


REDIS = "services: {redis: {image: 'redis:7'}}\n"


@pytest.mark.parametrize(
    ("names", "loaded"),
    [
        (("compose.yml", "compose.yaml"), ("compose.yaml",)),
        (("docker-compose.yaml", "docker-compose.yml"), ("docker-compose.yml",)),
        (("docker-compose.yml", "compose.yml", "compose.override.yml"), ("compose.yml", "compose.override.yml")),
        (("compose.yaml", "docker-compose.override.yaml"), ("compose.yaml", "docker-compose.override.yaml")),
        (("compose.yaml", "compose.override.yaml", "compose.override.yml"), ("compose.yaml", "compose.override.yml")),
        (("compose.yaml", "compose.override.example.yml"), ("compose.yaml",)),
        (("compose.yaml", "my-override.compose.yml"), ("compose.yaml",)),
        (("compose.yaml", "compose.override.local.yml", "docker-compose.override-old.yml"), ("compose.yaml",)),
        (("docker-compose.example.yml", "docker-compose.yaml"), ("docker-compose.yaml",)),
        (("docker-compose.example.yml",), ("docker-compose.example.yml",)),
    ],
)
def test_by_itself_compose_loads_its_own_names_only(
    stack: Stack, names: tuple[str, ...], loaded: tuple[str, ...]
) -> None:
    assert detect(stack(dict.fromkeys(names, ONE))).profile.compose_files == loaded


@pytest.mark.parametrize(
    ("texts", "edit", "sure"),
    [
        (("services: {a: {image: a}, b: {image: b}}\n", "services: {c: {image: c}}\n"), "one.yml", True),
        (("services: {grafana: {image: grafana}}\n", REDIS), "two.yml", True),
        ((REDIS, "services: {redis: {ports: ['1:1']}, x: {ports: ['2:2']}}\n"), "one.yml", True),
        ((REDIS, ONE), "two.yml", True),
        ((ONE, "services: {other: {build: x}}\n"), "two.yml", False),
        (("services: {a: {image: a}}\n", "services: {c: {image: c}}\n"), "two.yml", False),
    ],
)
def test_where_to_edit_has_a_reason_or_is_said_to_be_a_guess(
    stack: Stack, texts: tuple[str, str], edit: str, sure: bool
) -> None:
    detected = detect(stack({".env": "COMPOSE_FILE=one.yml:two.yml\n", "one.yml": texts[0], "two.yml": texts[1]}))
    assert detected.profile.edit_file == edit
    assert ("edit_file" not in detected.unsure) is sure
    assert sure or all(name in detected.why["edit_file"] for name in ("one.yml", "two.yml"))


@pytest.mark.parametrize(
    ("base", "upper", "text", "edit"),
    [
        ("base.yml", "dev.yml", "services:\n", "dev.yml"),
        ("base.yml", "local.yml", "# none yet\nservices: {}\n", "local.yml"),
        ("base.yml", "monitoring.yml", "services:\n", "base.yml"),
        ("base.yml", "dev.yml", "services: {redis: {ports: ['1:1']}}\n", "base.yml"),
    ],
)
def test_a_development_file_without_services_is_kept_for_them(
    stack: Stack, base: str, upper: str, text: str, edit: str
) -> None:
    detected = detect(stack({".env": f"COMPOSE_FILE={base}:{upper}\n", base: REDIS, upper: text}))
    assert (detected.profile.edit_file, "edit_file" in detected.unsure) == (edit, False)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        ({"Makefile": "up:\n\tdocker compose -f base.yml -f top.yml up\n"}, "Makefile:2"),
        ({".env": "COMPOSE_FILE=base.yml:top.yml\n"}, ".env:1"),
    ],
)
def test_a_file_that_is_named_and_cannot_be_read_is_one_of_the_stack(
    stack: Stack, tmp_path: Path, make: dict[str, str], said: str
) -> None:
    files = stack({**make, "top.yml": ONE})
    (tmp_path / "base.yml").symlink_to("gone/base.yml")
    detected = detect(files)
    assert detected.profile.compose_files == ("base.yml", "top.yml")
    assert detected.why["compose_files"] == said


@pytest.mark.parametrize("kind", ["a pipe", "a folder"])
def test_what_a_command_names_and_is_no_file_is_one_of_the_stack(stack: Stack, tmp_path: Path, kind: str) -> None:
    """An engine makes a folder where a file that it should mount is missing."""
    files = stack({"Makefile": "up:\n\tdocker compose -f base.yml -f dev.yml up\n", "base.yml": REDIS, "top.yml": ONE})
    if kind == "a pipe":
        os.mkfifo(tmp_path / "dev.yml")
    else:
        (tmp_path / "dev.yml").mkdir()
    assert detect(files).profile.compose_files == ("base.yml", "dev.yml")


def test_a_pointer_beside_the_files_is_one_of_them(stack: Stack) -> None:
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 1\n"
    files = stack({"deploy/base.yml": pointer, "deploy/limits.yml": ONE, "deploy/prometheus.yml": pointer})
    assert detect(files).profile.compose_files == ("deploy/base.yml",)
    assert "compose_files" in detect(files).unsure


@pytest.mark.parametrize(
    "data",
    [
        "services:\n  web: {build: ./web}\n".encode("utf-8-sig"),
        "services:\n  web: {build: ./web}\n".encode("utf-16"),
        "services:\n  web: {build: ./web}\n".encode("utf-16-le"),
        b"# one line to every other eye\rservices:\r  web: {build: ./web}\r",
        b'{\n  "services": {"web": {"build": "./web"}}\n}\n',
        b"{services: {web: {build: ./web}}}\n",
        b"'services':\n  web: {build: ./web}\n",
    ],
    ids=["a mark", "UTF-16", "UTF-16 without a mark", "carriage returns", "JSON", "braces", "quotes"],
)
def test_a_file_in_any_dress_is_one_of_the_stack(stack: Stack, tmp_path: Path, data: bytes) -> None:
    """Taken as absent, the next file would get what belongs here."""
    files = stack({"deploy/base.yml": REDIS, "deploy/limits.yml": ONE})
    (tmp_path / "deploy/dev.yml").write_bytes(data)
    assert detect(files).profile.compose_files == ("deploy/base.yml", "deploy/dev.yml")


@pytest.mark.parametrize("text", ["jobs:\n  test:\n    services:\n      redis: {}\n", "x: 1 # services:\n"])
def test_services_that_are_not_the_top_level_make_no_compose_file(stack: Stack, text: str) -> None:
    files = stack({"deploy/base.yml": REDIS, "deploy/dev.yml": text})
    assert detect(files).profile.compose_files == ("deploy/base.yml",)


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


def test_several_postgres_are_named(stack: Stack) -> None:
    text = "services:\n  ledger: {image: 'postgres:16'}\n  archive: {image: 'postgres:15'}\n"
    text += "  app: {image: x, depends_on: [ledger]}\n"
    detected = detect(stack({"compose.yaml": text}))
    assert detected.profile.postgres.service == "ledger"
    assert (detected.why["postgres"], "postgres" in detected.unsure) == ("compose.yaml:2 (a guess: archive, too)", True)


@pytest.mark.parametrize(
    ("first", "second"), [("docker-compose.infra.yml", "docker-compose.yml"), ("compose.yaml", "lake.yml")]
)
@pytest.mark.parametrize("build", ["", ", build: to-come"])  # a block that is written before its folder
def test_of_files_that_are_started_one_after_the_other_compose_s_own_is_the_stack(
    stack: Stack, first: str, second: str, build: str
) -> None:
    told = f"# Start\n\n```sh\ndocker-compose -f {first} up -d\ndocker-compose -f {second} up -d\n```\n"
    text = "services: {{a: {{image: 'nginx:1'{0}}}}}\n"
    files = {
        path: text.format(build if path.endswith(("compose.yml", "compose.yaml")) else "") for path in (first, second)
    }
    files["README.md"] = told
    (chosen,) = detect(stack(files)).profile.compose_files
    assert chosen in ("docker-compose.yml", "compose.yaml")


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


@pytest.mark.parametrize(
    ("more", "project", "why"),
    [
        ({".env": "COMPOSE_PROJECT_NAME=one\nCOMPOSE_PROJECT_NAME=two\n"}, "two", ".env:2"),
        ({"deploy/.env": "COMPOSE_PROJECT_NAME=here\n"}, "here", "deploy/.env:1"),
        ({".env": "COMPOSE_PROJECT_NAME=a\n", "deploy/.env": "COMPOSE_PROJECT_NAME=b\n"}, "a", ".env:1"),
    ],
)
def test_the_working_folder_s_env_names_the_project_first(
    stack: Stack, more: dict[str, str], project: str, why: str
) -> None:
    detected = detect(stack({"deploy/compose.yaml": ONE, **more}))
    assert (detected.profile.project, detected.why["project"]) == (project, why)


@pytest.mark.parametrize(
    ("heading", "found"),
    [
        ("## Port Allocation", "README.md"),
        ("## Ports\n\nWho has which:\n", "README.md"),
        ("## Years", ""),
        ("## Portfolio", ""),
        ("## Ports\n\n## Years", ""),
    ],
)
def test_two_lines_are_a_port_list_below_a_heading_that_says_so(stack: Stack, heading: str, found: str) -> None:
    text = f"# Desk\n\n{heading}\n- 8071: Regime\n- 8072: Booking (planned)\n"
    assert (
        detect(stack({"compose.yml": "services:\n  web:\n    image: web\n", "README.md": text})).profile.registry
        == found
    )
