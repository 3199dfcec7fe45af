"""Rows 3, 11 and 12: the first paint, keys while ten thousand log lines a second arrive, and memory at rest."""

from __future__ import annotations

import re
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median, quantiles

from bench.measure import RUNS, Row, compare, python, run_once, script
from bench.pty import Terminal

MINIMAL = """
from textual.app import App
from textual.widgets import Static
class Minimal(App):
    def compose(self):
        yield Static("a minimal Textual application")
Minimal().run()
"""
KEYS, EVERY = 60, 0.083
RATE = 10_000
_AT = re.compile(rb"at=(\d+\.\d{4})")


def rows() -> Iterator[Row]:
    """On a pseudo terminal of 120 by 40."""
    from wizard.session.sample import create_demo

    with tempfile.TemporaryDirectory() as folder:
        stack = create_demo(Path(folder) / "stack", author=("Bench", "bench@example.org"))
        ours, minimal = [script("stack-wizard"), "-C", str(stack)], python(MINIMAL)
        runs = min(RUNS, 9)
        yield compare("first paint / minimal Textual", lambda: _paint(ours), lambda: _paint(minimal), 1.15, runs=runs)
        copier = [script("copier"), "--help"]
        yield compare("first paint / copier --help", lambda: _paint(ours), lambda: run_once(copier).ms, 0.65, runs=runs)
        a, b = _at_rest(ours), _at_rest(minimal)
        yield Row("memory at rest / minimal Textual", a, b, a / b, 1.4, "MB")
        yield from _latency(Path(folder))


def _paint(command: list[str]) -> float:
    with Terminal(command) as terminal:
        return terminal.first_paint()


def _at_rest(command: list[str]) -> float:
    found = []
    for _ in range(3):
        with Terminal(command) as terminal:
            terminal.first_paint()
            terminal.settle()
            found.append(terminal.resident)
    return median(found)


def _latency(folder: Path) -> Iterator[Row]:
    idle, _ = _typed(folder, 0)
    busy, ages = _typed(folder, RATE)
    for name, place in (("median", 49), ("95 % of", 94)):
        a, b = quantiles(busy, n=100)[place], quantiles(idle, n=100)[place]
        yield Row(f"{name} keys at {RATE} lines/s / idle", a, b, a / b, 3.0)
    age = quantiles(ages, n=100)[94] if len(ages) > 1 else float("inf")
    yield Row("newest line on the screen, 95 % of frames / 100 ms", age, 100.0, age / 100, 1.0)
    frames = len(ages) / (KEYS * EVERY)
    yield Row("25 frames a second / fresh frames a second", 25.0, frames, 25 / frames if frames else 9.9, 1.0, "fps")


def _typed(folder: Path, rate: int) -> tuple[list[float], list[float]]:
    """(ms from the key to its handler, ms that the newest line on the screen is old at each fresh frame)."""
    file = folder / f"keys-{rate}"
    sent: list[float] = []
    ages: list[float] = []
    newest = 0.0
    with Terminal([sys.executable, "-m", "bench.tail_app", str(rate), str(file)]) as terminal:
        terminal.first_paint()
        terminal.settle(0.3, 2.0)
        begun = time.monotonic()
        while len(sent) < KEYS or time.monotonic() < begun + KEYS * EVERY:
            if len(sent) < KEYS and time.monotonic() >= begun + len(sent) * EVERY:
                sent.append(time.monotonic())
                terminal.send(b"x")
            stamps = _AT.findall(terminal.read(0.004))
            latest = max(map(float, stamps), default=0.0)
            if latest > newest:
                newest = latest
                ages.append((time.monotonic() - latest) * 1000)
        terminal.settle(0.3, 1.0)
    arrived = [float(line) for line in file.read_text().split()]
    return [(there - here) * 1000 for here, there in zip(sent, arrived, strict=True)], ages
