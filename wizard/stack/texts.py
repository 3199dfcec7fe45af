"""Every file of the stack read once: the cache that all readers of one `read_stack` share."""

from __future__ import annotations

from collections.abc import Mapping

from wizard.adapters.files import Files
from wizard.errors import WizardError
from wizard.values.source import Problem, Source


class Texts:
    """Texts of files by path. A file that cannot be read becomes a problem and counts as absent."""

    def __init__(self, files: Files) -> None:
        self.files = files
        self._read: dict[str, str | None] = {}
        self._problems: dict[str, Problem] = {}

    def get(self, path: str) -> str | None:
        """The text, or None when the file is absent or cannot be read (the reason is then among `problems`)."""
        if path in self._read:
            return self._read[path]
        text: str | None = None
        try:
            text = self.files.read(path)
        except WizardError as error:
            if self.files.exists(path) and not self.files.is_dir(path):
                self._problems[path] = Problem(error.message, Source(path))
        self._read[path] = text
        return text

    @property
    def all(self) -> Mapping[str, str]:
        """Every text read so far by its path, in path order."""
        return {path: text for path, text in sorted(self._read.items()) if text is not None}

    @property
    def problems(self) -> tuple[Problem, ...]:
        """The files that could not be read."""
        return tuple(problem for _, problem in sorted(self._problems.items()))
