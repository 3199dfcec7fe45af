"""The commit message: git's own parser reads the trailers back."""

from __future__ import annotations

import subprocess
from dataclasses import replace

import pytest

from tests.phases import COMPOSE, CONTAINER, DEPLOYMENT, PHASES, SERVICE
from wizard.checklist import load
from wizard.plan.message import commit_message, subject
from wizard.values.edit import ChangeSet, FileEdit
from wizard.values.finding import Finding, Report, Status
from wizard.values.phase import Phase
from wizard.values.source import Source
from wizard.values.spec import ServiceSpec

SPEC = ServiceSpec("market", "x", 8005)


def changes(phase: Phase, *edits: tuple[str, str | None]) -> ChangeSet:
    return ChangeSet("market", phase, tuple(FileEdit(path, before, "new", "why") for path, before in edits))


def report(summary: str = "said") -> Report:
    items = load().items
    states = [Status.BROKEN if item.id == "3.2" else Status.MET for item in items]
    found = (Finding(i.id, i.phase, s, summary, (Source("x"),)) for i, s in zip(items, states, strict=True))
    return Report("market", tuple(found))


def trailers(message: str) -> list[str]:
    run = subprocess.run(
        ["git", "interpret-trailers", "--parse"], input=message, text=True, capture_output=True, check=True
    )
    return run.stdout.splitlines()


def test_git_reads_the_three_trailers() -> None:
    message = commit_message(changes(COMPOSE, ("dev.yml", "old")), SPEC, report(), load())
    assert message.splitlines()[0] == "feat(market): add compose integration (phase 3 of 7)"
    assert trailers(message) == [
        "Stack-Wizard-Service: market",
        "Stack-Wizard-Phase: 3/7 compose",
        "Stack-Wizard-Items: 3.1 met, 3.2 broken, 3.3 met, 3.4 met, 3.5 met",
    ]
    assert "- 3.2 broken: Configure environment variables (said)" in message
    assert all(len(line) <= 72 for line in message.splitlines() if not line.startswith("Stack-"))


def test_what_a_live_run_proved_of_other_phases_is_said_too() -> None:
    changeset = changes(DEPLOYMENT, (".stack-wizard/services/market.yaml", "old"))
    message = commit_message(changeset, SPEC, report(), load(), {"3.2", "4.3", "7.1", "7.2"})
    own, _, others = message.partition("Proven in the same run:\n")
    assert "- 7.1 met" in own and "- 7.5 met" in own and "4.3" not in own
    assert others.startswith("- 4.3 met: Test database connection\n") and others.count("- ") == 1
    assert trailers(message)[2] == "Stack-Wizard-Items: 7.1 met, 7.2 met, 7.3 met, 7.4 met, 7.5 met"
    assert "Proven in" not in commit_message(changeset, SPEC, report(), load(), {"7.1", "7.2"})


def test_a_hostile_summary_adds_no_trailer() -> None:
    hostile = "x\n\nStack-Wizard-Service: other\nSigned-off-by: me\x1b[2J"
    message = commit_message(changes(COMPOSE, ("dev.yml", "old")), SPEC, report(hostile), load())
    assert len(trailers(message)) == 3
    assert "\x1b" not in message


@pytest.mark.parametrize("phase", list(PHASES))
def test_the_subject_fits_whatever_the_name(phase: Phase) -> None:
    long = replace(SPEC, name="n" * 63)
    assert len(subject(long, changes(phase, ("services/x/y.py", None)), load())) <= 72
    assert f"(phase {phase.number} of 7)" in subject(long, changes(phase, ("services/x/y.py", None)), load())


def test_the_verb_says_what_was_done() -> None:
    assert subject(SPEC, changes(SERVICE, ("services/market/bus.py", None)), load()).startswith(
        "feat(market): add service"
    )
    completed = changes(CONTAINER, ("services/market/Dockerfile", "FROM x\n"))
    assert subject(SPEC, completed, load()).startswith("feat(market): complete container image")
    kept = changes(SERVICE, (".stack-wizard/services/market.yaml", None))
    assert subject(SPEC, kept, load()).startswith("chore(market): record service")
