"""The committed profile: round trip, validation, and what is said about a bad one."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import pytest

from wizard.adapters.files.files import Files
from wizard.errors import UnreadableError
from wizard.stack.detect.detect import detect
from wizard.stack.detect.profile_file import profile_text, read_profile
from wizard.values.profile import PROFILE, Profile, ServerProfile

FULL = Profile(
    services_dir="apps",
    prefix="cdb_",
    compose_files=("infra/base.yml", "infra/dev.yml"),
    edit_file="infra/dev.yml",
    project="cdb",
    network="cdb_net",
    redis=ServerProfile("cdb_redis", 6379, secret="redis_password"),
    postgres=ServerProfile("cdb_postgres", 5432, "cdb", "cdb", "postgres_password"),
    schema_file="db/schema.sql",
    seed_files=("db/a: b.sql", "db/ü.sql"),
    bind="10.0.0.1",
    base_image='odd"image',
    runtime="embedded",
    deploy_target="swarm",
)


@pytest.mark.parametrize("profile", [Profile(), FULL])
def test_what_is_written_is_read_back(profile: Profile) -> None:
    text = profile_text(profile)
    detected = read_profile(text)
    assert detected.profile == profile
    assert detected.committed
    assert detected.unsure == ()
    assert profile_text(detected.profile) == text


def test_each_field_names_its_line() -> None:
    text = "schema: 1\nprefix: x_\n"
    detected = read_profile(text)
    assert detected.why["prefix"] == f"{PROFILE}:2"
    assert detected.why["bind"] == f"{PROFILE} (default)"


STACK = {
    "base.yml": "services: {cache: {image: 'redis:7'}}\n",
    "dev.yml": "services: {app: {build: apps/app, ports: ['127.0.0.1:9000:9000']}}\n",
    "apps/app/Dockerfile": "FROM python:3.12-slim\n",
    "apps/app/main.py": "import redis\n",
}


@pytest.mark.parametrize(
    ("profile", "expected"),
    [
        (
            "runtime: embedded",
            {"runtime": "embedded", "compose_files": ("base.yml", "dev.yml"), "edit_file": "dev.yml"},
        ),
        ("deploy_target: swarm", {"deploy_target": "swarm", "services_dir": "apps", "base_image": "python:3.12-slim"}),
        ("compose_files: [base.yml]", {"compose_files": ("base.yml",), "edit_file": "base.yml"}),
        ("edit_file: base.yml", {"compose_files": ("base.yml", "dev.yml"), "edit_file": "base.yml"}),
        ("redis: {service: other}", {"redis": ServerProfile("other")}),
        ("services_dir: elsewhere", {"services_dir": "elsewhere", "compose_files": ("base.yml", "dev.yml")}),
    ],
)
def test_what_a_short_profile_does_not_say_is_looked_for(
    profile: str, expected: dict[str, object], stack: Callable[[dict[str, str]], Files]
) -> None:
    detected = detect(stack({**STACK, PROFILE: f"schema: 1\n{profile}\n"}))
    assert {name: getattr(detected.profile, name) for name in expected} == expected
    assert detected.committed
    assert detected.why[profile.split(":")[0]] == f"{PROFILE}:2"
    assert set(detected.given) == {"schema", profile.split(":")[0]}


@pytest.mark.parametrize(
    ("text", "where", "message"),
    [
        ("a: [\n", f"{PROFILE}:2", "not valid YAML"),
        ("- a\n", f"{PROFILE}:1", "is a mapping of fields"),
        ("", f"{PROFILE}:1", "is a mapping of fields"),
        ("prefix: x\n", f"{PROFILE}:1", "schema is missing"),
        ("\nschema: 2\n", f"{PROFILE}:2", "has schema 2, and this stack-wizard reads schema 1"),
        ("schema: true\n", f"{PROFILE}:1", "has schema true"),
        ("schema: 1\nservice_dir: x\n", f"{PROFILE}:2", "did you mean 'services_dir'?"),
        ("schema: 1\nredis: {hots: x}\n", f"{PROFILE}:2", "redis: 'hots' is no field"),
        ("schema: 1\nredis: 5\n", f"{PROFILE}:2", "redis is a mapping"),
        ("schema: 1\nredis: {port: high}\n", f"{PROFILE}:2", "redis.port is a number"),
        ("schema: 1\ncompose_files: x\n", f"{PROFILE}:2", "compose_files is a list"),
        ("schema: 1\nedit_file: ../x\n", f"{PROFILE}:2", "no path below"),
        ("schema: 1\nruntime: podman\n", f"{PROFILE}:2", "runtime is one of auto, docker, swarm, embedded"),
        ("schema: 1\ndeploy_target: kubernetes\n", f"{PROFILE}:2", "deploy_target is one of compose, swarm"),
        ("schema: 1\nprefix: [a]\n", f"{PROFILE}:2", "prefix is text"),
        ("schema: 1\nprefix: 5\nbind: 6\n", f"{PROFILE}:2", "line 2: prefix is text; line 3: bind is text"),
    ],
)
def test_a_bad_profile_is_refused_with_place_and_reason(text: str, where: str, message: str) -> None:
    with pytest.raises(UnreadableError) as caught:
        read_profile(text)
    assert caught.value.where == where
    assert message in caught.value.message
    assert caught.value.next_step


def test_reading_a_profile_does_not_import_pydantic() -> None:
    code = (
        "import sys; from wizard.stack.detect.profile_file import *; "
        "from wizard.values.profile import Profile; read_profile(profile_text(Profile())); "
        "sys.exit(any(name in sys.modules for name in ('pydantic', 'textual', 'docker', 'git')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
