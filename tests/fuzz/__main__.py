"""`make test-fuzz`: every parser for some seconds (FUZZ_SECONDS), each in a process of its own; the figures."""

from __future__ import annotations

import multiprocessing
import os
import sys
from concurrent.futures import ProcessPoolExecutor

from tests.fuzz.bounded import Result
from tests.fuzz.doors import DOORS, tried
from tests.fuzz.parsers import PARSERS

SECONDS = float(os.environ.get("FUZZ_SECONDS", "20"))
ONLY = tuple(filter(None, os.environ.get("FUZZ_ONLY", "").split(",")))
KINDS = ("traceback", "hang", "memory", "outside", "escape")


def main() -> int:
    """Tries all, prints inputs and faults of each; 1 when there was any fault."""
    names = [name for name in (*PARSERS, *DOORS) if not ONLY or name in ONLY]
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(2, mp_context=context, max_tasks_per_child=1) as pool:
        print(f"{'':24}{'inputs':>9} {'slowest':>8}  " + "  ".join(KINDS))
        results: list[Result] = []
        for name, result in zip(names, pool.map(tried, names, [SECONDS] * len(names)), strict=True):
            results.append(result)
            _say(name, result)
    print(f"{'all':24}{sum(result.inputs for result in results):9}")
    return int(any(result.faults for result in results))


def _say(name: str, result: Result) -> None:
    counts = "  ".join(f"{result.faults[kind]:{len(kind)}}" for kind in KINDS)
    print(f"{name:24}{result.inputs:9} {result.slowest:7.2f}s  {counts}", flush=True)
    for kind, first in result.first.items():
        print(f"    {kind}: {first}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
