"""What the engine's room reads out of Compose's own model and the engine's answers, without an engine."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from wizard.runtime.engine import servers
from wizard.runtime.engine.build import must_have_this_code
from wizard.runtime.engine.compose_cli import MergedModel, _flat
from wizard.runtime.engine.exec import ask_inside
from wizard.runtime.engine.listening import read_ends
from wizard.runtime.engine.logins import hiding
from wizard.runtime.engine.mounts import MissingSources
from wizard.runtime.engine.port_holders import PortHolders
from wizard.runtime.engine.service_container import age_of
from wizard.values.facts.code import PythonFile
from wizard.values.facts.compose import ComposeService
from wizard.values.facts.stack import ServiceFacts
from wizard.values.live import Limits, LiveTrouble
from wizard.values.source import Source


def model(services: dict[str, Any], **more: Any) -> MergedModel:
    tree = {"services": services, **more}
    return MergedModel(_flat(tree), tree)


def needs(**names: bool) -> dict[str, Any]:
    return {"depends_on": {name: {"condition": "service_started", "required": must} for name, must in names.items()}}


@pytest.mark.parametrize(
    ("services", "optional"),
    [
        ({"app": needs(db=True), "db": {"image": "x"}}, set()),
        ({"app": needs(db=False), "db": {"image": "x"}}, {"db"}),
        ({"app": needs(mail=False), "mail": needs(db=True), "db": {"image": "x"}}, {"mail", "db"}),
        ({"app": needs(mail=False, db=True), "mail": needs(db=True), "db": {"image": "x"}}, {"mail"}),
        ({"app": needs(a=True), "a": needs(app=True)}, set()),
    ],
)
def test_what_compose_starts_a_service_without(services: dict[str, Any], optional: set[str]) -> None:
    assert model(services).optional("app") == optional


CHECK = {"Test": ["CMD", "true"]}


@pytest.mark.parametrize(
    ("condition", "check", "health", "cause"),
    [
        (servers.HEALTHY, CHECK, "healthy", ""),
        (servers.HEALTHY, None, "", "no-health-check"),
        (servers.HEALTHY, {"Test": ["NONE"]}, "", "no-health-check"),
        (servers.READY, None, "", ""),
        (servers.STARTED, None, "", ""),
        (servers.READY, CHECK, "unhealthy", "dependency-unhealthy"),
    ],
)
def test_a_dependency_is_waited_for_as_compose_does(condition: str, check: Any, health: str, cause: str) -> None:
    state = {"Status": "running", "Running": True, "Health": {"Status": health} if health else None}
    container = SimpleNamespace(name="desk-db-1", attrs={"State": state, "Config": {"Healthcheck": check}}, logs=None)
    container.logs = lambda tail: b""
    found: Any = SimpleNamespace(find=lambda key: container)
    facts: Any = SimpleNamespace()
    stack = servers.StackServers(SimpleNamespace(), found, facts, model({}), Limits(), lambda: False)  # type: ignore[arg-type]
    if not cause:
        stack.wait_for("db", condition, lambda _: None)
        return
    with pytest.raises(LiveTrouble) as raised:
        stack.wait_for("db", condition, lambda _: None)
    assert raised.value.cause == cause


def test_replicas_of_one_port_are_told_before_compose_fails_on_them() -> None:
    ports = {"ports": [{"target": 8001, "published": "8001"}], "deploy": {"replicas": 2}}
    block = ComposeService(key="app", declared=(Source("dev.yml", 1),))
    holders = PortHolders(SimpleNamespace(), SimpleNamespace(), model({"app": ports}), here=True)  # type: ignore[arg-type]
    with pytest.raises(LiveTrouble, match="2 containers of app ask for the same port 8001"):
        holders.check(block)
    ranged = {"ports": [{"target": 8001, "published": "8001-8002"}], "scale": 2}
    PortHolders(SimpleNamespace(), SimpleNamespace(), model({"app": ranged}), here=True).check(block)  # type: ignore[arg-type]


def test_the_secrets_of_a_stack_are_hidden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "one.txt").write_text("s3cret/one\n")
    (tmp_path / "short.txt").write_text("a")
    monkeypatch.setenv("TOKEN_OF_TEST", "s3cret/one/more")
    hide = hiding(
        model(
            {
                "app": {"environment": {"API_KEY": "k-12345", "API_KEY_FILE": "/run/secrets/one", "X": None}},
                "redis": {"command": ["redis-server", "--requirepass", "r-98765"]},
            },
            secrets={
                "one": {"file": str(tmp_path / "one.txt")},
                "short": {"file": str(tmp_path / "short.txt")},
                "gone": {"file": str(tmp_path / "gone.txt")},
                "two": {"environment": "TOKEN_OF_TEST"},
                "far": {"external": True},
            },
        )
    )
    text = "a s3cret/one/more, s3cret/one, redis://:s3cret%2Fone@h, k-12345, r-98765 on 8001 of /run/secrets/one"
    assert hide(text) == "a <two>, <one>, redis://:<one>@h, <API_KEY>, <password of redis> on 8001 of /run/secrets/one"


def test_a_password_that_is_a_name_of_the_stack_is_no_secret_in_a_text() -> None:
    environment = {"POSTGRES_PASSWORD": "postgres", "APP_PASSWORD": "Trader", "POSTGRES_USER": "trader"}
    environment["API_TOKEN"] = "desk"
    hide = hiding(model({"app": {"environment": environment}}, name="desk"))
    text = "starting postgres of desk as trader"
    assert hide(text) == text


ENDS = """  sl  local_address rem_address   st tx_queue
   0: 00000000:1F41 00000000:0000 0A 00000000:00000000
   1: 040012AC:D431 020012AC:18EB 01 00000000:00000000
   2: 040012AC:D432 030012AC:18EB 06 00000000:00000000
   3: 040012AC:D433 050012AC:18EB 02 00000000:00000000
   4: 0000000000000000FFFF0000040012AC:1F41 0000000000000000FFFF0000010012AC:A2F4 01 00000000:00000000
