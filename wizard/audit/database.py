"""Phase 4: the tables of the service."""

from __future__ import annotations

from wizard.audit.context import Context, listed
from wizard.audit.live import live
from wizard.rules.text import plural
from wizard.rules.variables import names_role
from wizard.values.facts.documents import SqlFacts, SqlStatement
from wizard.values.finding import Finding
from wizard.values.pattern import lazy_pattern
from wizard.values.source import Fact, Source

_SAY = "Say it in the answers: `tables`, or `tables: []` where they are another's."
_ANOTHERS = "Create it in the schema file, or correct its name; waive the item where it is another database's."
_LEAVE = "Waive it if the migrations do; a second CREATE TABLE in a schema file would be in their way."
_MIGRATION = lazy_pattern(r"(?:^|/)(?:migrations?|alembic)/|(?:^|/)alembic\.ini$")


def schema_tables(ctx: Context) -> Finding:
    """Judges item 4.1: the spec's tables are created in the schema file, and the whole file parses."""
    if not ctx.spec.tables:
        return no_tables(ctx)
    schema = _schema(ctx)
    if schema is None:
        path = ctx.facts.profile.schema_file
        words = f"there is no schema file{f' {path}' if path else ''}"
        wanted = f"{listed([table.name for table in ctx.spec.tables])}: {words}"
        return _by_migration(ctx, wanted) or ctx.unmet(words, Source(path or ctx.edit_file))
    if schema.problems:
        return ctx.broken(schema.problems[0].message, *(p.source for p in schema.problems[:4]))
    wrong = _twice(ctx, schema) or _dropped(ctx, schema)
    if wrong:
        return wrong
    missing = [t.name for t in ctx.spec.tables if t.name.lower() not in ctx.index.created]
    if missing:
        return _missing(ctx, missing, schema.path)
    wrong = _unmade(ctx, schema.path) or _lacking_role(ctx)
    if wrong is not None:
        return wrong
    names = listed([t.name for t in ctx.spec.tables])
    return ctx.met(f"creates {names}", *(ctx.index.created[t.name.lower()][0].source for t in ctx.spec.tables))


def _missing(ctx: Context, names: list[str], schema: str) -> Finding:
    """The finding for tables that no SQL file creates: migrations that are not read may do it, or the code itself."""
    lower = {name.lower() for name in names}
    files = ctx.code.files
    lines = [fact.source for file in files for fact in file.tables_written if fact.value in lower][:3]
    own = [fact.source for file in files for fact in file.tables_created if fact.value in lower | {"*"}]
    if own:
        words = f"{listed(names)}: created by the code itself, not in {schema}"
        return ctx.unmet(words, *own[:2], Source(schema))
    by_migration = _by_migration(ctx, f"{listed(names)}: not in {schema}", *lines)
    return by_migration or ctx.unmet(f"not created: {listed(names)}", *lines, Source(schema))


def _by_migration(ctx: Context, words: str, *lines: Source) -> Finding | None:
    """The finding for a service with migrations, which may create what no SQL file does; None without any."""
    migration = next((p for p in (ctx.service.own_files if ctx.service else ()) if _MIGRATION.search(p)), None)
    if migration is None:
        return None
    reason = f"{words}; whether its migrations create it cannot be read"
    return ctx.unknown(reason, Source(migration), *lines, hint=_LEAVE)


def _unmade(ctx: Context, schema: str) -> Finding | None:
    """The finding for tables that the code writes beside the answers' and that nothing creates: a name misspelt, or one
    of another database, which only a person knows."""
    made = {fact.value for file in ctx.code.files for fact in file.tables_created}
    written = [fact for file in ctx.code.files for fact in file.tables_written if "*" not in (fact.value, *made)]
    lost = [fact for fact in written if fact.value.lower() not in ctx.index.created and fact.value not in made]
    if not lost:
        return None
    names, lines = listed(list(dict.fromkeys(fact.value for fact in lost))), [fact.source for fact in lost[:3]]
    by_migration = _by_migration(ctx, f"{names}: not in {schema}", *lines)
    return by_migration or ctx.unmet(f"the code writes {names}, which nothing creates", *lines, hint=_ANOTHERS)


def _lacking_role(ctx: Context) -> Finding | None:
    """The finding for a role that the code runs its statements as and no SQL file creates."""
    made = {s.table for file in ctx.facts.sql for s in file.statements if s.kind == "create_role"}
    asked = (v for file in ctx.code.files for v in file.variables if names_role(v.name) and v.default)
    lacking = next((v for v in asked if v.default not in made), None)
    return ctx.unmet(f"the role {lacking.default} is not created", lacking.source) if lacking is not None else None


def no_tables(ctx: Context) -> Finding:
    """Returns the finding of every item of the phase for a service without tables. Those that the code writes may be
    anywhere while nobody says that they are none of the stack's."""
    written = [fact for file in ctx.code.files for fact in file.tables_written] if ctx.is_assumed("tables") else []
    shared = [] if written or not ctx.is_assumed("tables") or not ctx.code.uses_database else _shared(ctx)
    if shared:
        names = listed(list(dict.fromkeys(fact.value for fact in shared)))
        words = f"modules that it shares with others write {names}; whether this service does cannot be read"
        return ctx.unknown(words, *(fact.source for fact in shared[:3]), hint=_SAY)
    if written:
        names = listed(list(dict.fromkeys(fact.value for fact in written)))
        words = f"the code writes {names}; whether in a PostgreSQL of this stack cannot be read"
        return ctx.unknown(words, *(fact.source for fact in written[:3]), hint=_SAY)
    return ctx.na("the service has no tables", ctx.answers)


def _shared(ctx: Context) -> list[Fact[str]]:
    """The tables that modules outside the service's folder write, of those that it imports."""
    return [fact for file in (ctx.service.shared if ctx.service else ()) for fact in file.tables_written]


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
    """Judges item 4.2: rows to start with, inserted so that they can be inserted again."""
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
    """Judges item 4.3: schema and seeds, twice, on a scratch database of the real server."""
    if not ctx.spec.tables:
        return no_tables(ctx)
    made = [s for t in ctx.spec.tables for s in ctx.index.created.get(t.name.lower(), ())]
    schema = Source(ctx.facts.profile.schema_file or ctx.edit_file)
    missing = ctx.unmet("its tables are not in the schema yet", schema) if len(made) < len(ctx.spec.tables) else None
    return live(ctx, missing, *(s.source for s in made[:4]))
