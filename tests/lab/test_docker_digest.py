"""The digest through the engine, straight from the registry and from local images; and who holds which port."""

from __future__ import annotations

import json
import subprocess
import urllib.request
from typing import Any

import pytest

from wizard.errors import WizardError
from wizard.runtime.digests import resolve_digest
from wizard.runtime.engine.port_holders import engine_claims

pytestmark = pytest.mark.engine
INDEX_TYPE = "application/vnd.docker.distribution.manifest.list.v2+json"


@pytest.fixture
def index(lab: Any) -> str:
    """The digest of the lab's two-platform index, as its registry says it."""
    url = "http://127.0.0.1:5000/v2/python/manifests/3.11-slim"
    with urllib.request.urlopen(urllib.request.Request(url, headers={"Accept": INDEX_TYPE}), timeout=5) as reply:
        assert len(json.loads(reply.read())["manifests"]) == 2
        return str(reply.headers["Docker-Content-Digest"])


def test_through_the_engine(index: str) -> None:
    found = resolve_digest("python:3.11-slim")
    assert found.pinned == f"python:3.11-slim@{index}"
    assert (found.source, found.platforms) == ("engine", ("linux/amd64", "linux/arm64"))


def test_straight_from_the_registry(index: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere.sock")
    found = resolve_digest("localhost:5000/python:3.11-slim", with_age=True)
    assert found.pinned == f"localhost:5000/python:3.11-slim@{index}"
    assert (found.source, found.platforms) == ("registry", ("linux/amd64", "linux/arm64"))
    assert found.created[:2] == "20"


def test_from_local_images_when_the_registry_is_out_of_reach(lab: Any, index: str) -> None:
    name = "localhost:5000/python:3.11-slim"
    subprocess.run(["docker", "pull", "-q", name], check=True, capture_output=True)
    try:
        lab.stop_registry()
        found = resolve_digest(name)
    finally:
        lab.up()
        subprocess.run(["docker", "rmi", name], check=True, capture_output=True)
    assert (found.source, found.digest) == ("local images", index)


def test_nobody_knows_it(lab: Any) -> None:
    with pytest.raises(WizardError, match="no digest for localhost:5000/nothing:1"):
        resolve_digest("localhost:5000/nothing:1")


def test_the_pinned_image_builds(index: str, tmp_path: Any) -> None:
    (tmp_path / "Dockerfile").write_text(f"FROM localhost:5000/python:3.11-slim@{index}\nRUN python --version\n")
    subprocess.run(
        ["docker", "build", "-q", "-t", "lab-pinned", str(tmp_path)], check=True, capture_output=True, timeout=480
    )
    subprocess.run(["docker", "rmi", "-f", "lab-pinned"], check=True, capture_output=True)


def test_running_and_stopped_containers_hold_their_ports(lab: Any) -> None:
    for name, port in (("lab-runs", 18101), ("lab-stopped", 18102)):
        words = [
            "docker",
            "run",
            "-d",
            "--name",
            name,
            "-p",
            f"127.0.0.1:{port}:80",
            "python:3.11-slim",
            "sleep",
            "600",
        ]
        subprocess.run(words, check=True, capture_output=True)
    subprocess.run(["docker", "kill", "lab-stopped"], check=True, capture_output=True)
    try:
        claims = {claim.port: claim for claim in engine_claims()}
    finally:
        subprocess.run(["docker", "rm", "-f", "lab-runs", "lab-stopped"], check=True, capture_output=True)
    assert (claims[18101].state, claims[18101].holder) == ("container", "lab-runs")
    assert "running container" in claims[18101].detail
    assert "exited container" in claims[18102].detail
