"""Examples for a README: a message of each channel, what /health says, and which metrics the service's own code has."""

from __future__ import annotations

import json
import re

from wizard.plan.service.shape import EventModel, Shape
from wizard.values.lean import dataclass
from wizard.values.pattern import lazy_pattern
from wizard.values.spec import FieldType

_VALUES: dict[FieldType, object] = {"str": "ACME", "int": 7, "float": 1.5, "bool": True}
_TIME = "2026-01-31T12:00:00+00:00"
_METRIC = lazy_pattern(
    r"(?P<kind>_counter|Counter|Gauge|Histogram)\(\s*\"(?P<name>\w+)\",\s*\"(?P<meaning>[^\"]+)\",?(?P<rest>[^)]*)\)"
)


@dataclass(frozen=True, slots=True)
class Example:
    """A message of one channel. `into`: the service reads it."""

    channel: str
    into: bool
    text: str


@dataclass(frozen=True, slots=True)
class MetricRow:
    """A row of the table of metrics."""

    name: str
    kind: str
    labels: str
    meaning: str


def examples(shape: Shape) -> tuple[Example, ...]:
    """Returns a message of each channel, those that come in first."""
    into = [Example(model.channel, True, _message(model)) for model in shape.models_in]
    return (*into, *(Example(model.channel, False, _message(model)) for model in shape.models_out))


def _message(model: EventModel) -> str:
    fields = {field.name: _VALUES[field.type] for field in model.fields}
    return json.dumps({"id": "example-1", "time": _TIME, **fields})


def degraded(shape: Shape) -> str:
    """Returns what /health says when the last of its dependencies is down."""
    names = [name for name, used in (("redis", shape.uses_redis), ("postgres", shape.tables)) if used]
    states = dict.fromkeys(names[:-1], "ok") | dict.fromkeys(names[-1:], "down: connection refused")
    status = "degraded" if states else "ok"
    return json.dumps({"status": status, "service": shape.name, "dependencies": states})


def metrics(telemetry: str) -> tuple[MetricRow, ...]:
    """Returns what a service's `telemetry.py` makes, under the names that Prometheus sees."""
    return tuple(_row(found) for found in _METRIC.finditer(telemetry) if found["name"] != "name")


def _row(found: re.Match[str]) -> MetricRow:
    kind = found["kind"].strip("_").lower()
    options = re.sub(r"\w+=.*", "", found["rest"], flags=re.DOTALL)
    name = f"{found['name']}_total" if kind == "counter" else found["name"]
    labels = ", ".join(f"`{label}`" for label in re.findall(r"\"(\w+)\"", options))
    return MetricRow(name, kind, labels, found["meaning"].replace("|", "\\|"))
