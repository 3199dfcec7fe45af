"""What code hosts read: nothing of a stack becomes a command there."""

from __future__ import annotations

import json

import pytest

from wizard.output.annotations import github, gitlab
from wizard.values.gate import Concern
from wizard.values.source import Source


def concern(message: str = "m", path: str = "a.py", line: int = 3, level: str = "broken") -> Concern:
    return Concern("core", "3.1", level, message, "do it", (Source(path, line),), "f1")


@pytest.mark.parametrize(
    ("given", "line"),
    [
        (concern(), "::error file=a.py,line=3,title=core 3.1::m Next: do it"),
        (concern(level="unmet"), "::warning file=a.py,line=3,title=core 3.1::m Next: do it"),
        (concern(line=0), "::error file=a.py,title=core 3.1::m Next: do it"),
        (
            concern("50 %\n::stop-commands::x"),
            "::error file=a.py,line=3,title=core 3.1::50 %25 ::stop-commands::x Next: do it",
        ),
        (concern(path="a,line=9:b\n.py"), "::error file=a%2Cline=9%3Ab .py,line=3,title=core 3.1::m Next: do it"),
        (concern("\x1b[31mred"), "::error file=a.py,line=3,title=core 3.1::red Next: do it"),
    ],
)
def test_one_command_a_concern_on_one_line(given: Concern, line: str) -> None:
    assert list(github([given])) == [line]


def test_gitlab_has_what_it_requires() -> None:
    (entry,) = json.loads(gitlab([concern(line=0)]))
    assert entry == {
        "description": "core 3.1: m",
        "check_name": "3.1",
        "fingerprint": "f1",
        "severity": "major",
        "location": {"path": "a.py", "lines": {"begin": 1}},
    }
    assert json.loads(gitlab([])) == []
