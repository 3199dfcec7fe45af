"""Strikes every step of a scenario in turn, and looks what is found after the next start."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.injector import Blow, strike
from tests.faults.scenarios import Scenario, busy, git
from wizard.adapters.git.repo import Repo
from wizard.apply import journal
from wizard.apply.recover import left_behind
from wizard.errors import WizardError
from wizard.pipeline.opening import open_stack
from wizard.pipeline.work import recover

State = dict[str, object]


@dataclass
class Tally:
    """What was tried and found. `faults`: a sentence each, by kind (lost, half-written, left behind, a person)."""

    points: Counter[str] = field(default_factory=Counter)
    states: Counter[str] = field(default_factory=Counter)
    faults: list[tuple[str, str]] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """Adds what another one counted."""
        self.points += other.points
        self.states += other.states
        self.faults += other.faults


def state(root: Path) -> State:
    """Everything that must be as before or as after; not the hashes of commits, which have a time in them."""
    trees = git(root, "log", "--format=%T").split()
    return {
        "tree": trees[0],
        "commits": len(trees),
        "index": git(root, "ls-files", "-s", "-t"),
        "status": git(root, "status", "--porcelain", "-uall"),
        "files": {
            str(path.relative_to(root)): (path.stat().st_mode, path.read_bytes() if path.is_file() else b"")
            for path in sorted(root.rglob("*"))
            if ".git" not in path.relative_to(root).parts
        },
    }


def try_all(scenario: Scenario, blow: Blow, folder: Path) -> Tally:
    """Strikes step after step until the scenario runs through."""
    root, saved, tally = folder / "stack", folder / "saved", Tally()
    root.mkdir(parents=True)
    scenario.prepare(busy(root))
    shutil.copytree(root, saved, symlinks=True)
    before = state(root)
    with contextlib.suppress(WizardError):
        scenario.act(root)
    known = {"before": before, "after": state(root)}
    number = 0
    while True:
        number += 1
        shutil.rmtree(root)
        shutil.copytree(saved, root, symlinks=True)
        struck = strike(number, blow, scenario.act, root)
        if not struck.kind:
            break
        tally.points[f"{scenario.name}, {'kill' if not blow.error else 'error'} at {struck.kind}"] += 1
        at = f"{scenario.name}: {blow} at step {number} ({struck.kind})"
        if not struck.told:
            tally.faults.append(("needing a person", f"{at}: came out as a bug"))
        _look(root, at, scenario, known, tally)
    if number <= scenario.least:
        tally.faults.append(("lost", f"{scenario.name}: only {number - 1} steps were seen"))
    return tally


def _look(root: Path, at: str, scenario: Scenario, known: dict[str, State], tally: Tally) -> None:
    stack = open_stack(root)
    try:
        recover(stack)
    except WizardError as error:
        tally.faults.append(("needing a person", f"{at}: {error.message}"))
    found = state(root)
    end = next((name for name in ("after", "before") if known[name] == found and name in scenario.ends), "")
    tally.states[end or "neither"] += 1
    if not end:
        nearest = known["after" if found["commits"] == known["after"]["commits"] else "before"]
        differs = ", ".join(key for key in nearest if nearest[key] != found[key])
        mine = ("staged.txt", "unstaged.txt", "untracked.txt")
        kind = "lost" if any(_file(found, name) != _file(nearest, name) for name in mine) else "half-written"
        tally.faults.append((kind, f"{at}: neither before nor after: {differs}"))
    tally.faults += [("left behind", f"{at}: {path}") for path in _left(root, stack.repo)]
    if subprocess.run(["git", "fsck", "--strict"], cwd=root, capture_output=True, check=False).returncode:
        tally.faults.append(("half-written", f"{at}: git fsck complains"))


def _file(found: State, name: str) -> object:
    files = found["files"]
    return files.get(name) if isinstance(files, dict) else None


def _left(root: Path, repo: Repo | None) -> list[str]:
    """Journals, locks and temporary files; the wizard's own lock file stays, the system frees it."""
    assert repo is not None
    found = list((root / ".git").rglob("*.lock"))
    found += list(root.rglob(".sw-*.tmp"))
    found += [journal.place(repo)] if left_behind(repo) else []
    mark = repo.git_path(journal.AT_WORK)
    return [str(path.relative_to(root)) for path in (*found, *([mark] if mark.exists() else []))]
