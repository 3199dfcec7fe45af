"""Phase 4: the tables."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from wizard.audit.audit import audit_service
from wizard.checklist import load
from wizard.values.facts.documents import SqlFacts, SqlStatement
from wizard.values.source import Fact, Problem, Source
from wizard.values.spec import Inferred

SCHEMA = "infrastructure/database/schema.sql"
SEED = "infrastructure/database/seed.sql"


def statement(kind: str, table: str, line: int, path: str = SCHEMA, guarded: bool = True) -> SqlStatement:
    return SqlStatement(kind, table, guarded, Source(path, line))


def schema(case: Any, *statements: SqlStatement, **words: Any) -> Any:
    return case.stack(sql=(SqlFacts(SCHEMA, statements, **words), case.facts.sql[1]))


def test_without_tables_the_phase_does_not_apply(good: Any) -> None:
    case = good.wants(tables=())
    assert [case.finding(item).status for item in ("4.1", "4.2", "4.3")] == ["na"] * 3


@pytest.mark.parametrize("names", [("receipts",), ("ticks", "bars")])
def test_tables_that_the_code_writes_are_not_none(good: Any, names: tuple[str, ...]) -> None:
    lines = tuple(Fact(name, Source("services/market/service.py", 30 + n)) for n, name in enumerate(names))
    case = good.wants(tables=()).file("service.py", tables_written=lines)
    assert case.finding("4.1").status == "na"  # a person said so
    inferred = Inferred(case.spec, {}, ("tables",))
    report = audit_service(case.facts, case.service, case.spec, load(), (), inferred=inferred)
    open_ = report.finding("4.1")
    assert (open_.status, open_.sources) == ("unknown", tuple(line.source for line in lines))
    assert names[0] in open_.summary


def test_tables_are_created_once(good: Any) -> None:
    create = statement("create_table", "quotes", 3)
    assert schema(good, create).finding("4.1").status == "met"
    assert schema(good).finding("4.1").summary == "not created: quotes"
    assert schema(good).finding("4.3").status == "unmet"
    twice = schema(good, create, statement("create_table", "quotes", 30)).finding("4.1")
    assert (twice.status, len(twice.sources)) == ("broken", 2)
    assert good.stack(sql=()).finding("4.1").sources == (Source(SCHEMA),)


@pytest.mark.parametrize(
    ("written", "made", "status"),
    [
        (("quotes",), (), "met"),
        (("quotes", "quote"), (), "unmet"),
        (("quotes", "bars"), (), "met"),
        (("quotes", "*"), (), "met"),
        (("quotes", "quote"), ("quote",), "met"),
        (("quotes", "quote"), ("*",), "met"),
    ],
)
def test_every_table_that_the_code_writes_is_created_by_something(
    good: Any, written: tuple[str, ...], made: tuple[str, ...], status: str
) -> None:
    """The answers name `quotes`; `bars` is another service's."""
    facts = [tuple(Fact(name, Source("services/market/service.py", 30)) for name in names) for names in (written, made)]
    case = schema(good, statement("create_table", "quotes", 3), statement("create_table", "bars", 9))
    found = case.file("service.py", tables_written=facts[0], tables_created=facts[1]).finding("4.1")
    assert found.status == status
    assert status == "met" or (found.summary, found.sources[0].line) == (
        "the code writes quote, which nothing creates",
        30,
    )


def test_a_table_that_the_code_writes_and_no_file_creates(good: Any) -> None:
    line = Source("services/market/service.py", 30)
    case = schema(good.file("service.py", tables_written=(Fact("quotes", line),)))
    assert (case.finding("4.1").status, case.finding("4.1").sources[0]) == ("unmet", line)
    for value in ("quotes", "*"):
        own = case.file("service.py", tables_created=(Fact(value, line),)).finding("4.1")
        assert (own.status, "by the code itself" in own.summary) == ("unmet", True)
    files = (*good.service.own_files, "services/market/migrations/versions/1.py")
    moved = case.market(own_files=files).finding("4.1")
    assert (moved.status, moved.sources[0].path) == ("unknown", files[-1])


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
