"""Schema and seed files: statements, guards, what is left open."""

from __future__ import annotations

import pytest

from wizard.stack.documents.sql import read_sql


@pytest.mark.parametrize(
    ("text", "kind", "table", "guarded"),
    [
        ("CREATE TABLE IF NOT EXISTS public.Orders (a int);", "create_table", "orders", True),
        ('CREATE TABLE "Orders" (a int);', "create_table", "Orders", False),
        ("CREATE INDEX IF NOT EXISTS i ON orders (a);", "create_index", "orders", True),
        ("INSERT INTO orders VALUES (1);", "insert", "orders", False),
        ("INSERT INTO orders VALUES (1) ON CONFLICT DO NOTHING;", "insert", "orders", True),
        ("INSERT INTO orders SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM orders);", "insert", "orders", True),
        ("DROP TABLE orders;", "drop_table", "orders", False),
        ("GRANT ALL ON orders TO x;", "other", "", False),
        ("COMMENT ON TABLE orders IS 'x';", "other", "", False),
    ],
)
def test_one_statement(text: str, kind: str, table: str, guarded: bool) -> None:
    (statement,) = read_sql(f"\n-- heading\n{text}\n", "schema.sql").statements
    assert (statement.kind, statement.table, statement.guarded) == (kind, table, guarded)
    assert statement.source.line == 3


def test_every_table_of_a_drop() -> None:
    facts = read_sql('DROP TABLE IF EXISTS a, public.b, "C" CASCADE;', "x.sql")
    assert [(s.table, s.guarded) for s in facts.statements] == [("a", True), ("b", True), ("C", True)]


def test_emptied_before_filled_may_run_twice() -> None:
    text = "INSERT INTO a VALUES (1); TRUNCATE TABLE b; INSERT INTO b VALUES (1);"
    text += "DELETE FROM public.c WHERE x; INSERT INTO c VALUES (1);"
    facts = read_sql(text, "seed.sql")
    assert [(s.table, s.guarded) for s in facts.statements if s.kind == "insert"] == [
        ("a", False),
        ("b", True),
        ("c", True),
    ]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("SELECT 1;\nSELECT 'open;\n", 2),
        ("SELECT 1;\nCREATE TABLE x (a int;\n", 2),
        ("SELECT 1;\nDO $$ BEGIN END;\n", 2),
        ("SELECT 1;\n/* open\n", 2),
    ],
)
def test_what_is_left_open_is_a_problem_and_what_stood_before_is_kept(text: str, line: int) -> None:
    facts = read_sql(text, "schema.sql")
    assert [p.source.line for p in facts.problems] == [line]
    assert len(facts.statements) == 1


def test_what_only_a_server_can_judge_is_no_problem_here() -> None:
    """psql's own commands, COPY data, and statements of an extension or of a newer PostgreSQL."""
    text = "\\connect x\nSELECT 1;\nCOPY a FROM stdin;\n1\tx y\n\\.\nSELECT create_hypertable('a');\nMERGE INTO a;\n"
    assert read_sql(text, "schema.sql").problems == ()
