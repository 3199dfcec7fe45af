"""The engine dies while the wizard works. A module of its own, by its name the last one: the others' containers die
with it."""

from __future__ import annotations

import gc
import subprocess
from typing import Any

import pytest

from wizard.values.observation import Observation, Progress

pytestmark = pytest.mark.engine


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")
def test_an_engine_that_dies_in_the_middle_of_a_build(lab: Any, demo: Any) -> None:
    demo.edit("services/core/Dockerfile", "COPY *.py", "RUN echo begun && sleep 600\nCOPY *.py")
    before = subprocess.run(["git", "-C", str(demo.root), "status", "--porcelain"], capture_output=True).stdout
    seen = []
    try:
        for event in demo.events("core"):
            seen.append(event)
            if isinstance(event, Progress) and "Running in" in event.text:
                lab.kill_engine()
    finally:
        lab.up()
    told = {o.item: o for o in seen if not isinstance(o, Progress)}
    assert (told["7.1"].ok, told["7.1"].cause) == (None, "engine-lost"), told["7.1"]
    after = subprocess.run(["git", "-C", str(demo.root), "status", "--porcelain"], capture_output=True).stdout
    assert after == before
    subprocess.run(["docker", "container", "prune", "-f"], check=True, capture_output=True)
    demo.compose("down", "-v")  # the engine was gone when the run would have done so
    gc.collect()  # the SDK forgets to close a socket that could not connect: let that be seen here, not in a later test


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")
def test_an_engine_that_dies_in_the_window(lab: Any, demo: Any) -> None:
    """What was seen before stands; what may be left is told, and removed by the next run."""
    told: dict[str, Observation] = {}
    try:
        for event in demo.events("core", window=20.0):
            told |= {event.item: event} if isinstance(event, Observation) else {}
            if "7.2" in told and "7.1" not in told:
                lab.kill_engine()
    finally:
        lab.up()
    assert [told[item].ok for item in ("7.2", "7.3", "7.4")] == [True, True, True], told
    assert [(told[item].ok, told[item].cause) for item in ("7.1", "7.5")] == [(None, "engine-lost")] * 2, told
    assert "may be left: " in told["7.1"].result
    again = demo.verify("core", "7.1")
    assert again["7.1"].ok is True, again
    assert "what an earlier run had left" in again["7.1"].result
    gc.collect()
