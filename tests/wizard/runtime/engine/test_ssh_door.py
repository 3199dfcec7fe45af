"""The door to another machine's engine, with a stand-in for `ssh`."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from wizard.errors import RuntimeUnavailableError
from wizard.runtime.engine.engine import EngineAddress, connect, engine_trouble
from wizard.runtime.engine.ssh_door import near_address, open_door, ssh_words


def test_the_call_of_ssh_asks_nobody_and_takes_no_option_from_an_address() -> None:
    words = ssh_words("ssh://me@far:2222")
    assert words[-6:] == ["-l", "me", "-p", "2222", "--", "far"]
    assert "BatchMode=yes" in words
    for odd in ("ssh://-oProxyCommand=x", "ssh://-x@far", "ssh://", "ssh://me:secret@far", "ssh://far:port"):
        with pytest.raises(RuntimeUnavailableError):
            ssh_words(odd)


@pytest.fixture
def ssh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder whose `ssh` the door calls."""
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    program = tmp_path / "ssh"
    program.write_text("#!/bin/sh\nexit 0\n")
    program.chmod(0o755)
    yield program


def test_what_ssh_says_is_the_reason(ssh: Path) -> None:
    ssh.write_text("#!/bin/sh\necho 'me@far: Permission denied (publickey).' >&2\nexit 255\n")
    with near_address(EngineAddress("ssh://me@far", "DOCKER_HOST")) as address:
        reason = engine_trouble(address)
        folder = Path(address.door.removeprefix("unix://")).parent
    assert "ssh://me@far" in reason
    assert "ssh to far: me@far: Permission denied (publickey)." in reason
    assert not folder.exists()


def test_what_the_engine_says_comes_through(ssh: Path) -> None:
    ssh.write_text("#!/bin/sh\nread line\nprintf 'HTTP/1.0 200 OK\\r\\n\\r\\nOK'\n")
    with near_address(EngineAddress("ssh://me@far", "DOCKER_HOST")) as address:
        assert engine_trouble(address) == ""


def test_only_an_ssh_address_needs_a_door() -> None:
    assert open_door(EngineAddress("unix:///var/run/docker.sock", "default")) is None
    assert open_door(EngineAddress("tcp://10.0.0.1:2375", "DOCKER_HOST")) is None


ENGINE = """#!{python}
import sys
if "dial-stdio" not in sys.argv:
    sys.exit()
with open({log!r}, "a") as log:
    log.write("started\\n")
body = b'{{"ApiVersion": "1.41"}}'
while True:
    lines = []
    while (line := sys.stdin.buffer.readline()) not in (b"\\r\\n", b""):
        lines.append(line)
    if not lines:
        break
    head = b"HTTP/1.1 200 OK\\r\\nContent-Type: application/json\\r\\nContent-Length: %d\\r\\n\\r\\n" % len(body)
    sys.stdout.buffer.write(head + body)
    sys.stdout.buffer.flush()
"""


def test_requests_share_their_connection(ssh: Path, tmp_path: Path) -> None:
    """Each is a process on both machines: one asks for the version of the interface, one does all the rest."""
    log = tmp_path / "log"
    ssh.write_text(ENGINE.format(python=sys.executable, log=str(log)))
    with near_address(EngineAddress("ssh://me@far", "DOCKER_HOST")) as address:
        client = connect(address)
        client.version()
        client.info()
        client.api.inspect_container("a")
        client.api.inspect_container("b")
        client.close()
    assert log.read_text() == "started\n" * 2
