"""Reads `.dockerignore`: which files of a build context never reach the build.

https://docs.docker.com/build/concepts/context/#dockerignore-files
"""

from __future__ import annotations

import posixpath
from fnmatch import fnmatchcase

from wizard.stack.survey import Survey
from wizard.values.lean import dataclass


@dataclass(frozen=True, slots=True)
class _Pattern:
    parts: tuple[str, ...]
    kept: bool

    def fits(self, path: tuple[str, ...]) -> bool:
        """Tells whether it names a path or a folder above it; every part is looked at once for each place."""
        open_at = _skipped(frozenset({0}), self.parts)
        for part in path:
            on = {at for at in open_at if at < len(self.parts) and self.parts[at] == "**"}
            on |= {at + 1 for at in open_at if at < len(self.parts) and fnmatchcase(part, self.parts[at])}
            open_at = _skipped(frozenset(on), self.parts)
            if len(self.parts) in open_at:
                return True
        return False


def _skipped(open_at: frozenset[int], parts: tuple[str, ...]) -> frozenset[int]:
    """The places, and those behind a `**`, which may stand for no folder at all."""
    found = set(open_at)
    for at in sorted(open_at):
        while at < len(parts) - 1 and parts[at] == "**":
            at += 1
            found.add(at)
    return frozenset(found)


class Ignored:
    """What the `.dockerignore` of a build keeps out. `path`: that file, '' without one. The last pattern that fits has
    the say; a pattern speaks for everything below what it names."""

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self._patterns = [made for line in text.splitlines() if (made := _pattern(line)) is not None]

    def __call__(self, name: str) -> bool:
        """Tells whether a path, seen from the context, is kept out."""
        out = False
        parts = tuple(name.split("/"))
        for pattern in self._patterns:
            if out == pattern.kept and pattern.fits(parts):
                out = not pattern.kept
        return out


def ignored_by(dockerfile: str, context: str, survey: Survey) -> Ignored:
    """Returns what is kept out of a build: by the ignore file of the Dockerfile's own name, else by the context's."""
    for path in (f"{dockerfile}.dockerignore", posixpath.join(context, ".dockerignore")):
        text = survey.texts.get(path) if survey.tree.has(path) else None
        if text is not None:
            return Ignored(path, text)
    return Ignored("", "")


def _pattern(line: str) -> _Pattern | None:
    text = line.strip()
    kept = text.startswith("!")
    text = posixpath.normpath(text.removeprefix("!").strip().lstrip("/") or ".")
    if line.startswith("#") or text == ".":
        return None
    return _Pattern(tuple(text.split("/")), kept)
