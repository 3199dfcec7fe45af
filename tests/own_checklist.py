"""A stack's own checklist with a phase of three items, and a runtime that answers without a server."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from wizard.values.live import Limits, LogLine, Reply, ServiceState, Stopped

CHECKLIST = """\
schema: 1
phases:
  - phase: observability
    title: "Observability"
    purpose: "Who is on call sees trouble before the users do."
    items:
      - id: "8.1"
        title: "Draw a dashboard"
        why: "Nobody watches what has no picture."
        checks:
          - file: "{folder}/dashboard.json"
          - key: {path: "{folder}/dashboard.json", key: "panels[0].title"}
      - id: "8.2"
        title: "Keep the alert rules valid"
        why: "A rule with a typo never rings."
        checks:
          - command: [sh, -c, "echo {name} is fine; touch canary"]
      - id: "8.3"
        title: "Serve metrics"
        why: "What is not counted is guessed."
        checks:
          - http: {path: /metrics, contains: "{name}_*_total"}
          - log: {lacks: "Traceback*"}
items:
  - id: "x.1"
    phase: compose
    title: "Name an owner"
    why: "Somebody has to be woken up."
    checks:
      - text: {path: "{folder}/README.md", contains: "Owner: *"}
change:
  - item: "3.5"
    hint: "Ask the platform team for a port."
switch_off:
  - item: "2.3"
    reason: "our mirror pins the digests"
"""
DASHBOARD = '{"panels": [{"title": "Load"}]}\n'


def give(stack: Path, text: str = CHECKLIST) -> Path:
    """Writes the checklist into a stack."""
    path = stack / ".stack-wizard" / "checklist.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


class Answering:
    """A runtime whose service always runs and answers; `answers`: path -> text, anything else is 404."""

    name = "embedded"

    def __init__(self, answers: dict[str, str], log: tuple[str, ...] = ("ready",)) -> None:
        self.answers, self.log = answers, log

    def available(self) -> str:
        """Usable everywhere."""
        return ""

    def open(self, *_: Any) -> Any:
        """Returns a run that starts nothing."""

        def start(_say: Callable[[str], None], sink: Callable[[LogLine], None]) -> None:
            for text in self.log:
                sink(LogLine("2026-01-01T00:00:00Z", text))

        no_tests = SimpleNamespace(
            exit_code=4, passed=0, failures=(), errors=(), skipped=(), tail=("none",), seconds=0.0
        )
        return SimpleNamespace(
            fresh_database=False,
            limits=Limits(start=1.0, health=0.1, late=0.1, request=0.1),
            close=lambda: None,
            start_dependencies=lambda say: None,
            redis=lambda: None,
            postgres=lambda database="": None,
            run_tests=lambda *_: no_tests,
            start_service=start,
            stop_service=lambda: Stopped(0, 0.0),
            state=lambda: ServiceState(running=True, age=1.0),
            address=lambda: ("127.0.0.1", 8123),
            get=lambda path, limit: Reply(200, self.answers[path]) if path in self.answers else Reply(404, "none"),
            stranger=lambda: "",
            served_port=lambda: 8123,
            listening=lambda: (("127.0.0.1", 8123),),
            serves=lambda: True,
            alone=lambda: True,
            own_clients=lambda addresses: None,
            command=lambda name: name,
            servers_used=lambda port: (),
            hide=lambda text: text,
            log_gap=lambda: "",
            notes=lambda: (),
        )
