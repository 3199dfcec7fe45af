"""What one look at a stack shares between detection and reading: nothing is listed, read or parsed twice."""

from __future__ import annotations

from wizard.adapters.files import Files
from wizard.stack.compose_files import ComposeFiles
from wizard.stack.texts import Texts
from wizard.stack.tree import Tree
from wizard.values.memo import Memo


class Survey:
    """The files, their listing, their texts, and the Compose files parsed so far.

    `memo`: what the reading before made of the same texts.
    """

    def __init__(self, files: Files, memo: Memo | None = None) -> None:
        self.files = files
        self.memo = memo or Memo()
        self.tree = Tree(files)
        self.texts = Texts(files)
        self.compose = ComposeFiles(self.texts.get, self.memo)


class Findings:
    """What detection found out: a value a field, why, and where it is not sure."""

    def __init__(self) -> None:
        self.values: dict[str, object] = {}
        self.why: dict[str, str] = {}
        self.unsure: list[str] = []

    def say(self, field: str, value: object, why: object, *, unsure: bool = False) -> None:
        """Note a field. `why`: a `Source`, or the reason in words."""
        self.values[field] = value
        self.why[field] = str(why)
        if unsure and field not in self.unsure:
            self.unsure.append(field)
