"""The TCP ports on which a container listens, read from its own /proc: it needs no tool but `cat`."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from wizard.adapters.engine import translated
from wizard.values.live import LiveTrouble

if TYPE_CHECKING:
    from docker.models.containers import Container

_LISTEN = "0A"
_DNS_HOST = "0B00007F"  # 127.0.0.11, the engine's own resolver


def listening_ports(container: Container) -> tuple[int, ...]:
    """The ports, () when the container cannot tell."""
    with contextlib.suppress(LiveTrouble), translated("looking at the container's sockets"):
        done = container.exec_run(["cat", "/proc/net/tcp", "/proc/net/tcp6"])
        return read_sockets(done.output.decode("ascii", "replace") if isinstance(done.output, bytes) else "")
    return ()


def read_sockets(text: str) -> tuple[int, ...]:
    """Listening ports out of the text of /proc/net/tcp (proc(5)): `sl local_address rem_address st …`, in hex."""
    ports: set[int] = set()
    for line in text.splitlines():
        words = line.split()
        if len(words) > 3 and words[3] == _LISTEN:
            host, _, port = words[1].rpartition(":")
            if host != _DNS_HOST:
                ports.add(int(port, 16))
    return tuple(sorted(ports))
