"""`map`: the sample stack's message flow, in every format, and what of it does not fit."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Wizard = Callable[..., Any]
Photograph = Callable[[Path], dict[str, bytes]]


def test_the_sample_has_a_channel_nobody_reads_and_a_field_nobody_sends(
    demo: Path, wizard: Wizard, photograph: Photograph
) -> None:
    before = photograph(demo)
    said = wizard("map")
    assert said.code == 1
    assert "never-read: channel allocations is written by allocation (services/allocation/bus.py:84)" in said.out
    assert (
        "allocation needs price (services/allocation/models.py:20) of order_results, and execution does not send it"
        in said.out
    )
    assert "OrderResult (services/execution/models.py:25) has no such field" in said.out
    assert photograph(demo) == before


def test_check_has_the_same_contradiction_whether_one_or_all_are_asked(wizard: Wizard) -> None:
    def topics(*words: str) -> list[str]:
        services = json.loads(wizard("check", *words, "--format", "json").out)["services"]
        return [found["topic"] for one in services if one["service"] == "allocation" for found in one["contradictions"]]

    assert topics("allocation") == topics() == topics("core", "allocation") == ["channel order_results"]


def test_a_publisher_that_takes_a_field_away_stops_its_reader(demo: Path, wizard: Wizard) -> None:
    assert wizard("map", "risk").code == 0
    models = demo / "services/core/models.py"
    models.write_text(models.read_text().replace("    strength: float\n", ""))
    said = wizard("map", "risk")
    assert said.code == 1
    assert "risk needs strength (services/risk/models.py:19) of signals, and core does not send it" in said.out


@pytest.mark.parametrize(("form", "start"), [("mermaid", "flowchart LR"), ("dot", "digraph flow {"), ("svg", "<svg ")])
def test_drawings(wizard: Wizard, form: str, start: str) -> None:
    assert wizard("map", "--format", form).out.startswith(start)


def test_a_file_is_written_and_said(wizard: Wizard, tmp_path: Path) -> None:
    target = tmp_path / "new" / "flow.json"
    said = wizard("map", "--format", "json", "--output", str(target))
    assert json.loads(target.read_text())["kind"] == "map"
    assert said.out == ""
    assert f"written: {target}" in said.err


def test_asyncapi_has_a_file_a_service(wizard: Wizard, tmp_path: Path) -> None:
    wizard("map", "--format", "asyncapi", "--output", str(tmp_path))
    names = {path.name for path in tmp_path.glob("*.asyncapi.json")}
    assert {"core.asyncapi.json", "ws.asyncapi.json"} <= names
    assert "market.asyncapi.json" not in names
    said = wizard("map", "--format", "asyncapi")
    assert said.code == 2
    assert "--output DIR" in said.err


def test_a_service_that_is_none_is_said(wizard: Wizard) -> None:
    said = wizard("map", "cor")
    assert said.code == 2
    assert "core" in said.err


def test_a_place_that_cannot_be_written_is_said(wizard: Wizard, tmp_path: Path) -> None:
    tmp_path.joinpath("file").write_text("")
    said = wizard("map", "--output", str(tmp_path / "file" / "x"))
    assert said.code == 1
    assert "cannot be written" in said.err
