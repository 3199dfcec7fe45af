"""An answers file with several things wrong: all are named at once, each with its line, and nothing is written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Wizard = Callable[..., Any]
Photograph = Callable[[Path], dict[str, bytes]]
ALL_AT_ONCE = """purpse: a typo
port: "8008"
inputs:
  - nmae: market_data
  - name: market_data
    fields: [{name: symbol, type: text}]
outputs: market_data
seed: maybe
handler: Not A Name
"""


def test_everything_wrong_is_named_at_once(demo: Path, tmp_path: Path, wizard: Wizard, photograph: Photograph) -> None:
    file = tmp_path / "answers.yaml"
    file.write_text(ALL_AT_ONCE)
    before = photograph(demo)
    said = wizard("run", "sentiment", "--answers", str(file), "--no-live")
    assert said.code == 2
    for expected in (
        "line 1: unknown key 'purpse' (did you mean 'purpose'?)",
        "line 2: port: must be a whole number",
        "line 4: inputs[0]: unknown key 'nmae' (did you mean 'name'?)",
        "inputs[0]: the key 'name' is missing",
        "line 6: inputs[1].fields[0].type: must be",
        "line 7: outputs: must be a list",
        "line 8: seed: must be true or false",
        "line 9: handler: 'Not A Name'",
        "the key 'purpose' is missing",
    ):
        assert expected in said.err
    assert photograph(demo) == before


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("purpose: x\n\tport: 1\n", "answers.yaml:2"),
        ("purpose: x\npurpose: y\n", "is there twice"),
        ("- purpose\n", "not a group of keys"),
        ("", "the answers are empty"),
        ("purpose: x\nname: other\n", "the answers are about 'other'"),
        ("purpose: x\nport: 8005\n", "reserved for Market Service"),
        ("purpose: x\ninputs: [{name: a}]\noutputs: [{name: a}]\n", "answer its own events"),
        ("purpose: x\ntalks_to: [cor]\n", "no service 'cor'"),
        ("purpose: x\nbase_image: python\n", "base_image"),
    ],
)
def test_one_wrong_thing(
    text: str, says: str, demo: Path, tmp_path: Path, wizard: Wizard, photograph: Photograph
) -> None:
    file = tmp_path / "answers.yaml"
    file.write_text(text)
    before = photograph(demo)
    said = wizard("run", "sentiment", "--answers", str(file), "--yes", "--no-live")
    assert said.code == 2
    assert says in said.err
    assert photograph(demo) == before


def test_bytes_that_are_no_text(demo: Path, tmp_path: Path, wizard: Wizard, photograph: Photograph) -> None:
    file = tmp_path / "answers.yaml"
    file.write_bytes(b"purpose: caf\xe9\n")
    before = photograph(demo)
    said = wizard("run", "sentiment", "--answers", str(file), "--yes")
    assert (said.code, photograph(demo)) == (2, before)
    assert "not UTF-8" in said.err
