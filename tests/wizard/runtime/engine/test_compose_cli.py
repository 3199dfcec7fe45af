"""The real Compose as second judge of an edit; it needs no engine."""

from __future__ import annotations

import stat
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from wizard.errors import RefusedError, RuntimeUnavailableError
from wizard.runtime.engine.build import build_trouble
from wizard.runtime.engine.compose_cli import config_model, differences, find_compose, judge_splice
from wizard.runtime.engine.listening import listens_on, read_sockets

BASE = "name: cdb\nservices:\n  redis:\n    image: redis:7\n    volumes:\n      - ../data:/data\n"
DEV = "services:\n  core:\n    build: ../../services/core\n    environment:\n      LEVEL: ${LEVEL:-INFO}\n"
FILES = ("infra/base.yml", "infra/dev.yml")
MARKET = "  market:\n    image: x\n    ports:\n      - 127.0.0.1:8005:8005\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, text in zip(FILES, (BASE, DEV), strict=True):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def fake(folder: Path, name: str, says: str, code: int = 0) -> None:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\necho '{says}'\nexit {code}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


@pytest.fixture
def only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PATH with nothing but what the test puts there."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr("sys.executable", str(folder / "python"))
    return folder


def test_the_plugin_is_found_first(only: Path) -> None:
    fake(only, "docker", "v2.30.0")
    fake(only, "docker-compose", "5.1.0")
    found = find_compose()
    assert found.version == "2.30.0"
    assert found.words == (str(only / "docker"), "compose")
    assert found.command_line(("a.yml",), "p", "up", "-d", "x") == "docker compose -p p -f a.yml up -d x"


def test_the_standalone_one_is_found(only: Path) -> None:
    fake(only, "docker", "unknown command", code=1)
    fake(only, "docker-compose", "5.1.0")
    assert find_compose().words == (str(only / "docker-compose"),)


def test_version_1_is_refused(only: Path) -> None:
    fake(only, "docker-compose", "1.29.2")
    with pytest.raises(RuntimeUnavailableError, match=r"version 1\.29\.2; version 1 of Compose cannot") as caught:
        find_compose()
    assert "install the Compose plugin" in caught.value.next_step


def test_none_at_all(only: Path) -> None:
    with pytest.raises(RuntimeUnavailableError, match="not installed"):
        find_compose()


def test_the_merged_model_is_compose_s_own(root: Path) -> None:
    model = config_model(root, FILES)
    assert model.text("name") == "cdb"
    assert model.text("services", "core", "environment", "LEVEL") == "INFO"
    assert model.text("services", "core", "build", "context").endswith("/services/core")


def test_a_change_is_seen_without_writing(root: Path) -> None:
    before = config_model(root, FILES)
    after = config_model(root, FILES, changed=("infra/dev.yml", DEV + MARKET))
    assert {path.split(".")[1] for path in differences(before, after)} == {"market"}
    assert (root / "infra/dev.yml").read_text() == DEV


def test_a_good_splice_passes(root: Path) -> None:
    assert judge_splice(root, FILES, "infra/dev.yml", DEV, DEV + MARKET, ["services.market"]) == ""


def test_a_splice_that_spills_is_refused(root: Path) -> None:
    spilled = DEV.replace("INFO", "DEBUG") + MARKET
    told = judge_splice(root, FILES, "infra/dev.yml", DEV, spilled, ["services.market"])
    assert told == "the edit would also change services.core.environment.LEVEL"


def test_a_neighbour_with_the_same_beginning_is_not_covered(root: Path) -> None:
    told = judge_splice(root, FILES, "infra/dev.yml", DEV, DEV + MARKET, ["services.mark"])
    assert "services.market" in told


def test_a_splice_that_compose_refuses(root: Path) -> None:
    told = judge_splice(root, FILES, "infra/dev.yml", DEV, DEV + "  market: 3\n", ["services.market"])
    assert "Compose refuses" in told


