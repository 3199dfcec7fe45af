"""The stack that people wrote by hand, brought to running: what a person answers, and what is true afterwards on every
runtime."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

STACK = Path(__file__).parent / "stacks" / "byhand"
Command = Callable[..., str]
"""Runs the program on a stack (`root, *words`) and returns what it printed."""
ANSWERS = {
    "regime": "tables: [{name: regimes, columns: [{name: price_id}, {name: market}, {name: regime}]}]\n",
    "booking": "tables: [{name: bookings, columns: [{name: price_id}, {name: market}, {name: side}]}]\n",
}
"""What only a person knows: the code fills these tables and nothing of the stack says what they are."""
REASON = "its events are flat: a model would say no more"
PHASES = ["service", "container", "compose", "database", "testing", "docs", "deployment"]
PEOPLES_CODE = {
    "services/booking/service.py": ['client = redis.Redis(host="redis", password=os.environ["REDIS_PASSWORD"],'],
    "services/regime/models.py": ["from dataclasses import dataclass"],
    "tests/unit/booking/test_booking.py": [],
}
"""The files of code that recipes change, each with the beginning of every line that goes."""


def copied(place: Path, ports: dict[str, str]) -> Path:
    """Returns a copy of the stack in a repository of its own, on other ports."""
    root = place / "byhand"
    shutil.copytree(STACK, root)
    for path in root.rglob("*"):
        if path.is_file():
            text = path.read_text()
            for old, new in ports.items():
                text = text.replace(old, new)
            path.write_text(text)
    git(root, "init", "-q")
    for name, value in (("user.name", "Ada"), ("user.email", "ada@localhost")):
        git(root, "config", name, value)
    git(root, "add", "-A")
    git(root, "commit", "-qm", "As it is")
    return root


def git(root: Path, *words: str) -> str:
    """Returns what git prints in a repository."""
    return subprocess.run(["git", "-C", str(root), *words], capture_output=True, text=True, check=True).stdout


def bring_to_running(command: Command, root: Path, name: str, *more: str) -> None:
    """Brings one service from half finished to the end of its last phase, and expects that nothing is left."""
    answers = root.parent / f"{name}.yaml"
    answers.write_text(f"name: {name}\n{ANSWERS[name]}")
    before = git(root, "rev-parse", "HEAD").strip()
    said = command(root, "run", name, "--answers", str(answers), "--yes", "--fix", "all", "--log-window", "1", *more)
    found = json.loads(command(root, "check", name, "--format", "json"))["services"][0]["findings"]
    left = {item["item"]: item["summary"] for item in found if item["status"] not in ("met", "waived", "na")}
    assert left == {}, said[-6000:]
    assert {item["item"] for item in found if item["status"] == "waived"} <= {"1.4"}
    trailers = git(root, "log", "--reverse", "--format=%(trailers:key=Stack-Wizard-Phase,valueonly)", f"{before}..")
    assert [line for line in trailers.splitlines() if line] == [f"{n}/7 {phase}" for n, phase in enumerate(PHASES, 1)]


def only_recipes_changed_code(root: Path) -> None:
    """Expects that of the code people wrote only what a recipe changes is changed, and the rest kept its lines."""
    first = git(root, "rev-list", "--max-parents=0", "HEAD").strip()
    changed = git(root, "diff", "--name-only", "--diff-filter=MDR", first).split()
    assert {path for path in changed if path.endswith(".py")} == set(PEOPLES_CODE)
    for path, gone in PEOPLES_CODE.items():
        lines = re.findall(r"^-(?!--)(.*)$", git(root, "diff", first, "--", path), re.MULTILINE)
        assert len(lines) == len(gone), lines
        assert all(line.startswith(begin) for line, begin in zip(lines, gone, strict=True)), lines
    added = re.findall(r"^\+(.*)$", git(root, "log", "-p", "--format=", f"{first}.."), re.MULTILINE)
    assert not [line for line in added if "byhand-redis" in line or "byhand-postgres" in line]
    assert git(root, "status", "--porcelain", "--ignored") == ""


def is_listed_as_running(root: Path) -> None:
    """Expects that the list of ports calls no service planned any more."""
    assert re.findall(r"^- \d+: (.*)$", (root / "README.md").read_text(), re.MULTILINE) == [
        "Regime Service",
        "Booking Service",
    ]
