"""What one look at a stack shares between detection and reading: nothing is listed, read or parsed twice."""

from __future__ import annotations

from collections.abc import Mapping

from wizard.adapters.files.files import Files
from wizard.errors import WizardError
from wizard.rules.merge_markers import UNFINISHED, conflict_line
from wizard.rules.text import why_no_utf8
from wizard.stack.compose.files import ComposeFiles
from wizard.stack.tree import Tree
from wizard.values.memo import Memo
from wizard.values.source import Problem, Source


class Texts:
    """Texts of files by path. A file that cannot be read becomes a problem and counts as absent."""

    def __init__(self, files: Files) -> None:
        self.files = files
        self._read: dict[str, str | None] = {}
        self._problems: dict[str, Problem] = {}

    def get(self, path: str) -> str | None:
        """Returns the text, or None when the file is absent or cannot be read (the reason is then among `problems`)."""
        if path in self._read:
            return self._read[path]
        text: str | None = None
        try:
            text = self.files.read(path)
        except WizardError as error:
            if self.files.exists(path) and not self.files.is_dir(path):
                self._problems[path] = Problem(error.message, Source(path))
        self._read[path] = text
        if text is not None and (line := conflict_line(text)):
            self._problems[path] = Problem(UNFINISHED, Source(path, line), refused=True)
        return text

    def document(self, path: str) -> str | Problem | None:
        """Returns a document's text, why there is none to read (a `Problem`, also among `problems`), or None where the
        file is absent."""
        text = self.get(path)
        if text is not None and (why := why_no_utf8(text)):
            self._problems.setdefault(path, Problem(f"{path} cannot be read: {why}", Source(path)))
            return self._problems[path]
        return self._problems.get(path) if text is None else text

    @property
    def all(self) -> Mapping[str, str]:
        """Every text read so far by its path, in path order."""
        return {path: text for path, text in sorted(self._read.items()) if text is not None}

    @property
    def problems(self) -> tuple[Problem, ...]:
        """The files that could not be read, or that nobody can: an unfinished merge is in them."""
        return tuple(problem for _, problem in sorted(self._problems.items()))


class Survey:
    """The files, their listing, their texts, and the Compose files parsed so far.

    `memo`: what the reading before made of the same texts.
    """

    def __init__(self, files: Files, memo: Memo | None = None) -> None:
        self.files = files
        self.memo = memo or Memo()
        self.tree = Tree(files)
        self.texts = Texts(files)
        self.compose = ComposeFiles(self.texts.get, self.memo, files.root.name)


class Findings:
    """What detection found out: a value a field, why, and where it is not sure.

    `said`: fields that a person has written down already, and why each has its value; they are not found out again.
    """

    def __init__(self, said: Mapping[str, object] | None = None, why: Mapping[str, str] | None = None) -> None:
        self._said = frozenset(said or {})
        self.values: dict[str, object] = dict(said or {})
        self.why: dict[str, str] = dict(why or {})
        self.unsure: list[str] = []

    def say(self, field: str, value: object, why: object, *, unsure: bool = False) -> None:
        """Notes a field. `why`: a `Source`, or the reason in words."""
        if field in self._said:
            return
        self.values[field] = value
        self.why[field] = str(why)
        if unsure and field not in self.unsure:
            self.unsure.append(field)
