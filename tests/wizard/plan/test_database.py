"""Phase 4's planner on stacks that were read from disk; PostgreSQL's own parser judges what comes out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from wizard.plan.context import PlanContext
from wizard.plan.database import plan
from wizard.values.edit import ChangeSet
from wizard.values.spec import Column, Table

ReadContext = Callable[..., PlanContext]
TABLES = (Table("prices", (Column("symbol"), Column("price", "numeric"))), Table("marks"))
SCHEMA = "infrastructure/database/schema.sql"
COMPOSE = """\
services:
  db:
    image: postgres:15
    volumes:
      - ./infrastructure/database/schema.sql:/docker-entrypoint-initdb.d/1.sql
"""


def _plan(root: Path, context_in: ReadContext, sql: str | None, *, seed: bool = False) -> ChangeSet:
    files = {"compose.yml": COMPOSE, "services/market/service.py": "x = 1\n"}
    if sql is not None:
        files[SCHEMA] = sql
    return plan(context_in(root, "market", files, port=8005, tables=TABLES, seed=seed))


def test_missing_tables_are_appended(tmp_path: Path, context_in: ReadContext) -> None:
    pglast = pytest.importorskip("pglast")
    before = "-- == a ==\nCREATE TABLE IF NOT EXISTS prices (id int);\n"
    changes = _plan(tmp_path, context_in, before)
    (edit,) = changes.edits
    assert edit.path == SCHEMA
    assert edit.after is not None and edit.after.startswith(before)
    assert "EXISTS marks" in edit.after and edit.after.count("EXISTS prices") == 1
    assert pglast.parse_sql(edit.after)


def test_a_new_schema_and_its_seeds(tmp_path: Path, context_in: ReadContext) -> None:
    pglast = pytest.importorskip("pglast")
    changes = _plan(tmp_path, context_in, None, seed=True)
    (edit,) = changes.edits  # the stack loads the schema file and no other, so the rows stand behind the tables
    assert edit.before is None
    assert pglast.parse_sql(edit.after)
    assert (edit.after or "").index("CREATE TABLE") < (edit.after or "").index("ON CONFLICT")


@pytest.mark.parametrize("mount", ["./infrastructure/database:/docker-entrypoint-initdb.d", "data:/var/lib/postgresql"])
def test_rows_get_a_file_of_their_own_where_the_folder_is_loaded(
    tmp_path: Path, context_in: ReadContext, mount: str
) -> None:
    compose = f"services:\n  db:\n    image: postgres:16\n    volumes: ['{mount}']\n"
    files = {"compose.yml": compose, SCHEMA: "CREATE TABLE IF NOT EXISTS other (id int);\n"}
    changes = plan(context_in(tmp_path, "market", files, port=8005, tables=TABLES, seed=True))
    assert [edit.path.rpartition("/")[2] for edit in changes.edits] == ["schema.sql", "seed.sql"]


def test_tables_with_columns_of_their_own_get_no_made_up_rows(tmp_path: Path, context_in: ReadContext) -> None:
    before = "CREATE TABLE prices (id int);\nCREATE TABLE marks (id int);\n"
    changes = _plan(tmp_path, context_in, before, seed=True)
    assert changes.edits == ()
    assert [(r.item, "prices, marks" in r.reason) for r in changes.refusals] == [("seed-data", True)]


def test_a_broken_schema_is_refused_with_its_line(tmp_path: Path, context_in: ReadContext) -> None:
    changes = _plan(tmp_path, context_in, "SELECT 1;\nSELECT 'open;\n")
    assert changes.edits == ()
    assert [(r.item, r.line) for r in changes.refusals] == [("schema-tables", 2)]


def test_the_columns_of_a_table_that_code_writes_are_not_made_up(tmp_path: Path, context_in: ReadContext) -> None:
    code = 'import psycopg\ndb.execute("INSERT INTO marks (id) VALUES (1)")\n'
    files = {"compose.yml": COMPOSE, "services/market/service.py": code, SCHEMA: "SELECT 1;\n"}
    changes = plan(context_in(tmp_path, "market", files, port=8005, tables=TABLES[1:]))
    assert changes.edits == ()
    assert [(r.item, "the code writes marks" in r.reason) for r in changes.refusals] == [("schema-tables", True)]


def test_nothing_for_a_service_without_tables(tmp_path: Path, context_in: ReadContext) -> None:
    files = {"compose.yml": COMPOSE, "services/market/service.py": "x = 1\n"}
    changes = plan(context_in(tmp_path, "market", files, port=8005, tables=()))
    assert changes == ChangeSet("market", changes.phase)


@pytest.mark.parametrize(
    ("insert", "columns"),
    [
        ("INSERT INTO marks (price, at) VALUES (%s, %s)", ["id", "price", "at", "created_at"]),
        ('insert into public."marks"(event_id, price, at) values (%s, %s, %s)', ["id", "event_id", "price", "at"]),
        ("INSERT INTO marks VALUES (%s, %s)", ["price", "at"]),
        ("INSERT INTO marks (price, at) SELECT price, now() FROM prices", ["id", "price", "at", "created_at"]),
    ],
)
def test_a_table_that_code_by_hand_fills_takes_its_rows(
    tmp_path: Path, context_in: ReadContext, insert: str, columns: list[str]
) -> None:
    pglast = pytest.importorskip("pglast")
    tables = (Table("marks", (Column("price", "numeric"), Column("at", "timestamptz"))),)
    ctx = context_in(tmp_path, "market", by_hand(insert), port=8005, tables=tables)
    (edit,) = plan(ctx).edits
    made = next(s.stmt for s in pglast.parse_sql(edit.after) if type(s.stmt).__name__ == "CreateStmt")
    assert [part.colname for part in made.tableElts][: len(columns)] == columns
    assert len(made.tableElts) <= 5


def test_a_column_that_the_code_fills_and_nobody_answered_is_asked_for(tmp_path: Path, context_in: ReadContext) -> None:
    files = by_hand("INSERT INTO marks (price, side) VALUES (%s, %s)")
    changes = plan(context_in(tmp_path, "market", files, port=8005, tables=(Table("marks", (Column("price"),)),)))
    assert not changes.edits
    assert "marks.side" in changes.refusals[0].reason


def by_hand(insert: str) -> dict[str, str]:
    code = (
        "import psycopg\nfrom flask import Flask\n\napp = Flask(__name__)\n\n\ndef keep(row):\n"
        f"    with psycopg.connect() as c:\n        c.execute({insert!r}, row)\n\n\n"
        "@app.get('/health')\ndef health():\n    return 'ok'\n"
    )
    return {"compose.yml": COMPOSE, SCHEMA: "SELECT 1;\n", "services/market/service.py": code}


@pytest.mark.parametrize("seed", [False, True])
def test_a_role_of_its_own_is_made_behind_the_tables(tmp_path: Path, context_in: ReadContext, seed: bool) -> None:
    pglast = pytest.importorskip("pglast")
    files = {"compose.yml": COMPOSE, SCHEMA: "CREATE TABLE IF NOT EXISTS other (id int);\n"}
    ctx = context_in(tmp_path, "market", files, port=8005, tables=TABLES, seed=seed, own_role=True)
    (edit,) = plan(ctx).edits
    after = edit.after or ""
    assert pglast.parse_sql(after)
    assert after.index("EXISTS marks") < after.index("CREATE ROLE market") < after.index("GRANT USAGE")
    assert "ON marks TO market;" in after and "ON prices TO market;" in after
    assert ("'seed-market-1'" in after) is seed


def test_a_role_that_is_there_is_not_made_again_and_one_that_is_lacking_is_made_alone(
    tmp_path: Path, context_in: ReadContext
) -> None:
    tables = "CREATE TABLE IF NOT EXISTS prices (id int);\nCREATE TABLE IF NOT EXISTS marks (id int);\n"
    spec = {"port": 8005, "tables": TABLES, "own_role": True}
    alone = plan(context_in(tmp_path, "market", {"compose.yml": COMPOSE, SCHEMA: tables}, **spec))
    role = 'DO $$ BEGIN CREATE ROLE "market"; END $$;\n'
    both = plan(context_in(tmp_path, "market", {SCHEMA: tables + role, "services/market/config.py": ""}, **spec))
    assert [edit.path for edit in (*alone.edits, *both.edits)] == []  # 4.1 asks for what the code takes on, and no more
    settings = (
        "from pydantic_settings import BaseSettings, SettingsConfigDict\n"
        "class Settings(BaseSettings):\n"
        "    model_config = SettingsConfigDict(env_prefix='MARKET_')\n"
        "    postgres_role: str = 'market'\n"
    )
    more = {"services/market/config.py": settings, "services/market/service.py": "x = 1\n"}
    (edit,) = plan(context_in(tmp_path, "market", {SCHEMA: tables, **more}, **spec)).edits
    assert (edit.after or "").startswith(tables) and (edit.after or "").count("CREATE ROLE market") == 1
    assert plan(context_in(tmp_path, "market", {SCHEMA: tables + role}, **spec)).edits == ()
