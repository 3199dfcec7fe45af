"""The Compose reader held against the real `docker-compose config`, on stacks shaped like public ones.

Part of `make test-thorough`: each stack starts a process.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from wizard.adapters.files.files import DiskFiles
from wizard.stack.detect.detect import look
from wizard.stack.survey import Survey
from wizard.values.facts.compose import ComposeModel, ComposeService

COMPOSE = shutil.which("docker-compose")
pytestmark = pytest.mark.skipif(
    COMPOSE is None or os.environ.get("HYPOTHESIS_PROFILE") != "thorough", reason="make test-thorough runs it"
)
WEB = "services:\n  web:\n    image: web:1\n"
STACKS: dict[str, dict[str, str]] = {
    "short forms": {
        "compose.yaml": WEB + "    ports: ['127.0.0.1:8000:80', '9000-9001:90-91/udp', '7000']\n"
        "    environment: [A=1, B]\n"
        "    depends_on: [db]\n    command: ['a', 'b c']\n  db: {image: 'postgres:16', profiles: [never]}\n"
    },
    "long forms": {
        "compose.yml": WEB + "    ports:\n      - {target: 80, published: '8000', host_ip: 127.0.0.1}\n"
        "    environment: {A: 1, B: null, C: 'x y', D: true}\n    depends_on: {db: {condition: service_healthy}}\n"
        "    build: {context: ./web, dockerfile: docker/web.Dockerfile, target: run}\n  db: {image: postgres}\n"
    },
    "defaults": {
        "docker-compose.yml": "services:\n  web:\n    image: ${IMAGE:-web}:${TAG-latest}\n"
        "    container_name: ${N:+x}web\n"
        "    ports: ['${BIND:-127.0.0.1}:${PORT:-8000}:80']\n    environment: {URL: 'http://${H:-db:${P:-5432}}/$$x'}\n",
        ".env": 'PORT=\'8123\'\nTAG=\nN="a\\"b"\n',
    },
    "override": {
        "compose.yaml": WEB + "    environment: {A: '1', B: '2'}\n    ports: ['1:1']\n    command: a\n",
        "compose.override.yml": "services:\n  web:\n    environment: [B=3]\n    ports: ['2:2']\n    command: b\n"
        "  dbg: {image: d}\n",
        "docker-compose.yml": "services: {old: {image: old}}\n",
        "compose.override.example.yml": "services: {no: {image: no}}\n",
    },
    "override of the old name": {
        "compose.yml": WEB,
        "docker-compose.override.yaml": "services: {web: {container_name: web1}}\n",
        "docker-compose.dev.yml": "services: {dev: {image: d}}\n",
    },
    "COMPOSE_FILE": {
        ".env": "COMPOSE_FILE=deploy/base.yml:deploy/top.yml\nCOMPOSE_PROJECT_NAME=zoo\n",
        "deploy/base.yml": "services: {web: {build: ../web, container_name: $COMPOSE_PROJECT_NAME-web}}\n",
        "deploy/top.yml": "services: {web: {environment: {A: x}}, db: {image: redis}}\n",
    },
    "anchors": {
        "compose.yaml": "x-base: &base\n  environment: &env {A: '1'}\n  restart: always\nservices:\n"
        "  web:\n    <<: *base\n    image: a\n"
        "  api:\n    <<: [*base]\n    image: b\n    environment: {<<: *env, B: '2'}\n"
    },
    "extends": {
        "compose.yaml": "services:\n  web:\n    extends: {file: common/base.yml, service: base}\n"
        "    environment: {B: '2'}\n"
        "  api: {extends: web, container_name: api}\n",
        "common/base.yml": "services:\n  base:\n    build: ./app\n    environment: {A: '1'}\n"
        "    ports: ['127.0.0.1:1:1']\n",
    },
    "include": {
        "compose.yaml": f"include: [infra/a.yml, {{path: [infra/b.yml, infra/b2.yml]}}]\n{WEB}  cache: {{user: '5'}}\n",
        "infra/a.yml": "services: {cache: {image: redis}, one: {image: first}}\n",
        "infra/b.yml": "services: {one: {image: second, user: '1'}, two: {build: ./two}}\n",
        "infra/b2.yml": "services: {two: {container_name: two}}\n",
    },
    "documents": {"compose.yaml": WEB + "---\nservices: {web: {user: '1'}, mail: {image: mail}}\n"},
    "implicit": {
        "compose.yaml": WEB + "    links: ['db:d']\n    volumes_from: ['store:ro']\n"
        "  side: {image: s, network_mode: 'service:web'}\n"
        "  pid: {image: s, pid: 'service:db', depends_on: {db: {condition: service_healthy}}}\n"
        "  db: {image: d}\n  store: {image: s}\n"
    },
    "reset and override": {
        "compose.yaml": WEB + "    ports: ['1:1']\n    environment: {A: '1', B: '2'}\n"
        "  a: {image: a}\n  b: {image: b, user: '1'}\n",
        "compose.override.yaml": "services:\n  web:\n    ports: !override ['2:2']\n    environment: {A: !reset null}\n"
        "  a: !reset null\n  b: !override {image: bb}\n",
    },
    "an empty dockerfile": {"compose.yaml": "services: {web: {build: {context: web, dockerfile: '${UNSET_ONE}'}}}\n"},
    "version 2": {"docker-compose.yml": "version: '2.4'\n" + WEB},
    "name": {"compose.yaml": "name: ${STACK:-My.Shop}\n" + WEB},
    "env file": {
        "compose.yaml": WEB + "    env_file: [a.env, {path: b.env, required: false}]\n    environment: {A: over}\n",
        "a.env": "A=1\nB='x # y'\nC=z # c\nexport D=\"l1\nl2\"\nE=$B\nF\n",
    },
}
REFUSED: dict[str, str] = {
    "interpolation": WEB + "    labels: {a: '${B,,}'}\n",
    "interpolation in an extension": WEB + "x-a: ['${1}']\n",
    "a key twice": WEB + "    image: web:2\n",
    "a tab": "services:\n\tweb: {image: a}\n",
    "no mapping": "- services\n",
    "an empty document": WEB + "---\n",
    "an unclosed brace": WEB + "    user: ${A\n",
    "an unknown anchor": WEB + "    <<: *nothing\n",
    "a service without a base": WEB + "    extends: gone\n",
}


def _real(root: Path) -> dict[str, Any] | None:
    """What Compose makes of the stack, None when it refuses."""
    command = [str(COMPOSE), "--profile", "*", "config", "--format", "json", "--no-path-resolution"]
    env = {"PATH": os.environ["PATH"], "HOME": str(root)}
    done = subprocess.run(command, cwd=root, env=env, capture_output=True, text=True, check=False)
    found: dict[str, Any] | None = json.loads(done.stdout) if done.returncode == 0 else None
    return found


def _read(root: Path, files: dict[str, str]) -> tuple[str, ComposeModel]:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    detected, model = look(Survey(DiskFiles(root)))
    return detected.profile.project, model


def _ours(service: ComposeService) -> dict[str, object]:
    """What both sides say of a service. A dollar sign that stays is doubled in Compose's output."""
    return {
        "image": service.image.value if service.image else "",
        "container_name": service.container_name.value if service.container_name else "",
        "user": service.user.value if service.user else "",
        "target": service.target.value if service.target else "",
        "command": list(service.command.value) if service.command else [],
        "environment": {e.name: e.value.replace("$", "$$") for e in service.environment if e.value is not None},
        "ports": sorted((p.host_ip, str(p.published or ""), p.target, p.protocol) for p in service.ports),
        "depends_on": {d.service: d.condition or "service_started" for d in service.depends_on},
    }


