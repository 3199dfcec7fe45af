"""`completion`: the script that a shell sources."""

from __future__ import annotations

import argparse

from wizard.arguments import build_parser
from wizard.cli_types import OpenApp


def run(args: argparse.Namespace, _open_app: OpenApp | None) -> int:
    """Print the script; `shtab` writes it from the parser."""
    import shtab

    print(shtab.complete(build_parser(), args.shell))
    return 0
