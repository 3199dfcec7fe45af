"""Taking edits out of a plan: what stays, what is remembered, and what is said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.phases import COMPOSE
from wizard.plan.choose import chosen, still_left
from wizard.values.choice import Choice, Left, Offer
from wizard.values.edit import ChangeSet, FileEdit, Refusal

MANIFEST = ".stack-wizard/services/market.yaml"
PATHS = ["dev.yml", "REGISTRY.md", "services/market/service.py", MANIFEST]
ITEMS = ["3.1", "3.2", "3.5"]
EDITS = st.builds(
    lambda paths, items: ChangeSet(
        "market",
        COMPOSE,
        tuple(FileEdit(path, None, "x", "why", tuple(served)) for path, served in zip(paths, items, strict=False)),
    ),
    st.lists(st.sampled_from(PATHS), unique=True),
    st.lists(st.lists(st.sampled_from(ITEMS), unique=True), min_size=4, max_size=4),
)
WORDS = st.lists(st.sampled_from([*PATHS[:3], *ITEMS]), unique=True, max_size=3)


def lefts(words: list[str]) -> tuple[Left, ...]:
    return tuple(Left(word, f"no {word}") for word in words)


@given(EDITS, WORDS, WORDS, WORDS)
def test_every_edit_is_taken_or_left_with_a_reason(
    changes: ChangeSet, only: list[str], skip: list[str], before: list[str]
) -> None:
    choice = Choice(only=tuple(only), skip=lefts([word for word in skip if word not in only]))
    taken, remembered = chosen(changes, choice, lefts(before))
    for edit in changes.edits:
        if edit in taken.edits:
            assert edit.path not in skip or edit.path in only or edit.path == MANIFEST
            continue
        assert edit.path != MANIFEST
        assert any(one.what == edit.path or one.what in edit.items for one in taken.left)
    assert all(one.reason for one in remembered)
    assert not {one.what for one in remembered} & set(only)
    assert len({one.what for one in remembered}) == len(remembered)
    assert len([note for note in taken.notes if note.startswith("left out: ")]) == len(set(taken.left))


@given(EDITS, WORDS)
def test_what_was_left_stays_out_until_it_is_named(changes: ChangeSet, skip: list[str]) -> None:
    first, remembered = chosen(changes, Choice(skip=lefts(skip)))
    again, same = chosen(changes, Choice(), remembered)
    assert [edit.path for edit in again.edits] == [edit.path for edit in first.edits]
    assert [one.what for one in same] == [one.what for one in remembered]
    names = tuple(one.what for one in remembered)
    back, gone = chosen(changes, Choice(only=names), remembered)
    assert gone == ()
    assert {edit.path for edit in changes.edits if edit not in first.edits} <= {edit.path for edit in back.edits}


def test_an_edit_that_serves_others_too_stays_and_says_so() -> None:
    changes = ChangeSet("market", COMPOSE, (FileEdit("dev.yml", "a", "b", "why", ("3.1", "3.5")),))
    taken, remembered = chosen(changes, Choice(skip=lefts(["3.5"])))
    assert taken.paths == ("dev.yml",)
    assert remembered == ()
    assert taken.notes == ("dev.yml is written for 3.1 as well as 3.5: leave it out by its path",)


def test_nothing_chosen_is_the_whole_plan() -> None:
    changes = ChangeSet("market", COMPOSE, (FileEdit("dev.yml", "a", "b", "why", ("3.1",)),))
    assert chosen(changes, Choice()) == (changes, ())


EDIT = FileEdit("dev.yml", "a", "b", "why", ("3.1", "3.5"))
STILL = {
    "its edit": (Left("dev.yml", "no", ("3.1",)), ChangeSet("market", COMPOSE, (EDIT,)), True),
    "its edit, by item": (Left("3.5", "no"), ChangeSet("market", COMPOSE, (EDIT,)), True),
    "its end of a path": (Left("compose/dev.yml", "no", ("3.1",)), ChangeSet("market", COMPOSE, (EDIT,)), False),
    "a recipe that may be named": (
        Left("dev.yml", "no", ("3.1",)),
        ChangeSet("market", COMPOSE, offers=(Offer("compose-block", "3.1", "dev.yml", "unsafe", "bring it to life"),)),
        True,
    ),
    "an edit that cannot be made now": (
        Left("dev.yml", "no", ("3.1",)),
        ChangeSet("market", COMPOSE, refusals=(Refusal("3.1", "dev.yml", "it does not parse"),)),
        True,
    ),
    "nothing": (Left("dev.yml", "no", ("3.1",)), ChangeSet("market", COMPOSE), False),
    "nothing, by item": (Left("3.5", "no"), ChangeSet("market", COMPOSE), False),
    "nothing of its own": (Left("dev.yml", "no", ("3.1",)), ChangeSet("market", COMPOSE, (EDIT,)), True),
    "an edit of another phase": (Left("README.md", "no", ("6.1",)), ChangeSet("market", COMPOSE), True),
    "a waived item": (Left("prod.yml", "no", ("3.3",)), ChangeSet("market", COMPOSE), True),
}


@pytest.mark.parametrize(("left", "changes", "kept"), STILL.values(), ids=STILL)
def test_what_was_left_counts_while_there_is_an_edit_to_leave(left: Left, changes: ChangeSet, kept: bool) -> None:
    said, before = still_left(changes, (left,), ["3.1", "3.2", "3.5"])  # 3.3 is waived
    assert before == ((left,) if kept else ())
    assert said.notes == (() if kept else (f"no longer left out: {left.what} (no): no edit is there any more",))
