"""The TCP sockets that are listened on: from Linux itself, whose list is short to read; from `psutil` elsewhere, whose
import takes longer, and as much memory, as the facts of a small stack."""

from __future__ import annotations

import os
import socket
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

from wizard.values.lean import dataclass

_LISTENING = "0A"
"""TCP_LISTEN in the kernel's include/net/tcp_states.h."""
_LONGEST_NAME = 15
"""Characters after which the kernel cuts a process's name (TASK_COMM_LEN)."""


@dataclass(frozen=True, slots=True)
class Listener:
    """An address and port that something listens on. `pid`: None where this user may not know."""

    address: str
    port: int
    pid: int | None


def listeners() -> tuple[Listener, ...]:
    """Returns every listening TCP socket; `()` where the system lets this user list none."""
    if sys.platform == "linux":
        try:
            return tuple(_of_linux(Path("/proc")))
        except (OSError, ValueError, IndexError):  # no such list here: a sandbox of its own
            pass
    return _of_any_system()


def process_name(pid: int) -> str:
    """Returns the name of a process; '' when it is gone."""
    if sys.platform != "linux":
        return _name_of_any_system(pid)
    try:
        name = Path(f"/proc/{pid}/comm").read_text("utf-8", "replace").removesuffix("\n")
        if len(name) < _LONGEST_NAME:
            return name
        command = Path(f"/proc/{pid}/cmdline").read_text("utf-8", "replace")
    except OSError:
        return ""
    whole = command.partition("\0")[0].rpartition("/")[2]
    return whole if whole.startswith(name) else name


def _of_linux(proc: Path) -> Iterator[Listener]:
    sockets: dict[str, tuple[str, int]] = {}
    for table, family in (("tcp", socket.AF_INET), ("tcp6", socket.AF_INET6)):
        try:
            lines = (proc / "net" / table).read_text("ascii").split("\n")[1:]
        except FileNotFoundError:
            if family == socket.AF_INET:
                raise
            continue
        for line in lines:
            words = line.split()
            if words and words[3] == _LISTENING:
                address, _, number = words[1].partition(":")
                sockets[words[9]] = (_address(address, family), int(number, 16))
    holders = _holders(proc, {f"socket:[{inode}]": inode for inode in sockets}) if sockets else {}
    for inode, (address, port) in sockets.items():
        yield Listener(address, port, holders.get(inode))


def _address(digits: str, family: socket.AddressFamily) -> str:
    """The kernel prints an address as numbers of 32 bits, each in the machine's order of bytes."""
    words = [int(digits[at : at + 8], 16) for at in range(0, len(digits), 8)]
    return socket.inet_ntop(family, struct.pack(f"={len(words)}I", *words))


def _holders(proc: Path, wanted: dict[str, str]) -> dict[str, int]:
    """The last process that has each socket open, by its inode; another user's are hidden from an ordinary one."""
    found: dict[str, int] = {}
    for pid in filter(str.isdigit, os.listdir(proc)):  # noqa: PTH208 (of some thousand files, a third of the time)
        folder = f"{proc}/{pid}/fd"
        try:
            handles = os.listdir(folder)  # noqa: PTH208
        except OSError:  # gone, or another user's
            continue
        for handle in handles:
            try:
                inode = wanted.get(os.readlink(f"{folder}/{handle}"))  # noqa: PTH115
            except OSError:
                continue
            if inode is not None:
                found[inode] = int(pid)
    return found


def _of_any_system() -> tuple[Listener, ...]:
    import psutil

    try:
        connections = psutil.net_connections(kind="tcp")
    except (psutil.AccessDenied, OSError):
        return ()
    return tuple(
        Listener(one.laddr.ip, one.laddr.port, one.pid)
        for one in connections
        if one.status == psutil.CONN_LISTEN and one.laddr
    )


def _name_of_any_system(pid: int) -> str:
    import psutil

    try:
        return str(psutil.Process(pid).name())
    except psutil.Error:
        return ""
