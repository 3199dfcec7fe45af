"""The Compose reader: merge order, long and short forms, lines, and what is said about broken files."""

from __future__ import annotations

from textwrap import dedent

import pytest

from wizard.stack.compose.model import read_compose
from wizard.values.facts.compose import ComposeModel, ComposeService


def read(files: dict[str, str], *paths: str) -> ComposeModel:
    texts = {path: dedent(text) for path, text in files.items()}
    return read_compose(paths or tuple(path for path in texts if path.endswith((".yml", ".yaml"))), texts.get)


def one(text: str, key: str = "market") -> ComposeService:
    model = read({"compose.yaml": text})
    service = model.service(key)
    assert service is not None, model.problems
    return service


BASE = """\
name: cdb
services:
  redis:
    image: redis:7
  market:
    build: ../../services/market
    command: python -m market.service
    environment:
      LOG_LEVEL: info
      MARKET_PORT: "8005"
    ports:
      - "127.0.0.1:8005:8005"
    depends_on:
      - redis
    healthcheck:
      test: ["CMD", "curl", "-f", "http://localhost:8005/health"]
      interval: 10s
networks:
  cdb_network: {}
secrets:
  redis_password:
    file: ../../.secrets/redis_password
  other:
    external: true
volumes:
  data:
"""
DEV = """\
services:
  market:
    build:
      dockerfile: Dockerfile.dev
    command: ["python", "service.py"]
    environment:
      - LOG_LEVEL=debug
      - TOKEN
    ports:
      - target: 9000
        published: "9100"
        host_ip: 127.0.0.1
    depends_on:
      redis:
        condition: service_healthy
    healthcheck:
      test: wget -q http://localhost:8005/healthz
    secrets:
      - redis_password
      - source: other
        target: x
    networks:
      cdb_network:
        aliases: [m]
"""


def test_files_merge_in_order() -> None:
    model = read({"infra/compose/base.yml": BASE, "infra/compose/dev.yml": DEV})
    market = model.service("market")
    assert market is not None
    assert [str(s) for s in market.declared] == ["infra/compose/base.yml:5", "infra/compose/dev.yml:2"]
    assert market.end_line == 24
    assert market.build is not None
    assert market.build.value == "services/market"
    assert market.dockerfile is not None
    assert (market.dockerfile.value, str(market.dockerfile.source)) == (
        "services/market/Dockerfile.dev",
        "infra/compose/dev.yml:4",
    )
    assert market.command is not None
    assert market.command.value == ("python", "service.py")
    assert {e.name: (e.value, str(e.source)) for e in market.environment} == {
        "LOG_LEVEL": ("debug", "infra/compose/dev.yml:7"),
        "MARKET_PORT": ("8005", "infra/compose/base.yml:10"),
        "TOKEN": (None, "infra/compose/dev.yml:8"),
    }
    assert [(p.host_ip, p.published, p.target, p.source.line) for p in market.ports] == [
        ("127.0.0.1", 8005, 8005, 12),
        ("127.0.0.1", 9100, 9000, 10),
    ]
    assert [(d.service, d.condition) for d in market.depends_on] == [("redis", "service_healthy")]
    assert market.healthcheck is not None
    assert market.healthcheck.test == ("CMD-SHELL", "wget -q http://localhost:8005/healthz")
    assert (market.healthcheck.port, market.healthcheck.path, market.healthcheck.tool) == (8005, "/healthz", "wget")
    assert market.healthcheck.keys == ("test", "interval")
    assert str(market.healthcheck.source) == "infra/compose/dev.yml:17"
    assert [s.value for s in market.secrets] == ["redis_password", "other"]
    assert [n.value for n in market.networks] == ["cdb_network"]
    assert model.secrets[0][:2] == ("redis_password", ".secrets/redis_password")
    assert model.secrets[1][:2] == ("other", "")
    assert [n.value for n in model.networks] == ["cdb_network"]
    assert model.name is not None
    assert (model.name.value, model.name.source.line) == ("cdb", 1)
    assert model.files == ("infra/compose/base.yml", "infra/compose/dev.yml")
    assert model.problems == ()


def test_reset_and_override_take_away() -> None:
    over = """\
    services:
      market:
        ports: !override
          - "8100:8005"
        environment:
          MARKET_PORT: !reset null
        depends_on: !reset []
        command: !reset null
    """
    market = read({"a.yml": BASE, "b.yml": over}).service("market")
    assert market is not None
    assert [p.published for p in market.ports] == [8100]
    assert [e.name for e in market.environment] == ["LOG_LEVEL"]
    assert market.depends_on == ()
    assert market.command is None
    assert "depends_on" not in market.keys


