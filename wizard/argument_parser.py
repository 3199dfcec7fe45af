"""An argument parser whose errors say what is wrong and what to do next, as every other error of the wizard does."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import IO, NoReturn

from wizard.errors import UsageError


class HelpFormatter(argparse.RawDescriptionHelpFormatter):
    """Asks for the terminal's width when help is shown: the standard one asks, through `shutil`, at every argument."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=78)

    def format_help(self) -> str:
        """Formats as wide as the terminal is."""
        self._width = max(_columns() - 2, 11)
        self._max_help_position = min(24, max(self._width - 20, 4))
        return super().format_help()


class Parser(argparse.ArgumentParser):
    """Raises `UsageError` where argparse prints its usage and ends the process.

    `given`: the words of the line being parsed: argparse misses a required option before it looks at unknown ones.
    """

    given: tuple[str, ...] = ()

    def parse_known_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> tuple[argparse.Namespace, list[str]]:
        """Parses, and refuses what is left: here it is known whose command it was."""
        self.given = tuple(sys.argv[1:] if args is None else args)
        found, rest = super().parse_known_args(args, namespace)
        rest = [word for word in rest if word != "--"]
        if rest:
            self.error(f"unrecognized arguments: {rest[0]}")
        return found, []

    def error(self, message: str) -> NoReturn:
        """Turns argparse's message into a sentence and a next step."""
        from wizard.wrong_words import sentence  # a line that is right needs none of it

        said, step = sentence(self, message)
        raise UsageError(said, next_step=step) from None

    def options(self) -> list[str]:
        """Returns its own options, the long form where there is one."""
        return sorted({long_form(action) for action in self._actions if action.option_strings})

    def takes(self, word: str) -> bool:
        """Tells whether a word that begins with a dash is an option of it, whole, begun or with its value."""
        name = word.partition("=")[0]
        long = name.startswith("--")
        return any(option.startswith(name) if long else option == name[:2] for option in self._option_string_actions)

    def choices_of(self, option: str) -> tuple[str, ...]:
        """Returns the values that an option can have; none where every text is one."""
        action = self._option_string_actions.get(option)
        return tuple(map(str, action.choices or ())) if action is not None else ()

    def required(self) -> tuple[list[str], list[str]]:
        """Returns the words and the options that it cannot be without, as its usage shows them."""
        words = [a.metavar for a in self._actions if not a.option_strings and isinstance(a.metavar, str) and a.required]
        return words, [shown(a) for a in self._actions if a.option_strings and a.required]

    def one_of(self) -> list[str]:
        """Returns the options of which one has to be there, as its usage shows them."""
        groups = (group for group in self._mutually_exclusive_groups if group.required)
        return [shown(action) for group in groups for action in group._group_actions]

    def commands(self) -> list[Parser]:
        """Returns the parsers of its commands, each followed by those of its own."""
        found = (action for action in self._actions if isinstance(action, argparse._SubParsersAction))
        parsers = [parser for action in found for parser in action.choices.values()]
        return [each for parser in parsers for each in (parser, *parser.commands())]

    def _get_value(self, action: argparse.Action, arg_string: str) -> object:
        """Refuses an empty word: a shell makes one of a variable that is not set, and then it says nothing."""
        if arg_string == "" and action.const != "" and action.nargs != argparse.PARSER:
            raise argparse.ArgumentError(action, "is empty")
        value: object = super()._get_value(action, arg_string)
        return value

    def _print_message(self, message: str, file: IO[str] | None = None) -> None:  # type: ignore[override]
        """Prints help and version; argparse swallows it when they cannot be."""
        stream = file or sys.stdout
        stream.write(message)
        stream.flush()


def shown(action: argparse.Action) -> str:
    """Returns an option as usage shows it: `--reason TEXT`."""
    value = f" {action.metavar}" if isinstance(action.metavar, str) else ""
    return long_form(action) + value


def long_form(action: argparse.Action) -> str:
    """Returns `--yes` of `-y, --yes`."""
    return max(action.option_strings, key=len)


def seconds(text: str) -> float:
    """Returns how long a log is watched. Raises what argparse tells a person."""
    from wizard.session.settings import LONGEST_WINDOW  # only who asks for a window needs it

    try:
        value = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"takes a number, not {text!r}") from None
    if not 0 <= value <= LONGEST_WINDOW:
        raise argparse.ArgumentTypeError(f"takes 0 to {LONGEST_WINDOW:.0f} seconds, not {text!r}")
    return value


def _columns() -> int:
    """Returns COLUMNS, else the terminal's width, else 80."""
    given = os.environ.get("COLUMNS", "")
    if given.isascii() and given.isdigit() and int(given):
        return int(given)
    try:
        return os.get_terminal_size(sys.__stdout__.fileno()).columns or 80 if sys.__stdout__ else 80
    except (OSError, ValueError):
        return 80
