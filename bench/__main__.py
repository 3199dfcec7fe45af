"""`make bench [BENCH=rows]`: prints every row; `python -m bench startup audit` prints some."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from importlib import import_module

from bench.measure import RUNS, Row

GROUPS = (
    *("startup", "yaml", "audit", "whole", "growth", "git", "generation", "service", "screen", "fluency", "engine"),
    "swarm",
)


def main(wanted: list[str]) -> int:
    """Run the groups named, or all."""
    print(f"medians of {RUNS} interleaved runs; ratio = ours / reference, goal = at most")
    print(f"{'measure':<58} {'ours':>10} {'reference':>10}       ratio goal")
    for group in wanted or GROUPS:
        rows: Callable[[], Iterator[Row]] = import_module(f"bench.{group}").rows
        print(f"-- {group}")
        for row in rows():
            print(row.line, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
