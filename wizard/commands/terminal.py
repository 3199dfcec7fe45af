"""What the commands share: the stack they work on, printing, questions, and life on anything over half a second."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from wizard.output.style import Style, safe_with_colours, style_for
from wizard.rules.text import clean, one_line

if TYPE_CHECKING:
    from threading import Event

    from wizard.pipeline.opening import Stack

SOON = 0.5


def open_from(args: argparse.Namespace, *, repair: bool = True) -> Stack:
    """Returns the stack of `-C DIR`. What a killed run left half done is put back first, and said on stderr."""
    from wizard.pipeline.opening import open_stack  # the app is painted before the core is imported

    stack = open_stack(Path(args.directory))
    if not repair:
        return stack
    from wizard.pipeline.work import recover  # the writing half of the core, which a mere look need not load

    for sentence in recover(stack):
        warn(f"stack-wizard: {one_line(sentence, 400)}")
    return stack


def out_style(args: argparse.Namespace) -> Style:
    """Marks for standard output."""
    return style_for(sys.stdout, os.environ, no_color=args.no_color)


def emit(lines: Iterable[str]) -> None:
    """Prints lines as they come, each made safe: only the program's own colours steer the terminal."""
    for line in lines:
        _put(line, sys.stdout)


def warn(*lines: str) -> None:
    """Prints lines on standard error, as safe as `emit` does."""
    for line in lines:
        _put(line, sys.stderr)


def _put(line: str, stream: TextIO) -> None:
    print(made_safe(line, stream), file=stream, flush=True)


def made_safe(line: str, stream: TextIO) -> str:
    """Returns a line as a stream may show it: only the program's own colours, only signs that it has."""
    encoding = stream.encoding or "utf-8"
    coloured = "\x1b" in line and style_for(stream, os.environ).colour
    shown = safe_with_colours(line) if coloured else clean(line)
    return shown.encode(encoding, "replace").decode(encoding)


def write_output(path: Path, text: str) -> None:
    """Writes what a person asked for into the file they named. Raises `RefusedError` where that cannot be."""
    from wizard.adapters.files.durable import write_durably
    from wizard.errors import RefusedError

    data = text.encode("utf-8", "replace")
    if path.is_dir():
        raise RefusedError(f"{path} is a folder", next_step="name a file in it: --output FILE")
    try:
        special = path.exists() and not path.is_file() and not path.is_dir()
        if special or path.absolute().parts[1:2] in (("dev",), ("proc",)):
            path.write_bytes(data)  # a pipe, a terminal, /dev/null: a file put in its place would be in everybody's way
        else:
            write_durably(path, data)
    except OSError as error:
        why = error.strerror or error
        raise RefusedError(f"{path} cannot be written: {why}", next_step="name another --output") from error


def emit_text(lines: Iterable[str]) -> None:
    """Prints lines for a person: on a terminal broken at its width, in a pipe as they are, so that `grep` finds
    them.
    """
    emit(fitted(lines))


def fitted(lines: Iterable[str]) -> Iterator[str]:
    """Yields lines for a person, broken at the terminal's width where there is one."""
    width = text_width()
    if not width:
        yield from lines
        return
    from wizard.output.style import wrapped

    yield from (piece for line in lines for piece in wrapped(line, width))


def text_width() -> int:
    """Returns the columns of the terminal on standard output, 0 when it is none."""
    if not sys.stdout.isatty():
        return 0
    from shutil import get_terminal_size

    return get_terminal_size().columns


def is_interactive() -> bool:
    """Returns True when a person can answer: standard input and output are terminals and this is no CI run."""
    return sys.stdin.isatty() and sys.stdout.isatty() and not os.environ.get("CI")


def wants_plain(args: argparse.Namespace) -> bool:
    """Tells whether lines are wanted instead of a full screen: `--plain`, `ACCESSIBLE=1`, or a terminal that only
    prints.
    """
    accessible = os.environ.get("ACCESSIBLE", "") not in ("", "0", "false", "no")
    return bool(args.plain) or accessible or os.environ.get("TERM") == "dumb"


def ask(question: str, default: bool) -> bool:
    """Asks a yes/no question; empty is the default, end of input is no, and what was typed before is no answer."""
    from wizard.plain.voice import forget_typed

    forget_typed(sys.stdin)
    try:
        answer = input(f"{question} [{'Y/n' if default else 'y/N'}] ").strip().lower()
    except EOFError:
        return False
    return default if not answer else answer in ("y", "yes")


@contextmanager
def step(text: str, args: argparse.Namespace) -> Iterator[None]:
    """Says on a terminal's standard error what is under way and for how long, once it takes longer than half a second.

    The line goes away when it has ended, so that it stands in no copied output.
    """
    if args.quiet or not sys.stderr.isatty():
        yield
        return
    from threading import Event, Thread

    over = Event()
    life = Thread(target=_count_seconds, args=(text, over), daemon=True)
    life.start()
    try:
        yield
    finally:
        over.set()
        life.join()


def _count_seconds(text: str, over: Event) -> None:
    from time import monotonic

    begun, said = monotonic(), False
    moves = os.environ.get("TERM", "dumb") != "dumb"
    while not over.wait(1.0 if said else SOON):
        if moves or not said:
            passed = f", {monotonic() - begun:.0f} s" if said else ""
            print(
                f"\r… {text}{passed}" if moves else f"… {text}", end="" if moves else "\n", file=sys.stderr, flush=True
            )
        said = True
    if said and moves:
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)
