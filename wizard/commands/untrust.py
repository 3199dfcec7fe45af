"""`untrust`: take back what `trust` allowed for this stack on this machine."""

from __future__ import annotations

import argparse

from wizard.cli_types import OpenApp
from wizard.commands.terminal import emit, open_from
from wizard.pipeline.own.trusting import untrust


def run(args: argparse.Namespace, _open_app: OpenApp | None) -> int:
    """Takes it back, whatever the checklist says now."""
    count = untrust(open_from(args, repair=False))
    emit(["no command of this stack's checklists runs any more" if count else "nothing of this stack was trusted"])
    return 0
