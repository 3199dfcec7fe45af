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
    return str(ipaddress.ip_address(words))
