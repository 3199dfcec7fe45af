"""The role that the schema makes, or that the README offers: on a real PostgreSQL it may do what the service does, and
nothing else.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from tests.generated.lab import Lab, servers
from tests.generated.stack import SPECS, written

pytestmark = [pytest.mark.embedded, pytest.mark.own_ports]


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    with servers(tmp_path) as made:
        yield made


def grants(readme: str) -> list[str]:
    lines = [line for line in readme.splitlines() if "CREATE ROLE" in line]
    line = lines[0] if lines else ""
    return [words for words in re.findall(r"-c '([^']*)'", line) if not words.startswith("\\")]


@pytest.mark.parametrize("shape", ["plain", "source_with_rows", "streams"])
def test_the_role_stores_events_twice_and_reads_or_removes_none(lab: Lab, tmp_path: Path, shape: str) -> None:
    root = tmp_path / "written"
    ctx = written(SPECS[shape], root)
    store = (root / ctx.folder / "store.py").read_text()
    found = re.search(r'(?s)INSERTS.*?"""(.*?)"""', store)
    assert found is not None
    end, table = lab.postgres.endpoint, SPECS[shape].tables[0].name
    dsn = f"postgresql://{end.user}:{end.password}@{end.host}:{end.port}/{end.database}"
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute((root / "schema.sql").read_bytes())
        offered = grants((root / ctx.folder / "README.md").read_text())
        assert bool(offered) is not SPECS[shape].own_role
        for statement in offered:
            connection.execute(statement.encode())
        connection.execute(SQL("SET ROLE {}").format(Identifier(ctx.spec.name)))
        values = {"event_id": "e-1", "symbol": "A", "score": 1.0, "price": 1.0, "seen": "2026-01-01T00:00:00Z"}
        for _ in range(2):
            connection.execute(found[1].encode(), values)
        assert connection.execute("SELECT to_regclass(%s)", [table]).fetchone() != (None,)
        name = Identifier(table)
        for refused in (SQL("SELECT symbol FROM {}"), SQL("DELETE FROM {}"), SQL("DROP TABLE {}")):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(refused.format(name))
        connection.execute("RESET ROLE")
        assert connection.execute(SQL("SELECT count(*) FROM {}").format(name)).fetchone() == (1,)


def test_a_service_with_a_role_of_its_own_says_that_it_is_missing_and_works_once_it_is_made(lab: Lab) -> None:
    ctx = written(SPECS["streams"], lab.root)
    name, database = ctx.spec.name, lab.postgres.endpoint.database
    lab.start(f"{name}.service", name.upper())
    said, pause = "", threading.Event()
    for _ in range(200):
        said = str(lab.health()[1].get("dependencies"))
        if f'role "{name}" does not exist' in said:
            break
        pause.wait(0.1)
    assert f'role "{name}" does not exist' in said
    for _ in range(2):
        done = lab.postgres.psql((lab.root / "schema.sql").read_text(), database)
        assert done.ok, done.message
    assert lab.until(200)["dependencies"] == {"redis": "ok", "postgres": "ok"}
    assert "skipped" not in lab.pytest("tests/e2e")
    assert lab.stop() == 0
