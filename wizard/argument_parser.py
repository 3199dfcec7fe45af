"""An argument parser whose errors say what is wrong and what to do next, as every other error of the wizard does."""

from __future__ import annotations

import argparse
import os
import re
import sys
from typing import NoReturn

from wizard.errors import UsageError

_CHOICE = re.compile(r"argument (?P<what>\S+): invalid choice: (?P<given>'.*?'|\S+) \(choose from (?P<known>.*)\)\Z")
_UNKNOWN = re.compile(r"unrecognized arguments: (?P<given>.*)\Z", re.DOTALL)
_MISSING = re.compile(r"the following arguments are required: (?P<what>.*)\Z")
_VALUE = re.compile(r"argument (?P<what>\S+): expected (one argument|at least one argument)\Z")
_NUMBER = re.compile(r"argument (?P<what>\S+): invalid (?P<kind>int|float) value: (?P<given>'.*')\Z", re.DOTALL)
_KINDS = {"int": "a whole number", "float": "a number"}


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
    """Raises `UsageError` where argparse prints its usage and ends the process."""

    def error(self, message: str) -> NoReturn:
        """Turns argparse's message into a sentence and a next step."""
        said, step = _sentence(self, message)
        raise UsageError(said, next_step=step) from None

    def options(self) -> list[str]:
        """Returns the long options of this parser and of its commands."""
        parsers = (self, *self.commands())
        return sorted({name for parser in parsers for name in parser._option_string_actions if name.startswith("--")})

    def commands(self) -> list[Parser]:
        """Returns the parsers of its commands, each followed by those of its own."""
        found = (action for action in self._actions if isinstance(action, argparse._SubParsersAction))
        parsers = [parser for action in found for parser in action.choices.values()]
        return [each for parser in parsers for each in (parser, *parser.commands())]


def _sentence(parser: Parser, message: str) -> tuple[str, str]:
    """Returns what is wrong, and what to do about it, for a message of argparse."""
    look = f"`{parser.prog} --help` shows what it takes"
    if found := _UNKNOWN.match(message):
        word = found["given"].split()[0] if found["given"].split() else "''"
        kind = "option" if word.startswith("-") else "further word"
        near = _nearest(word.partition("=")[0], parser.options()) if kind == "option" else ""
        return f"there is no {kind} {word!r} here", f"{near}{look}"
    if found := _CHOICE.match(message):
        known = [word.strip(" '") for word in found["known"].split(",")]
        near = _nearest(found["given"].strip("'"), known)
        return f"{found['what']} cannot be {found['given']}", f"{near}choose one of {', '.join(known)}"
    if found := _MISSING.match(message):
        command = parser.prog.removeprefix("stack-wizard").strip() or "it"
        return f"{command} needs {found['what'].replace(', ', ' and ')}", f"{_usage(parser)}; {look}"
    if found := _VALUE.match(message):
        return f"{found['what']} needs a value", look
    if found := _NUMBER.match(message):
        return f"{found['what']} takes {_KINDS[found['kind']]}, not {found['given']}", look
    return message, look


def _nearest(word: str, known: list[str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(word.lower(), known, n=1, cutoff=0.6)
    return f"did you mean {near[0]}? " if near else ""


def _usage(parser: Parser) -> str:
    """Returns the positional part of the usage: `stack-wizard waive NAME ITEM`."""
    words = [a.metavar for a in parser._actions if not a.option_strings and isinstance(a.metavar, str) and a.required]
    needed = [f"{a.option_strings[-1]} {a.metavar}" for a in parser._actions if a.option_strings and a.required]
    return "say `" + " ".join([parser.prog, *words, *needed]) + "`"


def _columns() -> int:
    """Returns COLUMNS, else the terminal's width, else 80."""
    given = os.environ.get("COLUMNS", "")
    if given.isdigit() and int(given):
        return int(given)
    try:
        return os.get_terminal_size(sys.__stdout__.fileno()).columns or 80 if sys.__stdout__ else 80
    except (OSError, ValueError):
        return 80
