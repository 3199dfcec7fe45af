"""Which checklists a person trusts to run commands, kept beside the person's other state, never in the repository.

As direnv does: the record is of the stack's place and of every byte of its own checklists, so that a change asks again.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from wizard.adapters.files.durable import write_durably
from wizard.errors import RefusedError
from wizard.rules.homes import state_folder


class Trust:
    """What is trusted of one stack."""

    def __init__(self, root: Path, environ: Mapping[str, str]) -> None:
        self._root = str(root)
        folder = state_folder(environ)
        name = sha256(self._root.encode("utf-8", "surrogateescape")).hexdigest()[:32]
        self._folder = Path(folder) / "trusted" / name if folder else None

    def holds(self, content: str) -> bool:
        """Tells whether this content was trusted for this stack. `content`: hexadecimal digits of its hash."""
        return bool(content) and self._folder is not None and (self._folder / content).is_file()

    def give(self, content: str) -> None:
        """Records that it is trusted. Raises `RefusedError` where that cannot be kept."""
        if self._folder is None:
            raise RefusedError("there is no place to keep the trust in", next_step="set XDG_STATE_HOME or HOME")
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_durably(self._folder / content, self._root.encode("utf-8", "surrogateescape") + b"\n")
        except OSError as error:
            raise RefusedError(
                f"the trust cannot be kept: {error.strerror}", where=str(self._folder), next_step="make it writable"
            ) from error

    def take_back(self) -> int:
        """Forgets every content of this stack that was trusted; returns how many there were. Raises `RefusedError`."""
        if self._folder is None:
            return 0
        count = 0
        try:
            for name in os.listdir(self._folder):  # noqa: PTH208  (names are enough)
                (self._folder / name).unlink()
                count += 1
            self._folder.rmdir()
        except FileNotFoundError:
            return count
        except OSError as error:
            raise RefusedError(
                f"the trust cannot be taken back: {error.strerror}",
                where=str(self._folder),
                next_step="remove that folder by hand",
            ) from error
        return count
