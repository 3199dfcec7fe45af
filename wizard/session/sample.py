"""The sample stack of `stack-wizard demo`: written whole into an empty folder, a git repository with a history.

Nothing secret is stored in this project: the passwords are made here, at random, and are ignored by the sample's git.
"""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from importlib.resources import files as resources_of
from importlib.resources.abc import Traversable
from pathlib import Path

from wizard.adapters.files.errors import is_folder, is_there
from wizard.errors import RefusedError, RepositoryError

SECRETS = ("redis_password", "postgres_password")
SECRETS_DIR = "infrastructure/secrets"
MARK = "stack-wizard.demo"
IDENTITY = ("Stack Wizard Demo", "demo@stack-wizard.invalid")
_BUILDING = ".demo-building"
_SKIP = frozenset({"__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache"})
_LOCATION = frozenset(
    {"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR", "GIT_PREFIX"}
)
_UNTOUCHED = ("-c", "init.templateDir=", "-c", f"core.hooksPath={os.devnull}", "-c", f"core.excludesFile={os.devnull}")
_HALF_FINISHED = ("market", "allocation", "regime")
_GROUNDWORK = "Set up the stack: Redis, Postgres, secrets, runbook"
_RUNNING = "Add core, risk, execution and ws"
_BEGUN = "Begin market, allocation and regime"


def create_demo(target: Path, *, author: tuple[str, str] | None = None) -> Path:
    """Creates the sample stack in `target`, which is absent or empty; a sample made earlier is returned as it is.

    `author`: (name, e-mail) for its commits and its local git configuration; without it git's own identity,
    or a made-up one, known to this repository only, when git has none. Returns the absolute path.
    Raises `RefusedError` for a folder with something else in it, `RepositoryError` when git is missing or fails.
    """
    try:
        target = target.expanduser().absolute()
    except RuntimeError as error:
        raise RefusedError(f"{target}: there is no such user", next_step="name a folder by its whole path") from error
    if is_demo(target):
        return target
    _refuse_unless_empty(target)
    building = target / _BUILDING
    try:
        shutil.rmtree(building, ignore_errors=True)
        building.mkdir(parents=True)
        _write_tree(_template(), building)
        _write_secrets(building / SECRETS_DIR)
        _commit_history(building, author)
        _move_up(building, target)
    except OSError as error:
        raise RefusedError(
            f"the sample stack cannot be written: {error.strerror or error}",
            where=str(target),
            next_step="name a folder you may write to: stack-wizard demo DIR",
        ) from error
    return target


def is_demo(path: Path) -> bool:
    """Returns True for a sample stack that `create_demo` finished; it left a mark in the repository's git
    configuration.
    """
    return is_folder(path / ".git") and _git(path, "config", "--local", "--get", MARK, check=False) == "true"


def _refuse_unless_empty(target: Path) -> None:
    if is_there(target) and not is_folder(target):
        raise RefusedError("this is a file, not a folder", where=str(target), next_step="name an empty or a new folder")
    try:
        present = {child.name for child in target.iterdir()} if is_there(target) else set()
    except OSError as error:
        raise RefusedError(
            f"the folder cannot be read: {error.strerror}", where=str(target), next_step="name another folder"
        ) from error
    if _BUILDING in present and len(present) > 1:
        raise RefusedError(
            "an earlier demo was interrupted while it was being put in place",
            where=str(target),
            next_step="delete this folder or name a new one",
        )
    if present - {_BUILDING}:
        raise RefusedError(
            "the folder is not empty and no sample stack",
            where=str(target),
            next_step="name an empty or a new folder; for your own stack run: stack-wizard init",
        )


def _template() -> Traversable:
    return resources_of("wizard").joinpath("..", "templates", "demo")


def _write_tree(source: Traversable, target: Path) -> None:
    for entry in source.iterdir():
        if entry.name in _SKIP or entry.name.endswith(".pyc"):
            continue
        name = entry.name.removeprefix("dot_")
        path = target / (f".{name}" if name != entry.name else name)
        if entry.is_dir():
            path.mkdir()
            _write_tree(entry, path)
        else:
            path.write_bytes(entry.read_bytes())


def _write_secrets(folder: Path) -> None:
    """The folder is the owner's alone; the files in it stay readable, because Compose mounts them as they are
    and the services read them as user 10001 (https://docs.docker.com/reference/compose-file/services/#secrets)."""
    folder.chmod(0o700)
    for name in SECRETS:
        path = folder / f"{name}.txt"
        path.write_text(secrets.token_hex(24), encoding="ascii")
        path.chmod(0o644)


def _commit_history(root: Path, author: tuple[str, str] | None) -> None:
    _git(root, "init", "-q", "-b", "main")
    identity = author or (None if _has_identity(root) else IDENTITY)
    if identity is not None:
        _git(root, "config", "--local", "user.name", identity[0])
        _git(root, "config", "--local", "user.email", identity[1])
    for subject, paths in _commits():
        _git(root, "add", "--", *paths)
        _git(root, "commit", "-q", "--no-gpg-sign", "-m", subject)
    _git(root, "config", "--local", MARK, "true")


def _commits() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Subject and pathspecs of each commit, oldest first; the last one takes what is left."""
    begun = tuple(f":(exclude){place}/{name}" for name in _HALF_FINISHED for place in ("services", "tests/unit"))
    yield _GROUNDWORK, (".", ":(exclude)services", ":(exclude)tests")
    yield _RUNNING, (".", *begun)
    yield _BEGUN, (".",)


def _move_up(building: Path, target: Path) -> None:
    """Put the finished tree in place; `.git` with the mark last, so that an interrupted move is no sample."""
    for child in sorted(building.iterdir(), key=lambda path: path.name == ".git"):
        child.rename(target / child.name)
    building.rmdir()


def _has_identity(root: Path) -> bool:
    known = _git(root, "config", "--get-regexp", r"^user\.(name|email)$", check=False)
    return "user.name " in known and "user.email " in known


def _git(root: Path, *arguments: str, check: bool = True) -> str:
    """Standard output of git, stripped. A repository named by the environment and global hooks have no say."""
    environment = {key: value for key, value in os.environ.items() if key not in _LOCATION}
    environment["LC_ALL"] = "C"
    try:
        done = subprocess.run(
            ["git", "-C", str(root), *_UNTOUCHED, *arguments],
            capture_output=True,
            text=True,
            errors="replace",
            env=environment,
            check=False,
        )
    except FileNotFoundError as error:
        raise RepositoryError("git is not installed", next_step="install git and start again") from error
    if check and done.returncode != 0:
        raise RepositoryError(
            f"git {arguments[0]} failed: {done.stderr.strip()}", where=str(root), next_step="mend this and start again"
        )
    return done.stdout.strip()
