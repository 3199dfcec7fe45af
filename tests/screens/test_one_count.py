"""One service has one number: the app, `status`, `check` in every format and the plain door say the same of it."""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest

from wizard.plain import run as run_plain

Opened = Callable[..., AbstractAsyncContextManager[Any]]
Wizard = Callable[..., Any]
STACKS = Path(__file__).parents[1] / "stacks"
Counts = dict[str, tuple[int, int, int, int]]
"""service -> met, applies, waived, na"""
_DONE = r"(\d+) of (\d+)([^\n]*)"


def stack_named(name: str, demo: Path, tmp_path: Path) -> Path:
    """The sample, or a fixture stack as a repository of its own."""
    if name == "demo":
        return demo
    target = tmp_path / name
    shutil.copytree(STACKS / name, target, ignore=shutil.ignore_patterns("__pycache__"))
    for words in (["init", "-q"], ["add", "--all"], ["commit", "-qm", "start"]):
        author = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
        subprocess.run(["git", "-C", str(target), *author, *words], check=True, capture_output=True)
    return target


def counted(found: list[tuple[str, str, str, str]]) -> Counts:
    def beside(text: str, word: str) -> int:
        match = re.search(rf"(\d+) {word}\b", text)
        return int(match[1]) if match else 0

    return {
        name: (int(met), int(applies), beside(rest, "waived"), beside(rest, "na")) for name, met, applies, rest in found
    }


def by_status(found: list[str]) -> tuple[int, int, int, int]:
    waived, na = found.count("waived"), found.count("na")
    return found.count("met"), len(found) - waived - na, waived, na


def in_json(text: str) -> Counts:
    return {
        one["service"]: (one["counts"]["met"], one["applies"], one["counts"]["waived"], one["counts"]["na"])
        for one in json.loads(text)["services"]
        if one["findings"]  # what is said of the stack as a whole has none
    }


def in_the_plain_door(stack: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    heard = io.StringIO()
    monkeypatch.setattr(sys, "stdin", io.StringIO("quit\n"))
    monkeypatch.setattr(sys, "stdout", heard)
    run_plain(stack, False)
    return heard.getvalue()


@pytest.mark.parametrize("name", ["demo", *sorted(path.name for path in STACKS.iterdir() if path.is_dir())])
async def test_every_door_says_the_same_of_every_service(
    name: str, demo: Path, tmp_path: Path, wizard: Wizard, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack = stack_named(name, demo, tmp_path)
    checked = in_json(wizard("check", "--format", "json", stack=stack).out)
    assert checked
    waived = next(iter(checked))
    if name == "demo":
        wizard("waive", waived, "2.3", "--reason", "the platform team pins it", stack=stack)
        checked = in_json(wizard("check", "--format", "json", stack=stack).out)
        assert checked[waived][2] == 1
    items = json.loads(wizard("status", "--format", "json", stack=stack).out)["items"]
    assert {service: by_status(list(found.values())) for service, found in items.items()} == checked
    table = wizard("status", "--format", "markdown", stack=stack).out.replace("\\", "")
    signs = {"✓": "met", "~": "waived", "–": "na"}
    rows = re.findall(r"(?m)^\| (\S+) \| [^|]*\|((?: [✓○✗?~–] \|){30})$", table)
    assert {
        service: by_status([signs.get(sign, "open") for sign in re.findall(r"\S(?= \|)", row)]) for service, row in rows
    } == checked
    doors = {
        "markdown of status": re.findall(rf"(?m)^\| (\S+) \| {_DONE}", table),
        "status": re.findall(rf"(?m)^(\S+) +(?:\S+ +){{7}}{_DONE}", wizard("status", stack=stack).out),
        "check": re.findall(rf"(?m)^(\S+): {_DONE}", wizard("check", stack=stack).out),
        "markdown": re.findall(
            rf"(?m)^### (\S+): {_DONE}", wizard("check", "--format", "markdown", stack=stack).out.replace("\\", "")
        ),
        "plain": re.findall(rf"(?m)^  \d+\. (\S+): {_DONE}", in_the_plain_door(stack, monkeypatch)),
    }
    for door, found in doors.items():
        assert counted(found) == checked, door
    monkeypatch.undo()
    async with opened(stack, size=(160, 50)) as person:
        shown = {}
        for _ in checked:
            service = person.screen.chosen
            head = re.search(
                rf"(?m)^ *{re.escape(service)}  (\d+)/(\d+) done([^\n]*)|^ *{re.escape(service)}  {_DONE}", person.shown
            )
            assert head is not None, person.shown
            met, applies, rest = [part for part in head.groups() if part is not None]
            shown[service] = (service, met, applies, rest)
            await person.press("j")
        assert counted(list(shown.values())) == checked
        listed = re.findall(r"(?m)^\W*(\w+) +(?:[✓○✗?~–]+ +){7}(\d+)/(\d+) ", person.shown)
        assert {found[0]: (int(found[1]), int(found[2])) for found in listed} == {
            service: count[:2] for service, count in checked.items()
        }
