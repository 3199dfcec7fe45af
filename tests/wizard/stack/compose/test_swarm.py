"""What `docker stack deploy` makes of a Compose file, line by line; where the docker client is, it is asked itself."""

from __future__ import annotations

import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest

from wizard.adapters.files.files import DiskFiles
from wizard.stack.compose.files import ComposeFiles
from wizard.stack.compose.model import read_compose
from wizard.stack.compose.swarm import swarm_remarks
from wizard.stack.read import read_stack
from wizard.values.facts.compose import SwarmRemark
from wizard.values.source import Source

SHOP = Path(__file__).parents[3] / "stacks" / "swarm"
SAID = re.compile(r"#\s*((?:(?:refused|ignored|differs|harmless): [\w.*]+(?:, )?)+)$")


def remarks(text: str, dotenv: dict[str, Source] | None = None) -> tuple[SwarmRemark, ...]:
    load = {"compose.yaml": text}.get
    reader = ComposeFiles(load)
    model = read_compose(("compose.yaml",), load, reader)
    return swarm_remarks(reader, ("compose.yaml",), model, dotenv or {})


def told(text: str) -> list[str]:
    return [f"{one.effect}: {one.place}" for one in remarks(text)]


def test_each_line_of_a_file_with_everything_in_it_is_named() -> None:
    lines = (SHOP / "compose.yaml").read_text(encoding="utf-8").splitlines()
    expected = {
        (number, said)
        for number, line in enumerate(lines, start=1)
        if (match := SAID.search(line))
        for said in match[1].split(", ")
    }
    found = read_stack(DiskFiles(SHOP)).compose.swarm
    assert len(expected) > 45
    assert {(one.source.line, f"{one.effect}: {one.place}") for one in found} == expected
    assert all(one.words and one.rule and one.source.path == "compose.yaml" for one in found)


