"""Which service the words of a document name."""

from __future__ import annotations

import pytest

from wizard.rules.owners import EXACT, NONE, SHORT, WORDS, fit, named


@pytest.mark.parametrize(
    ("owner", "name", "score"),
    [
        ("Market Service", "market", EXACT),
        ("market", "market", EXACT),
        ("`cdb_market`", "market", EXACT),
        ("Paper Runner", "paper_runner", EXACT),
        ("paper-runner", "paper_runner", EXACT),
        ("Database Writer", "db_writer", WORDS),
        ("WebSocket Service", "ws", WORDS),
        ("OrderBook Service", "ob", SHORT),
        ("Allocation Service", "alloc", SHORT),
        ("Marketing", "market", NONE),
        ("Core", "risk", NONE),
        ("Market Data", "market", NONE),
        ("", "market", NONE),
        ("Redis", "risk", NONE),
    ],
)
def test_fit(owner: str, name: str, score: int) -> None:
    assert fit(owner, name, "cdb_") == score


def test_two_that_fit_equally_well_are_none() -> None:
    assert named("Order Book", ("ob", "order_book"), "") == "order_book"
    assert named("Alloc", ("allocation", "allocator"), "") == ""
    assert named("nobody", (), "") == ""
