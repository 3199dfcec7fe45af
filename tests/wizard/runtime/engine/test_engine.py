"""Which engine is meant, whether it is this machine's, and what is wrong with it, without an engine."""

from __future__ import annotations

import json
import os
import socket
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from wizard.runtime.engine.engine import EngineAddress, api_trouble, engine_address, engine_trouble
from wizard.runtime.engine.runtime import DockerRuntime


@pytest.fixture(autouse=True)
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No engine named by the environment of the tests."""
    for name in ("DOCKER_HOST", "DOCKER_CONTEXT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    return tmp_path


def context(folder: Path, name: str, host: str, *, current: bool) -> None:
    place = folder / "contexts" / "meta" / "abc"
    place.mkdir(parents=True)
    (place / "meta.json").write_text(json.dumps({"Name": name, "Endpoints": {"docker": {"Host": host}}}))
    if current:
        (folder / "config.json").write_text(json.dumps({"currentContext": name}))


def test_the_default_is_the_local_socket() -> None:
    assert engine_address() == EngineAddress("unix:///var/run/docker.sock", "default")


def test_docker_host_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://10.0.0.1:2375")
    assert engine_address() == EngineAddress("tcp://10.0.0.1:2375", "DOCKER_HOST")


def test_the_current_context_is_taken(bare: Path) -> None:
    context(bare, "far", "ssh://me@far", current=True)
    assert engine_address() == EngineAddress("ssh://me@far", "context far")


def test_a_context_named_by_the_environment_wins(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    context(bare, "far", "ssh://me@far", current=False)
    monkeypatch.setenv("DOCKER_HOST", "unix:///x")
    monkeypatch.setenv("DOCKER_CONTEXT", "far")
    assert engine_address().why == "context far"


def test_a_broken_configuration_means_the_default(bare: Path) -> None:
    (bare / "config.json").write_text("[nonsense")
    assert engine_address().why == "default"


@pytest.mark.parametrize(
    ("host", "remote"),
    [
        ("unix:///var/run/docker.sock", False),
        ("npipe:////./pipe/docker_engine", False),
        ("tcp://127.0.0.1:2375", False),
        ("tcp://localhost:2375", False),
        ("tcp://[::1]:2375", False),
        ("tcp://10.0.0.1:2375", True),
        ("ssh://me@build", True),
        ("https://engine.example:2376", True),
    ],
)
def test_another_machine_is_told_from_this_one(host: str, remote: bool) -> None:
    assert EngineAddress(host, "x").remote is remote


@pytest.mark.parametrize("host", ["tcp://[bad", "ssh://[x", "tcp://127.0.0.1:99999", "tcp://build:port"])
@pytest.mark.parametrize("remote", [True, False])
def test_an_address_that_is_none_is_said_to_be(monkeypatch: pytest.MonkeyPatch, host: str, remote: bool) -> None:
    monkeypatch.setenv("DOCKER_HOST", host)
    assert f"{host} (DOCKER_HOST) is no address" in DockerRuntime(remote=remote).available()


def test_a_context_that_is_gone_is_not_called_another_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_CONTEXT", "gone")
    assert "context gone does not exist" in DockerRuntime().available()


def test_a_remote_engine_is_refused_unless_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "ssh://me@build")
    assert "another machine" in DockerRuntime().available()
    assert "another machine" not in DockerRuntime(remote=True).available()


@pytest.mark.parametrize(
    ("host", "words"),
    [
        ("unix:///nowhere/docker.sock", "No such file"),
        ("tcp://127.0.0.1:1", "no Docker engine answers"),
        ("nonsense", "is no address"),
        ("", "is no address"),
        ("tcp://", "is no address"),
    ],
)
def test_no_engine_is_explained(host: str, words: str) -> None:
    assert words in engine_trouble(EngineAddress(host, "DOCKER_HOST"))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody without permission")
def test_no_permission_is_explained(tmp_path: Path) -> None:
    path = Path(tempfile.mkdtemp(dir="/tmp")) / "engine.sock"
    path.parent.chmod(0o755)
    reader, writer = os.pipe()
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        path.chmod(0o600)
        child = os.fork()
        if child == 0:
            os.seteuid(65534)
            os.write(writer, engine_trouble(EngineAddress(f"unix://{path}", "default")).encode())
            os._exit(0)
        os.waitpid(child, 0)
    told = os.read(reader, 1000).decode()
    os.close(reader)
    os.close(writer)
    path.unlink()
    path.parent.rmdir()
    assert "no permission" in told
    assert "group docker" in told


@pytest.fixture
def other_server(tmp_path: Path) -> Iterator[str]:
    path = tmp_path / "other.sock"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(100)
                connection.sendall(b"SSH-2.0-OpenSSH\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        yield f"unix://{path}"
        thread.join()


def test_something_else_on_the_socket(other_server: str) -> None:
    assert "is no Docker engine" in engine_trouble(EngineAddress(other_server, "DOCKER_HOST"))


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("Bind for 127.0.0.1:8005 failed: port is already allocated", "port-taken"),
        ("listen tcp4 127.0.0.1:8005: bind: address already in use", "port-taken"),
        ("write /x: no space left on device", "disk-full"),
        ("exec /usr/bin/python: exec format error", "exec-format"),
        ('exec: "pyton": executable file not found in $PATH', "no-such-program"),
        ("dependency failed to start: container cdb-redis-1 is unhealthy", "dependency-unhealthy"),
        ("pull access denied for x", "no-image"),
        ('external volume "coredata" not found', "missing-volume"),
        ("unable to find user appuser: no matching entries in passwd file", "no-such-user"),
        ("listen tcp4 10.9.9.9:8001: bind: cannot assign requested address", "no-such-address"),
        ('environment variable "X_PASSWORD" required by secret "desk_x" is not set', "missing-secret"),
        (
            'cannot create secret "desk_x" in read-only service core: `file` is the sole supported option',
            "secret-in-read-only",
        ),
        (
            'time="2026-11-29T09:45:19Z" level=warning msg="buildx Docker CLI plugin not found: so what"\nnow',
            "engine-error",
        ),
        (
            'Network desk_net Error error during connect: Post "http://…/create": Error response from daemon: error'
            " while removing network: network desk_net id 0218 has active endpoints",
            "stale-network",
        ),
        ("something new", "engine-error"),
        ("", "engine-error"),
    ],
)
def test_the_engines_words_become_causes(text: str, cause: str) -> None:
    trouble = api_trouble("starting", f"noise\n{text}\n")
    assert trouble.cause == cause
    assert trouble.next_step
