"""Phase 4: the tables the schema lacks and the rows to start with, each appended in a block that may run again."""

from __future__ import annotations

import ast
import posixpath
import re

from wizard.plan.context import PlanContext
from wizard.plan.docs.view import is_by_hand
from wizard.plan.service.modules import variables_read
from wizard.plan.splice.sql import append_sql
from wizard.plan.splice.text import SpliceRefused
from wizard.rules.variables import names_role
from wizard.syntax.python import parse_python
from wizard.syntax.sql import Statement, split
from wizard.syntax.trouble import SyntaxTrouble
from wizard.values.edit import ChangeSet, FileEdit, Refusal
from wizard.values.finding import Status
from wizard.values.lean import replace
from wizard.values.pattern import lazy_pattern
from wizard.values.spec import Table

DEFAULT_SCHEMA = "infrastructure/database/schema.sql"
Found = FileEdit | Refusal | None
ADDED = ("id", "event_id", "created_at")
"""What every table of a generated service has beside the answered columns."""
_INSERT = lazy_pattern(
    r"""insert\s+into\s+(?:"?\w+"?\.)?"?(?P<table>\w+)"?\s*(?:\((?P<columns>[^()]*)\)\s*)?(?=values|select|overriding)""",
    re.IGNORECASE,
)


def plan(ctx: PlanContext) -> ChangeSet:
    """Plans tables and rows; nothing for a service without tables."""
    edits: list[FileEdit] = []
    refusals: list[Refusal] = []
    if ctx.spec.tables:
        found = [_schema(ctx) if ctx.wants("schema-tables") else None]
        if ctx.wants("schema-tables") and not isinstance(found[0], Refusal):
            found = _after(found, _role(ctx, _made(found)))
        if ctx.wants("seed-data") and ctx.spec.seed and not isinstance(found[0], Refusal):  # rows need their table
            found = _after(found, _seed(ctx, _made(found)))
        edits = [edit for edit in found if isinstance(edit, FileEdit)]
        refusals = [refusal for refusal in found if isinstance(refusal, Refusal)]
    return ChangeSet(ctx.spec.name, ctx.phase, tuple(edits), tuple(refusals), _left(ctx, edits, refusals))


def _made(found: list[Found]) -> FileEdit | None:
    """The edit of the schema, which further ones of that file are put behind."""
    return found[0] if isinstance(found[0], FileEdit) else None


def _after(found: list[Found], new: Found) -> list[Found]:
    """One edit a file: a new one of the schema holds what was planned for it before."""
    made = _made(found)
    if made is None or not isinstance(new, FileEdit) or new.path != made.path:
        return [new] if found == [None] else [*found, new]
    items = tuple(dict.fromkeys((*made.items, *new.items)))
    return [replace(new, before=made.before, why=f"{made.why}, {new.why}", items=items), *found[1:]]


def _role(ctx: PlanContext, made: FileEdit | None) -> Found:
    """The role that the code runs its statements as, with its rights; none for code that takes on none."""
    roles = {s.table for file in ctx.facts.sql for s in file.statements if s.kind == "create_role"}
    taken = {v.default for v in variables_read(ctx) if names_role(v.name)}
    if not ctx.shape.role or ctx.shape.role in roles or (is_by_hand(ctx) and ctx.shape.role not in taken):
        return None
    path = ctx.profile.schema_file or DEFAULT_SCHEMA
    why = f"create the role {ctx.shape.role}"
    return _appended(ctx, "schema-tables", path, "database/role.sql.j2", ctx.spec.tables, why, made)


def _left(ctx: PlanContext, edits: list[FileEdit], refusals: list[Refusal]) -> tuple[str, ...]:
    """What is wrong in people's own SQL and stays theirs to mend."""
    served = {item for edit in edits for item in edit.items} | {refusal.item for refusal in refusals}
    wrong = [f for f in ctx.findings if f.status is Status.BROKEN and f.item not in served]
    return tuple(f"{f.item}: {f.summary}" + (f" ({f.sources[0]})" if f.sources else "") for f in wrong)


def _schema(ctx: PlanContext) -> Found:
    path = ctx.profile.schema_file or DEFAULT_SCHEMA
    created = {s.table.lower() for file in ctx.facts.sql for s in file.statements if s.kind == "create_table"}
    missing = tuple(table for table in ctx.spec.tables if table.name.lower() not in created)
    if not missing:
        return None
    names = ", ".join(table.name for table in missing)
    written = {fact.value for file in (ctx.service.python if ctx.service else ()) for fact in file.tables_written}
    own = [table.name for table in missing if not table.columns and table.name in written and is_by_hand(ctx)]
    lacking = [f"{table.name}.{column}" for table in missing for column in _unsaid(ctx, table)]
    if lacking and not own:
        reason = f"the code writes {', '.join(lacking)}, which is not among the answered columns: answer them all"
        return Refusal("schema-tables", path, reason)
    if own:
        reason = f"the code writes {', '.join(own)}, and its columns are not known here: write its CREATE TABLE"
        return Refusal("schema-tables", path, reason, f"CREATE TABLE IF NOT EXISTS {own[0]} (\n    …\n);\n")
    return _appended(ctx, "schema-tables", path, "database/tables.sql.j2", missing, f"create {names}")


