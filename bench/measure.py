"""How things are timed: two sides in turn, A B A B …, so that a machine that changes speed changes it for both."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

RUNS = int(os.environ.get("BENCH_RUNS", "11"))

# Linux starts a process's peak memory at that of the process which spawned it, and the spawner here is a benchmark
# that has grown; so a launcher with next to nothing in it spawns, waits and keeps the time.
_LAUNCHER = """
import os, sys, time
nowhere = [(os.POSIX_SPAWN_OPEN, handle, os.devnull, os.O_RDWR, 0) for handle in (0, 1, 2)]
begun = time.perf_counter()
child = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ, file_actions=nowhere)
_, status, usage = os.wait4(child, 0)
print(time.perf_counter() - begun, usage.ru_maxrss, os.waitstatus_to_exitcode(status))
"""


@dataclass(frozen=True, slots=True)
class Row:
    """One comparison. `ours` / `reference`: medians, in `unit`. `ratio`: median of the pairwise ratios. `goal`: at
    most."""

    name: str
    ours: float
    reference: float
    ratio: float
    goal: float | None
    unit: str = "ms"
    note: str = ""

    @property
    def line(self) -> str:
        """The row as it is printed."""
        verdict = "" if self.goal is None else ("reached" if self.ratio <= self.goal else "NOT REACHED")
        goal = "" if self.goal is None else f"<= {self.goal:<5}"
        numbers = (
            f"{self.ours:>10.2f} {self.reference:>10.2f} {self.unit:<3} {self.ratio:>7.3f} {goal:<9} {verdict:<12}"
        )
        return f"{self.name:<58} {numbers}{self.note}"


@dataclass(frozen=True, slots=True)
class Run:
    """One finished process: wall milliseconds, peak memory in MB (`wait4`), exit code."""

    ms: float
    mb: float
    code: int


def run_once(command: Sequence[str], cwd: Path | None = None, env: dict[str, str] | None = None) -> Run:
    """Run a command with its output thrown away and account for it; compiled modules are kept, as on any machine."""
    env = {name: value for name, value in (env or os.environ).items() if name != "PYTHONDONTWRITEBYTECODE"}
    words = [sys.executable, "-I", "-S", "-c", _LAUNCHER, *command]
    done = subprocess.run(words, cwd=cwd, env=env, capture_output=True, text=True, check=True)
    seconds, kilobytes, code = done.stdout.split()
    return Run(float(seconds) * 1000, int(kilobytes) / 1024, int(code))


def compare(
    name: str,
    ours: Callable[[], float],
    reference: Callable[[], float],
    goal: float | None,
    *,
    runs: int = RUNS,
    unit: str = "ms",
    note: str = "",
) -> Row:
    """Interleave two measurements (each returns its figure) after one warm-up of both."""
    ours(), reference()
    pairs = [(ours(), reference()) for _ in range(runs)]
    ratio = median(a / b for a, b in pairs)
    return Row(name, median(a for a, _ in pairs), median(b for _, b in pairs), ratio, goal, unit, note)


def commands(
    name: str, ours: Sequence[str], reference: Sequence[str], goal: float | None, *, runs: int = RUNS
) -> tuple[Row, Row]:
    """Two whole processes: a row for the time and a row for the peak memory (without a goal of its own)."""
    memory: dict[str, list[float]] = {"ours": [], "reference": []}

    def measured(side: str, command: Sequence[str]) -> Callable[[], float]:
        def once() -> float:
            run = run_once(command)
            memory[side].append(run.mb)
            return run.ms

        return once

    time_row = compare(name, measured("ours", ours), measured("reference", reference), goal, runs=runs)
    a, b = median(memory["ours"]), median(memory["reference"])
    return time_row, Row(f"{name}, peak memory", a, b, a / b, None, "MB")


def timed(function: Callable[[], object]) -> Callable[[], float]:
    """A measurement of a function in this process, in ms; the collector runs before, not within."""

    def once() -> float:
        gc.collect()
        begun = time.perf_counter()
        function()
        return (time.perf_counter() - begun) * 1000

    return once


def python(code: str) -> list[str]:
    """A command that runs a piece of Python with this interpreter."""
    return [sys.executable, "-c", code]


def script(name: str) -> str:
    """A console script beside this interpreter."""
    return str(Path(sys.executable).with_name(name))
