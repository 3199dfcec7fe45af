"""A checklist with one phase and one item more, as data, and the three functions that its item names."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest

from wizard.audit.context import Context
from wizard.audit.live import live as live_finding
from wizard.audit.registry import REGISTRY
from wizard.checklist import load
from wizard.plan.context import PlanContext
from wizard.plan.registry import PLANNERS
from wizard.values.checklist import Item
from wizard.values.edit import ChangeSet, FileEdit
from wizard.values.finding import Finding
from wizard.values.live import LiveTrouble
from wizard.verify.live import Checks, LiveCheck
from wizard.verify.registry import PROBES

OBSERVABILITY = """
  - phase: observability
    title: "Observability"
    noun: "dashboard"
    purpose: "A dashboard is what the people on call look at first."
    items:
      - id: "8.1"
        title: "Add a dashboard"
        why: "Nobody watches what has no picture. A dashboard shows what is normal."
        evidence: "A dashboard file stands beside the service, and it loads."
        broken: "The file does not load."
        hint: "Write {folder}/dashboard.json."
        by_hand: "Export one from the dashboard server."
        links: ["https://example.org/dashboards"]
        check: dashboard
        planner: dashboard
        probe: dashboard
        live: true
        example: "the dashboard of another service"
"""


def check_dashboard(ctx: Context) -> Finding:
    """Judges the item: the file is there, and a live run loaded it."""
    path = f"{ctx.folder}/dashboard.json"
    own = ctx.service.own_files if ctx.service else ()
    missing = None if path in own else ctx.unmet("there is no dashboard.json", ctx.own("dashboard.json"))
    return live_finding(ctx, missing, ctx.own("dashboard.json"))


def plan_dashboard(ctx: PlanContext) -> ChangeSet:
    """Plans the file where the item is not met."""
    path = f"{ctx.folder}/dashboard.json"
    wanted = ctx.wants("dashboard") and not ctx.exists(path)
    edits = (FileEdit(path, None, '{"panels": []}\n', "add a dashboard", ("dashboard",)),) if wanted else ()
    return ChangeSet(ctx.spec.name, ctx.phase, edits)


def prove_dashboard(live: LiveCheck, item: Item) -> Checks:
    """Proves the item by what it was given, nothing else."""
    yield live.begin("dashboard", f"loading the dashboard of {live.spec.name}")
    yield live.observe("dashboard", f"load {item.title}", "it loads", True)


class NoServers:
    """A runtime that starts nothing: what needs servers is undecided, what needs none is proven."""

    name = "embedded"

    def available(self) -> str:
        """Usable everywhere."""
        return ""

    def open(self, *_: Any) -> Any:
        """Returns a run without servers."""

        def start(say: Any) -> None:
            raise LiveTrouble("no-servers", "there are no servers here", "start some", undecided=True)

        missing = SimpleNamespace(
            exit_code=4, passed=0, failures=(), errors=(), skipped=(), tail=("none",), seconds=0.0
        )
        return SimpleNamespace(
            start_dependencies=start,
            run_tests=lambda *_: missing,
            command=lambda name: name,
            close=lambda: None,
            fresh_database=False,
            state=lambda: SimpleNamespace(image=""),
            hide=lambda text: text,
        )


@contextmanager
def grown(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Adds the phase to the shipped text and the functions to the registries, for as long as this lasts."""
    module = importlib.import_module("wizard.checklist.load")
    shipped = module.text()
    with monkeypatch.context() as patch:
        patch.setattr(module, "text", lambda: shipped.rstrip("\n") + "\n" + OBSERVABILITY)
        patch.setitem(REGISTRY, "dashboard", check_dashboard)
        patch.setitem(PLANNERS, "dashboard", plan_dashboard)
        patch.setitem(PROBES, "dashboard", prove_dashboard)
        patch.setattr("wizard.pipeline.proof._docker", lambda remote: NoServers())
        load.cache_clear()
        yield
    load.cache_clear()