def test_the_same_port_twice_is_one_port() -> None:
    text = 'services: {market: {image: x, ports: ["127.0.0.1:8005:8005"]}}'
    market = read({"a.yml": text, "b.yml": text}).service("market")
    assert market is not None
    assert len(market.ports) == 1


def test_anchors_merge_keys_and_fragments() -> None:
    market = one("""\
    x-health: &health
      interval: 5s
      retries: 3
    x-env: &env
      LOG_LEVEL: info
      REDIS_HOST: redis
    x-service: &service
      restart: always
      environment: &senv
        <<: *env
        EXTRA: "1"
    services:
      market:
        <<: *service
        image: &img app:1
        environment:
          <<: *senv
          LOG_LEVEL: debug
        healthcheck:
          <<: *health
          test: ["CMD-SHELL", "nc -z localhost 8005"]
      other:
        image: *img
    """)
    assert {e.name: (e.value, e.source.line) for e in market.environment} == {
        "LOG_LEVEL": ("debug", 18),
        "EXTRA": ("1", 11),
        "REDIS_HOST": ("redis", 6),
    }
    assert market.keys == ("image", "environment", "healthcheck", "restart")
    assert market.healthcheck is not None
    assert set(market.healthcheck.keys) == {"test", "interval", "retries"}
    assert market.healthcheck.port == 8005


def test_variables_come_from_the_env_files_of_root_and_project_folder() -> None:
    model = read(
        {
            "infra/compose.yml": """\
            services:
              market:
                image: app:${TAG:-latest}
                ports:
                  - "${BIND:-127.0.0.1}:${MARKET_PORT}:${INNER:-8005}"
                  - "${UNSET}:9000"
                environment:
                  URL: redis://${HOST:-${FALLBACK:-redis}}:6379
            """,
            "infra/.env": "MARKET_PORT=8015\nFALLBACK=valkey\n",
            "infra/.env.example": "MARKET_PORT=1\nFALLBACK=nobody\n",
            ".env": "INNER=8006\n",
            ".env.example": "MARKET_PORT=9999\n",
        },
        "infra/compose.yml",
    )
    market = model.service("market")
    assert market is not None
    assert market.image is not None
    assert market.image.value == "app:latest"
    assert [(p.host_ip, p.published, p.target) for p in market.ports] == [("127.0.0.1", 8015, 8006), ("", None, 9000)]
    assert market.ports[0].raw == "${BIND:-127.0.0.1}:${MARKET_PORT}:${INNER:-8005}"
    assert market.environment[0].value == "redis://valkey:6379"


def test_env_files_lie_under_environment() -> None:
    model = read(
        {
            "compose.yaml": """\
            services:
              market:
                image: x
                env_file:
                  - market.env
                  - path: gone.env
                    required: false
                  - needed.env
                  - secret.env
                environment: {B: own}
            """,
            "market.env": "A=1\nB=2\n",
            "secret.env.example": "C=3\n",
        },
        "compose.yaml",
    )
    market = model.service("market")
    assert market is not None
    assert {e.name: (e.value, e.file, str(e.source)) for e in market.environment} == {
        "A": ("1", True, "market.env:1"),
        "B": ("own", False, "compose.yaml:10"),
        "C": ("3", True, "secret.env.example:1"),
    }
    assert [(p.message, p.source.line) for p in market.problems] == [
        ("the env_file needed.env does not exist or cannot be read", 8)
    ]


def test_include_brings_its_own_folder_and_env() -> None:
    model = read(
        {
            "compose.yaml": """\
            include:
              - infra/redis.yml
              - path: [apps/market/compose.yml, apps/market/more.yml]
                project_directory: apps
              - missing.yml
              - https://example.com/x.git
            services:
              web:
                image: web
            """,
            "infra/redis.yml": 'services: {redis: {image: "redis:7", ports: ["${P}:6379"]}}',
            "infra/.env": "P=6380",
            "apps/market/compose.yml": "services: {market: {build: ./market}}",
            "apps/market/more.yml": "services: {market: {container_name: m}}",
        },
        "compose.yaml",
    )
    assert [s.key for s in model.services] == ["redis", "market", "web"]
    redis, market = model.service("redis"), model.service("market")
    assert redis is not None
    assert market is not None
    assert redis.ports[0].published == 6380
    assert market.build is not None
    assert market.build.value == "apps/market"
    assert market.container_name is not None
    assert model.files == ("infra/redis.yml", "apps/market/compose.yml", "apps/market/more.yml", "compose.yaml")
    assert [(p.source.line, p.message) for p in model.problems] == [
        (5, "the included file missing.yml does not exist or cannot be read"),
        (6, "the remote include https://example.com/x.git is not followed"),
    ]


