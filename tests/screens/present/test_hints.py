"""The app's hints name keys, phases and answers, never a command line for what the app does itself."""

from __future__ import annotations

import re

import pytest

from screens.present.hints import in_app
from wizard.checklist.load import load

SHELL_ONLY = re.compile(r"stack-wizard (init|check|templates|pattern)\b")


@pytest.mark.parametrize("hint", [item.hint for item in load().items if "stack-wizard" in item.hint])
def test_no_hint_of_the_checklist_names_a_command(hint: str) -> None:
    said = in_app(hint.replace("{name}", "market"))
    assert "stack-wizard " not in said.replace(".stack-wizard", "")


@pytest.mark.parametrize(
    ("hint", "here"),
    [
        ("Write it with `stack-wizard run market --phase service`, or by hand.", "Write it with phase service, or"),
        (
            "look it up, or give it: `stack-wizard run market --phase container --base-image python:3@sha256:…`",
            "look it up, and give python:3@sha256:… as the base image (a)",
        ),
        ("take it with `stack-wizard run market --only services/a.py`", "Space in the changes (d) takes it"),
        ("Call it, then run `stack-wizard verify market`.", "Call it, then run the live checks (v)."),
        ("not done: by hand (`stack-wizard explain 1.1`)", "not done: by hand (? on 1.1 tells how)"),
        ("Waive it (`stack-wizard waive market 1.1`), or serve it.", "Waive it (W), or serve it."),
        ("its command runs once you trust it: `stack-wizard trust`", "its command runs once you trust it: $ shows it"),
        (
            "it has no port yet: `stack-wizard ports` offers free ones",
            "no port yet: the port table (p) offers free ones",
        ),
        ("stop what holds this one: stack-wizard ports", "stop what holds this one: the port table (p)"),
        ("decided by a live run: stack-wizard verify market", "decided by a live run: the live checks (v)"),
        ("take that back first: stack-wizard waive market 5.3 --take-back", "take that back first (u in the history)"),
        ("take 8010, or see `stack-wizard ports`", "take 8010, or see the port table (p)"),
        (
            "nothing was written; `stack-wizard run NAME --phase compose --dry-run` shows the edit",
            "nothing was written; the changes (d) of phase compose show the edit",
        ),
        ("name it there (`stack-wizard init` writes it)", "name it there (`stack-wizard init` writes it)"),
        ("nothing of the wizard in it", "nothing of the wizard in it"),
    ],
)
def test_a_command_is_said_as_the_app_does_it(hint: str, here: str) -> None:
    said = in_app(hint)
    assert here in said
    assert "stack-wizard " not in SHELL_ONLY.sub("", said)
