"""The git process itself: started in its own session, waited for with a limit, ended in order."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO

from wizard.adapters.files.errors import is_folder
from wizard.adapters.git.run import command_of
from wizard.errors import RepositoryError

GRACE_SECONDS = 20.0
LINGER_SECONDS = 1.0
"""How long the output of a git that is done may stay open."""
PIPE_BYTES = 65536
"""What a pipe holds at most: https://man7.org/linux/man-pages/man7/pipe.7.html."""


def run_child(
    folder: Path,
    words: tuple[str, ...],
    env: Mapping[str, str],
    given: bytes | None,
    limit: float,
    largest: int | None = None,
) -> tuple[int, bytes, bytes]:
    """Returns (exit code, output, errors) of `git *words`. Raises `RepositoryError`: not started, or not done in
    `limit`.
    """
    process = _start(folder, words, env, given is not None, largest)
    try:
        out, err = _talk(process, given, limit)
    except subprocess.TimeoutExpired as error:
        raise RepositoryError(
            f"git {command_of(words)} did not finish within {limit:g} seconds",
            next_step="look what it waits for: a hook, a signing key, a slow disk; then try again",
        ) from error
    finally:
        _end(process)
    return process.returncode, out, err


def _talk(process: subprocess.Popen[bytes], given: bytes | None, limit: float) -> tuple[bytes, bytes]:
    """Returns all output, or, of a git that is done, what there is: a server that a hook left in the background may
    hold the output open for ever. Raises `TimeoutExpired` when git is not done in `limit`.
    """
    large = given is not None and len(given) > select.PIPE_BUF
    if process.stdin is not None and not large:
        # It fits into the pipe, so it is written at once: asked again, `communicate` gives nothing more.
        with suppress(BrokenPipeError), process.stdin as source:
            source.write(given or b"")
        process.stdin = None
    until = time.monotonic() + limit
    while True:
        left = max(0.0, until - time.monotonic())
        try:
            return process.communicate(given if large else None, timeout=left if large else min(LINGER_SECONDS, left))
        except subprocess.TimeoutExpired as error:
            if process.poll() is not None:
                return _with_rest(error.stdout, process.stdout), _with_rest(error.stderr, process.stderr)
            if large or time.monotonic() >= until:
                raise


def _with_rest(seen: bytes | None, stream: IO[bytes] | None) -> bytes:
    """Returns what was read and what still stands in the pipe: `communicate` gives up before it reads, when it is
    late.
    """
    if stream is None or stream.closed:
        return seen or b""
    os.set_blocking(stream.fileno(), False)
    with suppress(BlockingIOError):
        return (seen or b"") + os.read(stream.fileno(), PIPE_BYTES)
    return seen or b""


class _Process(subprocess.Popen[bytes]):
    """A process whose end is waited for; the standard library asks again and again, which costs up to 1 ms."""

    def wait(self, timeout: float | None = None) -> int:
        """Waits as `Popen.wait` does."""
        if timeout is not None and self.returncode is None and hasattr(os, "pidfd_open"):
            handle = os.pidfd_open(self.pid)
            try:
                select.select([handle], [], [], max(0.0, timeout))
            finally:
                os.close(handle)
        return super().wait(timeout)


def _start(
    folder: Path, words: tuple[str, ...], env: Mapping[str, str], given: bool, largest: int | None
) -> subprocess.Popen[bytes]:
    pipe = subprocess.PIPE
    source = pipe if given else subprocess.DEVNULL

    def bound() -> None:
        import resource  # not on every system; only a fetch is bounded

        resource.setrlimit(resource.RLIMIT_FSIZE, (largest or 0, largest or 0))

    try:
        # Its own session: no terminal to ask on, and Ctrl-C reaches only the wizard, which then ends git in order.
        return _Process(
            ["git", *words],
            cwd=folder,
            env=env,
            stdin=source,
            stdout=pipe,
            stderr=pipe,
            start_new_session=True,
            preexec_fn=bound if largest is not None else None,
        )
    except FileNotFoundError as error:
        if not is_folder(folder):
            raise RepositoryError(
                f"{folder} is not a folder", where=str(folder), next_step="name the folder of a stack with -C"
            ) from error
        raise RepositoryError("git was not found on PATH", next_step="install git 2.23 or newer") from error
    except (PermissionError, NotADirectoryError) as error:
        raise RepositoryError(
            f"{folder} cannot be entered", where=str(folder), next_step="name a folder you may read with -C"
        ) from error
    except OSError as error:  # too many open files or processes, no memory, a disk that fails
        raise RepositoryError(
            f"git could not be started: {error.strerror}",
            next_step="see that cause (`ulimit -a`, `dmesg`), then try again",
        ) from error


def _end(process: subprocess.Popen[bytes]) -> None:
    """Stop the process and its children if they still run; git removes its lock files on SIGTERM."""
    if process.poll() is None:
        _signal(process.pid, signal.SIGTERM)
        try:
            process.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            _signal(process.pid, signal.SIGKILL)
            process.wait()
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream is not None and not stream.closed:
            _close(stream)


def _close(stream: object) -> None:
    try:
        stream.close()  # type: ignore[attr-defined]
    except BrokenPipeError:
        return


def _signal(group: int, number: signal.Signals) -> None:
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return
