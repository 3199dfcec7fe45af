"""A stack with a phase of its own goes through every command; before trust, its command is not run."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.own_checklist import CHECKLIST, DASHBOARD, Answering, give

Wizard = Callable[..., Any]
Git = Callable[..., str]
LIVE = ("--runtime", "docker", "--log-window", "0")


@pytest.fixture(autouse=True)
def answers(monkeypatch: pytest.MonkeyPatch, demo: Path) -> dict[str, str]:
    """The stack has the checklist, and its services answer without a server."""
    give(demo)
    found = {"/health": '{"status": "ok"}', "/metrics": "core_events_total 3\n"}
    monkeypatch.setattr("wizard.pipeline.proof._docker", lambda remote: Answering(found))
    return found


def findings(wizard: Wizard, *words: str) -> dict[str, dict[str, Any]]:
    said = wizard(*words, "--format", "json")
    assert said.out, said.err
    return {found["item"]: found for found in json.loads(said.out)["services"][0]["findings"]}


def test_check_judges_what_files_say(wizard: Wizard, demo: Path) -> None:
    found = findings(wizard, "check", "core")
    assert {item: found[item]["status"] for item in ("8.1", "8.2", "8.3", "x.1", "2.3")} == {
        "8.1": "unmet",
        "8.2": "unknown",
        "8.3": "unknown",
        "x.1": "unmet",
        "2.3": "na",
    }
    assert found["2.3"]["summary"] == "switched off for this stack: our mirror pins the digests"
    assert found["8.1"]["evidence"] == [
        {"path": "services/core/dashboard.json", "line": None},
        {"path": ".stack-wizard/checklist.yaml", "line": 11},
    ]
    assert found["8.2"]["hint"] == (
        "run `stack-wizard verify core`; its command runs once you trust it: `stack-wizard trust`"
    )
    (demo / "services/core/dashboard.json").write_text(DASHBOARD, encoding="utf-8")
    with (demo / "services/core/README.md").open("a", encoding="utf-8") as readme:
        readme.write("\nOwner: the core team\n")
    found = findings(wizard, "check", "core")
    assert (found["8.1"]["status"], found["x.1"]["status"]) == ("met", "met")


@pytest.mark.parametrize(
    ("text", "status", "words"),
    [
        ('{"panels": []}', "unmet", "has no key panels[0].title"),
        ('{"panels": [', "unknown", "cannot be parsed"),
        (None, "unmet", "is not there"),
    ],
)
def test_a_key_is_looked_up(text: str | None, status: str, words: str, wizard: Wizard, demo: Path) -> None:
    if text is not None:
        (demo / "services/core/dashboard.json").write_text(text, encoding="utf-8")
    found = findings(wizard, "check", "core")["8.1"]
    assert found["status"] == status and words in found["summary"]


KEYS = {
    "yaml there": ("a.yaml", "a: {b: [1, {c: yes}]}", "{path: a.yaml, key: 'a.b[1].c'}", "met"),
    "yaml value": ("a.yaml", "a: {b: 3}", "{path: a.yaml, key: a.b, equals: 3}", "met"),
    "true is no 1": ("a.yaml", "a: true", "{path: a.yaml, key: a, equals: 1}", "broken"),
    "one of": ("a.toml", "[x.y]\nz = 'b'\n", "{path: a.toml, key: x.y.z, equals: [a, b]}", "met"),
    "toml with a dot": ("a.toml", "[x.'y.z']\nk = 1\n", "{path: a.toml, key: \"x.'y.z'.k\"}", "met"),
    "absent and there": ("a.json", '{"a": 1}', "{path: a.json, key: a, absent: true}", "broken"),
    "absent and not": ("a.json", '{"b": 1}', "{path: a.json, key: a, absent: true}", "met"),
    "absent and no file": ("b.json", "{}", "{path: a.json, key: a, absent: true}", "met"),
    "no toml": ("a.toml", "[x\n", "{path: a.toml, key: x}", "unknown"),
    "no text": ("a.json", "\0\0", "{path: a.json, key: x}", "unknown"),
}


@pytest.mark.parametrize("case", KEYS)
def test_keys_of_every_format(case: str, wizard: Wizard, demo: Path) -> None:
    name, text, key, status = KEYS[case]
    (demo / name).write_text(text, encoding="utf-8")
    asked = 'text: {path: "{folder}/README.md", contains: "Owner: *"}'
    give(demo, CHECKLIST.replace(asked, f"key: {key}"))
    assert findings(wizard, "check", "core")["x.1"]["status"] == status


def test_a_value_that_may_be_a_secret_is_not_said(wizard: Wizard, demo: Path) -> None:
    (demo / "a.yaml").write_text("password: hunter22\n", encoding="utf-8")
    asked = 'text: {path: "{folder}/README.md", contains: "Owner: *"}'
    give(demo, CHECKLIST.replace(asked, "key: {path: a.yaml, key: password, equals: changed}"))
    assert "hunter22" not in wizard("check", "core").out


def test_before_trust_no_command_runs(wizard: Wizard, demo: Path) -> None:
    canary = demo / "canary"
    for words in (("check",), ("status",), ("explain", "8.2"), ("report", "--output", "-"), ("trust",)):
        wizard(*words)
    found = findings(wizard, "verify", "core", *LIVE)["8.2"]
    assert found["status"] == "unknown" and "nobody on this machine has trusted" in found["summary"]
    assert found["hint"] == "read it, then trust what it runs: stack-wizard trust"
    wizard("run", "core", "--yes", "--phase", "8", *LIVE)
    assert not canary.exists()


def test_trust_lets_it_run_until_a_byte_changes(wizard: Wizard, demo: Path) -> None:
    canary = demo / "canary"
    said = wizard("trust", "--yes")
    assert said.code == 0 and "8.2 runs ['sh', '-c', 'echo {name} is fine; touch canary']" in said.out
    assert "(.stack-wizard/checklist.yaml:17)" in said.out and not canary.exists()
    found = findings(wizard, "verify", "core", *LIVE)
    assert found["8.2"]["status"] == "met" and "ended with 0: core is fine" in found["8.2"]["summary"]
    assert found["8.3"]["status"] == "met"
    assert canary.exists()
    canary.unlink()
    give(demo, CHECKLIST + "\n")
    assert findings(wizard, "verify", "core", *LIVE)["8.2"]["status"] == "unknown"
    give(demo)
    assert findings(wizard, "check", "core", "--live", *LIVE)["8.2"]["status"] == "met"
    assert wizard("untrust").out == "no command of this stack's checklists runs any more\n"
    canary.unlink()
    assert findings(wizard, "verify", "core", *LIVE)["8.2"]["status"] == "unknown" and not canary.exists()


def test_nobody_trusts_for_somebody_else(wizard: Wizard, demo: Path) -> None:
    said = wizard("trust")
    assert said.code == 2 and "say --yes" in said.err
    (demo / ".stack-wizard/checklist.yaml").unlink()
    assert "nothing to trust" in wizard("trust", "--yes").out


def test_an_answer_that_is_not_as_asked(wizard: Wizard, answers: dict[str, str]) -> None:
    answers["/metrics"] = "other_total 3\n"
    found = findings(wizard, "verify", "core", *LIVE)["8.3"]
    assert found["status"] == "broken" and "it has no `core_*_total`" in found["summary"]
    del answers["/metrics"]
    found = findings(wizard, "verify", "core", *LIVE)["8.3"]
    assert found["status"] == "broken" and "answered 404, not 200" in found["summary"]


def test_a_log_that_is_not_as_asked(wizard: Wizard, answers: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    lines = ("ready", "Traceback (most recent call last):", "ValueError: x")
    monkeypatch.setattr("wizard.pipeline.proof._docker", lambda remote: Answering(answers, lines))
    found = findings(wizard, "verify", "core", *LIVE)["8.3"]
    assert found["status"] == "broken" and found["summary"] == "log-has: its log has `Traceback*`"


def test_run_records_it_with_a_commit_of_its_own(wizard: Wizard, demo: Path, git: Git) -> None:
    (demo / "services/core/dashboard.json").write_text(DASHBOARD, encoding="utf-8")
    git("add", "-A")
    git("commit", "-qm", "a dashboard")
    wizard("trust", "--yes")
    said = wizard("run", "core", "--yes", "--phase", "8", *LIVE)
    assert said.code == 0, said.err + said.out
    message = git("log", "-1", "--format=%B").rstrip()
    assert message.startswith("chore(core): record observability (phase 8 of 8)\n")
    assert message.endswith("Stack-Wizard-Items: 8.1 met, 8.2 met, 8.3 met")
    found = findings(wizard, "check", "core")
    assert {found[item]["status"] for item in ("8.1", "8.2", "8.3")} == {"met"}
    give(demo, CHECKLIST.replace("is fine", "is well"))
    found = findings(wizard, "check", "core")
    assert (found["8.2"]["status"], found["8.3"]["status"]) == ("unknown", "met")
    assert "take back observability (phase 8 of 8)" in wizard("undo", "core", "--phase", "8").out


def test_every_command_has_its_items(wizard: Wizard) -> None:
    assert "Keep the alert rules valid" in wizard("explain", "observability").out
    assert "x.1 Name an owner" in wizard("explain", "x.1").out
    assert "8 observability: Observability" in wizard("explain").out
    assert {"8.3", "x.1", "observability"} <= set(wizard("completion", "--words", "items").out.split())
    assert "8 observability" in wizard("status").out
    for form in ("junit", "sarif", "markdown"):
        assert "Serve metrics" in wizard("check", "core", "--format", form).out
    page = wizard("report", "--output", "-").out
    assert "Serve metrics" in page and "stack-wizard explain 8.1" in page
    assert "--phase observability" not in page
    assert "Ask the platform team for a port." in wizard("check", "market", "--format", "json").out
    assert wizard("waive", "core", "8.3", "--reason", "it has none").code == 0
    assert findings(wizard, "check", "core")["8.3"]["status"] == "waived"


def test_a_wrong_checklist_stops_every_command(wizard: Wizard, demo: Path) -> None:
    give(demo, CHECKLIST.replace("- command:", "- comand:"))
    for words in (
        ("check",),
        ("status",),
        ("explain",),
        ("trust",),
        ("report", "--output", "-"),
        ("run", "core", "--yes"),
    ):
        said = wizard(*words)
        assert said.code == 1 and "did you mean 'command'?" in said.err
        assert ".stack-wizard/checklist.yaml:17" in said.err
