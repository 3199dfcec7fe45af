"""Rows of the status matrix in the registry document; the table itself is edited by `registry.update_matrix`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from wizard.errors import RefusedError
from wizard.plan.compose.port_registry import update_matrix, without_planned
from wizard.plan.context import PlanContext
from wizard.plan.splice.text import SpliceRefused
from wizard.values.edit import FileEdit
from wizard.values.facts.documents import MatrixRow, RegistryFacts
from wizard.values.facts.stack import StackFacts
from wizard.values.finding import Status
from wizard.values.source import Source

YES, NO = "✅", "❌"
RUNNING = "Running"
_YES_WORDS = frozenset({"✅", "✔", "✔️", "☑", "yes", "y", "x", "ok", "done", "true", "[x]", ":white_check_mark:"})


class Line(Protocol):
    """What this room needs of `audit.matrix.MatrixLine`: a service and its true cells under the document's titles."""

    @property
    def service(self) -> str:
        """The service as the table names it."""

    @property
    def cells(self) -> tuple[tuple[str, str], ...]:
        """(column title, text) pairs."""


def plan_matrix(facts: StackFacts, lines: Iterable[Line]) -> FileEdit | None:
    """Returns the edit that makes the document's matrix say these lines; None without a document or a difference.

    Raises `RefusedError` when the document's table cannot be edited safely.
    """
    return matrix_edit(facts, [MatrixRow(line.service, line.cells, Source("")) for line in lines])


def plan_brought_in(ctx: PlanContext) -> FileEdit | None:
    """Returns the document in which a service that has just been seen running has its true row and is no longer called
    planned; None when nothing would change.
    """
    registry = ctx.facts.registry
    text = ctx.text(registry.path) if registry else None
    if registry is None or text is None or ctx.status("starts") is not Status.MET:
        return None
    row = _row(ctx, registry)
    after = without_planned(row.after or text if row else text, registry, ctx.spec.name)
    parts = ["status matrix from evidence"] * (row is not None)
    parts += ["no longer planned"] * (after != (row.after if row else text))
    return FileEdit(registry.path, text, after, "; ".join(parts)) if after != text else None


def _row(ctx: PlanContext, registry: RegistryFacts) -> FileEdit | None:
    """The row of the service in the status matrix; None when it says so already, or there is no matrix."""
    if registry.matrix_at is None:
        return None
    old = next((row for row in registry.matrix if row.service == ctx.spec.name), None)
    before = dict(old.cells) if old else {}
    truth = {
        "service.py": bool(ctx.service and ctx.service.entry),
        "dockerfile": bool(ctx.service and ctx.service.dockerfile),
        "compose": bool(ctx.service and ctx.service.compose),
    }
    cells = tuple((title, _cell(title, before.get(title, ""), truth)) for title in registry.matrix_header[1:])
    return matrix_edit(ctx.facts, [MatrixRow(ctx.spec.name, cells, Source(registry.path))])


def matrix_edit(facts: StackFacts, rows: Sequence[MatrixRow]) -> FileEdit | None:
    """Returns the document with these rows, or None when it says so already (or there is none). Raises
    `RefusedError`.
    """
    registry = facts.registry
    text = facts.texts.get(registry.path) if registry else None
    if registry is None or text is None or registry.matrix_at is None:
        return None
    try:
        splice = update_matrix(text, registry, rows)
    except SpliceRefused as refused:
        raise RefusedError(
            f"the status matrix cannot be edited safely: {refused.reason}",
            where=f"{registry.path}:{refused.line or registry.matrix_at.line}",
            next_step="correct the table by hand",
        ) from refused
    if splice.after == text:
        return None
    return FileEdit(registry.path, text, splice.after, "status matrix from evidence")


def _cell(title: str, old: str, truth: dict[str, bool]) -> str:
    """The cell as it should read; the old text where it says the same in another sign."""
    column = title.strip(" *`_").lower()
    if column == "status":
        return old if RUNNING.lower() in old.lower() else RUNNING
    if column not in truth:
        return old
    says = old.strip().lower() in _YES_WORDS
    return old if old.strip() and says == truth[column] else (YES if truth[column] else NO)