# What stands in a service beside its image, and what is said of it; `config`: `docker stack config` sees it, too.
SERVICE = [
    ("restart: always", ["harmless: restart"]),
    ("restart: on-failure:3", ["harmless: restart"]),
    ('restart: "no"', ["ignored: restart"]),
    ('restart: "no", deploy: {restart_policy: {condition: none}}', ["harmless: restart"]),
    ("build: .", ["harmless: build"]),
    ("build: {context: ., dockerfile: a, args: {A: 1}}", ["harmless: build"]),
    ("build: [a]", ["refused: build"]),
    ("depends_on: [b]", ["harmless: depends_on"]),
    ("depends_on: {b: {condition: service_started}}", ["refused: depends_on"]),
    ("depends_on: {b: {condition: service_healthy, required: false}}", ["refused: depends_on"]),
    ("extends: {service: b}", ["refused: extends"]),
    ("volumes_from: [b]", ["refused: volumes_from"]),
    ("volume_driver: nfs", ["refused: volume_driver"]),
    ("cpu_quota: 5", ["refused: cpu_quota"]),
    ("cpu_shares: 5", ["refused: cpu_shares"]),
    ('cpuset: "0"', ["refused: cpuset"]),
    ("memswap_limit: 1g", ["refused: memswap_limit"]),
    ("mem_reservation: 1g", ["refused: mem_reservation"]),
    ("scale: 2", ["refused: scale"]),
    ("gpus: all", ["refused: gpus"]),
    ("develop: {watch: []}", ["refused: develop"]),
    ("label_file: a", ["refused: label_file"]),
    ("x-note: {a: 1}", []),
    ("init: true", []),
    ('init: "true"', ["refused: init"]),
    ('init: "${INIT:-true}"', ["refused: init"]),
    ('read_only: "${RO:-true}"', []),
    ("user: 1000", ["refused: user"]),
    ("command: 5", ["refused: command"]),
    ("command: [a, b]", []),
    ("environment: {A: true}", ["refused: environment"]),
    ('environment: {A: "true", B: 5, C: }', []),
    ("environment: [A=true]", []),
    ("labels: {a: false}", ["refused: labels"]),
    ("env_file: a.env", []),
    ("env_file: [{path: a.env}]", ["refused: env_file"]),
    ('ports: ["8000:80"]', []),
    ('ports: ["[::1]:8000:80"]', ["ignored: ports"]),
    ('ports: ["${P:-8000}:80"]', []),
    ("ports: [{target: 80, published: 8000, mode: host}]", []),
    ('ports: [{target: 80, published: "8000"}]', ["refused: ports.published"]),
    ('ports: [{target: 80, published: "${P:-8000}"}]', []),
    ("ports: [{target: 80, published: 8000, host_ip: 127.0.0.1}]", ["refused: ports.host_ip"]),
    ("ports: [{target: 80, name: web, app_protocol: http}]", ["refused: ports.name", "refused: ports.app_protocol"]),
    ("ports: ", ["refused: ports"]),
    ("networks: {default: {aliases: [x]}}", []),
    ("networks: {default: {gw_priority: 1}}", ["refused: networks.*.gw_priority"]),
    ("networks: {default: {ipv6_address: '::2'}}", ["ignored: networks.ipv6_address"]),
    ("healthcheck: {test: [CMD, a], start_interval: 1s}", []),
    ("healthcheck: {interval: 10}", ["refused: healthcheck.interval"]),
    ("healthcheck: {test: a, timout: 1s}", ["refused: healthcheck.timout"]),
    ("stop_grace_period: 30", ["refused: stop_grace_period"]),
    ("secrets: [{source: s, mode: 0400, uid: '5'}]", []),
    ("secrets: [{source: s, uid: 5}]", ["refused: secrets.uid"]),
    ("volumes: [{type: tmpfs, target: /t, tmpfs: {size: 10m}}]", ["refused: volumes.tmpfs.size"]),
    ("volumes: [{type: tmpfs, target: /t, tmpfs: {size: 10}}]", []),
    ("logging: {driver: json-file, options: {max-size: 10m, max-file: 3}}", []),
    ("deploy: ", []),
    ("deploy: {replicas: '2'}", ["refused: deploy.replicas"]),
    ("deploy: {replicas: '${N:-2}'}", []),
    ("deploy: {resources: {limits: {cpus: 0.5}}}", ["refused: deploy.resources.limits.cpus"]),
    ("deploy: {resources: {limits: {cpus: '0.5', memory: 64M, pids: 5}}}", []),
    ("deploy: {resources: {limits: {pids: '${P:-5}'}}}", ["refused: deploy.resources.limits.pids"]),
    ("deploy: {resources: {reservations: {pids: 5}}}", ["refused: deploy.resources.reservations.pids"]),
    ("deploy: {placement: {constraints: node.role==manager}}", ["refused: deploy.placement.constraints"]),
    ("deploy: {placement: {preferences: [{spread: node.id}], max_replicas_per_node: 1}}", []),
    ("deploy: {update_config: {order: upside-down}}", ["refused: deploy.update_config.order"]),
    ("deploy: {update_config: {order: start-first, failure_action: rollback, monitor: 5s}}", []),
    ("deploy: {rollout: 1}", ["refused: deploy.rollout"]),
    ("ulimits: {nofile: {soft: 1, hard: 2}, core: 0}", []),
    ('ulimits: {nofile: "5"}', ["refused: ulimits.*"]),
    ("hostname: '${H:+x}'", ["refused: variable"]),
    ("hostname: '$1'", ["refused: variable"]),
    ("hostname: 'a$$b'", []),
]
ENGINE = [
    ("deploy: {mode: global, replicas: 2}", ["refused: deploy.replicas"]),
    ("deploy: {mode: sometimes}", ["refused: deploy.mode"]),
    ("deploy: {update_config: {failure_action: cry}}", ["refused: deploy.update_config.failure_action"]),
    ("deploy: {placement: {constraints: [node.role = manager]}}", ["refused: deploy.placement.constraints"]),
    ("deploy: {endpoint_mode: dnsrr}, ports: ['8000:80']", ["refused: deploy.endpoint_mode"]),
    ("deploy: {endpoint_mode: dnsrr}, ports: [{target: 80, published: 8000, mode: host}]", []),
    ("healthcheck: {test: [CMD, a], disable: true}", ["refused: healthcheck"]),
    ("hostname: '${H:-${G}}'", ["differs: variable"]),
    ("volumes: ['./conf:/conf:ro']", ["differs: volumes"]),
    ("volumes: ['data:/data']", ["differs: volumes"]),
    ("volumes: ['data:/data'], deploy: {placement: {constraints: [node.labels.db == true]}}", []),
    ("volumes: ['/var/run/docker.sock:/var/run/docker.sock', 'shared:/s']", []),
]
"""What the client takes and the engine refuses, or does otherwise: tried on `docker stack deploy`."""
TOP = [
    ("name: shop", ["refused: name"]),
    ("include: [a.yaml]", ["refused: include"]),
    ("models: {}", ["refused: models"]),
    ("x-a: {b: '${A:-c}'}", []),
    ('version: "3.8"', []),
    ('version: "2.4"', ["refused: version"]),
    ('version: "3.14"', ["refused: version"]),
    ("version: 3", ["refused: version"]),
    ("secrets: {s: {environment: S}}", ["refused: secrets.*.environment"]),
    ("secrets: {s: {file: ./s}, t: {external: true, name: u}}", []),
    ("configs: {c: {content: x}}", ["refused: configs.*.content"]),
    ("configs: {c: {file: ./c}}", []),
    ("networks: {n: {enable_ipv6: true}}", ["refused: networks.*.enable_ipv6"]),
    ("networks: {n: {driver: overlay, attachable: true}, m: }", []),
    (
        "networks: {n: {ipam: {config: [{subnet: 10.1.0.0/24, gateway: 10.1.0.1}]}}}",
        ["refused: networks.*.ipam.config.gateway"],
    ),
    ("volumes: {v: {driver: local, driver_opts: {type: nfs}}}", []),
]
VOLUMES = "volumes: {data: {}, shared: {driver_opts: {type: nfs}}}\n"


