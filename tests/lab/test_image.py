"""The image of the fullest of docs/examples runs read-only, as its own user, with all capabilities dropped."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from wizard.runtime.digests import resolve_digest

pytestmark = [pytest.mark.engine, pytest.mark.journey]
ANSWERS = Path(__file__).parents[2] / "docs" / "examples" / "fullest" / "answers.yaml"
SERVICE = "signals"
EVENT = {"id": "lab-1", "time": "2026-01-01T00:00:00Z", "symbol": "ACME", "price": 1.5, "volume": 2.0}
REVISION = "0123456789abcdef"
LABELS = "org.opencontainers.image."


def docker(*words: str) -> str:
    done = subprocess.run(["docker", *words], capture_output=True, text=True, timeout=480, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_it_runs_with_nothing_that_it_does_not_need(demo: Any) -> None:
    subprocess.run(["git", "-C", str(demo.root), "commit", "-qam", "Probe often"], check=True)
    image = resolve_digest("python:3.11-slim").pinned
    words = ["run", SERVICE, "--answers", str(ANSWERS), "--yes", "--no-live", "--phase", "1..4", "--base-image", image]
    command = [sys.executable, "-m", "wizard", "-C", str(demo.root), *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=480, check=False)
    assert done.returncode == 1, done.stdout + done.stderr  # 4.3 is proven live
    assert "phase 4 of 7" in done.stdout
    key = f"cdb_{SERVICE}"
    demo.compose("build", "--build-arg", f"REVISION={REVISION}", "--build-arg", "SOURCE=https://git.example/x", key)
    demo.compose("up", "-d", "--wait", key)
    try:
        container = demo.compose("ps", "-q", key).strip()
        _is_hardened(container)
        _has_no_pip_and_writes_nowhere(container)
        _makes_a_row_of_a_message(demo, container)
    finally:
        demo.compose("down", "-v", "--rmi", "local")


def _is_hardened(container: str) -> None:
    told = json.loads(docker("inspect", container))[0]
    host, config = told["HostConfig"], told["Config"]
    assert host["ReadonlyRootfs"] is True
    assert host["CapDrop"] == ["ALL"]
    assert host["SecurityOpt"] == ["no-new-privileges:true"]
    assert config["User"] == "10001:10001"
    assert config["Labels"][LABELS + "revision"] == REVISION
    assert config["Labels"][LABELS + "source"] == "https://git.example/x"
    processes = docker("exec", container, "sh", "-c", "cat /proc/[0-9]*/status | grep -E '^(Uid|CapEff|CapBnd):'")
    facts = {tuple(line.split()[:2]) for line in processes.splitlines()}
    assert facts == {("Uid:", "10001"), ("CapEff:", "0" * 16), ("CapBnd:", "0" * 16)}


def _has_no_pip_and_writes_nowhere(container: str) -> None:
    for place in ("/", "/app", f"/app/{SERVICE}", "/opt/venv"):
        refused = subprocess.run(["docker", "exec", container, "touch", f"{place}/x"], capture_output=True, text=True)
        assert refused.returncode != 0, place
    assert "No module named pip" in _fails(container, "python", "-m", "pip", "--version")


def _makes_a_row_of_a_message(demo: Any, container: str) -> None:
    demo.compose("exec", "-T", "cdb_redis", "sh", "-c", _add(json.dumps(EVENT)))
    row = "SELECT count(*) FROM signal_scores WHERE event_id = 'lab-1'"
    script = (
        "import json, time, urllib.request as r\n"
        "for _ in range(50):\n"
        "    text = r.urlopen('http://127.0.0.1:8008/metrics').read().decode()\n"
        "    if 'events_stored_total 1.0' in text: break\n"
        "    time.sleep(0.1)\n"
        "print(text)"
    )
    port = json.loads(docker("inspect", container))[0]["HostConfig"]["PortBindings"]
    number = next(iter(port)).partition("/")[0]
    text = docker("exec", container, "python", "-c", script.replace("8008", number))
    assert "events_stored_total 1.0" in text
    seen = demo.compose(
        "exec", "-T", "cdb_postgres", "sh", "-c", f'psql -At -U "$POSTGRES_USER" "$POSTGRES_DB" -c "{row}"'
    )
    assert seen.strip() == "1"


def _add(event: str) -> str:
    return f"""REDISCLI_AUTH="$(cat /run/secrets/redis_password)" redis-cli XADD market_data '*' event '{event}'"""


def _fails(container: str, *words: str) -> str:
    done = subprocess.run(["docker", "exec", container, *words], capture_output=True, text=True, check=False)
    assert done.returncode != 0
    return done.stderr
