"""Sockets and time of this machine."""

from __future__ import annotations

import os
import socket
import sys
from datetime import UTC

import psutil
import pytest

from wizard.adapters import sockets
from wizard.adapters.clock import SystemClock


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
        real = [c._replace(pid=None) for c in psutil.net_connections("tcp") if c.laddr and c.laddr.port == port]
        monkeypatch.setattr(psutil, "net_connections", lambda kind: real)
        (claim,) = sockets.listening()
        assert claim.holder == sockets.UNKNOWN
        assert "root" in claim.detail


def test_system_that_shows_no_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    def deny(kind: str) -> None:
        raise psutil.AccessDenied

    with socket.create_server(("127.0.0.1", 0)) as server:
        monkeypatch.setattr(psutil, "net_connections", deny)
        assert sockets.listening() == ()
        assert sockets.is_listening(server.getsockname()[1]) == sockets.UNKNOWN


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
