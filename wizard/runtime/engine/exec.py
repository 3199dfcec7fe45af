"""Run programs in a container: one with text on its input (secrets go in through its environment, never its words), one
that asks the service over HTTP."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from wizard.runtime.engine.engine import translated
from wizard.runtime.process import cancelled_error
from wizard.runtime.reach import LARGEST
from wizard.values.live import LiveTrouble, Reply
from wizard.values.pattern import lazy_pattern

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.containers import Container

_PYTHON = """
import sys, urllib.request, urllib.error
try:
    reply = urllib.request.urlopen(sys.argv[1], timeout=float(sys.argv[2]))
except urllib.error.HTTPError as error:
    reply = error
print('HTTP/1.1', reply.status); print(); sys.stdout.write(reply.read(1000000).decode('utf-8', 'replace'))
"""
_ASKERS = (("python3", "-c", _PYTHON, "URL", "LIMIT"), ("curl", "-sSi", "-m", "LIMIT", "URL"))
"""What a container may have that asks over HTTP and tells the status, when this machine cannot route to its address
(Docker Desktop)."""
_NO_PROGRAM = (126, 127)
_ANSWER = lazy_pattern(r"HTTP/[\d.]+ (\d{3})[^\n]*\n(?:[^\r\n]+\r?\n)*\r?\n?")


def exec_with_input(
    client: DockerClient,
    container: Container,
    words: Sequence[str],
    environment: Mapping[str, str],
    text: str,
    *,
    limit: float,
    cancelled: Callable[[], bool],
) -> tuple[int, list[str]]:
    """Runs it; returns (exit code, output lines). Raises `LiveTrouble` (`timeout`, `engine-lost`) and
    `CancelledError`.
    """
    from docker.utils.socket import frames_iter

    with translated(f"running {words[0]}"):
        made: dict[str, str] = client.api.exec_create(
            str(container.id), list(words), stdin=True, stdout=True, stderr=True, environment=dict(environment)
        )
        stream: Any = client.api.exec_start(made["Id"], socket=True)
    raw: socket.socket = getattr(stream, "_sock", stream)
    try:
        raw.settimeout(limit)
        raw.sendall(text.encode("utf-8", "surrogateescape"))
        raw.shutdown(socket.SHUT_WR)
        output = b"".join(chunk for _, chunk in frames_iter(stream, tty=False))  # type: ignore[no-untyped-call]
    except OSError as error:
        raise LiveTrouble("timeout", f"{words[0]} did not end within {limit:.0f} s: {error}", "try again") from error
    finally:
        stream.close()
        raw.close()  # the stream is only a view of it
    return _exit_code(client, made["Id"], cancelled), output.decode("utf-8", "replace").splitlines()


def _exit_code(client: DockerClient, identity: str, cancelled: Callable[[], bool]) -> int:
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        if cancelled():
            raise cancelled_error()
        with translated("waiting for the program"):
            code = client.api.exec_inspect(identity)["ExitCode"]
        if code is not None:
            return int(code)
    return 1


def ask_inside(container: Container, url: str, limit: float) -> Reply:
    """Asks from inside the container, with the first program that it has."""
    for asker in _ASKERS:
        words = [{"URL": url, "LIMIT": str(limit)}.get(word, word) for word in asker]
        with contextlib.suppress(LiveTrouble), translated("asking inside the container"):
            done = container.exec_run(words)
            text = done.output.decode("utf-8", "replace") if isinstance(done.output, bytes) else ""
            found = _ANSWER.match(text)
            if done.exit_code == 0 and found:
                return Reply(int(found[1]), text[found.end() :][:LARGEST])
            if done.exit_code not in _NO_PROGRAM:
                said = (text.strip().splitlines() or ["no answer"])[-1][:200]
                return Reply(0, f"asked inside the container: {said}")
    return Reply(0, "this machine cannot reach the container, and nothing in it can ask", unasked=True)
