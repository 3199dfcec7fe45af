"""Tables that code writes, whether or not a file creates them."""

from __future__ import annotations

from textwrap import dedent

import pytest

from wizard.stack.documents.sql import read_sql
from wizard.stack.infer.tables import tables
from wizard.stack.python.resolve import resolve
from wizard.stack.python.source import read_python
from wizard.values.facts.code import Requirement, RequirementsFacts
from wizard.values.facts.compose import ComposeModel
from wizard.values.facts.stack import ServiceFacts, StackFacts
from wizard.values.profile import Detected, Profile, ServerProfile
from wizard.values.source import Source


def found(code: str, *, sql: str = "", required: str = "", server: str = "postgres") -> list[str] | None:
    """The names of the tables of a service with this code."""
    file = read_python(dedent(code), "services/x/service.py")
    pins = RequirementsFacts("r.txt", (Requirement(required, "==1", True, Source("r.txt", 1)),)) if required else None
    service = ServiceFacts("x", "services/x", "services/x/service.py", python=resolve((file,)), requirements=pins)
    profile = Profile(1, schema_file="schema.sql", postgres=ServerProfile(server))
    schema = (read_sql(sql, "schema.sql"),) if sql else ()
    facts = StackFacts(
        *("/s", Detected(profile, {}), ComposeModel(), (service,), None, None, schema, None),
        texts={"schema.sql": sql, file.path: dedent(code)},
    )
    made, _ = tables(facts, service)
    return None if made is None else [table.name for table in made]


PG = "import psycopg\n"


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ('db.execute("INSERT INTO receipts (id) VALUES (1)")\n', ["receipts"]),
        ('q = """WITH m AS (DELETE FROM old RETURNING *)\n  INSERT INTO new SELECT * FROM m"""\n', ["old", "new"]),
        ('db.execute("UPDATE market.orders SET a = 1")\n', ["orders"]),
        ('TABLE = "receipts"\ndb.execute(f"INSERT INTO {TABLE} (id) VALUES (1)")\n', ["receipts"]),
        ('db.execute("CREATE TEMP TABLE t (a int)")\ndb.execute("INSERT INTO t (a) VALUES (1)")\n', None),
        ("# INSERT INTO receipts (id) VALUES (1)\n", None),
        ('def f():\n    """Runs INSERT INTO receipts (id) VALUES (1)."""\n', None),
        ('db.execute("COPY ticks (a) FROM STDIN")\n', ["ticks"]),
        ('await db.copy_records_to_table("ticks", records=r)\n', ["ticks"]),
    ],
)
def test_tables_that_sql_in_code_writes(code: str, names: list[str] | None) -> None:
    assert found(PG + code) == names


@pytest.mark.parametrize(
    ("code", "required", "names"),
    [
        ("import sqlalchemy\nclass R(Base):\n    __tablename__ = 'receipts'\n", "psycopg2-binary", ["receipts"]),
        ("import sqlalchemy\nclass R(Base):\n    __tablename__ = 'receipts'\n", "asyncpg", ["receipts"]),
        ("import sqlmodel\nclass Receipt(sqlmodel.SQLModel, table=True):\n    id: int\n", "psycopg", ["receipt"]),
        ("import sqlalchemy as sa\nt = sa.Table('receipts', meta, sa.Column('id'))\n", "psycopg", ["receipts"]),
        ("import sqlalchemy\nclass R(Base):\n    __tablename__ = 'receipts'\n", "aiosqlite", None),
        ("import sqlalchemy\nU = 'postgresql+asyncpg://h'\nclass R(Base):\n    __tablename__ = 'r'\n", "", ["r"]),
        ("import sqlmodel\nU = f'postgres://{h}'\nclass R(SQLModel, table=True):\n    id: int\n", "", ["r"]),
        ("import sqlalchemy\nU = 'mysql+aiomysql://h'\nclass R(Base):\n    __tablename__ = 'r'\n", "", None),
        ("import sqlite3\ndb.execute('INSERT INTO receipts (id) VALUES (1)')\n", "", None),
    ],
)
def test_tables_of_mappers_and_of_other_databases(code: str, required: str, names: list[str] | None) -> None:
    assert found(code, required=required) == names


def test_a_database_outside_the_stack_is_not_its_schemas_matter() -> None:
    assert found('import psycopg\ndb.execute("INSERT INTO receipts (id) VALUES (1)")\n', server="") is None


def test_written_and_created_are_not_intersected() -> None:
    code = """\
        import psycopg
        db.execute("INSERT INTO a (x) VALUES (1)")
        db.execute("INSERT INTO b (x) VALUES (1)")
        """
    sql = "CREATE TABLE a (x int);\nCREATE TABLE c (x int);\n\n-- x service\nCREATE TABLE d (x int);\n"
    assert sorted(found(code, sql=sql) or []) == ["a", "b", "d"]
