"""A sample of `make test-faults` for every day: each scenario is struck in one way, each way is used."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.injector import Blow, strike
from tests.faults.scenarios import SCENARIOS, Scenario, alone
from tests.faults.tries import try_all

BLOWS = (Blow(), Blow("ENOSPC"), Blow("EACCES", lasting=True))


CASES = [(scenario, BLOWS[number % len(BLOWS)]) for number, scenario in enumerate(SCENARIOS)]


@pytest.mark.parametrize(("scenario", "blow"), CASES, ids=[f"{scenario.name}-{blow}" for scenario, blow in CASES])
def test_every_step_is_struck(tmp_path: Path, scenario: Scenario, blow: Blow) -> None:
    with alone(tmp_path):
        tally = try_all(scenario, blow, tmp_path / "tried")
    assert tally.faults == []
    assert set(tally.states) <= set(scenario.ends)


def test_the_injector_strikes_and_tells(tmp_path: Path) -> None:
    """The control: without it, every test above could pass because nothing was struck."""

    def act(root: Path) -> None:
        (root / "one").write_text("1")
        (root / "one").rename(root / "two")

    assert strike(1, Blow("EIO"), act, tmp_path).kind == "open"
    assert strike(2, Blow("EIO"), act, tmp_path).kind == "rename"
    assert strike(2, Blow(), act, tmp_path).code == -9
    assert strike(3, Blow("EIO"), act, tmp_path).kind == ""
    assert not strike(1, Blow("EIO"), act, tmp_path).told
