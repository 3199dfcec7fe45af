"""Runs git: own session, no prompts, no pager, no inherited repository, a time limit on every call."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from wizard.rules.text import program_output
from wizard.values.lean import dataclass

READ_SECONDS = 30.0
WRITE_SECONDS = 60.0
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
    """Returns the environment git gets: this process's, without what would point it elsewhere or let it ask."""
    env = {key: value for key, value in os.environ.items() if key not in _FOREIGN}
    env.update(_FIXED)
    if read_only:
        env["LC_ALL"] = "C"
        env["GIT_OPTIONAL_LOCKS"] = "0"
    return env


def run(
    folder: Path,
    *words: str,
    given: str = "",
    read_only: bool = True,
    seconds: float | None = None,
    extra: Mapping[str, str] | None = None,
    largest: int | None = None,
) -> Outcome:
    """Runs `git *words` in `folder` with `given` on its standard input. `extra`: variables of its own. `largest`: bytes
    that a file may have which it writes.

    Raises `RepositoryError` when git is missing or the time is up; a non-zero exit is the caller's to judge.
    """
    from wizard.adapters.git.child import run_child  # a look at a stack without a repository starts no process

    limit = seconds or (READ_SECONDS if read_only else WRITE_SECONDS)
    data = given.encode("utf-8", "surrogateescape") if given else None
    env = {**environment(read_only=read_only), **(extra or {})}
    code, out, err = run_child(folder, words, env, data, limit, largest)
    return Outcome(code, _text(out), _text(err))


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def command_of(words: Sequence[str]) -> str:
    """Returns `commit` of `-c key=value commit -q`: what to call a git command, made safe to show."""
    rest = iter(words)
    for word in rest:
        if word in ("-c", "-C"):
            next(rest, "")
        elif not word.startswith("-"):
            return program_output(word)
    return ""
