"""The database: the whole schema and the seeds go twice into a scratch database of the real server, and the tables are
there.
"""

from __future__ import annotations

import uuid
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

from wizard.syntax.sql import split
from wizard.syntax.trouble import SyntaxTrouble
from wizard.values.checklist import Item
from wizard.values.live import LiveTrouble, SqlRun
from wizard.values.observation import Observation, Progress
from wizard.verify.live import Checks, LiveCheck

DATABASE = "database"
NOT_REACHABLE = "not-reachable"
_CAUSES = (
    ("connection to server", NOT_REACHABLE, "run verify again when the server answers; its log says what it does"),
    ("is starting up", NOT_REACHABLE, "run verify again when the server answers; its log says what it does"),
    ("authentication", "wrong-password", "compare the role and the secret in the profile with the server's"),
    ("is not available", "missing-extension", "use a server that has the extension"),
    ("could not open extension", "missing-extension", "use a server that has the extension"),
    ("does not exist", "order-of-statements", "create what the statement needs before it"),
    ("already exists", "not-idempotent", "use CREATE … IF NOT EXISTS, so that the file can be applied again"),
    ("duplicate key", "not-idempotent", "add ON CONFLICT DO NOTHING to the seed"),
    ("syntax error", "syntax-error", "correct the statement"),
)


def sql_files(live: LiveCheck) -> tuple[str, ...]:
    """Returns the stack's schema file and seed files, in the order they are applied, as far as they exist."""
    profile = live.facts.profile
    names = (profile.schema_file, *profile.seed_files)
    return tuple(name for name in names if name and (Path(live.facts.root) / name).is_file())


@contextmanager
def scratch_database(live: LiveCheck) -> Iterator[str]:
    """Yields a new empty database of the stack's server, dropped afterwards."""
    name = f"stack_wizard_{uuid.uuid4().hex[:12]}"
    made = live.run.psql(f'CREATE DATABASE "{name}"', "postgres")
    if not made.ok:
        cause, step = _cause(made.message)
        text = f"no scratch database could be created: {made.message}"
        raise LiveTrouble(cause, text, step, undecided=cause == NOT_REACHABLE)
    before = _roles(live)
    try:
        yield name
    finally:
        live.run.psql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)', "postgres")
        for role in _roles(live) - before if before else ():  # the schema made them, and the whole server has them
            live.run.psql(f'DROP ROLE "{role}"', "postgres")


def _roles(live: LiveCheck) -> set[str]:
    return set(live.run.psql("SELECT rolname FROM pg_roles", "postgres").output.split("\n")) - {""}


def apply_files(live: LiveCheck, database: str) -> None:
    """Applies schema and seeds to a database. Raises `LiveTrouble` naming file and line of the first error."""
    for name in sql_files(live):
        text = (Path(live.facts.root) / name).read_text("utf-8", "surrogateescape")
        done = live.run.psql(text, database)
        if not done.ok:
            raise _trouble(name, text, done)


def error_line(text: str, done: SqlRun) -> int:
    """Returns the line of the error: psql itself names the line on which the failed statement ends (0: unknown)."""
    try:
        statements = split(text)
    except SyntaxTrouble:
        return done.line
    for statement in statements:
        if text.count("\n", 0, max(statement.start, statement.end - 1)) + 1 >= done.line > 0:
            return text.count("\n", 0, statement.start) + max(1, done.inner)
    return done.line


def _trouble(name: str, text: str, done: SqlRun) -> LiveTrouble:
    cause, step = _cause(done.message)
    line = error_line(text, done)
    where = f"{name}:{line}" if line else name
    return LiveTrouble(cause, f"{where}: {done.message}", step, undecided=cause == NOT_REACHABLE)


def _cause(message: str) -> tuple[str, str]:
    return next(
        ((cause, step) for text, cause, step in _CAUSES if text in message), ("sql-error", "correct the statement")
    )


def check_database(live: LiveCheck, _item: Item) -> Checks:
    """Applies everything twice, looks for the service's tables, drops the database."""
    files = sql_files(live)
    yield live.begin(DATABASE, f"applying {', '.join(files) or 'no file'} twice to a scratch database")
    action = " && ".join(f"{live.run.command('psql')} < {name}" for name in files) + "  (twice, in a new database)"
    if not files:
        yield live.observe(
            DATABASE, "psql", "the stack has no schema file", None, cause="no-schema", next_step=_PROFILE
        )
        return
    try:
        if live.run.postgres() is None:
            text = "the stack has no PostgreSQL"
            yield live.observe(DATABASE, "psql", text, None, cause="no-postgres", next_step=_PROFILE)
            return
        yield from _twice(live, action, files)
    except LiveTrouble as trouble:
        yield undecidable(live, DATABASE, action, trouble) or live.trouble(DATABASE, action, trouble)


_PROFILE = "name it in .stack-wizard/stack.yaml"


def undecidable(live: LiveCheck, item: str, action: str, trouble: LiveTrouble) -> Observation | None:
    """Returns the observation of a schema that only the embedded server cannot take; None for every other trouble."""
    if trouble.cause != "missing-extension" or live.runtime != "embedded":
        return None
    text = f"{trouble.message} (the embedded PostgreSQL has only plpgsql and vector)"
    step = "verify with --runtime docker, whose image has the extension"
    return live.observe(item, action, text, None, cause=trouble.cause, next_step=step)


def _twice(live: LiveCheck, action: str, files: tuple[str, ...]) -> Generator[Observation | Progress]:
    with scratch_database(live) as database:
        for turn in ("first", "second"):
            live.check()
            yield live.say(DATABASE, "log", f"applying {', '.join(files)} for the {turn} time")
            apply_files(live, database)
        missing = _missing_tables(live, database)
    tables = [table.name for table in live.spec.tables]
    if missing:
        text = f"applied twice, but {', '.join(missing)} is not there afterwards"
        step = f"create it in {live.facts.profile.schema_file}: phase 4"
        yield live.observe(DATABASE, action, text, False, cause="missing-table", next_step=step)
        return
    found = f"; found {', '.join(tables)}" if tables else "; the service has no tables of its own"
    text = f"{', '.join(files)} applied twice without an error{found}; scratch database dropped"
    yield live.observe(DATABASE, action, text, True)


def _missing_tables(live: LiveCheck, database: str) -> list[str]:
    done = live.run.psql("SELECT table_name FROM information_schema.tables WHERE table_type = 'BASE TABLE'", database)
    there = set(done.output.split())
    return [table.name for table in live.spec.tables if table.name not in there]
