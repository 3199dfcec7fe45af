"""What the command line looks like. Building the parser imports no command, so `--help` stays quick."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence

from wizard import __version__

PHASES = ("service", "container", "compose", "database", "testing", "docs", "deployment")
REPORT_FORMATS = ("text", "json", "junit", "sarif", "markdown")
COMMANDS = {
    "demo": "create a sample stack and open the wizard on it (headless without a terminal)",
    "init": "detect where things are in this stack and write the profile",
    "status": "every service by evidence, and its difference to the stack's document",
    "ports": "who holds which port, and where that is written",
    "check": "the thirty items with status, evidence and hint",
    "run": "plan, show, apply, prove and commit the phases of a service",
    "verify": "run the live checks of a service now",
    "undo": "take a phase's commit back with a new commit",
    "waive": "record that an item need not be met, with the reason",
    "explain": "why an item exists, what counts as evidence, how to fix it by hand",
    "completion": "print the shell completion script",
}


class _Formatter(argparse.HelpFormatter):
    """Asks for the terminal's width when help is shown: the standard one asks, through `shutil`, at every argument."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=78)

    def format_help(self) -> str:
        """As `HelpFormatter.format_help`, as wide as the terminal."""
        self._width = max(_columns() - 2, 11)
        self._max_help_position = min(24, max(self._width - 20, 4))
        return super().format_help()


def _columns() -> int:
    """COLUMNS, else the terminal's width, else 80."""
    given = os.environ.get("COLUMNS", "")
    if given.isdigit() and int(given):
        return int(given)
    try:
        return os.get_terminal_size(sys.__stdout__.fileno()).columns or 80 if sys.__stdout__ else 80
    except (OSError, ValueError):
        return 80


def build_parser(words: Sequence[str] | None = None) -> argparse.ArgumentParser:
    """The parser with every command; building it imports none of them.

    `words`: the command line, when only the command that it names is needed.
    """
    only = _command(words or ())
    parser = argparse.ArgumentParser(
        prog="stack-wizard",
        formatter_class=_Formatter,
        description="Adds a service to a Docker Compose stack: seven phases, thirty items, decided by evidence.",
        epilog="Without a command: `stack-wizard [STACK]` opens the app on a stack (default: this folder).",
    )
    parser.add_argument("--version", action="version", version=f"stack-wizard {__version__}")
    _common(parser)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands", prog="stack-wizard")
    for name, text in COMMANDS.items() if only is None else [(only, COMMANDS[only])]:
        description = text.capitalize() + "."
        command = commands.add_parser(name, help=text, description=description, formatter_class=_Formatter)
        _common(command, nested=True)
        _CONFIGURE[name](command)
    return parser


def _command(words: Sequence[str]) -> str | None:
    """The command that the first word which is no plain option names; None when the options need the whole parser."""
    rest = iter(words)
    for word in rest:
        if word in COMMANDS:
            return word
        if word == "-C":
            next(rest, None)
        elif word not in ("--no-color", "-q", "--quiet", "-v", "--verbose", "--debug", "--plain"):
            return None
    return None


def _common(parser: argparse.ArgumentParser, *, nested: bool = False) -> None:
    unset = argparse.SUPPRESS
    parser.add_argument(
        "-C", dest="directory", metavar="DIR", default=unset if nested else ".", help="work on the stack in DIR"
    )
    parser.add_argument("--no-color", action="store_true", default=unset if nested else False, help="no colour")
    parser.add_argument("-q", "--quiet", action="store_true", default=unset if nested else False, help="less text")
    parser.add_argument("-v", "--verbose", action="store_true", default=unset if nested else False, help="more text")
    parser.add_argument("--debug", action="store_true", default=unset if nested else False, help="tracebacks too")
    parser.add_argument(
        "--plain", action="store_true", default=unset if nested else False, help="numbered questions, no full screen"
    )


