"""A few random repositories for every day; `make test-faults` runs a thousand."""

from __future__ import annotations

from tests.faults.random_repositories import run


def test_the_wizard_changes_its_own_paths_only() -> None:
    done = run(1, 6)
    assert done["committed"] and done["runs"] >= 6
