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
    assert [edit.before for edit in changes.edits] == [None, None]
    for edit in changes.edits:
        assert pglast.parse_sql(edit.after)
    assert "ON CONFLICT" in (changes.edits[1].after or "")


def test_tables_with_columns_of_their_own_get_no_made_up_rows(tmp_path: Path, context_in: ReadContext) -> None:
    before = "CREATE TABLE prices (id int);\nCREATE TABLE marks (id int);\n"
    changes = _plan(tmp_path, context_in, before, seed=True)
    assert changes.edits == ()
    assert [(r.item, "prices, marks" in r.reason) for r in changes.refusals] == [("4.2", True)]


def test_a_broken_schema_is_refused_with_its_line(tmp_path: Path, context_in: ReadContext) -> None:
    changes = _plan(tmp_path, context_in, "SELECT 1;\nSELECT 'open;\n")
    assert changes.edits == ()
    assert [(r.item, r.line) for r in changes.refusals] == [("4.1", 2)]


def test_nothing_for_a_service_without_tables(tmp_path: Path, context_in: ReadContext) -> None:
    files = {"compose.yml": COMPOSE, "services/market/service.py": "x = 1\n"}
    changes = plan(context_in(tmp_path, "market", files, port=8005, tables=()))
    assert changes == ChangeSet("market", changes.phase)
