"""Folders that the engine makes on this machine because a mount names what is not there: taken away again."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from wizard.runtime.engine.compose_cli import MergedModel


class MissingSources:
    """What was not there before a service was started, and is empty when the run ends."""

    def __init__(self, model: MergedModel, root: Path) -> None:
        self._model, self._root = model, root
        self._missing: list[Path] = []

    def look(self, keys: Iterable[str]) -> None:
        """Notes what the mounts of these services name and what is not there yet."""
        for source in (source for key in keys for source in self._sources(key)):
            self._missing += [path for path in (source, *source.parents) if not path.exists()]

    def told(self) -> tuple[str, ...]:
        """Returns a clause for each that the engine made."""
        made = [path for path in self._missing if path.is_dir()]
        tops = dict.fromkeys(path for path in made if path not in {parent for one in made for parent in one.parents})
        shown = [path.relative_to(self._root) if path.is_relative_to(self._root) else path for path in tops]
        return tuple(f"{path} is mounted and was not there: the engine made an empty folder of it" for path in shown)

    def clear(self) -> None:
        """Removes what is still empty."""
        for path in sorted(self._missing, key=lambda path: -len(path.parts)):
            with contextlib.suppress(OSError):
                path.rmdir()

    def _sources(self, key: str) -> Iterator[Path]:
        service = (self._model.tree.get("services") or {}).get(key) or {}
        for mount in service.get("volumes") or ():
            if mount.get("type") == "bind" and mount.get("source"):
                yield Path(mount["source"])
