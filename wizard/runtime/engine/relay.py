"""Ways into the network of a container through its engine: nothing of it need be published or routed to this machine.

Each way is a listener on this machine's loopback. A connection to it becomes a program in the container that passes on
what it gets: its own Python where it has one, else `nc`, `perl` or `bash`.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from wizard.runtime.engine.engine import translated
from wizard.values.live import LiveTrouble

if TYPE_CHECKING:
    from docker import DockerClient

_PYTHON = """
import os, select, socket, sys
far = socket.create_connection((sys.argv[1], int(sys.argv[2])), 5)
far.settimeout(None)
ends = [0, far]
while True:
    for end in select.select(ends, [], [])[0]:
        data = far.recv(65536) if end is far else os.read(0, 65536)
        if data and end is far:
            while data:
                data = data[os.write(1, data):]
        elif data:
            far.sendall(data)
        elif end is far:
            sys.exit()
        else:
            ends.remove(0)
            far.shutdown(socket.SHUT_WR)
"""
_PERL = """
use IO::Socket::INET;
my $far = IO::Socket::INET->new(PeerAddr => $ARGV[0], PeerPort => $ARGV[1], Timeout => 5) or exit 1;
my $child = fork();
if (!$child) { while (sysread(STDIN, my $data, 65536)) { syswrite($far, $data); } shutdown($far, 1); exit; }
while (sysread($far, my $data, 65536)) { syswrite(STDOUT, $data); }
kill 9, $child;
"""
_BASH = 'exec 3<>"/dev/tcp/$1/$2" || exit 1; cat <&3 & cat >&3; kill $! 2>/dev/null'
_TOOLS: tuple[tuple[str, ...], ...] = (
    ("python3", "-c", _PYTHON),
    ("python", "-c", _PYTHON),
    ("nc",),
    ("perl", "-e", _PERL),
    ("bash", "-c", _BASH, "relay"),
)
_TRY = 'for tool in python3 python nc perl bash; do command -v "$tool" >/dev/null && echo "$tool" && exit; done'
_STEP = "give the image Python, nc, perl or bash, or use --runtime embedded"


class Relay:
    """The ways of one run, all closed with it."""

    def __init__(self, client: DockerClient) -> None:
        self._client = client
        self._tools: dict[str, tuple[str, ...]] = {}
        self._doors: dict[tuple[str, str, int], socket.socket] = {}
        self._open: set[Any] = set()
        self._closed = threading.Event()

    def door(self, container: str, host: str, port: int) -> tuple[str, int]:
        """Returns the address on this machine that leads to `host`:`port` as the container sees it.

        Raises `LiveTrouble` (`not-reachable`) when nothing in the container can pass anything on.
        """
        key = (container, host, port)
        if key not in self._doors:
            words = (*self.tool(container), host, str(port))
            listener = socket.create_server(("127.0.0.1", 0))
            self._doors[key] = listener
            threading.Thread(target=self._serve, args=(listener, container, words), daemon=True).start()
        found: tuple[str, int] = self._doors[key].getsockname()[:2]
        return found

    def tool(self, container: str) -> tuple[str, ...]:
        """Returns the words that pass things on in a container, host and port still to be added."""
        if container not in self._tools:
            found = self._first_tool(container)
            if found is None:
                text = f"the container {container[:12]} has no program that could pass a connection on"
                raise LiveTrouble("not-reachable", text, _STEP, undecided=True)
            self._tools[container] = found
        return self._tools[container]

    def _first_tool(self, container: str) -> tuple[str, ...] | None:
        code, said = self.run(container, ["sh", "-c", _TRY])
        name = said.strip().splitlines()[-1] if code == 0 and said.strip() else ""
        if not name and self.run(container, ["python3", "-c", ""])[0] == 0:  # an image without a shell
            name = "python3"
        return next((words for words in _TOOLS if words[0] == name), None)

    def reaches(self, container: str, host: str, port: int) -> bool | None:
        """Tells whether somebody at `host`:`port` takes a connection from the container; None when it cannot tell."""
        with contextlib.suppress(LiveTrouble):
            words = self.tool(container)
            ask = {
                "python3": ["-c", "import socket, sys; socket.create_connection((sys.argv[1], int(sys.argv[2])), 2)"],
                "nc": ["-z", "-w", "2"],
            }
            more = ask.get("python3" if words[0] == "python" else words[0])
            if more is not None:
                return self.run(container, [words[0], *more, host, str(port)])[0] == 0
            return self.run(container, ["sh", "-c", '"$@" </dev/null', "ask", *words, host, str(port)])[0] == 0
        return None

    def run(self, container: str, words: Sequence[str]) -> tuple[int, str]:
        """Runs a program in the container: (exit code, output). A container without it gives 126 or 127."""
        import docker.errors

        with translated(f"running {words[0]} in the container {container[:12]}"):
            try:
                made = self._client.api.exec_create(container, list(words))
                said = self._client.api.exec_start(made["Id"])
            except docker.errors.APIError as error:
                if "executable file not found" in str(error):
                    return 127, str(error)
                raise
            code = self._client.api.exec_inspect(made["Id"])["ExitCode"]
        return int(code or 0), said.decode("utf-8", "replace") if isinstance(said, bytes) else ""

    def close(self) -> None:
        """Closes every way and what goes through it."""
        self._closed.set()
        for listener in self._doors.values():
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        self._doors.clear()
        for end in list(self._open):
            _end(end)

    def _serve(self, listener: socket.socket, container: str, words: tuple[str, ...]) -> None:
        while not self._closed.is_set():
            try:
                near, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._pass_on, args=(near, container, words), daemon=True).start()

    def _pass_on(self, near: socket.socket, container: str, words: tuple[str, ...]) -> None:
        from docker.utils.socket import frames_iter

        stream: Any = None
        try:
            with translated("passing a connection on"):
                made = self._client.api.exec_create(container, list(words), stdin=True)
                stream = self._client.api.exec_start(made["Id"], socket=True)
            far: socket.socket = getattr(stream, "_sock", stream)
            far.settimeout(None)
            self._open |= {near, far}
            threading.Thread(target=_pump, args=(near, far), daemon=True).start()
            for kind, data in frames_iter(stream, tty=False):  # type: ignore[no-untyped-call]
                if kind == 1:
                    near.sendall(data)
        except (LiveTrouble, OSError, ValueError):
            pass  # who connected sees the end of the connection, and says what that means
        finally:
            self._open.discard(near)
            _end(near)
            if stream is not None:
                raw = getattr(stream, "_sock", stream)
                self._open.discard(raw)
                _end(raw)
                with contextlib.suppress(OSError):
                    stream.close()


def _pump(near: socket.socket, far: socket.socket) -> None:
    with contextlib.suppress(OSError, ValueError):
        while data := near.recv(65536):
            far.sendall(data)
    with contextlib.suppress(OSError, ValueError):
        far.shutdown(socket.SHUT_WR)


def _end(one: Any) -> None:
    with contextlib.suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    with contextlib.suppress(OSError):
        one.close()
