"""Two branches take the same port, and are merged: `ports` and `check` say the same of it, whoever looks."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Wizard = Callable[..., Any]
Git = Callable[..., str]
DEV, REGISTRY = "infrastructure/compose/dev.yml", "FUTURE_SERVICES.md"
TAKEN = 8009


def _branch(demo: Path, git: Git, wizard: Wizard, answers: Path, name: str) -> None:
    """A branch of its own on which a service of this name takes the port."""
    own = demo.parent / f"{name}.yaml"
    own.write_text(answers.read_text().replace("sentiment", name))
    git("switch", "-q", "-c", name, "main")
    said = wizard("run", name, "--answers", str(own), "--port", str(TAKEN), "--no-live", "--phase", "1..3")
    assert "phase 3 of 7" in said.out, said.err


def _added(base: str, text: str) -> str:
    """The lines that an edit put into a text, in one place."""
    before, after = base.splitlines(keepends=True), text.splitlines(keepends=True)
    first = next(n for n, (old, new) in enumerate(zip([*before, ""], after, strict=False)) if old != new)
    return "".join(after[first : first + len(after) - len(before)])


def _merged(demo: Path, git: Git, one: str, other: str, *, blocks: tuple[str, ...]) -> None:
    """Merges as a person would: both lines of the registry, and these services' blocks."""
    git("switch", "-q", "-c", "merged", "main")
    git("merge", "-q", "--no-ff", one)
    git("merge", "-q", "-s", "ours", other)
    git("checkout", "-q", other, "--", f"services/{other}", f".stack-wizard/services/{other}.yaml")
    base = git("show", f"main:{DEV}")
    (demo / DEV).write_text(base + "".join(_added(base, git("show", f"{name}:{DEV}")) for name in blocks))
    line = f"- {TAKEN}: {one.title()} Service\n"
    registry = git("show", f"{one}:{REGISTRY}")
    assert line in registry
    (demo / REGISTRY).write_text(registry.replace(line, line + line.replace(one.title(), other.title())))
    git("add", "-A")
    git("commit", "-q", "-m", "both")


@pytest.mark.parametrize("blocks", [("sentiment", "moods"), ("sentiment",), ("moods",), ()], ids=str)
def test_ports_and_check_agree_on_a_port_that_two_branches_took(
    demo: Path, git: Git, wizard: Wizard, answers: Path, blocks: tuple[str, ...]
) -> None:
    for name in ("sentiment", "moods"):
        _branch(demo, git, wizard, answers, name)
    _merged(demo, git, "sentiment", "moods", blocks=blocks)
    table = wizard("ports", "--format", "json")
    row = next(row for row in json.loads(table.out)["ports"] if row["port"] == TAKEN)
    assert (table.code, row["state"]) == (1, "conflict")
    assert any("reserved twice" in conflict for conflict in row["conflicts"])
    for name in ("sentiment", "moods"):
        said = wizard("check", name, "--format", "json")
        (report,) = json.loads(said.out)["services"]
        item = next(finding for finding in report["findings"] if finding["item"] == "3.5")
        wanted = "broken" if name in blocks else "unmet"
        assert item["status"] == wanted, item
        if name in blocks:
            assert "published by" in item["summary"] or "reserved twice" in item["summary"]


def test_the_control_one_branch_alone_has_its_port(demo: Path, git: Git, wizard: Wizard, answers: Path) -> None:
    _branch(demo, git, wizard, answers, "sentiment")
    table = wizard("ports", "--format", "json")
    row = next(row for row in json.loads(table.out)["ports"] if row["port"] == TAKEN)
    assert (row["state"], row["conflicts"]) == ("published", [])
