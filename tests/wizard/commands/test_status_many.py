"""`status`: what does not fit between services, and several stacks at once."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Wizard = Callable[..., Any]


def test_the_message_flow_in_every_format(wizard: Wizard) -> None:
    words = "channel allocations is written by allocation (services/allocation/bus.py:84) and never read"
    assert f"message flow (never-read): {words}" in wizard("status").out
    assert f"message flow (never-read): {words}" in wizard("status", "--format", "markdown").out
    told = json.loads(wizard("status", "--format", "json").out)["flow"]
    assert [one["kind"] for one in told] == ["missing-field", "never-written", "never-read", "never-read"]


def test_several_stacks_are_a_line_each_and_one_that_is_none_says_so(
    demo: Path, tmp_path: Path, copied: Callable[[Path, str], Path], wizard: Wizard
) -> None:
    other = copied(demo, "other")
    document = other / "FUTURE_SERVICES.md"
    document.write_text(document.read_text().replace("| core ", "| cors "))
    (tmp_path / "empty").mkdir()
    folders = [str(demo), str(other), str(tmp_path / "empty"), str(tmp_path / "nowhere")]
    said = wizard("status", *folders[:1], *folders[:1])
    assert said.code == 0
    assert len(said.out.splitlines()) == 3
    assert wizard("status", *folders[:2]).code == 1
    said = wizard("status", *folders, "--format", "json")
    assert said.code == 2
    stacks = json.loads(said.out)["stacks"]
    assert [one["folder"] for one in stacks] == folders
    assert [one["error"] is None for one in stacks] == [True, True, False, False]
    assert stacks[0]["items"]["core"]["1.1"] == "met"
    assert "there is no folder" in stacks[3]["error"]


def test_one_folder_is_that_of_c(demo: Path, wizard: Wizard) -> None:
    assert wizard("status", str(demo), stack=Path("/")).out == wizard("status").out


@pytest.mark.parametrize("words", [("--write",), ("--format", "sarif")])
def test_several_are_neither_written_nor_put_in_formats_for_one(demo: Path, wizard: Wizard, words: tuple[str]) -> None:
    said = wizard("status", str(demo), str(demo), *words)
    assert said.code == 2
    assert "name one stack" in said.err
