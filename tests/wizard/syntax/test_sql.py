"""SQL scripts split as psql splits them."""

from __future__ import annotations

import pytest

from wizard.syntax.sql import split
from wizard.syntax.trouble import SyntaxTrouble

SCRIPT = """\
-- head; not a statement
\\set ON_ERROR_STOP on
BEGIN;
CREATE TABLE IF NOT EXISTS public."Order Book" ( -- ; in a comment
    id bigint PRIMARY KEY, name text DEFAULT 'a;b''c'
);
/* outer /* inner; */ still; */
create unique index concurrently idx ON ONLY trades (id);
CREATE FUNCTION f() RETURNS trigger AS $body$ BEGIN; END; $body$ LANGUAGE plpgsql;
CREATE OR REPLACE FUNCTION g(a int) RETURNS int BEGIN ATOMIC SELECT CASE WHEN a > 1 THEN 1 ELSE 2 END; SELECT 2; END;
INSERT INTO trades VALUES (E'it\\'s;', $$;$$) ON CONFLICT DO NOTHING;
INSERT INTO a.b SELECT 1;
COPY t (a) FROM stdin;
x;y
\\.
DROP TABLE IF EXISTS old;
;;
COMMIT;
SELECT 1"""


@pytest.mark.parametrize("text", [SCRIPT, SCRIPT.replace("\n", "\r\n"), "\ufeff" + SCRIPT])
def test_kinds_and_tables(text: str) -> None:
    found = split(text)
    assert [(s.kind, s.table, s.guarded) for s in found] == [
        ("meta", "", False),
        ("begin", "", False),
        ("create_table", "Order Book", True),
        ("create_index", "trades", False),
        ("other", "", False),
        ("other", "", True),
        ("insert", "trades", True),
        ("insert", "b", False),
        ("other", "", False),
        ("drop_table", "old", True),
        ("commit", "", False),
        ("other", "", False),
    ]
    assert [s.closed for s in found] == [True] * 11 + [False]
    assert text[found[2].start : found[2].end].startswith("CREATE TABLE") and text[found[2].end - 1] == ";"
    assert found[2].line == 4
    assert found[-1].end == len(text)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("SELECT 1;\nSELECT 'open;\n", 2, "string"),
        ("/* open\n", 1, "comment"),
        ("SELECT\n$x$ a $y$", 2, "dollar"),
        ("CREATE TABLE a (\n  b int;\n", 1, "parenthesis"),
        ("SELECT 1);\n", 1, "parenthesis"),
    ],
)
def test_trouble_names_the_line(text: str, line: int, words: str) -> None:
    with pytest.raises(SyntaxTrouble, match=words) as caught:
        split(text)
    assert caught.value.line == line


def test_agrees_with_postgresql_itself() -> None:
    pglast = pytest.importorskip("pglast")
    script = SCRIPT.replace("\\set ON_ERROR_STOP on\n", "").replace("COPY t (a) FROM stdin;\nx;y\n\\.\n", "")
    theirs = [script[s] for s in pglast.split(script, only_slices=True)]
    assert [script[s.start : s.end].rstrip(";") for s in split(script)] == theirs


@pytest.mark.parametrize(
    ("text", "table", "guarded"),
    [
        ("WITH x AS (SELECT 1 AS id) INSERT INTO orders SELECT id FROM x ON CONFLICT DO NOTHING;", "orders", True),
        (
            "with recursive n(i) as (values (1) union all select i + 1 from n) insert into shop.n select i from n",
            "n",
            False,
        ),
        ("WITH added AS (INSERT INTO a (t) VALUES (')') RETURNING id) INSERT INTO b SELECT id FROM added;", "b", False),
        ("WITH added AS (INSERT INTO a (t) VALUES ('INSERT INTO z') RETURNING id) SELECT * FROM added;", "a", False),
    ],
)
def test_an_insert_behind_common_table_expressions_is_one(text: str, table: str, guarded: bool) -> None:
    (found,) = split(text)
    assert (found.kind, found.table, found.guarded) == ("insert", table, guarded)


@pytest.mark.parametrize(
    "text", ["WITH x AS (SELECT 'INSERT INTO t') SELECT * FROM x;", 'WITH "insert into" AS (SELECT 1) SELECT 2;']
)
def test_text_and_names_are_no_insert(text: str) -> None:
    assert [statement.kind for statement in split(text)] == ["other"]
