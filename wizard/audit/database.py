"""Phase 4: the tables of the service."""

from __future__ import annotations

from wizard.audit.context import Context, listed, plural
from wizard.audit.live import live
from wizard.values.doc_facts import SqlFacts, SqlStatement
from wizard.values.finding import Finding
from wizard.values.source import Source


def schema_tables(ctx: Context) -> Finding:
    """4.1: the spec's tables are created in the schema file, and the whole file parses."""
    if not ctx.spec.tables:
        return no_tables(ctx)
    schema = _schema(ctx)
    if schema is None:
        path = ctx.facts.profile.schema_file
        return ctx.unmet(f"there is no schema file{f' {path}' if path else ''}", Source(path or ctx.edit_file))
    if schema.problems:
        return ctx.broken(schema.problems[0].message, *(p.source for p in schema.problems[:4]))
    wrong = _twice(ctx, schema) or _dropped(ctx, schema)
    if wrong:
        return wrong
    missing = [t.name for t in ctx.spec.tables if t.name.lower() not in ctx.index.created]
    if missing:
        return ctx.unmet(f"not created: {listed(missing)}", Source(schema.path))
    names = listed([t.name for t in ctx.spec.tables])
    return ctx.met(f"creates {names}", *(ctx.index.created[t.name.lower()][0].source for t in ctx.spec.tables))


def no_tables(ctx: Context) -> Finding:
    """Every item of the phase for a service without tables."""
    return ctx.na("the service has no tables", ctx.answers)


def _schema(ctx: Context) -> SqlFacts | None:
    path = ctx.facts.profile.schema_file
    return next((f for f in ctx.facts.sql if f.path == path), None)


def _twice(ctx: Context, schema: SqlFacts) -> Finding | None:
    for table in ctx.spec.tables:
        made = [s for s in ctx.index.created.get(table.name.lower(), ()) if s.source.path == schema.path]
        if len(made) > 1 and not _drop_between(schema, made[0], made[1]):
            return ctx.broken(f"{table.name} is created twice", *(s.source for s in made[:3]))
    return None


def _drop_between(schema: SqlFacts, first: SqlStatement, second: SqlStatement) -> bool:
    return any(
        s.kind == "drop_table" and s.table == first.table and first.source.line < s.source.line < second.source.line
        for s in schema.statements
    )


def _dropped(ctx: Context, schema: SqlFacts) -> Finding | None:
    """A DROP of a table after it was made, or of one not made here; a DROP before the CREATE is a reset."""
    for drop in schema.statements:
        if drop.kind != "drop_table":
            continue
        made = [s for s in ctx.index.created.get(drop.table, ()) if s.source.path == schema.path]
        if any(s.source.line > drop.source.line for s in made):
            continue
        whose = "its own table" if drop.table in {t.name.lower() for t in ctx.spec.tables} else "a table of others"
        return ctx.broken(f"drops {drop.table}, {whose}", drop.source, *(s.source for s in made[:1]))
    return None


def seed_data(ctx: Context) -> Finding:
    """4.2: rows to start with, inserted so that they can be inserted again."""
    if not ctx.spec.tables:
        return no_tables(ctx)
    if not ctx.spec.seed:
        if ctx.service and ctx.service.manifest:
            return ctx.na("the spec says that no seed data is needed", ctx.spec_source)
        schema = ctx.facts.profile.schema_file
        words = "nothing inserts rows into its tables, so none seem to be needed"
        return ctx.na(words, Source(schema) if schema else ctx.answers)
    rows = [s for t in ctx.spec.tables for s in ctx.index.inserted.get(t.name.lower(), ())]
    seeds = ctx.facts.profile.seed_files
    broken = next((f for f in ctx.facts.sql if f.path in seeds and f.problems), None)
    if broken:
        return ctx.broken(broken.problems[0].message, broken.problems[0].source)
    if not rows:
        looked = tuple(Source(path) for path in (*seeds, ctx.facts.profile.schema_file) if path)
        return ctx.unmet("nothing inserts rows into its tables", *(looked or (ctx.spec_source,)))
    unsafe = [s for s in rows if not s.guarded]
    if unsafe:
        return ctx.broken(f"inserting into {unsafe[0].table} fails the second time", *(s.source for s in unsafe[:4]))
    return ctx.met(f"{plural(len(rows), 'insert')} that can run again", *(s.source for s in rows[:4]))


def database_live(ctx: Context) -> Finding:
    """4.3: schema and seeds, twice, on a scratch database of the real server."""
    if not ctx.spec.tables:
        return no_tables(ctx)
    made = [s for t in ctx.spec.tables for s in ctx.index.created.get(t.name.lower(), ())]
    schema = Source(ctx.facts.profile.schema_file or ctx.edit_file)
    missing = ctx.unmet("its tables are not in the schema yet", schema) if len(made) < len(ctx.spec.tables) else None
    return live(ctx, missing, *(s.source for s in made[:4]))
