"""What others do on the same engine meanwhile: theirs is not touched, and nothing is decided by what they did."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from tests.lab.test_sabotages import DEPLOYMENT, DEV, MAIN, PATIENT, PORTS, SERVICE
from wizard.values.observation import Observation, Progress

pytestmark = pytest.mark.engine


def docker(*words: str) -> str:
    return subprocess.run(["docker", *words], check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def named(lab: Any) -> Iterator[str]:
    """A container of nobody's project."""
    name = "lab-of-somebody"
    docker("run", "-d", "--name", name, "python:3.11-slim", "sleep", "600")
    yield name
    subprocess.run(["docker", "rm", "-f", name], capture_output=True)


def test_a_container_whose_name_the_service_wants_stays(warm: Any, named: str) -> None:
    warm.edit(DEV, PORTS, f"{PORTS}        container_name: {named}\n")
    seen = warm.verify("core")
    assert (seen["7.1"].ok, seen["7.1"].cause) == (False, "name-taken"), seen["7.1"]
    assert docker("inspect", "-f", "{{.State.Status}}", named) == "running"


@pytest.mark.parametrize(("deed", "word"), [(("restart", "-t", "3"), "restarted"), (("rm", "-f"), "removed")])
def test_nothing_is_decided_against_a_service_that_others_touch(warm: Any, deed: tuple[str, ...], word: str) -> None:
    seen: dict[str, Observation] = {}
    for event in warm.events("core", limits=PATIENT):
        if isinstance(event, Observation):
            seen[event.item] = event
            if event.item == "7.2":
                docker(*deed, f"{warm.project}-cdb_core-1")
    assert (seen["7.1"].ok, seen["7.1"].cause) == (None, "touched"), seen["7.1"]
    assert f"{word} by somebody else" in seen["7.1"].result
    assert seen["7.2"].ok is True
    assert seen["7.5"].ok is None


def test_a_service_that_others_start_meanwhile_is_judged_as_it_is(warm: Any) -> None:
    """It holds its own port, and stays when the checks are over."""
    name, begun, seen = f"{warm.project}-cdb_core-1", False, {}
    try:
        for event in warm.events("core", limits=PATIENT):
            if isinstance(event, Observation):
                seen[event.item] = event
            elif not begun:
                warm.compose("up", "-d", "--build", "--no-deps", "cdb_core")
                begun = True
        assert docker("inspect", "-f", "{{.State.Status}}", name) == "running"
    finally:
        subprocess.run(["docker", "rm", "-f", name], capture_output=True)
    assert seen["7.1"].ok is True, seen["7.1"]
    assert "ran before" in seen["7.1"].result


def test_a_log_that_the_engine_cannot_read_proves_nothing(warm: Any) -> None:
    warm.edit(DEV, PORTS, f"{PORTS}        logging: {{driver: none}}\n")
    seen = warm.verify("core", limits=PATIENT)
    assert (seen["7.5"].ok, seen["7.5"].cause) == (None, "log-incomplete"), seen["7.5"]
    assert {seen[item].ok for item in ("7.1", "7.2", "7.3", "7.4")} == {True}, seen


TELLS = (
    MAIN + "    secret = load().redis_password.get_secret_value()\n"
    "    print(f'\\x1b[31mERROR\\x1b[0m no access with {secret}', flush=True)\n"
)


def test_a_secret_that_the_service_logs_is_not_shown(warm: Any) -> None:
    """Nor does the colour of its level hide that it is an error."""
    warm.edit(SERVICE, MAIN, TELLS)
    secret = (warm.root / "infrastructure/secrets/redis_password.txt").read_text().strip()
    events = list(warm.events("core", limits=PATIENT))
    assert not [event for event in events if secret in str(event)]
    shown = [event.text for event in events if isinstance(event, Progress) and "no access" in event.text]
    assert shown == ["ERROR no access with <redis_password>"]
    errors = next(event for event in events if isinstance(event, Observation) and event.item == "7.5")
    assert (errors.ok, errors.cause) == (False, "error-in-log")


def test_a_folder_that_the_engine_makes_for_a_mount_is_taken_away(warm: Any) -> None:
    warm.edit(DEV, PORTS, f"{PORTS}        volumes: [../nowhere/core.conf:/etc/core.conf:ro]\n")
    seen = warm.verify("core", limits=PATIENT)
    assert {item: o.ok for item, o in seen.items()} == dict.fromkeys(DEPLOYMENT, True), seen
    assert "infrastructure/nowhere" in seen["7.1"].result
    assert not (warm.root / "infrastructure/nowhere").exists()
