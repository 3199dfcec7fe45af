"""Sockets and time of this machine."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from contextlib import ExitStack, suppress
from datetime import UTC

import psutil
import pytest

from wizard.adapters import sockets
from wizard.adapters.clock import SystemClock
from wizard.adapters.listeners import listeners, process_name
from wizard.values.lean import replace


def test_a_listening_socket_is_found_with_its_holder() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        claim = next(claim for claim in sockets.listening() if claim.port == port)
        assert claim.state == "listening"
        assert claim.source is None
        assert f"process {os.getpid()}" in claim.holder
        assert "127.0.0.1" in claim.detail
        assert str(os.getpid()) in sockets.is_listening(port)
    assert sockets.is_listening(port) == ""


def test_hidden_holder_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        hidden = tuple(replace(one, pid=None) for one in listeners() if one.port == port)
        monkeypatch.setattr(sockets, "listeners", lambda: hidden)
        (claim,) = sockets.listening()
        assert claim.holder == sockets.UNKNOWN
        assert "root" in claim.detail


def test_system_that_shows_no_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    def deny(kind: str) -> None:
        raise psutil.AccessDenied

    with socket.create_server(("127.0.0.1", 0)) as server:
        monkeypatch.setattr(sys, "platform", "darwin")
        monkeypatch.setattr(psutil, "net_connections", deny)
        assert sockets.listening() == ()
        assert sockets.is_listening(server.getsockname()[1]) == sockets.UNKNOWN


@pytest.mark.skipif(sys.platform != "linux", reason="reads what Linux has under /proc")
def test_linux_is_read_as_psutil_reads_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """A child shares one of the sockets, a long name is cut by the kernel, and one address is IPv6 if there is any."""
    with ExitStack() as open_until:
        servers = [open_until.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(3)]
        if socket.has_ipv6:
            with suppress(OSError):
                servers.append(open_until.enter_context(socket.create_server(("::1", 0), family=socket.AF_INET6)))
        words = [sys.executable, "-c", "import sys; print(1, flush=True); sys.stdin.read()"]
        child = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, pass_fds=[servers[0].fileno()])
        open_until.callback(child.wait)
        assert child.stdout is not None
        assert child.stdin is not None
        open_until.enter_context(child.stdout)
        open_until.enter_context(child.stdin)
        child.stdout.readline()
        ports = {server.getsockname()[1] for server in servers}
        ours = {one for one in listeners() if one.port in ports}
        names = [process_name(pid) for pid in (os.getpid(), child.pid)]
        monkeypatch.setattr(sys, "platform", "darwin")
        assert ours == {one for one in listeners() if one.port in ports}
        assert names == [process_name(pid) for pid in (os.getpid(), child.pid)]
        assert {one.pid for one in ours} <= {os.getpid(), child.pid}
        assert len(ours) == len(servers)


@pytest.mark.skipif(sys.platform != "linux", reason="reads what Linux has under /proc")
def test_who_listens_is_known_without_psutil() -> None:
    code = "import sys; from wizard.adapters.sockets import listening; listening(); print('psutil' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


@pytest.mark.skipif(sys.platform != "linux", reason="dual-stack sockets are listed like this on Linux")
def test_ipv6_listener_is_found() -> None:
    if not socket.has_ipv6:
        pytest.skip("no IPv6")
    try:
        server = socket.create_server(("::1", 0), family=socket.AF_INET6)
    except OSError:
        pytest.skip("no IPv6 on this machine")
    with server:
        assert sockets.is_listening(server.getsockname()[1])


def test_wait_ends_as_soon_as_it_can() -> None:
    clock = SystemClock()
    answers = iter([False, False, True])
    start = clock.monotonic()
    assert clock.wait(30, lambda: next(answers))
    assert clock.monotonic() - start < 5
    refusals = iter([False, False])
    assert not clock.wait(0, lambda: next(refusals))
    assert list(refusals) == []
    assert clock.now().tzinfo is UTC
