"""The engine dies while the wizard works. A module of its own, by its name the last one: the others' containers die
with it."""

from __future__ import annotations

import gc
import subprocess
from typing import Any

import pytest

from wizard.values.observation import Progress

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