"""


def test_the_other_ends_of_connections_that_are_or_were() -> None:
    """Of a Python service and two Redis, as its own /proc/net/tcp told: open, closed a moment ago, never answered."""
    assert read_ends(ENDS) == {("172.18.0.2", 6379), ("172.18.0.3", 6379), ("172.18.0.1", 41716)}


def test_times_are_told_by_the_clock_of_the_engine() -> None:
    began = "2025-11-01T10:00:00.500000000Z"
    assert age_of(began, "2025-11-01T10:00:02.500000000Z", ahead=900.0) == pytest.approx(1.5)
    assert age_of(began, "", ahead=900.0) - age_of(began, "") == pytest.approx(900.0, abs=5.0)


def test_a_folder_made_for_a_mount_goes_when_it_is_empty(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    names = ("there", "new/deep/core.conf", "filled")
    mounts = [{"type": "bind", "source": str(tmp_path / name)} for name in names]
    missing = MissingSources(model({"app": {"volumes": [*mounts, {"type": "volume", "source": "data"}]}}), tmp_path)
    missing.look(["app"])
    assert missing.told() == ()
    for name in names:
        (tmp_path / name).mkdir(parents=True, exist_ok=True)
    (tmp_path / "filled" / "x").write_text("kept")
    assert [told.partition(" ")[0] for told in missing.told()] == ["new/deep/core.conf", "filled"]
    missing.clear()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["filled", "there"]


MISSING = b'OCI runtime exec failed: exec failed: exec: "python3": executable file not found in $PATH: unknown'


@pytest.mark.parametrize(
    ("programs", "status", "body", "unasked"),
    [
        ({"python3": (0, b"HTTP/1.1 200\n\n{}")}, 200, "{}", False),
        (
            {"python3": (126, MISSING), "curl": (0, b"HTTP/1.1 503 GONE\r\nA: b\r\n\r\nno\nmore")},
            503,
            "no\nmore",
            False,
        ),
        ({"python3": (127, MISSING), "curl": (0, b"HTTP/1.0 200 OK\r\nA: b\r\n\r\n")}, 200, "", False),
        ({"python3": (126, MISSING), "curl": (7, b"curl: (7) Failed to connect")}, 0, "Failed to connect", False),
        ({"python3": (126, MISSING), "curl": (126, MISSING)}, 0, "nothing in it can ask", True),
    ],
)
def test_a_container_is_asked_with_what_it_has(
    programs: dict[str, tuple[int, bytes]], status: int, body: str, unasked: bool
) -> None:
    def run(words: list[str]) -> Any:
        assert "http://127.0.0.1:8001/health" in words
        code, output = programs[words[0]]
        return SimpleNamespace(exit_code=code, output=output)

    container: Any = SimpleNamespace(exec_run=run)
    reply = ask_inside(container, "http://127.0.0.1:8001/health", 3.0)
    assert (reply.status, reply.unasked) == (status, unasked)
    assert body in reply.body


@pytest.mark.parametrize(
    ("files", "place", "dotted", "stale"),
    [
        ({"app/core/service.py": b"print(1)\r\n"}, "/app", True, ""),
        ({"app/core/service.py": b"print(2)\n"}, "/app", True, "services/core/service.py"),
        ({"app/service.py": b"print(2)\n"}, "/app", False, "services/core/service.py"),
        ({"app/service.py": b"print(2)\n", "app/other/core/service.py": b""}, "/app", True, ""),
        ({"app/core/other.py": b"print(2)\n", "app/core/notes.txt": b"x"}, "/app", True, ""),
        ({"core/service.py": b"print(2)\n"}, "", True, ""),
    ],
)
def test_an_image_that_nothing_builds_has_the_code_of_the_folder(
    tmp_path: Path, files: dict[str, bytes], place: str, dotted: bool, stale: str
) -> None:
    (tmp_path / "services/core").mkdir(parents=True)
    (tmp_path / "services/core/service.py").write_text("print(1)\n")
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    container: Any = SimpleNamespace(
        attrs={"Config": {"WorkingDir": place, "Image": "desk/core:1"}},
        get_archive=lambda path: (iter([data.getvalue()[:700], data.getvalue()[700:]]), {}),
    )
    service = ServiceFacts("core", "services/core", dotted=dotted, python=(PythonFile("services/core/service.py"),))
    if not stale:
        must_have_this_code(container, tmp_path, service)
        return
    with pytest.raises(LiveTrouble, match=f"desk/core:1 has another {stale}") as raised:
        must_have_this_code(container, tmp_path, service)
    assert raised.value.cause == "stale-image"
