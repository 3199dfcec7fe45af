"""Rows of the status matrix in the registry document; the table itself is edited by `registry.update_matrix`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from wizard.errors import RefusedError
from wizard.plan.context import PlanContext
from wizard.plan.registry import update_matrix
from wizard.plan.splice_text import SpliceRefused
from wizard.values.doc_facts import MatrixRow
from wizard.values.edit import FileEdit
from wizard.values.facts import StackFacts
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
    """The edit that makes the document's matrix say these lines; None without a document or a difference.

    Raises `RefusedError` when the document's table cannot be edited safely.
    """
    return matrix_edit(facts, [MatrixRow(line.service, line.cells, Source("")) for line in lines])


def plan_row(ctx: PlanContext) -> FileEdit | None:
    """The row of the service that has just been seen running; None when nothing would change or there is no matrix."""
    registry = ctx.facts.registry
    if registry is None or registry.matrix_at is None or ctx.status("7.1") is not Status.MET:
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
    """The document with these rows, or None when it says so already (or there is none). Raises `RefusedError`."""
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
