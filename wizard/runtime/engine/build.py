"""Build and start one compose service through the Compose command line, its output passed on as it comes."""

from __future__ import annotations

import io
import os
import re
import tarfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from wizard.runtime.engine.compose_cli import ComposeCli
from wizard.runtime.engine.engine import api_trouble, translated, without_warnings
from wizard.runtime.process import Scratch, run
from wizard.values.facts.stack import ServiceFacts
from wizard.values.lean import dataclass, field
from wizard.values.live import LiveTrouble
from wizard.values.pattern import lazy_pattern

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.containers import Container

_FAILED_STEP = lazy_pattern(
    r"failed to solve|The command '.*' returned a non-zero code|process \".*\" did not complete|failed to build"
    r"|dockerfile parse error|unknown instruction|COPY failed|ADD failed",
    re.IGNORECASE,
)
_RUNNING_IN = lazy_pattern(r"^\s*---> Running in ([0-9a-f]{12})\b")
_CAUSAL = lazy_pattern(r"\berror\b|ERROR|not found|No matching|no space left|denied|No such file", re.IGNORECASE)
_NO_CONTEXT = (
    ("unable to prepare context", "no-context", "correct build: in compose, the path is relative to the compose file"),
    ("failed to read dockerfile", "no-dockerfile", "correct build.dockerfile in compose, or write the Dockerfile"),
    ("dockerfile parse error", "bad-dockerfile", "correct the line that is named"),
    ("unknown instruction", "bad-dockerfile", "correct the line that is named"),
)
_LARGEST_CODE = 50_000_000
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

    `discard`: removes a container by its id, quietly. `heard`: gets each line of what `up` says that it did.
    `environment`: what names the engine when it is asked through a door.
    """

    scratch: Scratch
    cli: ComposeCli
    root: Path
    files: tuple[str, ...]
    project: str
    cancelled: Callable[[], bool]
    discard: Callable[[str], None]
    heard: Callable[[str], None]
    environment: Mapping[str, str] = field(default_factory=dict)

    def command_line(self, *arguments: str) -> str:
        """Returns a call as a person types it."""
        return self.cli.command_line(self.files, self.project, *arguments)

    def call(self, arguments: Sequence[str], say: Callable[[str], None], limit: float) -> tuple[int, list[str]]:
        """Runs one call; returns (exit code, output lines). Raises `LiveTrouble` (`timeout`) and `CancelledError`."""
        plain = {"COMPOSE_PROGRESS": "plain", "COMPOSE_ANSI": "never", "BUILDKIT_PROGRESS": "plain", "NO_COLOR": "1"}
        child = run(
            self.scratch,
            self.cli.command(self.files, self.project, *arguments),
            limit=limit,
            cancelled=self.cancelled,
            what=f"compose {arguments[0]}",
            cwd=self.root,
            environment={**os.environ, **self.environment, **plain},
            sink=lambda line: say(line.text.strip()) if line.text.strip() else None,
        )
        return child.exit_code or 0, list(child.lines)

    def build(self, key: str, say: Callable[[str], None], limit: float) -> None:
        """Builds the image of a service. Raises `LiveTrouble` (`build-failed`, `disk-full`, `no-image` …)."""
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
        """Starts services and nothing else of the stack. Raises `LiveTrouble` with the engine's reason."""
        kept = [] if recreate else ["--no-recreate"]

        def heard(line: str) -> None:
            self.heard(line)
            say(line)

        code, lines = self.call(["up", "-d", "--no-deps", *kept, *keys], heard, limit)
        if code != 0:
            if any(_FAILED_STEP.search(line) for line in lines):
                raise build_trouble(lines)
            raise api_trouble(f"starting {' '.join(keys)}", "\n".join(lines))


def build_trouble(lines: Sequence[str]) -> LiveTrouble:
    """Returns the step that failed and the first line that says why."""
    lines = without_warnings(lines)
    text = "\n".join(lines)
    for words, cause, step in _NO_CONTEXT:
        told = next((line.strip() for line in lines if words in line.lower()), "")
        if told:
            return LiveTrouble(cause, f"the image cannot be built: {told[:400]}", step)
    if any(words in text.lower() for words in _KNOWN):
        return api_trouble("building the image", text)
    failed = next((line.strip() for line in lines if _FAILED_STEP.search(line)), lines[-1].strip() if lines else "")
    cause = next((line.strip() for line in lines if _CAUSAL.search(line) and line.strip() != failed), "")
    words = f"{failed[:250]}: {cause[:250]}" if cause else failed[:400]
    return LiveTrouble("build-failed", f"the image cannot be built: {words}", "correct that step of the Dockerfile")


def must_be_current(client: DockerClient, compose: ComposeRun, container: Container, key: str, limit: float) -> None:
    """Compares a container that ran before with what the files say now: only as that it counts. Raises `LiveTrouble`
    (`stale-container`).
    """
    code, lines = compose.call(["config", "--hash", key], lambda _: None, limit)
    wanted = next((line.split()[-1] for line in lines if line.startswith(f"{key} ")), "") if code == 0 else ""
    old = wanted and container.labels.get("com.docker.compose.config-hash") != wanted
    with translated("comparing images"):
        image = client.images.get(str(container.attrs["Config"]["Image"])).id
    if old or image != container.attrs["Image"]:
        what = "an older compose block" if old else "an older image"
        text = f"{container.name} runs since {container.attrs['State']['StartedAt'][:19]}Z from {what}"
        raise LiveTrouble("stale-container", text, f"start it anew: {compose.command_line('up', '-d', key)}")


def must_have_this_code(container: Container, root: Path, service: ServiceFacts) -> None:
    """Compares what an image that nothing builds here has of the service's Python files with the folder's. Raises
    `LiveTrouble` (`stale-image`); what the image has elsewhere, or not, is not compared.
    """
    place = str(container.attrs["Config"].get("WorkingDir") or "").rstrip("/")
    base = PurePosixPath(service.folder).parent if service.dotted else PurePosixPath(service.folder)
    paths = [PurePosixPath(file.path) for file in service.python]
    near = {path.relative_to(base) for path in paths if path.is_relative_to(base)}
    for name, content in _files(container, place) if place and near else ():
        if name not in near:
            continue
        path = base / name
        if content.split() != (root / path).read_bytes().split():
            text = f"{container.attrs['Config']['Image']} has another {path} than the folder: it was made of older code"
            step = f"make it anew, or let compose build it: build of {service.folder}"
            raise LiveTrouble("stale-image", text, step)


def _files(container: Container, place: str) -> Iterator[tuple[PurePosixPath, bytes]]:
    """(path below a folder of the container, content) of its Python files; nothing of a folder that is too large."""
    data = bytearray()
    with translated("looking into the image"):
        chunks, _ = container.get_archive(place)
        for chunk in chunks:
            data += chunk
            if len(data) > _LARGEST_CODE:
                return
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        for member in archive:
            file = archive.extractfile(member) if member.isfile() and member.name.endswith(".py") else None
            if file is not None:
                yield PurePosixPath(*PurePosixPath(member.name).parts[1:]), file.read()
