"""`check` of a stack on a Swarm: everything that the deploy makes otherwise is named with its line, in every format."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Wizard = Callable[..., Any]
SHOP = Path(__file__).parents[3] / "tests" / "stacks" / "swarm"
EFFECTS = re.compile(r"#\s*(?:refused|ignored|differs|harmless): ")


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SHOP, tmp_path / "shop"))


def test_each_line_is_named_in_text_json_and_sarif(shop: Path, wizard: Wizard) -> None:
    lines = (SHOP / "compose.yaml").read_text(encoding="utf-8").splitlines()
    expected = {number for number, line in enumerate(lines, start=1) if EFFECTS.search(line)}
    assert len(expected) > 45
    said = wizard("check", stack=shop)
    assert said.code == 1
    assert expected <= {int(number) for number in re.findall(r"compose\.yaml:(\d+)", said.out)}
    found = json.loads(wizard("check", "--format", "json", stack=shop).out)
    assert {one["line"] for one in found["swarm"]} == expected
    assert all(one["rule"] and one["message"] for one in found["swarm"])
    assert [one["service"] for one in found["services"]] == ["market", "ticks", "(stack)"]
    harmful = {one["line"] for one in found["swarm"] if one["effect"] != "harmless"}
    told = {says["line"] for one in found["services"] for c in one["contradictions"] for says in c["says"]}
    assert harmful <= told
    sarif = json.loads(wizard("check", "--format", "sarif", stack=shop).out)
    places = [place for one in sarif["runs"][0]["results"] for place in one["locations"]]
    assert harmful <= {place["physicalLocation"].get("region", {}).get("startLine") for place in places}


def test_a_stack_without_a_service_of_python_is_judged_too(tmp_path: Path, wizard: Wizard) -> None:
    web = tmp_path / "web"
    web.mkdir()
    (web / "compose.yaml").write_text("services:\n  web:\n    image: nginx:1\n    container_name: web\n")
    (web / "up.sh").write_text("docker stack deploy -c compose.yaml web\n")
    said = wizard("check", stack=web)
    assert said.code == 1
    assert "container_name of web (compose.yaml:4)" in " ".join(said.out.split())
    (web / "up.sh").write_text("docker compose up -d\n")
    assert wizard("check", stack=web).code == 2


def test_nothing_of_it_is_said_of_the_sample_stack(wizard: Wizard) -> None:
    said = wizard("check", "--format", "json")
    assert "swarm" not in json.loads(said.out)
    assert "Swarm" not in said.out
