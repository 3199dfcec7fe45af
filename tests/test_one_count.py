"""One service has one number: whoever says how much is done says the same."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from screens.present.values import service_row
from tests.phases import PHASES
from wizard.pipeline.guided_session import GuidedSession
from wizard.plain.words import service_words
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


STACKS = sorted(path for path in (Path(__file__).parent / "stacks").iterdir() if (path / "services").is_dir())


def pairs(text: str, pattern: str) -> dict[str, tuple[int, int]]:
    """Service -> (met, applies), as a text says."""
    return {name: (int(met), int(applies)) for name, met, applies in re.findall(pattern, text, re.MULTILINE)}


@pytest.mark.parametrize("name", ["sample", *(path.name for path in STACKS)])
def test_every_door_and_format_says_the_same_of_every_stack(name: str, demo: Path, wizard: Wizard) -> None:
    stack = demo if name == "sample" else next(path for path in STACKS if path.name == name)

    def told(*words: str) -> str:
        return str(wizard(*words, stack=stack).out)

    known = [one for one in json.loads(told("check", "--format", "json"))["services"] if one["findings"]]
    said = {one["service"]: (one["counts"]["met"], one["applies"]) for one in known}
    assert said
    plain = told("check", "--format", "markdown").replace("\\", "")
    assert pairs(plain, r"^### ([\w-]+): (\d+) of (\d+) met") == said
    assert pairs(told("check"), r"^([\w-]+): (\d+) of (\d+) met") == said
    assert pairs(told("status"), r"^([\w-]+) +(?:\S+ +){7}(\d+) of (\d+)") == said
    assert pairs(told("status", "--format", "markdown").replace("\\", ""), r"^\| ([\w-]+) \| (\d+) of (\d+)") == said
    items = json.loads(told("status", "--format", "json"))["items"]
    assert {who: _of(list(statuses.values())) for who, statuses in items.items()} == said
    for command in ("check", "status"):
        suites = ElementTree.fromstring(told(command, "--format", "junit")).iter("testsuite")  # noqa: S314 (our own)
        passed = {s.attrib["name"]: int(s.attrib["tests"]) - _not_passed(s.attrib) for s in suites}
        passed.pop("(stack)", None)  # what a Swarm makes of the files is of no service, and no item
        assert passed == {who: met for who, (met, _) in said.items()}, command
    page = told("report", "--output", "-")
    assert pairs(page, r'<a href="#[^"]*">([\w-]+)</a></th>.*<td class="number">(\d+) of (\d+)</td>') == said
    view = GuidedSession(stack).look()
    for report in view.reports:
        assert service_words(view, report).startswith("{} of {} items are done".format(*said[report.service]))
        row = service_row(report, "", draft=False, wide=120).plain
        assert re.search(r" (\d+)/(\d+) ", row).groups() == tuple(map(str, said[report.service]))  # type: ignore[union-attr]


def _of(statuses: list[str]) -> tuple[int, int]:
    return statuses.count("met"), sum(status not in ("waived", "na") for status in statuses)


def _not_passed(suite: dict[str, str]) -> int:
    return int(suite["failures"]) + int(suite["skipped"])


def test_a_count_of_some_phases_says_so(wizard: Wizard) -> None:
    assert wizard("check", "core", "--phase", "3").out.startswith("core, phase 3 compose: 5 of 5 met")
    assert wizard("check", "core", "--phase", "3..5").out.startswith("core, phases 3 compose to 5 testing: ")
    assert "### core, phase 3 compose: 5 of 5" in wizard("check", "core", "--phase", "3", "--format", "markdown").out
