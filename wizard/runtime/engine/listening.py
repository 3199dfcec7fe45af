"""The TCP sockets on which a container listens, read from its own /proc: it needs no tool but `cat`."""

from __future__ import annotations

import contextlib
import ipaddress
from typing import TYPE_CHECKING

from wizard.runtime.engine.engine import translated
from wizard.values.live import LiveTrouble

if TYPE_CHECKING:
    from docker.models.containers import Container

_LISTEN = "0A"
_CONNECTED = frozenset({"01", "04", "05", "06", "08", "09"})
"""Established, the waits for the other's end and of a minute after it, and what closes (Linux: tcp_states.h)."""
_DNS_HOST = "0B00007F"  # 127.0.0.11, the engine's own resolver


def listening_sockets(container: Container) -> tuple[tuple[str, int], ...]:
    """Returns (host, port) of each; () when the container cannot tell."""
    with contextlib.suppress(LiveTrouble), translated("looking at the container's sockets"):
        done = container.exec_run(["cat", "/proc/net/tcp", "/proc/net/tcp6"])
        return read_sockets(done.output.decode("ascii", "replace") if isinstance(done.output, bytes) else "")
    return ()


def listens_on(container: Container, port: int) -> bool | None:
    """Tells whether somebody in the container listens on a port beyond its loopback; None when it cannot tell."""
    with contextlib.suppress(LiveTrouble), translated("looking at the container's sockets"):
        done = container.exec_run(["cat", "/proc/net/tcp", "/proc/net/tcp6"])
        if isinstance(done.output, bytes) and done.exit_code in (0, 1):  # 1: an engine without IPv6 has no tcp6
            found = read_sockets(done.output.decode("ascii", "replace"))
            return any(number == port and not ipaddress.ip_address(host).is_loopback for host, number in found)
    return None


def remote_ends(container: Container) -> frozenset[tuple[str, int]]:
    """Returns (host, port) of what the container is connected to, or was within the last minute."""
    with contextlib.suppress(LiveTrouble), translated("looking at the container's connections"):
        done = container.exec_run(["cat", "/proc/net/tcp", "/proc/net/tcp6"])
        return read_ends(done.output.decode("ascii", "replace") if isinstance(done.output, bytes) else "")
    return frozenset()


def read_ends(text: str) -> frozenset[tuple[str, int]]:
    """Reads the other ends of connections out of /proc/net/tcp; one closed by its own side stays there for a minute."""
    found: set[tuple[str, int]] = set()
    for line in text.splitlines():
        words = line.split()
        if len(words) > 3 and words[3] in _CONNECTED:
            host, _, port = words[2].rpartition(":")
            with contextlib.suppress(ValueError):
                found.add((_address(host), int(port, 16)))
    return frozenset(found)


def read_sockets(text: str) -> tuple[tuple[str, int], ...]:
    """Reads listening sockets out of /proc/net/tcp (proc(5)): `sl local_address rem_address st …`, in hex."""
    found: set[tuple[str, int]] = set()
    for line in text.splitlines():
        words = line.split()
        if len(words) > 3 and words[3] == _LISTEN:
            host, _, port = words[1].rpartition(":")
            with contextlib.suppress(ValueError):
                if host != _DNS_HOST:
                    found.add((_address(host), int(port, 16)))
    return tuple(sorted(found))


def _address(text: str) -> str:
    """An address of /proc/net/tcp: words of four bytes, each in the machine's order (little-endian)."""
    raw = bytes.fromhex(text)
    words = b"".join(raw[start : start + 4][::-1] for start in range(0, len(raw), 4))
    found = ipaddress.ip_address(words)
    return str(getattr(found, "ipv4_mapped", None) or found)
