"""What is wrong with a command line, and what to do next: argparse's messages as sentences, and other tools' words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from wizard.argument_parser import Parser
from wizard.rules.text import one_line
from wizard.spelling import meant
from wizard.values.pattern import lazy_pattern

_CHOICE = lazy_pattern(r"argument (?P<what>\S+): invalid choice: (?P<given>'.*?'|\S+) \(choose from (?P<known>.*)\)\Z")
_UNKNOWN = lazy_pattern(r"unrecognized arguments: (?P<given>.*)\Z", re.DOTALL)
_MISSING = lazy_pattern(r"the following arguments are required: (?P<what>.*)\Z")
_ONE_OF = lazy_pattern(r"one of the arguments (?P<what>.*) is required\Z")
_VALUE = lazy_pattern(r"argument (?P<what>\S+): expected (one argument|at least one argument)\Z")
_EMPTY = lazy_pattern(r"argument (?P<what>\S+): is empty\Z")
_NUMBER = lazy_pattern(r"argument (?P<what>\S+): invalid (?P<kind>int|float) value: (?P<given>'.*')\Z", re.DOTALL)
_NO_VALUE = lazy_pattern(r"argument (?P<what>\S+): ignored explicit argument (?P<given>.*)\Z", re.DOTALL)
_TOGETHER = lazy_pattern(r"argument (?P<what>\S+): not allowed with argument (?P<other>\S+)\Z")
_AMBIGUOUS = lazy_pattern(r"ambiguous option: (?P<what>.*) could match (?P<known>.*)\Z")
_ANY = lazy_pattern(r"argument (?P<what>\S+): (?P<said>.*)\Z", re.DOTALL)
_KINDS = {"int": "a whole number", "float": "a number"}
_CLOSE = 0.7
"""How like an option a wrong one must be to be offered: below, `--force` would be `--port`."""
_ELSEWHERE = {"-V": "--version", "-?": "--help", "--color": "--no-color", "--nocolor": "--no-color", "-n": "--dry-run"}
"""Options that other tools have."""
_DEEDS = {
    "status": ("list", "ls", "services", "show", "overview", "matrix", "ps"),
    "check": ("lint", "audit", "validate", "doctor", "inspect"),
    "run NAME": (
        *("new", "add", "create", "generate", "scaffold", "start", "begin", "resume", "continue", "next", "finish"),
        *("apply", "commit", "fix", "edit", "build", "make", "integrate", "deploy", "up"),
    ),
    "run NAME --dry-run": ("plan", "diff", "preview"),
    "run NAME --print-answers": ("answers", "spec"),
    "run NAME --port N": ("move",),
    "verify NAME": ("test", "live", "prove", "smoke", "probe", "drill"),
    "ports": ("port", "registry"),
    "map": ("flow", "graph", "channels", "topics"),
    "undo NAME": ("revert", "rollback", "reset", "restore"),
    "waive NAME ITEM --reason TEXT": ("skip", "ignore", "except", "na"),
    "explain": ("why", "describe", "info", "items", "phases", "checklist", "man"),
    "init": ("detect", "config", "configure", "setup", "profile"),
    "check --watch": ("watch", "follow"),
    "report --serve": ("serve", "web"),
}
"""Words that other tools use for what a command does."""
_APP = ("app", "ui", "tui", "gui", "open")


def no_command(word: str, commands: Iterable[str]) -> tuple[str, str]:
    """Returns the sentence and the next step for a word that is neither a command nor a folder."""
    said = f"there is no command and no folder {one_line(word, 60)!r}"
    other = next((deed for deed, words in _DEEDS.items() if word.lower() in words), "")
    if other:
        return said, f"that is `stack-wizard {other}` here"
    if word.lower() in _APP:
        return said, "that is `stack-wizard` alone, or with the stack's folder"
    if near := meant(word, commands):
        return said, near.rstrip()
    return said, f"commands are {', '.join(commands)}; of one service: `stack-wizard check NAME`"


def sentence(parser: Parser, message: str) -> tuple[str, str]:
    """Returns what is wrong, and what to do about it, for a message of argparse."""
    look = f"`{parser.prog} --help` shows what it takes"
    for pattern, said_of in _KINDS_OF_MESSAGE:
        if found := pattern.match(message):
            return said_of(parser, found, look)
    return message, look


def _unknown(parser: Parser, found: re.Match[str], look: str) -> tuple[str, str]:
    word = found["given"]
    if not word.startswith("-"):
        return f"there is no further word {one_line(word, 60)!r} here", look
    said, name = f"there is no option {one_line(word, 60)!r} here", word.partition("=")[0]
    if name.removeprefix("--") in parser.choices_of("--format"):
        return said, f"did you mean --format {name.removeprefix('--')}? {look}"
    if any(name in command.options() for command in parser.commands()):
        return said, f"it goes after its command: `stack-wizard COMMAND {name}`"
    known = [*parser.options(), *(option for command in parser.commands() for option in command.options())]
    other = _ELSEWHERE.get(name, "")
    near = f"did you mean {other}? " if other in known else ""
    long = {option[2:]: option for option in known if option.startswith("--")}
    near = near or meant(name.lstrip("-"), long, _CLOSE).replace("mean ", "mean --", 1)
    return said, f"{near}{look}"


def _choice(_parser: Parser, found: re.Match[str], _look: str) -> tuple[str, str]:
    known, given = [word.strip(" '") for word in found["known"].split(",")], found["given"].strip("'")
    short = next((word for word in known if given == "md" and word == "markdown"), "")
    near = f"did you mean {short}? " if short else meant(given, known)
    return f"{_name(found)} cannot be {one_line(found['given'], 60)}", f"{near}choose one of {', '.join(known)}"


def _missing(parser: Parser, found: re.Match[str], look: str) -> tuple[str, str]:
    if wrong := _first_unknown(parser):
        return wrong
    words, options = parser.required()
    one = " or ".join(parser.one_of())
    usage = " ".join([parser.prog, *words, *options, *([f"{one}"] if one else [])])
    needed = found["what"].replace(", ", " and ")
    return f"{_command(parser)} needs {needed}", f"say `{usage}`; {look}"


def _one_of(parser: Parser, _found: re.Match[str], look: str) -> tuple[str, str]:
    if wrong := _first_unknown(parser):
        return wrong
    return f"{_command(parser)} needs {' or '.join(parser.one_of())}", look


def _first_unknown(parser: Parser) -> tuple[str, str] | None:
    """What is wrong with the first option that it does not have, which is why another seems to be missing."""
    words = parser.given[: parser.given.index("--")] if "--" in parser.given else parser.given
    unknown = next((word for word in words if word.startswith("-") and len(word) > 1 and not parser.takes(word)), "")
    return sentence(parser, f"unrecognized arguments: {unknown}") if unknown else None


def _command(parser: Parser) -> str:
    return parser.prog.removeprefix("stack-wizard").strip() or "it"


def _name(found: re.Match[str]) -> str:
    """Returns the long form of the option that a message is about."""
    return max(found["what"].split("/"), key=len)


def _empty(_parser: Parser, found: re.Match[str], look: str) -> tuple[str, str]:
    return f"{_name(found)} is empty", f"give it a value (a shell makes an empty word of an unset variable); {look}"


def _no_value(_parser: Parser, found: re.Match[str], look: str) -> tuple[str, str]:
    return f"{_name(found)} takes no value, not {one_line(found['given'], 60)}", look


def _together(_parser: Parser, found: re.Match[str], _look: str) -> tuple[str, str]:
    return f"{_name(found)} and {max(found['other'].split('/'), key=len)} do not go together", "leave one of them out"


def _ambiguous(_parser: Parser, found: re.Match[str], _look: str) -> tuple[str, str]:
    return f"{found['what']} can be {found['known'].replace(', ', ' or ')}", "write it out"


def _value(_parser: Parser, found: re.Match[str], look: str) -> tuple[str, str]:
    return f"{_name(found)} needs a value", look


def _number(_parser: Parser, found: re.Match[str], look: str) -> tuple[str, str]:
    return f"{_name(found)} takes {_KINDS[found['kind']]}, not {one_line(found['given'], 60)}", look


def _any(_parser: Parser, found: re.Match[str], look: str) -> tuple[str, str]:
    return f"{_name(found)} {found['said']}", look


_KINDS_OF_MESSAGE: tuple[tuple[re.Pattern[str], Callable[[Parser, re.Match[str], str], tuple[str, str]]], ...] = (
    (_UNKNOWN, _unknown),
    (_CHOICE, _choice),
    (_MISSING, _missing),
    (_ONE_OF, _one_of),
    (_VALUE, _value),
    (_EMPTY, _empty),
    (_NUMBER, _number),
    (_NO_VALUE, _no_value),
    (_TOGETHER, _together),
    (_AMBIGUOUS, _ambiguous),
    (_ANY, _any),
)
