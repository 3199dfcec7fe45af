"""The spec of `run`: answers file, options, defaults."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from wizard.audit.ports import choose_port
from wizard.commands.terminal import emit, open_from
from wizard.errors import UsageError
from wizard.pipeline.answering import Wanted, settle
from wizard.pipeline.opening import Stack, read, spec_of
from wizard.rules import names
from wizard.values.spec import ServiceSpec


def spec_for(stack: Stack, args: argparse.Namespace) -> ServiceSpec:
    """Returns the spec of the command line. Raises `UsageError`."""
    facts = read(stack, sockets=True)
    text = _text(args.answers) if args.answers else None
    origin = "standard input" if args.answers == "-" else args.answers or ""
    return settle(facts, Wanted(args.name, text, origin, args.port or "", args.base_image))


def print_answers(args: argparse.Namespace) -> int:
    """Prints an answers file with what the stack says of the service; `--answers` takes it as it is."""
    from wizard.output.answers import answers_file

    facts = read(open_from(args, repair=False))
    problem = names.service_name(args.name)
    if problem and facts.service(args.name) is None:
        raise UsageError(f"service name {args.name!r}: {problem}", next_step="choose another name")
    inferred = spec_of(facts, args.name)
    emit(answers_file(inferred, choose_port(facts, args.name) or 0, swarm=facts.profile.on_swarm))
    return 0


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
