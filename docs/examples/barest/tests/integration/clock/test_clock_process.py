"""Integration tests of the service as a process."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.integration
FOLDER = Path(__file__).resolve().parents[3] / "services/clock"
COMMAND = [sys.executable, "-m", "clock.service"]
WORKING_FOLDER = FOLDER.parent
ENVIRONMENT = {
    "CLOCK_PORT": "8008",
    "CLOCK_LOG_LEVEL": "INFO",
}
SECONDS = 20.0


def environment(secrets: Path, port: int) -> dict[str, str]:
    """What compose sets, with the servers of this test run."""
    return {
        **os.environ,
        **ENVIRONMENT,
        "PYTHONUNBUFFERED": "1",
        "CLOCK_SECRETS_DIR": str(secrets),
        "CLOCK_PORT": str(port),
    }


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def service(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """The running service and its address."""
    port = free_port()
    with subprocess.Popen(COMMAND, cwd=WORKING_FOLDER, env=environment(tmp_path, port)) as process:
        yield process, f"http://127.0.0.1:{port}/health"
        process.kill()


def healthy(process: subprocess.Popen[bytes], url: str) -> dict[str, object]:
    """The first answer of /health that is 200."""
    deadline = time.monotonic() + SECONDS
    last = "no answer"
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                body: dict[str, object] = json.load(answer)
                return body
        except urllib.error.HTTPError as error:
            with error:
                last = f"{error.code} {error.read().decode()}"
        except OSError as error:
            last = str(error)
        time.sleep(0.1)
    pytest.fail(f"not healthy: {last} (exit code {process.poll()})")


def test_it_starts_and_is_healthy(service: tuple[subprocess.Popen[bytes], str]) -> None:
    """It says so under its own name."""
    assert healthy(*service)["service"] == "clock"


def test_it_ends_when_it_is_told_to(service: tuple[subprocess.Popen[bytes], str]) -> None:
    """SIGTERM, as a container gets it."""
    process, url = service
    healthy(process, url)
    process.send_signal(signal.SIGTERM)
    assert process.wait(SECONDS) in (0, -signal.SIGTERM)
