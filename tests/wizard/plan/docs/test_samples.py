"""What a README shows of a generated service: messages that its own models take, metrics that its own code makes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.generated.stack import SPECS, written
from wizard.plan.context import PlanContext
from wizard.plan.docs.samples import degraded, examples, metrics
from wizard.values.spec import Channel, EventField, ServiceSpec, Table

ContextOf = Callable[..., PlanContext]
EVERY = tuple(EventField(name, name) for name in ("str", "int", "float", "bool"))


def test_an_example_has_every_field_in_its_type(context_of: ContextOf) -> None:
    spec = ServiceSpec("signals", "x", 8008, (Channel("in.one", EVERY),), (Channel("out.one"),))
    first, last = examples(context_of(spec).shape)
    said = json.loads(first.text)
    assert (first.channel, first.into, last.channel, last.into) == ("in.one", True, "out.one", False)
    assert {name: type(value).__name__ for name, value in said.items() if name in ("str", "int", "float", "bool")} == {
        name: name for name in ("str", "int", "float", "bool")
    }
    assert list(json.loads(last.text)) == ["id", "time"]


@pytest.mark.parametrize(
    ("spec", "status", "states"),
    [
        (ServiceSpec("a", "x", 8008, kind="http"), "ok", {}),
        (ServiceSpec("a", "x", 8008, (Channel("c"),)), "degraded", {"redis": "down: connection refused"}),
        (
            ServiceSpec("a", "x", 8008, (Channel("c"),), (), (Table("t"),)),
            "degraded",
            {"redis": "ok", "postgres": "down: connection refused"},
        ),
    ],
)
def test_health_when_the_last_dependency_is_down(
    context_of: ContextOf, spec: ServiceSpec, status: str, states: dict[str, str]
) -> None:
    said = json.loads(degraded(context_of(spec).shape))
    assert (said["status"], said["dependencies"]) == (status, states)


@pytest.mark.parametrize("shape", ["plain", "source", "http_with_rows", "hand_written"])
def test_the_readme_says_what_the_code_has(shape: str, tmp_path: Path) -> None:
    ctx = written(SPECS.get(shape), tmp_path)
    readme = (tmp_path / ctx.folder / "README.md").read_text()
    telemetry = (tmp_path / ctx.folder / "telemetry.py").read_text()
    rows = metrics(telemetry)
    made = len(re.findall(r"self\._counter\(|(?:Gauge|Histogram)\($", telemetry, re.MULTILINE))
    assert len(rows) == made
    assert {row.name for row in rows if row.kind == "counter"} == {r.name for r in rows if r.name.endswith("_total")}
    for row in rows:
        assert f"| `{row.name}` | {row.kind} |" in readme
    blocks = re.findall(r"(?s)```json\n(.*?)```", readme)
    assert [json.loads(block) for block in blocks]
    assert "\n\n\n" not in readme


def test_labels_and_text_of_a_metric_are_read_in_each_form() -> None:
    code = """
        self._a = self._counter(
            "a", "Things | done.", "channel", "reason"
        )
        self._b = Histogram("b", "How long.", ["route"], buckets=(0.1, 1.0), registry=self.registry)
        self._c = Gauge("c", "Now.", registry=self.registry)
"""
    assert [(m.name, m.kind, m.labels) for m in metrics(code)] == [
        ("a_total", "counter", "`channel`, `reason`"),
        ("b", "histogram", "`route`"),
        ("c", "gauge", ""),
    ]
    assert metrics(code)[0].meaning == "Things \\| done."
