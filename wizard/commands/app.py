"""No command: the interactive session on a terminal, otherwise the status and how to go on."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from wizard.cli_types import OpenApp, Opening
from wizard.commands.terminal import is_interactive, wants_plain


def run(args: argparse.Namespace, open_app: OpenApp | None) -> int:
    """Opens the app or the plain questions, or prints the status matrix."""
    if open_app is not None and (is_interactive() or args.plain):
        return open_app(Path(args.directory), Opening(plain=wants_plain(args), remote=args.remote))
    from wizard.arguments import build_parser  # with the commands it costs more than painting the app does
    from wizard.commands import status

    words = build_parser().parse_args(["-C", args.directory, "status"])
    words.quiet, words.no_color = args.quiet, args.no_color
    status.run(words, open_app)
    print(
        "\nThis is not a terminal, so the app was not opened. Go on with:\n"
        "  stack-wizard check            every item of every service, with evidence\n"
        "  stack-wizard run NAME --yes   the phases that are left, one commit each\n"
        "  stack-wizard --help           everything else",
        file=sys.stderr,
    )
    return 0
