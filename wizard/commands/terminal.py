"""What the commands share: the stack they work on, printing, questions, and life on anything over half a second."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from wizard.output.clean import one_line
from wizard.output.style import Style, style_for
from wizard.pipeline.opening import Stack, open_stack


def open_from(args: argparse.Namespace, *, repair: bool = True) -> Stack:
    """The stack of `-C DIR`. What a killed run left half done is put back first, and said on stderr."""
    stack = open_stack(Path(args.directory))
    if not repair:
        return stack
    from wizard.pipeline.work import recover  # the writing half of the core, which a mere look need not load

    for sentence in recover(stack):
        print(f"stack-wizard: {one_line(sentence, 400)}", file=sys.stderr)
    return stack


def out_style(args: argparse.Namespace) -> Style:
    """Marks for standard output."""
    return style_for(sys.stdout, os.environ, no_color=args.no_color)


def emit(lines: Iterable[str]) -> None:
    """Print lines as they come, with characters the terminal cannot show replaced."""
    encoding = sys.stdout.encoding or "utf-8"
    for line in lines:
        print(line.encode(encoding, "replace").decode(encoding), flush=True)


def is_interactive() -> bool:
    """True when a person can answer: standard input and output are terminals and this is no CI run."""
    return sys.stdin.isatty() and sys.stdout.isatty() and not os.environ.get("CI")


def ask(question: str, default: bool) -> bool:
    """A yes/no question; an empty answer is the default, end of input is no."""
    try:
        answer = input(f"{question} [{'Y/n' if default else 'y/N'}] ").strip().lower()
    except EOFError:
        return False
    return default if not answer else answer in ("y", "yes")


@contextmanager
def step(text: str, args: argparse.Namespace) -> Iterator[None]:
    """Say on stderr that something is under way; silent with `-q`."""
    if not args.quiet:
        print(f"… {text}", file=sys.stderr, flush=True)
    yield
