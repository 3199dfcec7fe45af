"""What the commands share: the stack they work on, printing, questions, and life on anything over half a second."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from wizard.output.clean import one_line
from wizard.output.style import Style, style_for
from wizard.values.lean import replace

if TYPE_CHECKING:
    from wizard.pipeline.opening import Stack

SOON = 0.5


def open_from(args: argparse.Namespace, *, repair: bool = True) -> Stack:
    """The stack of `-C DIR`. What a killed run left half done is put back first, and said on stderr."""
    from wizard.pipeline.opening import open_stack  # the app is painted before the core is imported

    stack = open_stack(Path(args.directory))
    watch = getattr(args, "watch", None)
    if watch is not None:
        stack = replace(stack, files=watch(stack.files))
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
    """Print lines as they come and as they are, with characters the terminal cannot show replaced."""
    encoding = sys.stdout.encoding or "utf-8"
    for line in lines:
        print(line.encode(encoding, "replace").decode(encoding), flush=True)


def emit_text(lines: Iterable[str]) -> None:
    """Print lines for a person: on a terminal broken at its width, in a pipe as they are, so that `grep` finds them."""
    width = text_width()
    if not width:
        emit(lines)
        return
    from wizard.output.wrap import wrapped

    emit(piece for line in lines for piece in wrapped(line, width))


def text_width() -> int:
    """The columns of the terminal on standard output, 0 when it is none."""
    if not sys.stdout.isatty():
        return 0
    from shutil import get_terminal_size

    return get_terminal_size().columns


def is_interactive() -> bool:
    """True when a person can answer: standard input and output are terminals and this is no CI run."""
    return sys.stdin.isatty() and sys.stdout.isatty() and not os.environ.get("CI")


def wants_plain(args: argparse.Namespace) -> bool:
    """Whether lines are wanted instead of a full screen: `--plain`, `ACCESSIBLE=1`, or a terminal that only prints."""
    accessible = os.environ.get("ACCESSIBLE", "") not in ("", "0", "false", "no")
    return bool(args.plain) or accessible or os.environ.get("TERM") == "dumb"


def ask(question: str, default: bool) -> bool:
    """A yes/no question; an empty answer is the default, end of input is no."""
    try:
        answer = input(f"{question} [{'Y/n' if default else 'y/N'}] ").strip().lower()
    except EOFError:
        return False
    return default if not answer else answer in ("y", "yes")


@contextmanager
def step(text: str, args: argparse.Namespace) -> Iterator[None]:
    """Say on stderr what is under way, once it takes longer than half a second; silent with `-q`."""
    if args.quiet:
        yield
        return
    from threading import Timer

    notice = Timer(SOON, lambda: print(f"… {text}", file=sys.stderr, flush=True))
    notice.daemon = True
    notice.start()
    try:
        yield
    finally:
        notice.cancel()
