"""Phase 4: the tables the schema lacks and the rows to start with, each appended in a block that may run again."""

from __future__ import annotations

import posixpath

from wizard.plan.context import PlanContext
from wizard.plan.splice_sql import append_sql
from wizard.plan.splice_text import SpliceRefused
from wizard.syntax.sql import Statement, split
from wizard.syntax.trouble import SyntaxTrouble
from wizard.values.edit import ChangeSet, FileEdit, Refusal
from wizard.values.finding import Status
from wizard.values.phase import Phase
from wizard.values.spec import Table

DEFAULT_SCHEMA = "infrastructure/database/schema.sql"


def plan(ctx: PlanContext) -> ChangeSet:
    """Nothing for a service without tables."""
    edits: list[FileEdit] = []
    refusals: list[Refusal] = []
    if ctx.spec.tables:
        found = [_schema(ctx) if ctx.wants("4.1") else None]
        if ctx.wants("4.2") and ctx.spec.seed and not isinstance(found[0], Refusal):  # rows need their table
            found.append(_seed(ctx))
        edits = [edit for edit in found if isinstance(edit, FileEdit)]
        refusals = [refusal for refusal in found if isinstance(refusal, Refusal)]
    return ChangeSet(ctx.spec.name, Phase.DATABASE, tuple(edits), tuple(refusals), _left(ctx, edits, refusals))


def _left(ctx: PlanContext, edits: list[FileEdit], refusals: list[Refusal]) -> tuple[str, ...]:
    """What is wrong in people's own SQL and stays theirs to mend."""
    served = {item for edit in edits for item in edit.items} | {refusal.item for refusal in refusals}
    wrong = [f for f in ctx.report.of_phase(Phase.DATABASE) if f.status is Status.BROKEN and f.item not in served]
    return tuple(f"{f.item}: {f.summary}" + (f" ({f.sources[0]})" if f.sources else "") for f in wrong)


def _schema(ctx: PlanContext) -> FileEdit | Refusal | None:
    path = ctx.profile.schema_file or DEFAULT_SCHEMA
    created = {s.table.lower() for file in ctx.facts.sql for s in file.statements if s.kind == "create_table"}
    missing = tuple(table for table in ctx.spec.tables if table.name.lower() not in created)
    if not missing:
        return None
    names = ", ".join(table.name for table in missing)
    return _appended(ctx, "4.1", path, "database/tables.sql.j2", missing, f"create {names} (4.1)")


def _seed(ctx: PlanContext) -> FileEdit | Refusal | None:
    schema = ctx.profile.schema_file or DEFAULT_SCHEMA
    path = (
        ctx.profile.seed_files[-1] if ctx.profile.seed_files else posixpath.join(posixpath.dirname(schema), "seed.sql")
    )
    filled = {s.table.lower() for file in ctx.facts.sql for s in file.statements if s.kind == "insert"}
    missing = tuple(table for table in ctx.spec.tables if table.name.lower() not in filled)
    if not missing:
        return None
    foreign = [table.name for table in missing if not _has_event_id(ctx, schema, table.name)]
    if foreign:
        reason = (
            f"the columns of {', '.join(foreign)} are your own; write rows that fit, ending in ON CONFLICT DO NOTHING"
        )
        return Refusal("4.2", path, reason, "ON CONFLICT DO NOTHING;\n")
    return _appended(ctx, "4.2", path, "database/seed.sql.j2", missing, "rows to start with (4.2)")


def _has_event_id(ctx: PlanContext, path: str, table: str) -> bool:
    """True when the table has the column the wizard's rows are unique by, or is not there yet (then this phase makes
    it)."""
    texts = [ctx.text(p) or "" for p in dict.fromkeys([path, *(file.path for file in ctx.facts.sql)])]
    made = [
        s for text in texts for s in _statements(text) if s.kind == "create_table" and s.table.lower() == table.lower()
    ]
    return not made or any("event_id" in statement.bare for statement in made)


def _statements(text: str) -> tuple[Statement, ...]:
    try:
        return split(text)
    except SyntaxTrouble:
        return ()


def _appended(
    ctx: PlanContext, item: str, path: str, template: str, tables: tuple[Table, ...], why: str
) -> FileEdit | Refusal:
    text = ctx.fill(template, tables=tables)
    before = ctx.text(path)
    if before is None:
        return FileEdit(path, None, text, why, (item,))
    title, statements = _heading(text)
    try:
        splice = append_sql(before, title, statements)
    except SpliceRefused as refused:
        return Refusal(item, path, refused.reason, text, refused.line)
    return FileEdit(path, before, splice.after, why, (item,))


def _heading(text: str) -> tuple[str, str]:
    """(title, the rest) of a rendered block: its comment lines at the top become a heading in the file's own style."""
    start = split(text)[0].start
    comments = [line.strip().lstrip("-").strip() for line in text[:start].split("\n")]
    return " ".join(line for line in comments if line), text[start:]
