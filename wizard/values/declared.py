"""The checks that a stack's own checklist may name: what to look at, as data; nothing here looks."""

from __future__ import annotations

from wizard.values.lean import dataclass
from wizard.values.source import Source

Scalar = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Text:
    """What a text must have (`contains`) and must not have (`lacks`). A `*` stands for anything within one line."""

    contains: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FileCheck:
    """A file or folder is there, or with `absent` is not."""

    path: str
    absent: bool = False


@dataclass(frozen=True, slots=True)
class TextCheck:
    """A file has and lacks certain texts."""

    path: str
    text: Text


@dataclass(frozen=True, slots=True)
class KeyCheck:
    """A YAML, TOML or JSON file has a key (`panels[0].title`), or with `absent` has it not.

    `equals`: the value it must have; () where any will do.
    """

    path: str
    key: str
    equals: tuple[Scalar, ...] = ()
    absent: bool = False


@dataclass(frozen=True, slots=True)
class CommandCheck:
    """A program ends with an exit code. `reads`: files of the stack that its verdict depends on."""

    words: tuple[str, ...]
    exit: int = 0
    seconds: int = 60
    reads: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HttpCheck:
    """The running service answers `GET path` with a status and a text."""

    path: str
    status: int = 200
    text: Text = Text()


@dataclass(frozen=True, slots=True)
class LogCheck:
    """The running service's log has and lacks certain texts while it is watched."""

    text: Text


Kind = FileCheck | TextCheck | KeyCheck | CommandCheck | HttpCheck | LogCheck
LIVE = (CommandCheck, HttpCheck, LogCheck)


@dataclass(frozen=True, slots=True)
class Declared:
    """One check of an item, and the line that declares it."""

    kind: Kind
    source: Source

    @property
    def live(self) -> bool:
        """True when something has to run to decide it."""
        return isinstance(self.kind, LIVE)

    @property
    def paths(self) -> tuple[str, ...]:
        """Returns the files of the stack that decide it, with `{name}` and `{folder}` still in them."""
        kind = self.kind
        if isinstance(kind, FileCheck | TextCheck | KeyCheck):
            return (kind.path,)
        return kind.reads if isinstance(kind, CommandCheck) else ()


@dataclass(frozen=True, slots=True)
class SwitchedOff:
    """Why an item is not asked of this stack, and the line that says so."""

    reason: str
    source: Source


def filled(text: str, name: str, folder: str) -> str:
    """Returns a declared text with the service's name and folder in it."""
    return text.replace("{name}", name).replace("{folder}", folder)
