"""Run a program in a container with text on its input; secrets go in through its environment, never its words."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from wizard.runtime.engine.engine import translated
from wizard.runtime.process import cancelled_error
from wizard.values.live import LiveTrouble

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.containers import Container


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
