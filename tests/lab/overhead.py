"""How much longer `verify` takes than `docker compose up -d --wait` alone, on the same service in the same run.

`python tests/lab/overhead.py [ROUNDS]`, with the lab up (`python tests/lab/lab.py up`) and its environment set. Both
start from nothing and run to the verdict; the log window is 0, as the window is a wait that the person chooses.
"""

from __future__ import annotations

import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from wizard.adapters.clock import SystemClock
from wizard.adapters.compose_cli import find_compose
from wizard.adapters.engine_runtime import DockerRuntime
from wizard.adapters.files import DiskFiles
from wizard.session.sample import create_demo
from wizard.stack.infer import infer
from wizard.stack.read import read_stack
from wizard.verify.verify import verify

FILES = ("infrastructure/compose/base.yml", "infrastructure/compose/dev.yml")
DEPLOYMENT = ("7.1", "7.2", "7.3", "7.4", "7.5")


def compose(root: Path, *words: str) -> None:
    subprocess.run(find_compose().command(FILES, "", *words), cwd=root, check=True, capture_output=True)


def rounds(root: Path, name: str, count: int) -> Iterator[tuple[float, float]]:
    """(seconds of compose alone, seconds of verify to its last verdict), each from nothing."""
    facts = read_stack(DiskFiles(root))
    spec = infer(facts, name).spec
    for _ in range(count):
        began = time.monotonic()
        compose(root, "up", "-d", "--wait", f"cdb_{name}")
        alone = time.monotonic() - began
        compose(root, "down", "-v")
        began = last = time.monotonic()
        for _ in verify(facts, spec, DockerRuntime(), items=DEPLOYMENT, clock=SystemClock(), log_window=0.0):
            last = time.monotonic()
        yield alone, last - began


def main(words: list[str]) -> None:
    """Print both medians and the overhead."""
    with tempfile.TemporaryDirectory() as folder:
        root = create_demo(Path(folder) / "stack")
        base = root / FILES[0]
        base.write_text(re.sub(r"name: cdb\b", "name: overhead", base.read_text()))
        compose(root, "build", "cdb_risk")
        measured = list(rounds(root, "risk", int(words[0]) if words else 3))
    alone = statistics.median(a for a, _ in measured)
    whole = statistics.median(v for _, v in measured)
    print(f"docker compose up -d --wait: {alone:.2f} s; verify to the verdict: {whole:.2f} s")
    print(f"overhead: {whole - alone:+.2f} s, ratio {whole / alone:.2f}")


if __name__ == "__main__":
    main(sys.argv[1:])
