"""Rows of the status matrix in the registry document; the table itself is edited by `registry.update_matrix`."""

from __future__ import annotations

from wizard.plan.context import PlanContext
from wizard.values.edit import FileEdit


def plan_row(ctx: PlanContext) -> FileEdit | None:
    return None
