"""Runs the commands that a generated README gives for its unit tests, as somebody pastes them into a plain shell."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path


def unit_test_commands(readme: str) -> list[str]:
    """Returns the lines of its shell blocks that run the unit tests: those of the others need servers."""
    blocks = re.findall(r"(?ms)^```(?:bash|sh)\n(.*?)^```", readme)
    return [line for block in blocks for line in block.splitlines() if "pytest" in line and "unit" in line]


def run_plain(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Runs a line with nothing in its environment but where programs are."""
    with tempfile.TemporaryDirectory() as home:
        path = os.pathsep.join([str(Path(sys.executable).parent), "/usr/bin", "/bin"])
        return subprocess.run(
            ["/bin/sh", "-c", command],
            cwd=folder,
            env={"PATH": path, "HOME": home},
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )


def main(readmes: list[str]) -> int:
    """Prints what a command that fails said. Returns 1 when one failed, or when a README has none."""
    failed = 0
    for readme in readmes:
        commands = unit_test_commands(Path(readme).read_text())
        runs = [run_plain(command, Path.cwd()) for command in commands]
        for run in runs:
            if run.returncode:
                print(run.args[-1], run.stdout, run.stderr, sep="\n")
        failed |= not runs or any(run.returncode for run in runs)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
