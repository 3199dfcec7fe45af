"""A sample of the races of `make test-faults` for every day, and the controls: what loses is seen to lose."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.races import RACES, Race, Save, kept_somewhere, run, write_phase
from tests.faults.scenarios import alone, busy, git
from wizard.adapters.files import files
from wizard.adapters.files.durable import write_durably

EVERY = 9
"""Each race meets at every so many steps; where it begins differs from race to race, so that all kinds are met."""


@pytest.mark.parametrize("race", RACES, ids=lambda race: race.name)
def test_nothing_of_the_other_one_is_lost(tmp_path: Path, race: Race) -> None:
    with alone(tmp_path):
        met, faults = run(race, tmp_path / "race", first=1 + RACES.index(race) % EVERY, stride=EVERY)
    assert faults == []
    assert met >= 2


def test_the_control_an_editor_is_seen(tmp_path: Path) -> None:
    with alone(tmp_path):
        root = tmp_path / "stack"
        root.mkdir()
        busy(root)
        assert kept_somewhere(root) == []
        Save("a.txt", renames=True)(root)
        assert kept_somewhere(root) == ["a.txt"]
        git(root, "commit", "-q", "-m", "x", "--only", "a.txt")
        assert kept_somewhere(root) == ["a.txt", "HEAD"]


def test_the_control_a_writer_that_does_not_look_again_loses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was there before the swap came in: the guard looks, and then the text is written over whatever is there."""

    def swap(target: Path, before: bytes | None, after: bytes | None, mode: int | None = None) -> bool:
        if after is None:
            target.unlink()
        else:
            write_durably(target, after, mode)
        return True

    monkeypatch.setattr(files, "swap_durably", swap)
    save = Save("a.txt", renames=False)
    with alone(tmp_path):
        _, faults = run(Race("apply", write_phase, save, save.look), tmp_path / "race", first=12, stride=2)
    assert any("is lost" in fault for fault in faults)
