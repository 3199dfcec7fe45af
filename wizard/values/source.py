"""Where a fact was read."""

from __future__ import annotations

from typing import Generic, TypeVar

from wizard.values.lean import dataclass

T = TypeVar("T")


@dataclass(frozen=True, slots=True, order=True)
class Source:
    """A line of a file: `path` relative to the stack's root with forward slashes, `line` from 1 (0: the file as a
    whole)."""

    path: str
    line: int = 0

    def __str__(self) -> str:
        return f"{self.path}:{self.line}" if self.line else self.path


@dataclass(frozen=True, slots=True)
class Fact(Generic[T]):
    """A value together with the line that says so."""

    value: T
    source: Source


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong that a reader met: a syntax error, a duplicate key, a file that cannot be decoded.

    `refused`: the program that the file is for refuses to load it because of this.
    """

    message: str
    source: Source
    refused: bool = False
