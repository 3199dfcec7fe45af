"""Row 4: `check --format json`, against a process that only parses the same files."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.measure import Row, commands, python, script
from bench.stack import make_stack

LOWER_BOUND = """
import ast, gc, pathlib, sys, yaml
gc.disable()
root = pathlib.Path(sys.argv[1])
yaml.compose((root / "infrastructure/compose/dev.yml").read_text(), Loader=yaml.CSafeLoader)
trees = [ast.parse(path.read_text()) for path in sorted(root.glob("services/*/service.py"))]
"""


def rows() -> Iterator[Row]:
    """10, 100 and 1,000 services."""
    for services, goal in ((10, 2.0), (100, 1.8), (1000, None)):
        with tempfile.TemporaryDirectory() as folder:
            root = make_stack(Path(folder) / "stack", services)
            bound = [*python(LOWER_BOUND), str(root)]
            ours = [script("stack-wizard"), "-C", str(root), "check", "--format", "json"]
            runs = 3 if services == 1000 else 9
            yield from commands(f"check / lower bound, {services} services", ours, bound, goal, runs=runs)