def _added_columns(ctx: PlanContext, table: str) -> frozenset[str]:
    """Returns the columns that the wizard's tables have beside the answered ones. Those of a table that hand-written
    code fills must not get in the way of its INSERTs: a row is put in without them."""
    inserts = _inserts(ctx, table)
    written = (fact.value for file in (ctx.service.code if ctx.service else ()) for fact in file.tables_written)
    if not is_by_hand(ctx) or not (inserts or table in written):
        return frozenset(ADDED)
    if not inserts or not all(inserts):
        return frozenset()
    return frozenset(ADDED) - {"event_id"} | (frozenset.intersection(*inserts) & {"event_id"})


def _unsaid(ctx: PlanContext, table: Table) -> list[str]:
    """The columns that hand-written code fills and nobody answered."""
    said = {column.name.lower() for column in table.columns} | set(ADDED)
    named = frozenset[str]().union(*_inserts(ctx, table.name)) if table.columns and is_by_hand(ctx) else frozenset()
    return sorted(named - said)


def _inserts(ctx: PlanContext, table: str) -> list[frozenset[str]]:
    """The columns that each INSERT of the code into a table names; empty for one that names none."""
    trees = [parse_python(ctx.text(file.path) or "") for file in (ctx.service.code if ctx.service else ())]
    nodes = (node for tree in trees if tree is not None for node in ast.walk(tree))
    texts = (node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str))
    return [
        frozenset(word.strip(' \n\t"').lower() for word in (match["columns"] or "").split(",") if word.strip())
        for text in texts
        for match in _INSERT.finditer(text)
        if match["table"].lower() == table.lower()
    ]


def _seed(ctx: PlanContext, made: FileEdit | None) -> Found:
    """The rows; `made`: the edit of the schema, which they are put behind where no other file is loaded."""
    schema = ctx.profile.schema_file or DEFAULT_SCHEMA
    path = _seed_file(ctx, schema)
    filled = {s.table.lower() for file in ctx.facts.sql for s in file.statements if s.kind == "insert"}
    missing = tuple(table for table in ctx.spec.tables if table.name.lower() not in filled)
    if not missing:
        return None
    foreign = [table.name for table in missing if not _has_event_id(ctx, schema, table.name)]
    if foreign:
        reason = (
            f"the columns of {', '.join(foreign)} are your own; write rows that fit, ending in ON CONFLICT DO NOTHING"
        )
        return Refusal("seed-data", path, reason, "ON CONFLICT DO NOTHING;\n")
    return _appended(ctx, "seed-data", path, "database/seed.sql.j2", missing, "rows to start with", made)


def _seed_file(ctx: PlanContext, schema: str) -> str:
    """Where rows are loaded: the last seed file; else the schema file itself when PostgreSQL is given that file alone;
    else a new one beside it."""
    if ctx.profile.seed_files:
        return ctx.profile.seed_files[-1]
    folder = posixpath.dirname(schema)
    server = ctx.facts.compose.service(ctx.profile.postgres.service)
    mounted = {posixpath.normpath(fact.value.partition(":")[0]) for fact in (server.volumes if server else ())}
    return schema if schema in mounted and folder not in mounted else posixpath.join(folder, "seed.sql")


def _has_event_id(ctx: PlanContext, path: str, table: str) -> bool:
    """True when the table has the column the wizard's rows are unique by, or is not there yet (then this phase makes
    it)."""
    texts = [ctx.text(p) or "" for p in dict.fromkeys([path, *(file.path for file in ctx.facts.sql)])]
    made = [
        s for text in texts for s in _statements(text) if s.kind == "create_table" and s.table.lower() == table.lower()
    ]
    will = "event_id" in _added_columns(ctx, table) if not made else False
    return will or any("event_id" in statement.bare for statement in made)


def _statements(text: str) -> tuple[Statement, ...]:
    try:
        return split(text)
    except SyntaxTrouble:
        return ()


def _appended(
    ctx: PlanContext,
    item: str,
    path: str,
    template: str,
    tables: tuple[Table, ...],
    why: str,
    made: FileEdit | None = None,
) -> FileEdit | Refusal:
    added = {table.name: _added_columns(ctx, table.name) for table in tables}
    text = ctx.fill(template, tables=tables, added=added)
    before = made.after if made is not None and made.path == path else ctx.text(path)
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
