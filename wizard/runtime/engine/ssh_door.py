"""The engine of another machine behind a socket of this one: each connection is `docker system dial-stdio` over SSH.

That is how the `docker` client itself reaches `ssh://` hosts. The SDK's own way needs paramiko, or cannot hold the
connections that a program in a container needs; so it is given a Unix socket, as Compose is.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from wizard.errors import RuntimeUnavailableError
from wizard.runtime.engine.engine import EngineAddress
from wizard.values.lean import replace

_ALIVE = ("BatchMode=yes", "ConnectTimeout=10", "ServerAliveInterval=5", "ServerAliveCountMax=3")
"""Nobody is there to answer a question; a machine that is gone is known to be so after 15 s."""
_SHARED = ("ControlMaster=auto", "ControlPersist=20")
"""One SSH connection for all: a new one takes a second. It ends by itself 20 s after the last use."""


def ssh_words(host: str, options: tuple[str, ...] = ()) -> list[str]:
    """Returns the call of `ssh` up to the machine's name. Raises `RuntimeUnavailableError` for an odd address."""
    parts = urlsplit(host)
    name = parts.hostname or ""
    step = "write it as ssh://USER@HOST, and see that ssh USER@HOST docker version works"
    try:
        port = parts.port
    except ValueError as error:
        raise RuntimeUnavailableError(f"{host} has no valid port", next_step=step) from error
    if not name or name.startswith("-") or (parts.username or "").startswith("-") or parts.password:
        raise RuntimeUnavailableError("the address of the engine is no ssh://USER@HOST", next_step=step)
    words = ["ssh", *(word for option in (*_ALIVE, *options) for word in ("-o", option)), "-T"]
    words += ["-l", parts.username] if parts.username else []
    words += ["-p", str(port)] if port else []
    return [*words, "--", name]


def _dial(host: str) -> list[str]:
    path = urlsplit(host).path
    return ["docker", *(["--host", f"unix://{path}"] if path.strip("/") else []), "system", "dial-stdio"]


class SshDoor:
    """A socket in a folder of its own that leads to another machine's engine while it is open."""

    def __init__(self, host: str) -> None:
        if shutil.which("ssh") is None:
            raise RuntimeUnavailableError("ssh is not installed", next_step="install an SSH client")
        self._folder = Path(tempfile.mkdtemp(prefix="stack-wizard-"))  # short: the path of a socket has 104 bytes
        self._host = host
        self._options = (*_SHARED, f"ControlPath={self._folder}/c")
        self._words = [*ssh_words(host, self._options), *_dial(host)]
        self.path = self._folder / "d.sock"
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(str(self.path))
        self._listener.listen(64)
        self._children: set[subprocess.Popen[bytes]] = set()
        threading.Thread(target=self._serve, name="ssh door", daemon=True).start()

    def close(self) -> None:
        """Ends every connection and removes the socket."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for child in list(self._children):
            child.kill()
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            words = ["ssh", "-o", f"ControlPath={self._folder}/c", "-O", "exit", urlsplit(self._host).hostname or ""]
            subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, timeout=5, check=False)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _serve(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._connect, args=(near,), daemon=True).start()

    def _connect(self, near: socket.socket) -> None:
        with near:
            try:
                child = subprocess.Popen(
                    self._words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0
                )
            except OSError as error:
                _refuse(near, f"ssh to {self._name()}: {error}")
                return
            self._children.add(child)
            with child:
                threading.Thread(target=_feed, args=(near, child), daemon=True).start()
                came = _pass_back(child, near)
                child.kill()
                said = child.stderr.read().decode("utf-8", "replace").strip() if child.stderr else ""
            self._children.discard(child)
            if not came:
                last = said.splitlines()[-1] if said else "the connection was closed"
                _refuse(near, f"ssh to {self._name()}: {last[:300]}")
            with contextlib.suppress(OSError):
                near.shutdown(socket.SHUT_RDWR)  # wakes the thread that reads from it

    def _name(self) -> str:
        return urlsplit(self._host).hostname or ""


def _feed(near: socket.socket, child: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(OSError, ValueError):
        while child.stdin is not None and (data := near.recv(65536)):
            view = memoryview(data)
            while view:
                view = view[child.stdin.write(view) or 0 :]
    with contextlib.suppress(OSError, ValueError):
        if child.stdin is not None:
            child.stdin.close()


def _pass_back(child: subprocess.Popen[bytes], near: socket.socket) -> bool:
    """Passes on what comes, until its end; says whether anything came."""
    came = False
    with contextlib.suppress(OSError, ValueError):
        while child.stdout is not None and (data := os.read(child.stdout.fileno(), 65536)):
            came = True
            near.sendall(data)
    return came


def _refuse(near: socket.socket, why: str) -> None:
    """Answers in the engine's place, so that whoever asks is told the reason."""
    body = json.dumps({"message": why}).encode()
    head = f"HTTP/1.1 502 Bad Gateway\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    with contextlib.suppress(OSError):
        near.sendall(f"{head}Connection: close\r\n\r\n".encode() + body)


@contextmanager
def near_address(address: EngineAddress) -> Iterator[EngineAddress]:
    """Yields the address with a door to it where it needs one."""
    door = open_door(address)
    try:
        yield through(address, door)
    finally:
        if door is not None:
            door.close()


def open_door(address: EngineAddress) -> SshDoor | None:
    """Opens a door to an `ssh://` address; None for every other."""
    return SshDoor(address.host) if urlsplit(address.host).scheme == "ssh" else None


def through(address: EngineAddress, door: SshDoor | None) -> EngineAddress:
    """Returns the address as it is asked through a door."""
    return address if door is None else replace(address, door=f"unix://{door.path}")
