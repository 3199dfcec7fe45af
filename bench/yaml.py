"""Rows 6 and 7: the position index against a C compose, one proven splice against a ruamel round trip."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from io import StringIO

import yaml
from ruamel.yaml import YAML

from bench.measure import Row, compare, timed
from bench.stack import compose_text


def rows() -> Iterator[Row]:
    """At 100 and 1,000 services."""
    from wizard.plan.splice.yaml import add_pair
    from wizard.syntax.yaml import parse

    for services, goal in ((100, 0.04), (1000, 0.02)):
        text = compose_text(services)
        yield compare(
            f"position index / C compose, gc off, {services} services",
            timed(lambda text=text: parse(text)),  # type: ignore[misc]
            timed(lambda text=text: _c_compose(text)),  # type: ignore[misc]
            1.3,
        )
        yield compare(
            f"position index / ruamel rt load, {services} services",
            timed(lambda text=text: parse(text)),  # type: ignore[misc]
            timed(lambda text=text: YAML().load(text)),  # type: ignore[misc]
            goal,
            runs=9 if services == 100 else 3,
        )
    text = compose_text(100)
    body = 'image: example\nports:\n  - "127.0.0.1:9999:9999"\n'
    yield compare(
        "one splice with proof / ruamel load + dump, 100 services",
        timed(lambda: add_pair(parse(text), ("services",), "cdb_new", body)),
        timed(lambda: _round_trip(text)),
        0.06,
        runs=9,
    )


def _c_compose(text: str) -> None:
    gc.disable()
    yaml.compose(text, Loader=yaml.CSafeLoader)
    gc.enable()


def _round_trip(text: str) -> None:
    ruamel = YAML()
    ruamel.dump(ruamel.load(text), StringIO())
