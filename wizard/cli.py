"""The headless door: parses, calls a command, owns the exit codes. It holds no rules.

Exit codes: 0 done, 1 something is left, differs or was refused, 2 wrong usage, 3 a bug, 130 interrupted.
"""

from __future__ import annotations

import argparse
import errno
import gc
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

from wizard.adapters.files.errors import is_folder
from wizard.arguments import ALIASES, build_parser
from wizard.cli_types import Ended, OpenApp
from wizard.commands.shared.folders import require_folder
from wizard.commands.shared.together import check_together
from wizard.errors import UsageError, WizardError
from wizard.help_words import COMMANDS

BUG, INTERRUPTED = 3, 130
GONE = (errno.EPIPE, errno.EIO)
"""A reader that has closed its pipe, a terminal that was closed."""
LOOKING = frozenset({"", "status", "ports", "map", "report", "check", "verify", "explain", "completion"})
BRIEF = ("check", "status", "ports", "map", "report", "explain", "templates", "completion")
"""Commands that look, print and end: collecting garbage would cost them more than it frees."""


def main(argv: Sequence[str] | None = None, open_app: OpenApp | None = None) -> int:
    """Runs one command line and returns its exit code. `open_app` opens the interactive session."""
    _open_closed_streams()
    args = argparse.Namespace(command="", debug=False)
    try:
        with ended_in_order():
            words = _with_app_command(list(sys.argv[1:] if argv is None else argv))
            args = build_parser(words).parse_args(words)
            return _dispatch(args, open_app)
    except WizardError as trouble:
        _say(trouble)
        return trouble.exit_code
    except KeyboardInterrupt as end:
        _say_interrupted(args, getattr(end, "__notes__", []))
        return 128 + end.number if isinstance(end, Ended) else INTERRUPTED
    except Exception as bug:  # the one place where a bug is told from what the user can fix
        if isinstance(bug, OSError) and bug.errno in GONE:
            _nobody_reads()
            return 1
        if isinstance(bug, OSError) and _is_of_output(bug):
            _nobody_reads(1)
            why = bug.strerror or type(bug).__name__
            _say(WizardError(f"the output cannot be written: {why}", next_step="let it go elsewhere, then try again"))
            return 1
        return _say_bug(bug, debug=args.debug)


def _open_closed_streams() -> None:
    """Gives nothing to read and nowhere to write to who closed a standard stream (`>&-`): Python has None then, and the
    next file that is opened would get its number."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115, PTH123 (until the process ends)


def _is_of_output(error: OSError) -> bool:
    """Tells whether it is standard output that fails so (a full disk, a file size limit): it does so again."""
    try:
        sys.stdout.flush()
        os.write(1, b"\n")  # what is not buffered is not kept
    except OSError as again:
        return again.errno == error.errno
    return False


def _say_bug(bug: BaseException, *, debug: bool) -> int:
    from wizard.adapters.bugs import record, traced, without_secrets
    from wizard.rules.text import clean, one_line

    said = one_line(without_secrets(f"{type(bug).__name__}: {bug}", os.environ), 400)
    print(f"stack-wizard: this is a bug in the wizard: {said}\n  next: {clean(record(bug))}", file=sys.stderr)
    if debug:
        print(clean(traced(bug)), file=sys.stderr, end="")
    return BUG


def _say_interrupted(args: argparse.Namespace, found: list[str]) -> None:
    """Says what is so now. `found`: what the interrupted step found when it ended, if it was one that writes."""
    begun = "\n" if sys.stderr.isatty() else ""  # the terminal has shown ^C
    state = (
        "" if args.command in LOOKING else "; " + ("; ".join(found) or "the repository is as it was before the phase")
    )
    try:
        print(f"{begun}stack-wizard: interrupted{state}", file=sys.stderr, flush=True)
    except OSError:
        _nobody_reads()


def _nobody_reads(*streams: int) -> None:
    """The pipe or the terminal is gone: what is still buffered goes nowhere, instead of failing at the very end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in streams or (1, 2):
        os.dup2(nowhere, stream)


def _with_app_command(words: list[str]) -> list[str]:
    """`stack-wizard [STACK]` has no command word: put `-C STACK` in its place."""
    options_with_value = {"-C"}
    for place, word in enumerate(words):
        if place and words[place - 1] in options_with_value:
            continue
        if word.startswith("-") and word != "-":
            continue
        if word in COMMANDS:
            return words
        if word in ALIASES:
            if word == "version" and words[place + 1 :]:
                raise UsageError(f"{word} takes no further word", next_step="say `stack-wizard version`")
            return [*words[:place], *words[place + 1 :], ALIASES[word]]
        if not is_folder(Path(word)):
            from wizard.wrong_words import no_command

            said, step = no_command(word, (*COMMANDS, *ALIASES))
            raise UsageError(said, next_step=step)
        return [*words[:place], "-C", word, *words[place + 1 :]]
    return words


@contextmanager
def ended_in_order() -> Iterator[None]:
    """Makes SIGTERM and SIGHUP take back what is half done while the block runs, as Ctrl-C does."""
    import signal
    import threading

    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(number: int, _frame: object) -> None:
        raise Ended(number)

    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
    ours = [number for number, handler in before.items() if handler is signal.SIG_DFL]
    for number in ours:
        signal.signal(number, end)
    try:
        yield
    finally:
        for number in ours:
            signal.signal(number, before[number])


def _dispatch(args: argparse.Namespace, open_app: OpenApp | None) -> int:
    require_folder(args.directory)
    check_together(args)
    name = args.command or "app"
    command: Callable[[argparse.Namespace, OpenApp | None], int] = import_module(f"wizard.commands.{name}").run
    if (name not in BRIEF or getattr(args, "live", False)) and not gc.isenabled():
        gc.freeze()
        gc.enable()
    return command(args, open_app)


def _say(trouble: WizardError) -> None:
    """Says what is wrong and what to do next; where nobody can read it, the exit code still says it."""
    from wizard.rules.text import clean

    where = f"{trouble.where}: " if trouble.where and trouble.where not in trouble.message else ""
    said = f"stack-wizard: {clean(where + trouble.message)}\n"
    said += f"  next: {clean(trouble.next_step)}\n" if trouble.next_step else ""
    try:
        print(said, file=sys.stderr, end="", flush=True)
    except OSError:
        _nobody_reads()
