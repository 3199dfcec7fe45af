"""Rows of a service: seen by the id of a probe, on servers of this run by what changed, and unseen with the reason."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from wizard.values.live import LiveTrouble, SqlRun
from wizard.verify.sides.rows import Rows, quoted


def rows(*answers: SqlRun, alone: bool = True, tables: tuple[str, ...] = ("prices",)) -> tuple[Rows, list[str]]:
    """A look at tables where psql answers one after the other."""
    asked: list[str] = []
    left = [SqlRun(True, "741")] * alone + list(answers)

    def psql(sql: str) -> SqlRun:
        asked.append(sql)
        answer = left.pop(0)
        if answer.message == "gone":
            raise LiveTrouble("engine-lost", "gone", "")
        return answer

    live: Any = SimpleNamespace(
        spec=SimpleNamespace(tables=[SimpleNamespace(name=name) for name in tables], name="one"),
        run=SimpleNamespace(psql=psql, alone=lambda: alone),
        clock=SimpleNamespace(monotonic=iter((0.0, 0.0, 0.0, 9.0, 9.0, 9.0)).__next__),
        token="t0k",
    )
    return Rows(live), asked


@pytest.mark.parametrize(
    ("answer", "alone", "told"),
    [
        ("2|2", True, "2 row(s) with their id are in table prices"),
        ("0|3", True, "3 row(s) of table prices were written"),
        ("0|0", True, ""),
        ("1|0", False, "1 row(s) with their id are in table prices"),
        ("", True, ""),
    ],
)
def test_rows_are_told_by_their_id_or_by_what_changed(answer: str, alone: bool, told: str) -> None:
    looked, asked = rows(SqlRun(True, answer), alone=alone)
    assert looked.found() == told
    assert ("age('741'::xid)" in asked[-1]) is alone


@pytest.mark.parametrize(
    "answer", [SqlRun(False, message='relation "prices" does not exist'), SqlRun(False, message="gone")]
)
def test_what_cannot_be_looked_at_is_said(answer: SqlRun) -> None:
    looked, _ = rows(answer, SqlRun(True, "0|1"))
    assert (looked.found(), looked.unseen) == ("", answer.message)
    assert looked.found() and not looked.unseen


def test_a_schema_is_part_of_the_name() -> None:
    assert (quoted("prices"), quoted("desk.prices")) == ('"prices"', '"desk"."prices"')
