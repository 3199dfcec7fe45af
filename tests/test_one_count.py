"""One service has one number: whoever says how much is done says the same."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.phases import PHASES
from wizard.values.finding import Count, Finding, Status, count_of

Wizard = Callable[..., Any]


def findings(*statuses: Status) -> list[Finding]:
    return [Finding(f"4.{number}", PHASES[3], status, "said") for number, status in enumerate(statuses, 1)]


@pytest.mark.parametrize(
    ("statuses", "count", "fraction"),
    [
        ((), Count(0, 0, 0, 0), "–"),
        ((Status.NA,), Count(0, 0, 0, 1), "–"),
        ((Status.NA, Status.WAIVED), Count(0, 0, 1, 1), "–"),
        ((Status.MET, Status.NA, Status.UNMET), Count(1, 2, 0, 1), "1/2"),
        ((Status.MET, Status.WAIVED, Status.BROKEN, Status.UNKNOWN), Count(1, 3, 1, 0), "1/3"),
        ((Status.MET, Status.MET), Count(2, 2, 0, 0), "2/2"),
    ],
)
def test_what_is_met_of_what_applies(statuses: tuple[Status, ...], count: Count, fraction: str) -> None:
    assert count_of(findings(*statuses)) == count
    assert count.fraction == fraction
    assert count.complete == (count.met == count.applies)


def test_what_is_beside_is_said_only_where_there_is_any() -> None:
    assert Count(1, 2, 0, 0).beside == ()
    assert Count(1, 2, 3, 4).beside == ("3 waived", "4 na")


def of_status(wizard: Wizard) -> dict[str, list[str]]:
    """Service -> met, applies, as `status` says."""
    return {
        name: list(pair) for name, *pair in re.findall(r"(?m)^(\w+) +(?:\S+ +){7}(\d+) of (\d+)", wizard("status").out)
    }


def test_every_command_says_the_same(wizard: Wizard) -> None:
    wizard("waive", "core", "2.3", "--reason", "the platform team pins it")
    said = of_status(wizard)
    assert len(said) == 7
    checked = json.loads(wizard("check", "--format", "json").out)["services"]
    assert {s["service"]: [str(s["counts"]["met"]), str(s["applies"])] for s in checked} == said
    for form in ("text", "markdown"):
        text = wizard("check", "--format", form).out.replace("#", "")
        told = {name: list(pair) for name, *pair in re.findall(r"(?m)^ *(\w+): (\d+) of (\d+) met", text)}
        assert told == said, form
    assert ", 1 waived" in wizard("status").out
