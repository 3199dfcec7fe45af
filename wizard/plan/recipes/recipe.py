"""What a recipe is: where it applies, seen cheaply, and the edit it makes of one file."""

from __future__ import annotations

from collections.abc import Callable

from wizard.plan.context import PlanContext
from wizard.values.choice import Safety
from wizard.values.lean import dataclass


@dataclass(frozen=True, slots=True)
class Recipe:
    """One change of hand-written code.

    `check`: the check of the item it serves. `says`: what it does, for the diff's heading. `changes`: how behaviour can
    change, empty for a safe one. `sites`: the files where it has something to do. `rewrite(ctx, path, text)` returns
    the text afterwards, proven, and raises `SpliceRefused` where its precondition does not hold. None: a planner
    carries it out when it is chosen. `requires`: what its code imports besides, so that the same commit requires it.
    """

    name: str
    check: str
    safety: Safety
    says: str
    changes: str
    sites: Callable[[PlanContext], tuple[str, ...]]
    rewrite: Callable[[PlanContext, str, str], str] | None
    requires: str = ""
