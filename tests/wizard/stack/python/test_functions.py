"""Functions that do nothing yet, notes that say so, tables the code writes."""

from __future__ import annotations

from textwrap import dedent

import pytest

from wizard.stack.python.source import read_python


def placeholder(body: str, header: str = "def handle(event):") -> str:
    code = f"{header}\n" + "".join(f"    {line}\n" for line in body.split("\n"))
    return read_python(code, "services/x/logic.py").functions[0].placeholder


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("pass", "pass"),
        ('"""Doc."""', "pass"),
        ("...", "..."),
        ('"""Doc."""\n...', "..."),
        ("raise NotImplementedError", "NotImplementedError"),
        ("x = 1\nraise NotImplementedError('later')", "NotImplementedError"),
        ("return event  # TODO(stack-wizard): your rule", "TODO(stack-wizard)"),
        ("# NOT IMPLEMENTED yet\nreturn event", "NOT IMPLEMENTED yet"),
        ("logger.info('got %s', event)", "only logs"),
        ("print(event)\nreturn None", "only logs"),
        ("log.info('x')\nreturn event", ""),
        ("if event:\n    raise NotImplementedError\nreturn event", ""),
        ("return None", ""),
        ("self.math.log(event)", ""),
    ],
)
def test_placeholders(body: str, why: str) -> None:
    assert placeholder(body) == why


def test_what_is_meant_to_be_empty_is_no_placeholder() -> None:
    file = read_python(
        dedent(
            """\
            from abc import abstractmethod
            from typing import Protocol, overload
            class P(Protocol):
                def run(self) -> None: ...
            class A:
                def __init__(self): pass
                @abstractmethod
                def run(self): ...
            @overload
            def f(x: int) -> int: ...
            """
        ),
        "x.py",
    )
    assert [f.placeholder for f in file.functions] == ["", "", "", ""]


def test_a_note_belongs_to_the_innermost_function() -> None:
    file = read_python(
        "def outer():\n    def inner():\n        # TODO(stack-wizard)\n        return 1\n    return inner\n", "x.py"
    )
    assert [(f.name, f.placeholder) for f in file.functions] == [("outer", ""), ("inner", "TODO(stack-wizard)")]


def test_params_and_owner() -> None:
    file = read_python("class A:\n    async def f(self, a, *, b=1): return a\ndef g(a, /): return a\n", "x.py")
    assert [(f.name, f.params, f.owner) for f in file.functions] == [("f", ("a", "b"), "A"), ("g", ("a",), "")]


def test_notes_with_their_lines() -> None:
    file = read_python("x = 1\n# NOT IMPLEMENTED: connect\n# TODO: faster\n# TODO implement retries\n", "x.py")
    assert [(t.value, t.source.line) for t in file.todos] == [
        ("# NOT IMPLEMENTED: connect", 2),
        ("# TODO implement retries", 4),
    ]


def test_tables_written() -> None:
    file = read_python(
        dedent(
            '''\
            """Insert into the queue; update the world."""
            SQL = """
                INSERT INTO public."Orders" (a) VALUES (%s)
                ON CONFLICT (a) DO UPDATE SET a = 1
            """
            b = "UPDATE trades SET x = 1"
            c = "DELETE FROM old_trades WHERE true"
            d = "SELECT * FROM symbols"
            e = "CREATE TABLE IF NOT EXISTS cache (x int)"
            f = "insert into lower_case (a) values (1)"
            g = "please UPDATE your client"
            '''
        ),
        "x.py",
    )
    assert [fact.value for fact in file.tables_written] == ["orders", "trades", "old_trades", "cache", "lower_case"]
    assert file.tables_written[1].source.line == 6


