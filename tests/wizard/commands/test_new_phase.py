"""A phase and an item that were added as data go through every command."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

Wizard = Callable[..., Any]
Git = Callable[..., str]

pytestmark = pytest.mark.usefixtures("observability")


def finding(wizard: Wizard, *words: str) -> dict[str, Any]:
    said = wizard(*words, "--format", "json")
    assert said.out, said.err
    findings: list[dict[str, Any]] = json.loads(said.out)["services"][0]["findings"]
    return next(found for found in findings if found["item"] == "8.1")


def test_check_judges_it(wizard: Wizard) -> None:
    found = finding(wizard, "check", "core")
    assert (found["phase"], found["status"], found["title"]) == ("observability", "unmet", "Add a dashboard")
    assert found["hint"] == "Write services/core/dashboard.json."


def test_check_takes_its_phase_alone(wizard: Wizard) -> None:
    said = wizard("check", "core", "--phase", "observability")
    assert " 8 observability (0/1)" in said.out and "  8.1  " in said.out and "7.1" not in said.out


@pytest.mark.parametrize("format", ["junit", "markdown", "sarif"])
def test_every_format_has_it(wizard: Wizard, format: str) -> None:
    assert "Add a dashboard" in wizard("check", "core", "--format", format).out


def test_status_counts_it(wizard: Wizard) -> None:
    said = wizard("status").out
    assert "7 deployment, 8 observability" in said
    assert json.loads(wizard("status", "--format", "json").out)["items"]["core"]["8.1"] == "unmet"


def test_run_writes_proves_and_commits_it(wizard: Wizard, git: Git) -> None:
    said = wizard("run", "core", "--yes", "--phase", "8", "--runtime", "docker")
    assert said.code == 0, said.err
    assert "observed 8.1 passed" in said.out
    assert git("show", "HEAD:services/core/dashboard.json") == '{"panels": []}\n'
    subject, *body = git("log", "-1", "--format=%B").rstrip().split("\n")
    assert subject == "feat(core): add dashboard (phase 8 of 8)"
    assert body[-2:] == ["Stack-Wizard-Phase: 8/8 observability", "Stack-Wizard-Items: 8.1 met"]


def test_a_range_of_phases_reaches_it(wizard: Wizard, git: Git) -> None:
    wizard("run", "core", "--yes", "--no-live", "--phase", "6..8")
    assert "Stack-Wizard-Items: 8.1 unknown" in git("log", "-1", "--format=%B")


def test_undo_takes_it_back(wizard: Wizard, git: Git) -> None:
    wizard("run", "core", "--yes", "--no-live", "--phase", "observability")
    said = wizard("undo", "core")
    assert "undone: phase 8 observability of core" in said.out
    assert "dashboard.json" not in git("ls-files", "services/core")


def test_verify_proves_it_beside_the_others(wizard: Wizard) -> None:
    wizard("run", "core", "--yes", "--no-live", "--phase", "8")
    found = finding(wizard, "verify", "core", "--runtime", "docker")
    assert found["status"] == "met"
    assert found["observations"][0]["action"] == "load Add a dashboard"


def test_explain_and_waive_know_it(wizard: Wizard, git: Git) -> None:
    assert "A dashboard shows what is normal." in wizard("explain", "8.1").out
    assert "8 observability: Observability" in wizard("explain").out
    assert wizard("waive", "core", "8.1", "--reason", "drawn elsewhere").code == 0
    assert finding(wizard, "check", "core")["status"] == "waived"
