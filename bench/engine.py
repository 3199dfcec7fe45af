"""`verify` to its verdict beside `docker compose up -d --wait` alone: the same service, each from nothing.

Without an engine there is no row. A bare machine gets one from the lab: `python tests/lab/lab.py up` prints what to
export.
The log window is 0, as the window is a wait that the person chooses.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench.measure import Row, compare
from wizard.adapters.clock import SystemClock
from wizard.adapters.files.files import DiskFiles
from wizard.errors import RuntimeUnavailableError
from wizard.pipeline.proof import choose_runtime
from wizard.runtime.engine.compose_cli import find_compose
from wizard.runtime.engine.runtime import DockerRuntime
from wizard.session.sample import create_demo
from wizard.stack.infer.infer import infer
from wizard.stack.read import read_stack
from wizard.verify.verify import verify

FILES = ("infrastructure/compose/base.yml", "infrastructure/compose/dev.yml")
DEPLOYMENT = ("7.1", "7.2", "7.3", "7.4", "7.5")
GOAL, ROUNDS = 1.1, 3


def rows() -> Iterator[Row]:
    """Yields the row; says why there is none."""
    try:
        choose_runtime("docker")
    except RuntimeUnavailableError as error:
        print(f"no row: {error}")
        return
    with tempfile.TemporaryDirectory() as folder:
        root = create_demo(Path(folder) / "stack")
        base = root / FILES[0]
        base.write_text(re.sub(r"name: cdb\b", "name: overhead", base.read_text()))
        compose(root, "build", "cdb_risk")
        try:
            name = "verify / docker compose up -d --wait"
            yield compare(name, lambda: verified(root), lambda: started(root), GOAL, runs=ROUNDS, unit="s")
        finally:
            compose(root, "down", "-v", "--rmi", "local")


def started(root: Path) -> float:
    """Returns how long Compose alone takes."""
    began = time.monotonic()
    compose(root, "up", "-d", "--wait", "cdb_risk")
    took = time.monotonic() - began
    compose(root, "down", "-v")
    return took


def verified(root: Path) -> float:
    """Returns how long the live checks take, to the last verdict; their clean-up is not a wait of the person's."""
    facts = read_stack(DiskFiles(root))
    spec = infer(facts, "risk").spec
    began = last = time.monotonic()
    for _ in verify(facts, spec, DockerRuntime(), items=DEPLOYMENT, clock=SystemClock(), log_window=0.0):
        last = time.monotonic()
    return last - began


def compose(root: Path, *words: str) -> None:
    """Runs Compose on the stack."""
    subprocess.run(find_compose().command(FILES, "", *words), cwd=root, check=True, capture_output=True)