@pytest.mark.parametrize(
    ("statement", "written"),
    [
        ('"CREATE TABLE IF NOT EXISTS `gate_audits` (id int)"', ["gate_audits"]),
        ('"CREATE TABLE IF NOT EXISTS `always`.`history` (id int)"', ["history"]),
        ('f"CREATE TABLE IF NOT EXISTS {self.database}.metrics (a int)"', ["metrics"]),
        ('f"CREATE TABLE IF NOT EXISTS {db}.{TABLE} (a int)"', ["rows"]),
        ('f"CREATE TABLE IF NOT EXISTS {self.table} (a int)"', []),
        ('f"CREATE TABLE IF NOT EXISTS {name()} (a int)"', []),
        ('"CREATE TABLE  if  not  exists plain(a int)"', ["plain"]),
        ('"UPDATE `prices` SET x = 1"', ["prices"]),
        ('"insert into `prices` (a) values (1)"', ["prices"]),
        ("'DELETE FROM old'", ["old"]),
        ("'please UPDATE your client'", []),
        ("'COPY this'", []),
    ],
)
def test_how_a_written_table_is_spelt(statement: str, written: list[str]) -> None:
    file = read_python(f"TABLE = 'rows'\nsql = {statement}\n", "x.py")
    assert [fact.value for fact in file.tables_written] == written


@pytest.mark.parametrize(
    ("statement", "read"),
    [
        ("'SELECT a FROM `gate_audits`'", ["gate_audits"]),
        ("'SELECT a FROM `always`.`history` h JOIN \"Orders\" o ON o.id = h.id'", ["history", "orders"]),
        ("f'SELECT a FROM {db}.prices'", ["prices"]),
        ("'SELECT a FROM `information_schema`.tables'", []),
        ("'SELECT a FROM generate_series(1, 2)'", []),
    ],
)
def test_how_a_read_table_is_spelt(statement: str, read: list[str]) -> None:
    file = read_python(f"sql = {statement}\n", "x.py")
    assert [fact.value for fact in file.tables_read] == read


@pytest.mark.parametrize(
    ("code", "notes"),
    [
        ('"""NOT IMPLEMENTED: reads the feed."""\n', [("NOT IMPLEMENTED: reads the feed.", 1)]),
        ('"""Reads the feed.\n\nNot yet implemented.\n"""\n', [("Not yet implemented.", 3)]),
        ('"""Reads the feed."""\n# not implemented\n', [("# not implemented", 2)]),
        ('"""Implements the feed."""\n', []),
    ],
)
def test_notes_in_docstrings_count(code: str, notes: list[tuple[str, int]]) -> None:
    assert [(todo.value, todo.source.line) for todo in read_python(code, "x.py").todos] == notes


@pytest.mark.parametrize(
    ("code", "notes"),
    [
        ('class Feed(ABC):\n    @abstractmethod\n    def read(self):\n        """Not implemented."""\n', []),
        (
            "class Feed(ABC):\n    def read(self):\n        # not implemented: feeds do\n        raise ValueError\n",
            [],
        ),
        ("class Feed(Protocol):\n    def read(self): ...  # not implemented\n", []),
        ("class MockFeed:\n    def read(self):\n        # not implemented\n        return []\n", []),
        ("class FeedStub(Feed):\n    # TODO: implement the rest\n    rows = []\n", []),
        ("class Baseline:\n    # not implemented\n    rows = []\n", [("# not implemented", 2)]),
        ('class Feed:\n    def read(self):\n        """As in #12: not implemented by all."""\n        return 1\n', []),
        ('COLOUR = "#fff not implemented"\n', []),
        ('COLOUR = "#fff"  # not implemented\n', [("# not implemented", 1)]),
        ("def read(feed):\n    return 501, '# not implemented'\n", []),
        ("def read(feed):\n    # NOT IMPLEMENTED\n    return feed\n", [("# NOT IMPLEMENTED", 2)]),
    ],
)
def test_notes_are_about_the_work_itself(code: str, notes: list[tuple[str, int]]) -> None:
    assert [(todo.value, todo.source.line) for todo in read_python(code, "x.py").todos] == notes


@pytest.mark.parametrize(
    ("path", "count"),
    [("feeds/mock_feed.py", 0), ("fakes.py", 0), ("feeds/base.py", 0), ("feed.py", 1), ("baseline.py", 1)],
)
def test_a_stand_in_may_leave_things_out(path: str, count: int) -> None:
    assert len(read_python('"""A feed. Not implemented: rows."""\n', path).todos) == count
