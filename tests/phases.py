"""The phases of the shipped checklist by name, for tests that mean a certain one."""

from __future__ import annotations

from wizard.checklist import load
from wizard.values.phase import Phase

PHASES = load().sequence
SERVICE, CONTAINER, COMPOSE, DATABASE, TESTING, DOCS, DEPLOYMENT = PHASES


def phase_of(item: str) -> Phase:
    """Returns the phase of an item id, whether or not the checklist has the item."""
    return PHASES[int(item.split(".", 1)[0]) - 1]