def _demo(command: argparse.ArgumentParser) -> None:
    command.add_argument("target", nargs="?", metavar="DIR", help="where (default: a new temporary folder)")
    command.add_argument("--headless", action="store_true", help="run all seven phases and print")
    command.add_argument("--service", default="sentiment", metavar="NAME", help="the new service (%(default)s)")
    _runtime(command)


def _init(command: argparse.ArgumentParser) -> None:
    command.add_argument("--dry-run", action="store_true", help="show what was found, write nothing")
    command.add_argument("--force", action="store_true", help="detect again and replace the profile")


def _status(command: argparse.ArgumentParser) -> None:
    command.add_argument("--write", action="store_true", help="update the matrix in the document")
    command.add_argument("--format", choices=REPORT_FORMATS, default="text")


def _ports(command: argparse.ArgumentParser) -> None:
    command.add_argument("--format", choices=REPORT_FORMATS, default="text")


def _check(command: argparse.ArgumentParser) -> None:
    command.add_argument("names", nargs="*", metavar="NAME", help="services (default: all)")
    command.add_argument("--phase", choices=PHASES)
    command.add_argument("--live", action="store_true", help="run the live checks first")
    command.add_argument("--format", choices=REPORT_FORMATS, default="text")
    _runtime(command)


def _run(command: argparse.ArgumentParser) -> None:
    command.add_argument("name", metavar="NAME")
    command.add_argument("--answers", metavar="FILE", help="YAML or JSON with the answers ('-': standard input)")
    command.add_argument("--phase", metavar="P[..Q]", help="one phase or a range, by name or number")
    command.add_argument("--port", metavar="N", help="the published port (default: the one reserved for it)")
    command.add_argument("--base-image", metavar="NAME:TAG@sha256:…", default="", help="the digest you resolved")
    command.add_argument("--dry-run", action="store_true", help="print the unified diff, write nothing")
    command.add_argument("--yes", "-y", action="store_true", help="defaults for every answer, no questions")
    command.add_argument("--no-commit", action="store_true", help="write without committing")
    command.add_argument("--no-live", action="store_true", help="leave the live checks out")
    command.add_argument("--branch", metavar="NAME", help="start a branch first")
    _runtime(command)


def _verify(command: argparse.ArgumentParser) -> None:
    command.add_argument("name", metavar="NAME")
    command.add_argument("--drill", action="store_true", help="take Redis away and stop the service, too")
    command.add_argument("--format", choices=REPORT_FORMATS, default="text")
    _runtime(command)


def _runtime(command: argparse.ArgumentParser) -> None:
    command.add_argument("--runtime", choices=("auto", "docker", "embedded"), default=None)
    command.add_argument(
        "--log-window", type=float, default=5.0, metavar="S", help="how long logs are watched (%(default)s)"
    )
    command.add_argument("--remote", action="store_true", help="allow an engine on another machine")


def _undo(command: argparse.ArgumentParser) -> None:
    command.add_argument("name", metavar="NAME")
    command.add_argument("--phase", choices=PHASES, help="(default: the latest)")


def _waive(command: argparse.ArgumentParser) -> None:
    command.add_argument("name", metavar="NAME")
    command.add_argument("item", metavar="ITEM")
    command.add_argument("--reason", required=True, metavar="TEXT")


def _explain(command: argparse.ArgumentParser) -> None:
    command.add_argument("item", nargs="?", metavar="ITEM", help="such as 3.5, or a phase (default: list them all)")


def _completion(command: argparse.ArgumentParser) -> None:
    command.add_argument("shell", choices=("bash", "zsh", "tcsh"))


_CONFIGURE: dict[str, Callable[[argparse.ArgumentParser], None]] = {
    "demo": _demo,
    "init": _init,
    "status": _status,
    "ports": _ports,
    "check": _check,
    "run": _run,
    "verify": _verify,
    "undo": _undo,
    "waive": _waive,
    "explain": _explain,
    "completion": _completion,
}