def test_include_in_a_circle_is_said_once() -> None:
    model = read(
        {"a.yml": "include: [b.yml]\nservices: {a: {image: x}}", "b.yml": "include: a.yml\nservices: {b: {image: x}}"},
        "a.yml",
    )
    assert [s.key for s in model.services] == ["b", "a"]
    assert [(str(p.source), p.message) for p in model.problems] == [("b.yml:1", "a.yml includes itself in a circle")]


def test_extends_same_file_other_file_and_circle() -> None:
    model = read(
        {
            "compose.yaml": """\
            services:
              base:
                image: b
                environment: {A: "1", B: "2"}
              market:
                extends: base
                environment: {B: "3"}
              risk:
                extends:
                  file: common/c.yml
                  service: python
              loop:
                extends: loop
              lost:
                extends: {service: nowhere}
            """,
            "common/c.yml": "services: {python: {build: ./app, extends: {service: root}}, root: {user: '1000'}}",
        },
        "compose.yaml",
    )
    market, risk = model.service("market"), model.service("risk")
    assert market is not None
    assert risk is not None
    assert {e.name: e.value for e in market.environment} == {"A": "1", "B": "3"}
    assert [str(s) for s in market.declared] == ["compose.yaml:5"]
    assert risk.build is not None
    assert risk.build.value == "common/app"
    assert risk.user is not None
    assert risk.user.value == "1000"
    assert [(p.source.line, p.message) for p in model.problems] == [
        (13, "service 'loop' extends itself in a circle"),
        (15, "service 'lost' extends 'nowhere', which compose.yaml does not have"),
    ]


def test_health_check_forms() -> None:
    model = read(
        {
            "compose.yaml": """\
        services:
          a: {image: x, healthcheck: {disable: true}}
          b: {image: x, healthcheck: {test: NONE}}
          c: {image: x, healthcheck: {test: ["NONE"]}}
          d: {image: x, healthcheck: {test: "curl localhost:$$PORT/h"}, environment: {PORT: "81"}}
          e: {image: x, healthcheck: {interval: 3s}}
          f: {image: x}
          g: {image: x, healthcheck: {disable: false, test: [CMD, x]}}
        """
        }
    )
    checks = {s.key: s.healthcheck for s in model.services}
    assert [bool(check and check.disabled) for check in checks.values()] == [
        True,
        False,
        True,
        False,
        False,
        False,
        False,
    ]
    assert checks["f"] is None
    assert checks["d"] is not None
    assert (checks["d"].port, checks["d"].path) == (81, "/h")


def test_build_forms() -> None:
    model = read(
        {
            "deploy/compose.yaml": """\
        services:
          a: {build: .}
          b: {build: {context: .., dockerfile: docker/Dockerfile.b}}
          c: {build: {dockerfile_inline: "FROM x"}}
          d: {build: "https://github.com/x/y.git"}
          e: {build: {context: "${PWD}/services/e"}}
          f: {build: ../../outside}
          g: {build: /srv/app}
        """
        }
    )
    found = {
        s.key: (s.build.value if s.build else None, s.dockerfile.value if s.dockerfile else None)
        for s in model.services
    }
    assert found == {
        "a": ("deploy", "deploy/Dockerfile"),
        "b": ("", "docker/Dockerfile.b"),
        "c": ("deploy", None),
        "d": ("https://github.com/x/y.git", None),
        "e": ("services/e", "services/e/Dockerfile"),
        "f": ("../outside", "../outside/Dockerfile"),
        "g": ("/srv/app", "/srv/app/Dockerfile"),
    }


def test_paths_that_begin_with_a_variable_nobody_set_are_not_absolute() -> None:
    text = """\
    services:
      market:
        build: ${CODE}/market
      risk:
        build: ${HERE}/risk
    secrets:
      a: {file: "${SECRETS_PATH:?must be set}/A"}
      b: {file: "${SECRETS:-./s}/B"}
    """
    model = read({"x/compose.yaml": text, "x/.env": "HERE=/srv"}, "x/compose.yaml")
    assert [s.build.value for s in model.services if s.build] == ["${CODE}/market", "/srv/risk"]
    assert [file for _, file, _ in model.secrets] == ["${SECRETS_PATH:?must be set}/A", "x/s/B"]