def _theirs(service: dict[str, Any]) -> dict[str, object]:
    ports = service.get("ports", [])
    return {
        "image": service.get("image", ""),
        "container_name": service.get("container_name", ""),
        "user": service.get("user", ""),
        "target": service.get("build", {}).get("target", ""),
        "command": service.get("command") or [],
        "environment": {k: v for k, v in service.get("environment", {}).items() if v is not None},
        "ports": sorted((p.get("host_ip", ""), p.get("published", ""), p["target"], p["protocol"]) for p in ports),
        "depends_on": {key: entry["condition"] for key, entry in service.get("depends_on", {}).items()},
    }


@pytest.mark.parametrize("name", STACKS)
def test_reads_what_compose_reads(tmp_path: Path, name: str) -> None:
    project, model = _read(tmp_path, STACKS[name])
    real = _real(tmp_path)
    assert real is not None
    assert model.problems == ()
    assert {service.key: _ours(service) for service in model.services} == {
        key: _theirs(service) for key, service in real["services"].items()
    }
    assert project == real["name"]


@pytest.mark.parametrize("name", REFUSED)
def test_refuses_what_compose_refuses(tmp_path: Path, name: str) -> None:
    _, model = _read(tmp_path, {"compose.yaml": REFUSED[name]})
    assert _real(tmp_path) is None
    assert model.problems
