"""The seven phases and thirty items as data: `load()` reads `checklist.yaml`."""

from __future__ import annotations

from wizard.checklist.load import load
from wizard.values.checklist import Checklist, Item, PhaseInfo

__all__ = ["Checklist", "Item", "PhaseInfo", "load"]
