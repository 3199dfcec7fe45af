"""`check`, `status`, `ports`: what is met, missing and contradictory in the sample stack, with path and line."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Wizard = Callable[..., Any]
Git = Callable[..., str]
Photograph = Callable[[Path], dict[str, bytes]]


def test_the_half_finished_market_is_seen_as_it_is(demo: Path, wizard: Wizard, photograph: Photograph) -> None:
    before = photograph(demo)
    said = wizard("check", "market", "--format", "json")
    assert said.code == 1
    service = json.loads(said.out)["services"][0]
    status = {finding["item"]: finding["status"] for finding in service["findings"]}
    evidence = {finding["item"]: finding["evidence"] for finding in service["findings"]}
    assert len(status) == 30
    assert status["1.1"] == "met"
    assert evidence["1.1"] == [{"path": "services/market/service.py", "line": 11}]
    assert status["2.2"] == "broken"
    assert {"path": "services/market/Dockerfile", "line": 10} in evidence["2.2"]
    assert {status[item] for item in ("3.1", "3.2", "3.3", "3.4", "3.5")} == {"unmet"}
    assert {"path": "infrastructure/compose/dev.yml", "line": None} in evidence["3.1"]
    assert all(places or finding["observations"] for finding in service["findings"] for places in [finding["evidence"]])
    says = {(said["path"], said["line"], said["value"]) for said in service["contradictions"][0]["says"]}
    assert ("services/market/Dockerfile", 10, "8006") in says
    assert ("FUTURE_SERVICES.md", 58, "8005") in says
    assert photograph(demo) == before


def test_the_other_two_are_seen_as_they_are(wizard: Wizard) -> None:
    reports = {s["service"]: s for s in json.loads(wizard("check", "--format", "json").out)["services"]}
    status = {name: {f["item"]: f["status"] for f in report["findings"]} for name, report in reports.items()}
    assert status["allocation"]["3.1"] == "broken"  # its block is commented out
    assert status["regime"]["1.5"] == "broken"  # variables that nobody sets
    assert [name for name, report in reports.items() if report["contradictions"]] == ["allocation", "market"]


def test_a_phase_alone_decides_its_exit_code(wizard: Wizard) -> None:
    assert wizard("check", "core", "--phase", "compose").code == 0
    assert wizard("check", "core", "--phase", "container").code == 1
    said = wizard("check", "core", "--phase", "compose", "--format", "json")
    assert len(json.loads(said.out)["services"][0]["findings"]) == 5


@pytest.mark.parametrize("words", [("check", "market"), ("status",), ("ports",)])
def test_every_format_is_well_formed(words: tuple[str, ...], wizard: Wizard) -> None:
    document = json.loads(wizard(*words, "--format", "json").out)
    assert (document["schema"], document["kind"]) == (1, words[0])
    sarif = json.loads(wizard(*words, "--format", "sarif").out)
    assert sarif["version"] == "2.1.0"
    suites = ElementTree.fromstring(wizard(*words, "--format", "junit").out)  # noqa: S314  (our own text)
    assert suites.tag == "testsuites"
    tables = [line for line in wizard(*words, "--format", "markdown").out.splitlines() if line.startswith("|")]
    assert len({line.replace("\\|", "").count("|") for line in tables[:3]}) == 1


def test_ports_name_the_holder_of_each_reserved_port(wizard: Wizard) -> None:
    said = wizard("ports", "--format", "json")
    assert said.code == 0
    rows = {row["port"]: row for row in json.loads(said.out)["ports"]}
    held = {
        port: [(c["state"], c["holder"], f"{c['evidence']['path']}:{c['evidence']['line']}") for c in row["claims"]]
        for port, row in rows.items()
    }
    assert sorted(rows) == list(range(8000, 8011))
    assert ("published", "core", "infrastructure/compose/dev.yml:33") in held[8001]
    assert ("reserved", "market", "FUTURE_SERVICES.md:58") in held[8005]
    assert ("exposed", "market", "services/market/Dockerfile:10") in held[8006]  # the wrong probe
    assert ("reserved", "Paper Runner", "FUTURE_SERVICES.md:57") in held[8004]
    assert [rows[port]["state"] for port in (8008, 8009, 8010)] == ["free"] * 3
    text = wizard("ports").out
    assert "8001  published  reserved for Core Service" in text
    assert "published  core  infrastructure/compose/dev.yml:33" in text
    assert "8008  free       reserved for nobody" in text


def test_a_port_with_two_holders_is_a_conflict_in_every_format(demo: Path, wizard: Wizard) -> None:
    dev = demo / "infrastructure" / "compose" / "dev.yml"
    dev.write_text(dev.read_text().replace("127.0.0.1:8002:8002", "127.0.0.1:8001:8002"))
    said = wizard("ports")
    assert said.code == 1
    assert "conflict: published by more than one: core (infrastructure/compose/dev.yml:33)" in said.out
    suite = ElementTree.fromstring(wizard("ports", "--format", "junit").out)[0]  # noqa: S314  (our own text)
    assert int(suite.get("failures") or 0) >= 1
    results = json.loads(wizard("ports", "--format", "sarif").out)["runs"][0]["results"]
    assert results[0]["locations"][0]["physicalLocation"]["region"]["startLine"]


def test_status_differs_then_is_written_then_agrees(demo: Path, wizard: Wizard, git: Git) -> None:
    assert wizard("status").code == 0
    document = demo / "FUTURE_SERVICES.md"
    right = document.read_bytes()
    document.write_bytes(
        right.replace("| core | ✅ | ✅ | ✅ | Running |".encode(), "| core | ✅ | ❌ | ✅ | Running |".encode())
    )
    said = wizard("status")
    assert said.code == 1
    assert "core: Dockerfile says ❌, is ✅  FUTURE_SERVICES.md:70" in said.out
    written = wizard("status", "--write", "--format", "json")
    assert written.code == 0
    assert json.loads(written.out)["kind"] == "status"
    assert "written: FUTURE_SERVICES.md" in written.err
    assert document.read_bytes() == right
    assert git("status", "--porcelain") == ""


def test_lines_that_were_read_are_at_hand_with_verbose(wizard: Wizard) -> None:
    assert "(-v shows them)" not in wizard("check", "core", "-v").out
    quiet = wizard("check", "core", "-q").out
    assert "services/core/models.py" not in quiet
    assert "services/core/models.py" in wizard("check", "core").out
    assert "2.3" in quiet


def test_nothing_shown_has_colour_without_a_terminal(wizard: Wizard, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "\x1b" not in wizard("check", "market").out
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[31m" in wizard("check", "market").out
    assert "\x1b" not in wizard("check", "market", "--no-color").out
    diff = wizard("run", "market", "--dry-run", "--phase", "compose").out
    assert "\x1b[32m+" in diff
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in wizard("run", "market", "--dry-run").out
