"""The spec of `run`: answers file, options, defaults."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from wizard.audit.ports import choose_port
from wizard.commands.terminal import emit, open_from
from wizard.errors import UsageError
from wizard.pipeline.answering import Wanted, name_of, settle
from wizard.pipeline.opening import Stack, read, spec_of
from wizard.values.spec import ServiceSpec


def spec_for(stack: Stack, args: argparse.Namespace) -> ServiceSpec:
    """Returns the spec of the command line. Raises `UsageError`."""
    facts = read(stack, sockets=True)
    text = _text(args.answers) if args.answers else None
    origin = "standard input" if args.answers == "-" else args.answers or ""
    return settle(facts, Wanted(args.name, text, origin, args.port or "", args.base_image or ""))


def print_answers(args: argparse.Namespace) -> int:
    """Prints an answers file with what the stack says of the service; `--answers` takes it as it is."""
    from wizard.output.answers import answers_file

    facts = read(open_from(args, repair=False))
    name = name_of(facts, args.name)
    emit(answers_file(spec_of(facts, name), choose_port(facts, name) or 0, swarm=facts.profile.on_swarm))
    return 0


def _text(answers: str) -> str:
    """Reads the answers. Raises `UsageError`, also for nothing at all: a program that failed wrote nothing."""
    try:
        text = sys.stdin.read() if answers == "-" else Path(answers).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as trouble:
        reason = trouble.strerror if isinstance(trouble, OSError) else "it is not UTF-8"
        raise UsageError(
            f"cannot read the answers: {reason}", where=answers, next_step="give a YAML or JSON file"
        ) from None
    if not text.strip():
        where = "standard input" if answers == "-" else answers
        step = "`stack-wizard run NAME --print-answers` prints a file to begin with; --yes takes what was read"
        raise UsageError("the answers are empty", where=where, next_step=step)
    return text
