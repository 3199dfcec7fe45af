"""Which folder belongs to which Compose service."""

from __future__ import annotations

import posixpath

from wizard.stack.compose.place import is_remote
from wizard.stack.tree import Tree
from wizard.values.facts.compose import ComposeService

ENTRY_NAMES = ("service.py", "main.py", "app.py", "server.py", "__main__.py", "run.py", "worker.py", "bot.py")
_DOCKER_FOLDERS = frozenset({"docker", "dockerfiles", ".docker", "build", "containers", "images", "deploy", "ops"})


def folder_of(service: ComposeService, tree: Tree) -> str | None:
    """Returns the folder with a built service's code, relative to the root; None when it is not built here or cannot be
    told.

    Normally the build context. When the context is a folder above (often the root), the Dockerfile's own folder; a
    folder that holds nothing but Dockerfiles is passed over.
    """
    if service.build is None or is_remote(service.build.value) or service.build.value.startswith(("/", "~", "..")):
        return None
    context = service.build.value
    if service.dockerfile is None:
        return context
    own = posixpath.dirname(service.dockerfile.value)
    if own.startswith("/"):
        return context
    if own != context and _below(own, context) and not only_dockerfiles(own, tree):
        return own
    return context if context or only_dockerfiles(own, tree) or own == context else own


def only_dockerfiles(folder: str, tree: Tree) -> bool:
    """Returns True for a folder such as `docker/` with several services' Dockerfiles and no code."""
    if posixpath.basename(folder).lower() in _DOCKER_FOLDERS:
        return True
    names = tree.children(folder)
    return bool(names) and all("dockerfile" in name.lower() or name.endswith((".sh", ".conf")) for name in names)


def has_entry(folder: str, tree: Tree) -> bool:
    """Returns True for a folder with a file that may serve."""
    return any(tree.has(f"{folder}/{name}" if folder else name) for name in ENTRY_NAMES)


def dockerfile_in(folder: str, tree: Tree) -> str:
    """Returns the Dockerfile of a folder: `Dockerfile`, else the first `Dockerfile.*` / `*.Dockerfile`; '' without
    one.
    """
    names = tree.children(folder)
    if "Dockerfile" in names:
        return posixpath.join(folder, "Dockerfile")
    other = next((n for n in names if n.startswith("Dockerfile.") or n.lower().endswith(".dockerfile")), "")
    return posixpath.join(folder, other) if other else ""


def _below(path: str, folder: str) -> bool:
    return not folder or path == folder or path.startswith(f"{folder}/")
