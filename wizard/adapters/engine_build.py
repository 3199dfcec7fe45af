"""Build and start one compose service through the Compose command line, its output passed on as it comes."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from wizard.adapters.compose_cli import ComposeCli
from wizard.adapters.embedded_process import Scratch, run
from wizard.adapters.engine import api_trouble
from wizard.values.lean import dataclass
from wizard.values.live import LiveTrouble

_FAILED_STEP = re.compile(
    r"failed to solve|The command '.*' returned a non-zero code|process \".*\" did not complete|failed to build"
    r"|dockerfile parse error|unknown instruction|COPY failed|ADD failed",
    re.IGNORECASE,
)
_RUNNING_IN = re.compile(r"^\s*---> Running in ([0-9a-f]{12})\b")
_CAUSAL = re.compile(r"\berror\b|ERROR|not found|No matching|no space left|denied|No such file", re.IGNORECASE)
_KNOWN = (
    "cannot connect to the docker daemon",
    "error during connect",
    "unexpected eof",
    "no space left on device",
    "exec format error",
    "pull access denied",
    "manifest unknown",
)


@dataclass(frozen=True, slots=True)
class ComposeRun:
    """Calls of Compose for one stack: files and project of its profile, with a time limit, cancelled with the run.

    `discard`: removes a container by its id, quietly.
    """

    scratch: Scratch
    cli: ComposeCli
    root: Path
    files: tuple[str, ...]
    project: str
    cancelled: Callable[[], bool]
    discard: Callable[[str], None]

    def shown(self, *arguments: str) -> str:
        """A call as a person types it."""
        return self.cli.shown(self.files, self.project, *arguments)

    def call(self, arguments: Sequence[str], say: Callable[[str], None], limit: float) -> tuple[int, list[str]]:
        """(exit code, output lines) of one call. Raises `LiveTrouble` (`timeout`) and `CancelledError`."""
        plain = {"COMPOSE_PROGRESS": "plain", "COMPOSE_ANSI": "never", "BUILDKIT_PROGRESS": "plain", "NO_COLOR": "1"}
        child = run(
            self.scratch,
            self.cli.command(self.files, self.project, *arguments),
            limit=limit,
            cancelled=self.cancelled,
            what=f"compose {arguments[0]}",
            cwd=self.root,
            environment={**os.environ, **plain},
            sink=lambda line: say(line.text.strip()) if line.text.strip() else None,
        )
        return child.exit_code or 0, list(child.lines)

    def build(self, key: str, say: Callable[[str], None], limit: float) -> None:
        """Build the image of a service. Raises `LiveTrouble` (`build-failed`, `disk-full`, `no-image` …)."""
        steps: list[str] = []

        def heard(line: str) -> None:
            steps.extend(_RUNNING_IN.findall(line))
            say(line)

        try:
            code, lines = self.call(["build", key], heard, limit)
            if code == 0:
                steps.clear()
        finally:
            for container in steps:  # the classic builder keeps the container of a failed step
                self.discard(container)
        if code != 0:
            raise build_trouble(lines)

    def up(self, keys: Sequence[str], say: Callable[[str], None], limit: float, *, recreate: bool = False) -> None:
        """Start services and nothing else of the stack. Raises `LiveTrouble` with the engine's reason."""
        kept = [] if recreate else ["--no-recreate"]
        code, lines = self.call(["up", "-d", "--no-deps", *kept, *keys], say, limit)
        if code != 0:
            if any(_FAILED_STEP.search(line) for line in lines):
                raise build_trouble(lines)
            raise api_trouble(f"starting {' '.join(keys)}", "\n".join(lines))


def build_trouble(lines: Sequence[str]) -> LiveTrouble:
    """The step that failed and the first line that says why."""
    text = "\n".join(lines)
    if any(words in text.lower() for words in _KNOWN):
        return api_trouble("building the image", text)
    failed = next((line.strip() for line in lines if _FAILED_STEP.search(line)), lines[-1].strip() if lines else "")
    cause = next((line.strip() for line in lines if _CAUSAL.search(line) and line.strip() != failed), "")
    words = f"{failed[:250]}: {cause[:250]}" if cause else failed[:400]
    return LiveTrouble("build-failed", f"the image cannot be built: {words}", "correct that step of the Dockerfile")