def test_files_that_compose_refuses(root: Path) -> None:
    (root / "infra/dev.yml").write_text("services:\n  core:\n    imag: x\n")
    with pytest.raises(RefusedError, match="Compose refuses") as caught:
        config_model(root, FILES)
    assert caught.value.where == "infra/dev.yml"
    assert "config -q" in caught.value.next_step


def test_a_change_of_a_file_that_was_broken_before(root: Path) -> None:
    assert judge_splice(root, FILES, "infra/dev.yml", "services: 3\n", DEV + MARKET, ["services.market"]) == ""


CLASSIC = """\
Step 3/4 : RUN pip install -r x/requirements.txt
 ---> Running in 0b2
ERROR: Could not find a version that satisfies the requirement flsk==1 (from versions: none)
ERROR: No matching distribution found for flsk==1
The command '/bin/sh -c pip install -r x/requirements.txt' returned a non-zero code: 1
"""


def test_the_failed_step_of_a_build() -> None:
    trouble = build_trouble(CLASSIC.splitlines())
    assert trouble.cause == "build-failed"
    assert "pip install -r x/requirements.txt" in trouble.message
    assert "flsk==1" in trouble.message


def test_a_full_disk_while_building() -> None:
    assert build_trouble(["Step 1/2", "write /var/lib/x: no space left on device"]).cause == "disk-full"


def test_listening_sockets_of_a_container() -> None:
    text = (
        "  sl  local_address rem_address   st tx_queue\n"
        "   0: 0B00007F:8D6B 00000000:0000 0A 0\n"
        "   1: 00000000:1F41 00000000:0000 0A 0\n"
        "   2: 0100007F:1F41 0100007F:C350 01 0\n"
        "   3: 00000000000000000000000000000000:1F45 0:0 0A 0\n"
        "   4: 0100007F:1F46 0:0 0A 0\n"
        "   5: 00000000000000000000000001000000:1F46 0:0 0A 0\n"
    )
    assert read_sockets(text) == (("0.0.0.0", 8001), ("127.0.0.1", 8006), ("::", 8005), ("::1", 8006))


HEAD = "  sl  local_address rem_address   st\n"


@pytest.mark.parametrize(
    ("code", "text", "told"),
    [
        (0, f"{HEAD} 0: 00000000:1538 00000000:0000 0A\n", True),
        (0, f"{HEAD} 0: 0100007F:1538 00000000:0000 0A\n", False),  # PostgreSQL's first start, on loopback
        (0, f"{HEAD} 0: 0B00007F:1538 00000000:0000 0A\n", False),  # the engine's resolver
        (1, f"{HEAD} 0: 00000000:1538 00000000:0000 0A\ncat: /proc/net/tcp6: No such file or directory\n", True),
        (0, HEAD, False),
        (126, "exec: cat: not found", None),
    ],
)
def test_whether_a_container_listens_is_asked_in_it(code: int, text: str, told: bool | None) -> None:
    done = SimpleNamespace(exit_code=code, output=text.encode())
    container: Any = SimpleNamespace(exec_run=lambda words: done)
    assert listens_on(container, 5432) is told


PROFILED = "services:\n  core:\n    image: core\n    profiles: [full]\n    environment: {LEVEL: INFO}\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (PROFILED, PROFILED + MARKET),
        (PROFILED, PROFILED + MARKET + "    profiles: [full, more]\n"),
        ("services: {}\n", "services:\n" + MARKET),
        ("name: x\nservices: {}\n", "name: x\nservices:\n" + MARKET + "secrets:\n  s:\n    environment: S\n"),
    ],
)
def test_the_first_service_that_starts_without_a_profile_spills_nothing(root: Path, before: str, after: str) -> None:
    allowed = ["services.market", "secrets.s"]
    assert judge_splice(root, FILES[1:], "infra/dev.yml", before, after, allowed) == ""


def test_a_splice_that_spills_into_a_service_of_a_profile_is_refused(root: Path) -> None:
    spilled = PROFILED.replace("INFO", "DEBUG") + MARKET
    told = judge_splice(root, FILES[1:], "infra/dev.yml", PROFILED, spilled, ["services.market"])
    assert told == "the edit would also change services.core.environment.LEVEL"
