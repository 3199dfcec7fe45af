"""The whole stack: `map` and `report` beside `check`, judging again after one change beside judging from cold, the page
in a real Chromium, and a gate's ten services with everything that its process costs."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

from bench.measure import Row, commands, compare, run_once, script
from bench.stack import make_stack
from wizard.pipeline.opening import open_stack
from wizard.pipeline.watch.rejudging import Judge

SECONDS = 1.5
"""What a gate of ten services may take in CI, with Python's start."""
SCRIPTING = 300.0
"""Milliseconds that opening the page may keep a browser at work with scripts."""


def rows() -> Iterator[Row]:
    """Commands, then what is kept in memory, then the browser."""
    with tempfile.TemporaryDirectory() as folder:
        root = make_talking_stack(Path(folder) / "stack", 100)
        check = [script("stack-wizard"), "-C", str(root), "check", "--format", "json"]
        for name, words in (("map", ("map", "--format", "json")), ("report", ("report", "--output", "-"))):
            ours = [script("stack-wizard"), "-C", str(root), *words]
            yield commands(f"{name} / check, 100 services", ours, check, 1.3, runs=7)[0]
        yield _again(root, check)
        ten = make_talking_stack(Path(folder) / "ten", 10)
        gate = [script("stack-wizard"), "-C", str(ten), "check", "--format", "json"]
        spent = median(run_once(gate).ms for _ in range(7))
        limit = SECONDS * 1000
        yield Row("check, 10 services, cold, all of its process", spent, limit, spent / limit, 1.0)
        many = make_talking_stack(Path(folder) / "many", 200)
        page = Path(folder) / "page.html"
        run_once([script("stack-wizard"), "-C", str(many), "report", "--output", str(page)])
        yield from _browser(page)


def make_talking_stack(root: Path, services: int) -> Path:
    """Writes a stack in which each service reads what the one before writes, a few of them wrongly."""
    make_stack(root, services)
    for number in range(services):
        code = root / f"services/svc{number}/service.py"
        field = "price" if number % 10 else "cost"
        code.write_text(
            f"{code.read_text()}\n\nimport redis\n\nbus = redis.Redis(host=os.environ['SVC{number}_REDIS_HOST'])\n\n\n"
            f"def run():\n    events = bus.pubsub()\n    events.subscribe('topic{number}')\n"
            f"    for message in events.listen():\n        event = json.loads(message['data'])\n"
            f"        bus.publish('topic{number + 1}', json.dumps({{'id': event['id'], '{field}': event['price']}}))\n"
        )
    return root


def _again(root: Path, check: list[str]) -> Row:
    """One file changes each time; the reference is the whole process, as a person without `--watch` has it."""
    judge = Judge(open_stack(root))
    judge.look()
    code = root / "services/svc3/service.py"

    def again() -> float:
        code.write_text(f"{code.read_text()}\nCHANGED = {time.monotonic_ns()}\n")
        begun = time.perf_counter()
        judge.look()
        return (time.perf_counter() - begun) * 1000

    return compare("judged again after one change / cold check, 100", again, lambda: run_once(check).ms, 0.15, runs=7)


def _browser(page: Path) -> Iterator[Row]:
    """The time that Chromium's main thread spends on scripts, and on everything, until the page is loaded."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        return
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        try:
            spent = [_opened(browser, page) for _ in range(5)]
        finally:
            browser.close()
    size = f"{page.stat().st_size / 1_000_000:.1f} MB"
    scripts, tasks = (median(values) for values in zip(*spent, strict=True))
    yield Row("page of 200 services: scripting in Chromium", scripts, SCRIPTING, scripts / SCRIPTING, 1.0, note=size)
    yield Row("page of 200 services: all work until it is loaded", tasks, SCRIPTING, tasks / SCRIPTING, None, note=size)


def _opened(browser: Any, page: Path) -> tuple[float, float]:
    tab = browser.new_page()
    session = tab.context.new_cdp_session(tab)
    session.send("Performance.enable")
    tab.goto(page.as_uri(), wait_until="load")
    told = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
    tab.close()
    return told["ScriptDuration"] * 1000, told["TaskDuration"] * 1000
