"""Which ports of this machine are listened on now, and by whom as far as this user may know."""

from __future__ import annotations

import errno
import socket

from wizard.adapters.listeners import listeners, process_name
from wizard.values.facts.stack import PortClaim

UNKNOWN = "an unknown process"


def listening() -> tuple[PortClaim, ...]:
    """Returns every TCP port that something listens on, one claim for each port and holder, by port.

    The holder of another user's socket is hidden from an ordinary user; the claim's detail says so.
    Returns `()` where the system does not let this user list sockets at all (macOS without rights).
    """
    names: dict[int, str] = {}
    held: dict[tuple[int, str], list[str]] = {}
    for one in listeners():
        held.setdefault((one.port, _holder(one.pid, names)), []).append(one.address)
    return tuple(_claim(port, holder, sorted(set(ips))) for (port, holder), ips in sorted(held.items()))


def is_listening(port: int) -> str:
    """Returns who listens on `port` (`nginx (process 812)`, or that it is unknown), or `''` when a server could bind it
    now.
    """
    claims = [claim for claim in listening() if claim.port == port]
    if claims:
        return ", ".join(claim.holder for claim in claims)
    return UNKNOWN if _taken(port) else ""


def _holder(pid: int | None, names: dict[int, str]) -> str:
    if not pid:
        return UNKNOWN
    if pid not in names:
        name = process_name(pid)
        names[pid] = f"{name} (process {pid})" if name else f"process {pid}"
    return names[pid]


def _claim(port: int, holder: str, addresses: list[str]) -> PortClaim:
    where = ", ".join(addresses)
    hidden = "; who it is can only be seen by root or its owner" if holder == UNKNOWN else ""
    only = addresses[0] if len(addresses) == 1 else ""
    return PortClaim(port, "listening", holder, None, f"listens on {where}{hidden}", only)


def _taken(port: int) -> bool:
    """True when binding the port on localhost fails because it is in use (as a server would: SO_REUSEADDR)."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            return error.errno == errno.EADDRINUSE
    return False