def test_volumes_are_told_from_the_root() -> None:
    service = one("""\
    services:
      market:
        image: x
        volumes:
          - ./db/schema.sql:/docker-entrypoint-initdb.d/01.sql:ro
          - data:/var/lib
          - /abs:/abs
          - /anonymous
          - {type: bind, source: ./seed, target: /seed, read_only: true}
          - {type: volume, source: data2, target: /d}
        network_mode: host
        profiles: [dev]
        expose: ["9000-9001/tcp", 80]
    """)
    assert [v.value for v in service.volumes] == [
        "./db/schema.sql:/docker-entrypoint-initdb.d/01.sql:ro",
        "data:/var/lib",
        "/abs:/abs",
        "/anonymous",
        "./seed:/seed:ro",
        "data2:/d",
    ]
    assert service.network_mode is not None
    assert [p.value for p in service.profiles] == ["dev"]
    assert [e.value for e in service.expose] == [9000, 9001, 80]


def test_odd_bytes_keep_their_lines() -> None:
    text = "\ufeff# Grüße 🎉\nservices:\n  market:\n    image: x\n    ports:\n    - 8005:8005\n\n\n# end\n"
    market = one(text.replace("\n", "\r\n"))
    assert market.declared[0].line == 3
    assert market.ports[0].source.line == 6
    assert market.end_line == 6


def broken(text: str) -> list[tuple[int, str]]:
    model = read({"good.yml": "services: {ok: {image: x}}", "bad.yml": text})
    assert model.service("ok") is not None
    return [(p.source.line, p.message) for p in model.problems]


def test_a_broken_file_is_named_with_its_line_and_the_rest_is_read() -> None:
    [(line, message)] = broken("services:\n  a:\n    image: [x\n  b: {}\n")
    assert (line, message.startswith("not valid YAML: ")) == (4, True) or line == 3
    [(line, message)] = broken("services:\n  a:\n\timage: x\n")
    assert line == 3
    assert message.startswith("a tab indents this line")
    assert broken("- a\n") == [(1, "a Compose file is a mapping at its top")]
    assert broken("services: [a]\n") == [(1, "'services' is no mapping")]
    assert broken("services:\n") == []
    assert broken("") == []
    assert broken("services:\n  a: 5\n") == [(2, "service 'a' is no mapping")]
    assert broken("services:\n  a: {image: x, ports: '80:80'}\n") == [(2, "'ports' of service 'a' is no list")]
    assert broken("services:\n  a:\n    ports:\n      - web\n") == [
        (4, "ports of service 'a': 'web' is no port mapping")
    ]
    assert broken("services:\n  a: {image: x}\n  a: {image: y}\n") == [
        (3, "the key 'a' is there twice, first in line 2")
    ]


def test_a_missing_file_is_a_problem() -> None:
    model = read({"a.yml": "services: {a: {image: x}}"}, "a.yml", "b.yml")
    assert [(str(p.source), p.message) for p in model.problems] == [("b.yml", "b.yml does not exist or cannot be read")]


def test_an_alias_bomb_is_refused() -> None:
    levels = ["a: &a [x,x,x,x,x,x,x,x,x]"]
    levels += [f"{n}: &{n} [{','.join(['*' + chr(ord(n) - 1)] * 9)}]" for n in "bcdefghij"]
    problems = broken("\n".join(levels) + "\nservices: {a: {image: x}}\n")
    assert len(problems) == 1
    assert "unfold to more than" in problems[0][1]


def test_wrong_shapes_never_crash() -> None:
    for value in ("5", "[a, b]", "{a: {b: c}}", "[[x]]", "null", "[{a: b}]", "''", "!reset null"):
        keys = (
            "image build command environment env_file secrets depends_on healthcheck ports expose networks profiles "
            "volumes user extends container_name"
        )
        for key in keys.split():
            read({"compose.yaml": f"services:\n  a:\n    {key}: {value}\n"})
        read(
            {"compose.yaml": f"include: {value}\nservices: {value}\nsecrets: {value}\nnetworks: {value}\nname: {value}"}
        )


@pytest.mark.parametrize(
    ("said", "count"),
    [
        ("scale: 3", 3),
        ("deploy: {replicas: 2}", 2),
        ("deploy:\n      replicas: ${COPIES:-4}", 4),
        ("deploy: {mode: global}", None),
        ("scale: ${COPIES}", None),
        ("image: b", None),
    ],
)
def test_how_many_containers_are_started(said: str, count: int | None) -> None:
    text = f"services:\n  web:\n    {said}\n    build: .\n"
    service = read_compose(["c.yaml"], {"c.yaml": text}.get).service("web")
    assert service is not None
    assert (service.replicas.value if service.replicas else None) == count
