"""Phase 4: the tables."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from wizard.values.doc_facts import SqlFacts, SqlStatement
from wizard.values.source import Problem, Source

SCHEMA = "infrastructure/database/schema.sql"
SEED = "infrastructure/database/seed.sql"


def statement(kind: str, table: str, line: int, path: str = SCHEMA, guarded: bool = True) -> SqlStatement:
    return SqlStatement(kind, table, guarded, Source(path, line))


def schema(case: Any, *statements: SqlStatement, **words: Any) -> Any:
    return case.stack(sql=(SqlFacts(SCHEMA, statements, **words), case.facts.sql[1]))


def test_without_tables_the_phase_does_not_apply(good: Any) -> None:
    case = good.wants(tables=())
    assert [case.finding(item).status for item in ("4.1", "4.2", "4.3")] == ["na"] * 3


def test_tables_are_created_once(good: Any) -> None:
    create = statement("create_table", "quotes", 3)
    assert schema(good, create).finding("4.1").status == "met"
    assert schema(good).finding("4.1").summary == "not created: quotes"
    assert schema(good).finding("4.3").status == "unmet"
    twice = schema(good, create, statement("create_table", "quotes", 30)).finding("4.1")
    assert (twice.status, len(twice.sources)) == ("broken", 2)
    assert good.stack(sql=()).finding("4.1").sources == (Source(SCHEMA),)


def test_a_file_that_does_not_parse_is_everybodys_trouble(good: Any) -> None:
    case = schema(good, statement("create_table", "quotes", 3), problems=(Problem("syntax error", Source(SCHEMA, 90)),))
    assert case.finding("4.1").sources == (Source(SCHEMA, 90),)


def test_dropping_tables(good: Any) -> None:
    create = statement("create_table", "quotes", 3)
    other = statement("create_table", "orders", 10)
    reset = schema(good, statement("drop_table", "quotes", 2), create)
    assert reset.finding("4.1").status == "met"
    late = schema(good, create, other, statement("drop_table", "orders", 20)).finding("4.1")
    assert (late.status, late.summary) == ("broken", "drops orders, a table of others")
    lost = schema(good, create, statement("drop_table", "quotes", 20)).finding("4.1")
    assert lost.summary == "drops quotes, its own table"
    strange = schema(good, create, statement("drop_table", "elsewhere", 20)).finding("4.1")
    assert strange.status == "broken"


def test_seeds(good: Any) -> None:
    assert good.wants(seed=False).finding("4.2").status == "na"
    create = good.facts.sql[0]
    assert good.stack(sql=(create,)).finding("4.2").status == "unmet"
    unsafe = SqlFacts(SEED, (statement("insert", "quotes", 2, SEED, guarded=False),))
    assert good.stack(sql=(create, unsafe)).finding("4.2").status == "broken"
    bad = replace(good.facts.sql[1], problems=(Problem("syntax error", Source(SEED, 4)),))
    assert good.stack(sql=(create, bad)).finding("4.2").sources == (Source(SEED, 4),)
