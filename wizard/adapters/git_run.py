"""Runs git: own session, no prompts, no pager, no inherited repository, a time limit on every call."""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

from wizard.errors import RepositoryError
from wizard.values.lean import dataclass

READ_SECONDS = 30.0
WRITE_SECONDS = 60.0
GRACE_SECONDS = 5.0
# `git rev-parse --local-env-vars` without the configuration ones: a hook that starts the wizard exports them.
_FOREIGN = (
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_COMMON_DIR",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_QUARANTINE_PATH",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_INTERNAL_SUPER_PREFIX",
    "GIT_GRAFT_FILE",
    "GIT_SHALLOW_FILE",
    "GIT_PREFIX",
    "GIT_NAMESPACE",
    "GIT_EXTERNAL_DIFF",
    "GIT_LITERAL_PATHSPECS",
    "GIT_GLOB_PATHSPECS",
    "GIT_NOGLOB_PATHSPECS",
    "GIT_ICASE_PATHSPECS",
    # pinentry would draw over the screen
    "GPG_TTY",
)
_FIXED = {"GIT_TERMINAL_PROMPT": "0", "GIT_PAGER": "cat", "GIT_EDITOR": ":", "GIT_SEQUENCE_EDITOR": ":"}
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]*[0-~])")
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
MOST_SHOWN = 20_000


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a git command returned; `out` and `err` with `surrogateescape`. `code` below 0: killed by a signal."""

    code: int
    out: str
    err: str

    @property
    def ok(self) -> bool:
        """True when it exited with 0."""
        return self.code == 0


def environment(*, read_only: bool) -> dict[str, str]:
    """The environment git gets: this process's, without what would point it elsewhere or let it ask."""
    env = {key: value for key, value in os.environ.items() if key not in _FOREIGN}
    env.update(_FIXED)
    if read_only:
        env["LC_ALL"] = "C"
        env["GIT_OPTIONAL_LOCKS"] = "0"
    return env


def run(folder: Path, *words: str, given: str = "", read_only: bool = True, seconds: float | None = None) -> Outcome:
    """Run `git *words` in `folder` with `given` on its standard input.

    Raises `RepositoryError` when git is missing or the time is up; a non-zero exit is the caller's to judge.
    """
    limit = seconds or (READ_SECONDS if read_only else WRITE_SECONDS)
    data = given.encode("utf-8", "surrogateescape") if given else None
    process = _start(folder, words, environment(read_only=read_only), data is not None)
    try:
        out, err = process.communicate(data, timeout=limit)
    except subprocess.TimeoutExpired as error:
        # Done, but something it left in the background still holds the output open.
        if process.poll() is None:
            raise RepositoryError(
                f"git {command_of(words)} did not finish within {limit:g} seconds",
                next_step="look what it waits for: a hook, a signing key, a slow disk; then try again",
            ) from error
        out, err = error.stdout or b"", error.stderr or b""
    finally:
        _end(process)
    return Outcome(process.returncode, _text(out), _text(err))


class _Process(subprocess.Popen[bytes]):
    """A process whose end is waited for; the standard library asks again and again, which costs up to 1 ms."""

    def wait(self, timeout: float | None = None) -> int:
        """As `Popen.wait`."""
        if timeout is not None and self.returncode is None and hasattr(os, "pidfd_open"):
            handle = os.pidfd_open(self.pid)
            try:
                select.select([handle], [], [], max(0.0, timeout))
            finally:
                os.close(handle)
        return super().wait(timeout)


def command_of(words: Sequence[str]) -> str:
    """`commit` of `-c key=value commit -q`: what to call a git command, made safe to show."""
    rest = iter(words)
    for word in rest:
        if word in ("-c", "-C"):
            next(rest, "")
        elif not word.startswith("-"):
            return plain(word)
    return ""


def _start(folder: Path, words: tuple[str, ...], env: dict[str, str], given: bool) -> subprocess.Popen[bytes]:
    pipe = subprocess.PIPE
    source = pipe if given else subprocess.DEVNULL
    try:
        # Its own session: no terminal to ask on, and Ctrl-C reaches only the wizard, which then ends git in order.
        return _Process(
            ["git", *words], cwd=folder, env=env, stdin=source, stdout=pipe, stderr=pipe, start_new_session=True
        )
    except FileNotFoundError as error:
        if not folder.is_dir():
            raise RepositoryError(
                f"{folder} is not a folder", where=str(folder), next_step="name the folder of a stack with -C"
            ) from error
        raise RepositoryError("git was not found on PATH", next_step="install git 2.23 or newer") from error
    except (PermissionError, NotADirectoryError) as error:
        raise RepositoryError(
            f"{folder} cannot be entered", where=str(folder), next_step="name a folder you may read with -C"
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


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def plain(text: str) -> str:
    """Output of a foreign program made safe to show: no escape sequences or controls, overwritten lines dropped.

    At most `MOST_SHOWN` characters, the end of it.
    """
    lines = _ESCAPES.sub("", text[-2 * MOST_SHOWN :]).replace("\r\n", "\n").split("\n")
    shown = "\n".join(_CONTROLS.sub("", line.rstrip("\r").rsplit("\r", 1)[-1]).rstrip() for line in lines)
    return shown.strip("\n")[-MOST_SHOWN:]
