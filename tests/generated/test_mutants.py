"""What `make mutants` changes, and what it says of a change that no test noticed."""

from __future__ import annotations

import ast

from tests.generated.mutants import mutants

SOURCE = '''\
"""A module."""

import time

LIMIT = 5


def late(since: float, said: str = "no") -> bool:
    """Say whether it is late."""
    logger.info("asked", 1)
    note(said)
    return time.monotonic() - since > LIMIT and not done
'''


def test_every_decision_is_changed_and_no_word_is() -> None:
    made = list(mutants(SOURCE))
    assert [mutant.change for mutant in made] == [
        "constant: 'no'",
        "left out: note(said)",
        "returns None: return time.monotonic() - since > LIMIT and (not done)",
        "operator: time.monotonic() - since > LIMIT and (not done)",
        "comparison: time.monotonic() - since > LIMIT",
        "operator: time.monotonic() - since",
        "not twice: not done",
    ]
    assert all(ast.dump(mutant.tree) != ast.dump(ast.parse(SOURCE)) for mutant in made)


def test_a_survivor_has_its_reason_or_its_line() -> None:
    reasons = {mutant.change.partition(":")[0]: mutant.reason for mutant in mutants(SOURCE)}
    assert reasons["comparison"] == "one instant of a clock"
    assert reasons["not twice"] == ""
    assert {mutant.source for mutant in mutants(SOURCE)} >= {"note(said)"}
