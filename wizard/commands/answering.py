"""The spec of `run`: answers file, options, defaults."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from wizard.errors import UsageError
from wizard.pipeline.answering import Wanted, settle
from wizard.pipeline.opening import Stack, read
from wizard.values.spec import ServiceSpec


def spec_for(stack: Stack, args: argparse.Namespace) -> ServiceSpec:
    """The spec of the command line. Raises `UsageError`."""
    facts = read(stack, sockets=True)
    text = _text(args.answers) if args.answers else None
    origin = "standard input" if args.answers == "-" else args.answers or ""
    return settle(facts, Wanted(args.name, text, origin, args.port or "", args.base_image))


def _text(answers: str) -> str:
    if answers == "-":
        return sys.stdin.read()
    try:
        return Path(answers).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as trouble:
        reason = trouble.strerror if isinstance(trouble, OSError) else "it is not UTF-8"
        raise UsageError(
            f"cannot read the answers: {reason}", where=answers, next_step="give a YAML or JSON file"
        ) from None