def service(entry: str) -> str:
    return f"services:\n  a: {{image: a/a:1, {entry}}}\n  b: {{image: b/b:1}}\n{VOLUMES}"


@pytest.mark.parametrize(("entry", "expected"), [*SERVICE, *ENGINE])
def test_what_is_said_of_an_entry_of_a_service(entry: str, expected: list[str]) -> None:
    assert told(service(entry)) == expected


@pytest.mark.parametrize(("entry", "expected"), TOP)
def test_what_is_said_of_the_top_level(entry: str, expected: list[str]) -> None:
    assert told(f"services: {{a: {{image: a/a:1}}}}\n{entry}\n") == expected


@pytest.mark.parametrize(
    ("minor", "entry", "expected"),
    [
        (6, "init: true", ["refused: init"]),
        (7, "init: true", []),
        (8, "deploy: {resources: {limits: {pids: 5}}}", ["refused: deploy.resources.limits.pids"]),
        (3, "healthcheck: {test: a, start_period: 5s}", ["refused: healthcheck.start_period"]),
        (6, "deploy: {rollback_config: {order: stop-first}}", ["refused: deploy.rollback_config"]),
    ],
)
def test_an_older_version_has_fewer_parts(minor: int, entry: str, expected: list[str]) -> None:
    text = f'version: "3.{minor}"\n{service(entry)}'
    assert told(text) == expected
    assert asked(text) in (None, bool(expected))


def test_what_else_is_passed_over() -> None:
    two = "services: {a: {image: a/a:1}}\n---\nservices: {b: {image: b/b:1}}\n"
    assert told(two) == ["ignored: ---"]
    assert told("services: {a: {image: a/a:1, ports: !reset []}}\n") == ["ignored: !reset"]
    assert told("services: {a: }\n")[0] == "refused: "
    assert told("services: {a: {build: .}}\n") == ["ignored: build", "refused: image"]
    assert told("x-s: &s {mem_limit: 5m}\nservices: {a: {<<: *s, image: a/a:1}}\n") == ["refused: mem_limit"]


def test_a_variable_of_the_env_file_alone_is_not_seen() -> None:
    text = "services: {a: {image: 'a/a:${TAG}', hostname: '${NAME:-x}', user: $TAG}}\n"
    found = remarks(text, {"TAG": Source(".env", 1), "NAME": Source(".env", 2)})
    assert [(one.effect, one.place, one.source.line) for one in found] == [("differs", "variable", 1)]
    assert ".env:1" in found[0].words


def test_no_remark_shows_what_may_be_a_secret() -> None:
    found = remarks("services: {a: {image: a/a:1, hostname: '${A:+hunter2}', user: '${P:-hunter2${Q}}'}}\n")
    assert len(found) == 2
    assert "hunter2" not in "".join(one.words for one in found)


@cache
def _can_ask() -> bool:
    if shutil.which("docker") is None:
        return False
    run = subprocess.run(["docker", "stack", "config", "--help"], capture_output=True, check=False)
    return run.returncode == 0


def asked(text: str) -> bool | None:
    """Returns whether the docker client here refuses a file; None where there is none."""
    if not _can_ask():
        return None
    command = ["docker", "stack", "config", "-c", "-"]
    return bool(subprocess.run(command, input=text.encode(), capture_output=True, check=False).returncode)


def _refuses(said: list[str]) -> bool:
    return any(one.startswith("refused") for one in said)


def test_the_docker_client_refuses_what_is_said_to_be_refused() -> None:
    """One file with all that it takes, and one for each entry that it does not."""
    if not _can_ask():
        pytest.skip("there is no docker client with `stack config` here")
    known = [(entry, said) for entry, said in SERVICE if "env_file: a" not in entry]  # that file would be read
    taken = [entry for entry, said in known if not _refuses(said)]
    whole = "".join(f"  s{number}: {{image: a/a:1, {entry}}}\n" for number, entry in enumerate(taken))
    assert not asked(f"services:\n{whole}{VOLUMES}")
    assert [entry for entry, said in known if _refuses(said) and not asked(service(entry))] == []
    tops = [(f"services: {{a: {{image: a/a:1}}}}\n{entry}\n", said) for entry, said in TOP]
    assert [text for text, said in tops if asked(text) != _refuses(said)] == []
