"""What a command and the app at rest have loaded: time and memory of a small stack are modules first of all."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

STACKS = Path(__file__).parents[2] / "stacks"
LATER = frozenset(
    {
        *("pydantic", "ruamel", "jinja2", "docker", "git", "libcst", "redis", "psycopg", "psutil", "packaging"),
        *("requests", "urllib3", "shtab", "wcwidth", "fast_sugiyama"),
    }
)
"""What only some step needs: validating, writing, planning, an engine, a drawing."""
NOT_FOR_CHECK = LATER | {
    *("textual", "rich", "asyncio", "email", "http", "ssl", "hashlib", "inspect", "dataclasses", "logging"),
    *("unicodedata", "watchfiles", "csv", "zipfile", "tempfile", "importlib.metadata"),
}
MOST_OWN = 260
"""Modules of the wizard that a check may load; 229 were seen. A new one is some 0.1 ms of every check."""
CHECK = """
import json, os, sys
from wizard.cli import main
kept = os.dup(1)
os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
main(["-C", sys.argv[1], "check", "--format", "json"])
sys.stdout.flush()
os.write(kept, json.dumps(sorted(sys.modules)).encode())
"""
AT_REST = """
import asyncio, json, sys
from pathlib import Path
from screens.app import StackWizardApp
async def rest():
    app = StackWizardApp(Path(sys.argv[1]))
    async with app.run_test(size=(120, 40)) as pilot:
        while app.view is None or not app.settled:
            await pilot.pause()
        print(json.dumps(sorted(sys.modules)))
asyncio.run(rest())
"""


def loaded(script: str, stack: Path) -> set[str]:
    words = [sys.executable, "-c", script, str(stack)]
    done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=300)
    names: list[str] = json.loads(done.stdout)
    return set(names)


@pytest.mark.parametrize("name", ["flat", "layered", "swarm"])
def test_a_check_loads_only_what_reading_and_judging_take(name: str) -> None:
    modules = loaded(CHECK, STACKS / name)
    assert not modules & NOT_FOR_CHECK
    assert not {
        one for one in modules if one.startswith(("screens", "wizard.plan.", "wizard.verify", "wizard.runtime"))
    }
    assert len([one for one in modules if one.startswith("wizard")]) <= MOST_OWN


def test_the_app_at_rest_has_loaded_no_step_of_a_phase() -> None:
    modules = loaded(AT_REST, STACKS / "flat")
    steps = ("wizard.plan.", "wizard.verify", "wizard.runtime.embedded", "wizard.runtime.swarm", "screens.phase")
    assert not modules & {*LATER, "wizard.apply.write", "wizard.session.lock", "wizard.pipeline.conductor"}
    assert not {one for one in modules if one.startswith(steps)}
