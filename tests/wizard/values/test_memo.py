"""A memo spares work, keeps nothing alive that is not asked for, and never mixes texts up."""

from __future__ import annotations

from functools import partial
from operator import methodcaller
from threading import Barrier, Thread

from wizard.values.memo import Kept, Load, Memo, derived


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


def test_what_was_loaded_on_the_way_has_to_be_the_same() -> None:
    memo, texts, made = Memo(), {"a": "1", "b": "2"}, []

    def ask() -> str:
        def make(load: Load) -> str:
            made.append(1)
            return f"{load('a')}{load('b')}{load('c')}"

        return memo.over("sum", texts.get, make)

    assert (ask(), ask()) == ("12None", "12None")
    texts["c"] = "3"
    assert ask() == "123"
    assert len(made) == 2


def test_a_result_that_is_nothing_is_kept_too() -> None:
    memo, made = Memo(), []

    def make() -> None:
        made.append(1)

    assert (memo.made("none", make), memo.made("none", make)) == (None, None)
    assert len(made) == 1


def test_threads_share_one_memo() -> None:
    """One reading begins while others are under way: nobody loses, mixes up or waits for ever."""
    memo, meeting, wrong = Memo(), Barrier(4), []

    def read(number: int) -> None:
        meeting.wait()
        for turn in range(400):
            if number == 0:
                memo.turn()
            for key in range(5):
                made = memo.made(key, partial(memo.made, ("inner", key), partial(int, key)))
                loaded = memo.over(("over", key), str.upper, methodcaller("__call__", f"x{key}"))
                if (made, loaded) != (key, f"X{key}"):
                    wrong.append((number, turn, key))

    threads = [Thread(target=read, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not wrong
    assert not any(thread.is_alive() for thread in threads)


def test_what_is_derived_is_made_once_for_the_very_same_value() -> None:
    made: list[str] = []

    def upper(value: tuple[str, ...]) -> str:
        made.append("made")
        return "".join(value).upper()

    kept: Kept = {}
    first, equal = tuple("ab"), tuple("ab")
    assert [derived(kept, "upper", first, partial(upper, first)) for _ in range(3)] == ["AB"] * 3
    assert derived(kept, "upper", equal, partial(upper, equal)) == "AB"
    assert len(made) == 2
