"""The sample stack, opened."""

from __future__ import annotations

from pathlib import Path

import pytest

from wizard.pipeline.opening import Stack, open_stack, read
from wizard.values.facts.stack import StackFacts


@pytest.fixture
def opened(demo: Path, quiet_machine: None) -> Stack:
    return open_stack(demo)


@pytest.fixture
def facts(opened: Stack) -> StackFacts:
    return read(opened, sockets=True)
