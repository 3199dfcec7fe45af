"""The seven phases, by the names used in every folder, template, test and commit message."""

from __future__ import annotations

from enum import StrEnum


class Phase(StrEnum):
    """One of the reference document's seven phases, in order."""

    SERVICE = "service"
    CONTAINER = "container"
    COMPOSE = "compose"
    DATABASE = "database"
    TESTING = "testing"
    DOCS = "docs"
    DEPLOYMENT = "deployment"

    @property
    def number(self) -> int:
        """1 to 7."""
        return _IN_ORDER.index(self) + 1

    @classmethod
    def of_item(cls, item: str) -> Phase:
        """The phase an item id such as `3.5` belongs to. Raises `ValueError` for any other text."""
        return _IN_ORDER[int(item.split(".", 1)[0]) - 1]


_IN_ORDER = tuple(Phase)
