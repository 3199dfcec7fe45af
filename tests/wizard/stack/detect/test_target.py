"""What starts a stack: the repository's own commands decide, else parts of its files that only a Swarm honours."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from wizard.adapters.files.files import DiskFiles
from wizard.stack.detect.detect import detect

Stack = Callable[[dict[str, str]], DiskFiles]
APP = "services: {app: {image: registry.example/app:1}}\n"
DEPLOY = "docker stack deploy -c compose.yaml app"
ROLLS = "services:\n  app:\n    image: registry.example/app:1\n    deploy:\n      update_config: {order: start-first}\n"


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ({"Makefile": f"deploy:\n\t{DEPLOY}\n"}, "Makefile:2"),
        ({"deploy.sh": "docker --context prod stack deploy \\\n  --compose-file=compose.yaml app\n"}, "deploy.sh:1"),
        ({"deploy.sh": "sudo docker stack up --with-registry-auth -c ./compose.yaml app\n"}, "deploy.sh:1"),
        ({"README.md": f"# App\n\n```sh\n{DEPLOY}\n```\n"}, "README.md:4"),
        ({"README.md": f"# App\n\n    $ {DEPLOY}\n"}, "README.md:3"),
        (
            {".github/workflows/cd.yml": f"jobs: {{cd: {{steps: [\n  run: {DEPLOY}\n]}}}}\n"},
            ".github/workflows/cd.yml:2",
        ),
        ({".gitlab-ci.yml": f"deploy:\n  script:\n    - {DEPLOY}\n"}, ".gitlab-ci.yml:3"),
        ({"package.json": f'{{"scripts": {{\n"deploy": "{DEPLOY}"}}}}\n'}, "package.json:2"),
        ({"Jenkinsfile": f"sh '{DEPLOY}'\n"}, "Jenkinsfile:1"),
        ({"up.sh": "docker compose -f compose.yaml config | docker stack deploy -c - app\n"}, "up.sh:1"),
        ({"up.sh": f"{DEPLOY}\n", "README.md": "At home: `docker compose up`\n"}, "up.sh:1"),
        ({"compose.yaml": ROLLS}, "compose.yaml:5: deploy.update_config, which only a Swarm honours"),
        (
            {"compose.yaml": f"{APP}networks:\n  a: {{driver: overlay}}\n"},
            "compose.yaml:3: a network with driver: overlay, which only a Swarm honours",
        ),
        (
            {"compose.yaml": "x-d: &d {mode: global}\nservices: {app: {image: a, deploy: *d}}\n"},
            "compose.yaml:1: deploy.mode, which only a Swarm honours",
        ),
    ],
)
def test_what_says_that_a_swarm_runs_it(stack: Stack, files: dict[str, str], why: str) -> None:
    detected = detect(stack({"compose.yaml": APP, **files}))
    assert (detected.profile.deploy_target, detected.why["deploy_target"]) == ("swarm", why)
    assert detected.profile.project == "app" or "compose.yaml" in files
    assert "deploy_target" not in detected.unsure


@pytest.mark.parametrize(
    ("files", "unsure"),
    [
        ({}, False),
        ({"README.md": "We do not use `docker stack deploy -c compose.yaml app`.\n"}, False),
        ({"up.sh": f"# {DEPLOY}\n"}, False),
        ({"Makefile": f"help:\n\t@echo '{DEPLOY}'\n"}, False),
        ({"up.sh": "docker stack deploy --help\n"}, False),
        ({"up.sh": "docker compose up\ndocker stack deploy -c stack.yml app\n", "stack.yml": APP}, False),
        ({"up.sh": "docker compose up\ndocker stack deploy -c compose.yaml -c compose.swarm.yaml app\n"}, True),
        ({"README.md": f"```sh\ndocker compose up -d\n```\n\nOr on a Swarm:\n\n```sh\n{DEPLOY}\n```\n"}, True),
        ({"README.md": f"```sh\n{DEPLOY}\n```\n", "Makefile": "up:\n\tdocker-compose up\n"}, True),
        ({"compose.yaml": ROLLS, "README.md": "Start it: `docker compose up -d`\n"}, True),
        (
            {"compose.yaml": "services: {a: {image: a, deploy: {replicas: 2, resources: {limits: {cpus: '1'}}}}}\n"},
            False,
        ),
        ({"compose.yaml": "services: {a: {image: a, deploy: {mode: replicated, restart_policy: {}}}}\n"}, False),
    ],
)
def test_what_does_not(stack: Stack, files: dict[str, str], unsure: bool) -> None:
    detected = detect(stack({"compose.yaml": APP, **files}))
    assert detected.profile.deploy_target == "compose"
    assert ("deploy_target" in detected.unsure) is unsure


def test_where_scripts_do_both_a_person_is_asked(stack: Stack) -> None:
    detected = detect(stack({"compose.yaml": APP, "up.sh": f"docker compose up -d\n{DEPLOY}\n"}))
    assert (detected.profile.deploy_target, detected.why["deploy_target"]) == ("swarm", "up.sh:2")
    assert "deploy_target" in detected.unsure


def test_the_files_of_the_only_way_to_start_are_the_stacks(stack: Stack) -> None:
    files = {"compose.yaml": APP, "swarm.yaml": APP, "go.sh": "docker stack deploy -c compose.yaml -c swarm.yaml app\n"}
    detected = detect(stack(files))
    assert detected.profile.compose_files == ("compose.yaml", "swarm.yaml")
    assert (detected.profile.deploy_target, detected.why["compose_files"]) == ("swarm", "go.sh:1")
