"""Planner name -> function: the checklist names them, this table finds them, a test proves that the two agree."""

from __future__ import annotations

from collections.abc import Callable

from wizard.plan import database, deployment
from wizard.plan.compose import planner as compose
from wizard.plan.container import planner as container
from wizard.plan.context import PlanContext
from wizard.plan.docs import planner as docs
from wizard.plan.service import planner as service
from wizard.plan.testing import planner as testing
from wizard.values.edit import ChangeSet

Planner = Callable[[PlanContext], ChangeSet]

PLANNERS: dict[str, Planner] = {
    "service": service.plan,
    "container": container.plan,
    "compose": compose.plan,
    "database": database.plan,
    "testing": testing.plan,
    "docs": docs.plan,
    "record": deployment.plan,
}
