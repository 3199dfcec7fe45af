"""Rows 4 and 5: `check --format json` cold and unchanged, against a process that only parses the same files."""

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
    """10, 100 and 1,000 services; the second run of an unchanged stack may use what the first one kept."""
    for services, cold, warm in ((10, 2.0, None), (100, 1.8, 0.30), (1000, None, None)):
        with tempfile.TemporaryDirectory() as folder:
            root = make_stack(Path(folder) / "stack", services)
            bound = [*python(LOWER_BOUND), str(root)]
            ours = [script("stack-wizard"), "-C", str(root), "check", "--format", "json"]
            runs = 3 if services == 1000 else 9
            yield from commands(
                f"cold check / lower bound, {services} services",
                ["env", "STACK_WIZARD_CACHE=off", *ours],
                bound,
                cold,
                runs=runs,
            )
            kept = ["env", f"XDG_CACHE_HOME={folder}/cache", *ours]
            yield commands(f"unchanged check / lower bound, {services} services", kept, bound, warm, runs=runs)[0]
