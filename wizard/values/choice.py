"""What a person takes of a plan: recipes that change hand-written code, and edits that are left out."""

from __future__ import annotations

from typing import Literal

from wizard.values.lean import dataclass, replace

Safety = Literal["safe", "unsafe", "shown"]
"""`safe`: the meaning is kept; `unsafe`: behaviour can change, and it is said how; `shown`: text to paste only."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A recipe that could be taken and was not named. `changes`: how behaviour can change, empty for a safe one."""

    recipe: str
    item: str
    path: str
    safety: Safety
    says: str
    changes: str = ""


@dataclass(frozen=True, slots=True)
class Left:
    """An edit that a person left out: by its path or its item (`what`), with the items it would have served."""

    what: str
    reason: str
    items: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """What of a plan is taken.

    `fixes`: item ids, recipe names, `safe` and `all`. `only`: paths and item ids, empty: everything. `skip`: what is
    left out, each with its reason. `again`: what an earlier session left out and is taken now.
    """

    fixes: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    skip: tuple[Left, ...] = ()
    again: tuple[str, ...] = ()

    def takes(self, recipe: str, item: str, safety: Safety) -> bool:
        """Tells whether a recipe was named: itself, by its item, or with its class."""
        return bool({recipe, item, "all"} & set(self.fixes)) or (safety == "safe" and "safe" in self.fixes)

    def names(self, recipe: str, item: str) -> bool:
        """Tells whether a recipe was named by itself or its item, and is meant even where nothing is wrong."""
        return recipe in self.fixes or item in self.fixes

    def without(self, what: str, reason: str) -> Choice:
        """Returns the choice that leaves an edit out, by its path or its item."""
        skip = (*(one for one in self.skip if one.what != what), Left(what, reason))
        return replace(self, skip=skip, again=tuple(one for one in self.again if one != what))

    def with_left(self, what: str) -> Choice:
        """Returns the choice that takes what was left out, now or in an earlier session."""
        skip = tuple(one for one in self.skip if one.what != what)
        return replace(self, skip=skip, again=tuple(dict.fromkeys((*self.again, what))))

    def with_fix(self, recipe: str) -> Choice:
        """Returns the choice that takes a recipe, or gives it up when it is taken."""
        others = tuple(one for one in self.fixes if one != recipe)
        return replace(self, fixes=others if others != self.fixes else (*others, recipe))


EVERYTHING = Choice()
"""The whole plan, and no recipe."""
