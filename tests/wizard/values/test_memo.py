"""A memo spares work, keeps nothing alive that is not asked for, and never mixes texts up."""

from __future__ import annotations

from wizard.values.memo import Memo


def test_makes_once_for_the_same_parts_and_forgets_what_a_reading_did_not_use() -> None:
    memo, made = Memo(), []

    def make(text: str) -> str:
        def once() -> str:
            made.append(text)
            return text.upper()

        return memo.made(("upper", text), once)

    assert (make("a"), make("a"), make("b")) == ("A", "A", "B")
    memo.turn()
    assert make("a") == "A"
    assert made == ["a", "b"]
    memo.turn()
    assert make("b") == "B"
    assert made == ["a", "b", "b"]
