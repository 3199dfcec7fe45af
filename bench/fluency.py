"""Keys in the app when there is much: the cursor among 200 services beside 10, and a search of a long diff."""

from __future__ import annotations

import asyncio
import gc
import tempfile
import time
from collections.abc import Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import quantiles
from typing import TYPE_CHECKING

from textual.app import App, ComposeResult

from bench.measure import Row
from screens.app import StackWizardApp
from screens.intents import StackRead
from screens.widgets.layout import Line
from screens.widgets.lines import Lines
from wizard.values.lean import replace

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from textual.pilot import Pilot

FEW, MANY, KEYS = 10, 200, 120
LONG = 20_000
SOUGHT = "value_19"


def rows() -> Iterator[Row]:
    """In this process, the 95th of a hundred keys each."""
    from wizard.session.sample import create_demo

    with tempfile.TemporaryDirectory() as folder:
        stack = create_demo(Path(folder) / "stack", author=("Bench", "bench@example.org"))
        few, many = asyncio.run(_cursor(stack, FEW)), asyncio.run(_cursor(stack, MANY))
    yield Row(f"cursor among {MANY} services / {FEW}, 95 % of keys", many, few, many / few, 1.5)
    found = asyncio.run(_search())
    yield Row(f"a letter of a search in {LONG:,} lines, 95 % of keys / 50 ms", found, 50.0, found / 50, 1.0)


async def _cursor(stack: Path, services: int) -> float:
    """Milliseconds from a key to the frame with the cursor on the next service."""
    app = StackWizardApp(stack)
    async with app.run_test(size=(120, 40)) as pilot:
        while not app.settled or app.view is None:
            await pilot.pause(0.02)
        reports = app.view.reports
        copies = tuple(
            replace(reports[n % len(reports)], service=f"{reports[n % len(reports)].service}_{n}")
            for n in range(services)
        )
        app.view = replace(app.view, reports=copies)
        app.deliver(StackRead(app.view))
        await pilot.pause()
        return await _timed(pilot, ["j"] * KEYS)


async def _search() -> float:
    """Milliseconds that a letter takes to find its lines and to draw those in sight, the words typed anew each time."""

    class DiffApp(App[None]):
        def compose(self) -> ComposeResult:
            yield Lines(id="diff")

    app = DiffApp()
    async with app.run_test(size=(120, 40)) as pilot:
        lines = app.query_one(Lines)
        lines.show([Line(f"+    value_{n} = compute(value_{n - 1}, limit={n % 97})", "add") for n in range(LONG)])
        await pilot.pause()
        spent: list[float] = []
        async with _quiet():
            for end in [*range(1, len(SOUGHT) + 1)] * 6:
                begun = time.perf_counter()
                lines.seek(SOUGHT[:end])
                drawn = [lines.render_line(row) for row in range(lines.size.height)]
                assert drawn
                spent.append((time.perf_counter() - begun) * 1000)
        return quantiles(spent, n=100)[94]


async def _timed(pilot: Pilot[int], keys: list[str]) -> float:
    spent: list[float] = []
    async with _quiet():
        for one in keys:
            begun = time.perf_counter()
            pilot.app.simulate_key(one)
            await pilot.pause()
            spent.append((time.perf_counter() - begun) * 1000)
    return quantiles(spent, n=100)[94]


@asynccontextmanager
async def _quiet() -> AsyncIterator[None]:
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
