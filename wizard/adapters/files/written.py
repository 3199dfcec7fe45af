"""A stack as it would be with some files written: what one plan leads to can be read before anything is written."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from wizard.adapters.files.files import DiskFiles
from wizard.errors import RefusedError, UnreadableError

NEW_MODE = 0o644


class AsWritten(DiskFiles):
    """The files on the disk with `texts` (path -> text, None: gone) over them. Nothing can be written into it."""

    def __init__(self, root: str | Path, texts: Mapping[str, str | None]) -> None:
        super().__init__(root)
        self.texts = dict(texts)

    def exists(self, path: str) -> bool:
        """See `Files.exists`."""
        if path in self.texts:
            return self.texts[path] is not None
        return super().exists(path) or self._holds(path)

    def is_dir(self, path: str) -> bool:
        """See `Files.is_dir`."""
        return super().is_dir(path) or self._holds(path)

    def is_link(self, path: str) -> bool:
        """See `Files.is_link`."""
        return path not in self.texts and super().is_link(path)

    def list(self, path: str) -> tuple[str, ...]:
        """See `Files.list`."""
        begin = f"{path}/" if path else ""
        gone = {one for one, text in self.texts.items() if text is None}
        names = {name for name in super().list(path) if begin + name not in gone}
        names |= {one[len(begin) :].partition("/")[0] for one in self._new(begin)}
        return tuple(sorted(names))

    def walk(self, path: str, *, limit: int = 5000) -> tuple[str, ...]:
        """See `Files.walk`."""
        begin = f"{path}/" if path else ""
        kept = [one for one in super().walk(path, limit=limit) if self.texts.get(one, "") is not None]
        return tuple(sorted({*kept, *self._new(begin)}))[:limit]

    def read(self, path: str) -> str:
        """See `Files.read`."""
        if path not in self.texts:
            return super().read(path)
        text = self.texts[path]
        if text is None:
            raise UnreadableError(f"{path} would be gone", where=path, next_step="name a file that is there")
        return text

    def mode(self, path: str) -> int:
        """See `Files.mode`."""
        return super().mode(path) if super().exists(path) else NEW_MODE

    def _writable(self, path: str, *, follow: bool = True) -> Path:
        raise RefusedError(f"{path} is only looked at", where=path, next_step="apply the plan")

    def _holds(self, path: str) -> bool:
        return bool(self._new(f"{path}/"))

    def _new(self, begin: str) -> tuple[str, ...]:
        return tuple(one for one, text in self.texts.items() if text is not None and one.startswith(begin))
