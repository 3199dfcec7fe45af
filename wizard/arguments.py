"""What the command line looks like. Building the parser imports no command, so `--help` stays quick."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence

from wizard import __version__
from wizard.argument_parser import HelpFormatter, Parser, seconds
from wizard.help_words import COMMANDS, EPILOG, EXITS, LINES
from wizard.values.profile import TARGETS

_FORMAT = "how it is printed (default: text)"
_RUNTIME = "what the service is run on (default: as the settings or the stack's profile say, else auto)"
REPORT_FORMATS = ("text", "json", "junit", "sarif", "markdown")
ALIASES = {"help": "--help", "version": "--version"}
"""Words that people try before they read: `stack-wizard help run` is `stack-wizard run --help`."""


WORDS = ("services", "items", "phases", "templates", "fixes", "ports", "patterns")
"""Kinds of words that a shell asks completion for."""


TEMPLATE_ACTIONS = {
    "list": "name them all, and say which are the stack's own (without an action)",
    "show": "print the text that is taken",
    "copy": "copy the wizard's text into .stack-wizard/templates/",
}


PATTERN_ACTIONS = {
    "list": "name those that the stack follows, and whence they are (without an action)",
    "add": "show what a pattern would write, and write it",
    "update": "show what is other in its source now, and take it",
    "remove": "show what goes, and remove it",
}


def build_parser(words: Sequence[str] | None = None) -> Parser:
    """Builds the parser with every command; building it imports none of them.

    `words`: the command line, when only the command that it names is needed.
    """
    only = _command(words or ())
    parser = Parser(
        prog="stack-wizard",
        formatter_class=HelpFormatter,
        description="Adds a service to a Docker Compose stack: seven phases, thirty items, decided by evidence.",
        epilog=EPILOG,
    )
    parser.add_argument("--remote", action="store_true", help="live checks of the app may use another machine's engine")
    parser.add_argument("--version", action="version", version=f"stack-wizard {__version__}")
    _common(parser)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands", prog="stack-wizard")
    for name, text in COMMANDS.items() if only is None else [(only, COMMANDS[only])]:
        command = commands.add_parser(
            name, help=text, description=_sentence(text), epilog=_epilog(name), formatter_class=HelpFormatter
        )
        _common(command, nested=True)
        _CONFIGURE[name](command)
    return parser


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def _epilog(name: str) -> str:
    """Returns what stands below a command's options: lines to copy, and what its exit code means."""
    lines = "\n".join(f"  {line}" for line in LINES[name])
    return f"examples:\n{lines}\nexit codes:\n  {EXITS[name]}\n`stack-wizard --help` has the environment."


def _command(words: Sequence[str]) -> str | None:
    """The command that the first word which is no plain option names; None when the options need the whole parser."""
    rest = iter(words)
    for word in rest:
        if word in COMMANDS:
            return word
        if word == "-C":
            next(rest, None)
        elif word not in ("--no-color", "-q", "--quiet", "-v", "--verbose", "--debug", "--plain", "--remote"):
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
    command.add_argument(
        "--deploy-target", choices=TARGETS, help="what starts the stack, where detection should not decide it"
    )


def _status(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "stacks", nargs="*", metavar="DIR", help="stacks (default: the one of -C); several: a line each"
    )
    command.add_argument("--write", action="store_true", help="update the matrix in the document")
    command.add_argument("--format", choices=REPORT_FORMATS, default="text", help=_FORMAT)


def _ports(command: argparse.ArgumentParser) -> None:
    command.add_argument("--format", choices=REPORT_FORMATS, default="text", help=_FORMAT)


def _map(command: argparse.ArgumentParser) -> None:
    command.add_argument("names", nargs="*", metavar="NAME", help="only what these services write or read")
    command.add_argument(
        "--format", choices=("text", "json", "mermaid", "dot", "svg", "asyncapi"), default="text", help=_FORMAT
    )
    command.add_argument(
        "--output", metavar="PATH", help="write to this file (asyncapi: a file a service in this folder)"
    )


def _report(command: argparse.ArgumentParser) -> None:
    command.add_argument("--output", metavar="FILE", help="where ('-': standard output; default: stack-report.html)")
    command.add_argument(
        "--serve", action="store_true", help="serve it on 127.0.0.1 and follow the files until ctrl+c; writes nothing"
    )
    command.add_argument("--port", metavar="N", type=int, help="with --serve: this port (default: a free one)")


def _check(command: argparse.ArgumentParser) -> None:
    command.add_argument("names", nargs="*", metavar="NAME", help="services (default: all)")
    command.add_argument("--phase", metavar="P[..Q]", help="one phase or a range, by name or number")
    command.add_argument("--live", action="store_true", help="run the live checks first")
    command.add_argument(
        "--watch", action="store_true", help="follow the files and say what gets better or worse, until ctrl+c"
    )
    command.add_argument(
        "--baseline", action="store_true", help="fail only on what .stack-wizard/baseline.yaml does not know"
    )
    command.add_argument(
        "--write-baseline", action="store_true", help="write that file: what is wrong now is known from then on"
    )
    command.add_argument("--accept-new", action="store_true", help="with --write-baseline: take in what is new as well")
    command.add_argument(
        "--changed", nargs="?", const="", metavar="BASE", help="only services that this branch touches since BASE"
    )
    command.add_argument("--format", choices=(*REPORT_FORMATS, "github", "gitlab"), default="text", help=_FORMAT)
    _runtime(command)


def _run(command: argparse.ArgumentParser) -> None:
    command.add_argument("name", metavar="NAME", nargs="?", help="a service of the stack, or the name of a new one")
    command.add_argument("--all", action="store_true", help="every service, shown together, a commit each")
    command.add_argument("--answers", metavar="FILE", help="YAML or JSON with the answers ('-': standard input)")
    command.add_argument(
        "--print-answers", action="store_true", help="print an answers file with what was read, and do nothing else"
    )
    command.add_argument("--phase", metavar="P[..Q]", help="one phase or a range, by name or number")
    command.add_argument("--port", metavar="N", help="the published port (default: the one reserved for it)")
    command.add_argument("--base-image", metavar="NAME:TAG@sha256:…", help="the digest you resolved")
    command.add_argument(
        "--fix",
        metavar="ITEM,…|safe|all",
        help="change hand-written code for these items, too (default: only offer it)",
    )
    for option, text in (
        ("--only", "take these edits and leave the others for now"),
        ("--skip", "leave these edits out, and remember that with --reason"),
    ):
        command.add_argument(option, nargs="+", action="extend", metavar="PATH|ITEM", default=[], help=text)
    command.add_argument("--reason", metavar="TEXT", help="why --skip leaves them out")
    command.add_argument("--dry-run", action="store_true", help="print the unified diff, write nothing")
    command.add_argument("--yes", "-y", action="store_true", help="defaults for every answer, no questions")
    command.add_argument("--no-commit", action="store_true", help="write without committing")
    command.add_argument("--no-live", action="store_true", help="leave the live checks out")
    command.add_argument("--branch", metavar="NAME", help="start a branch first")
    _runtime(command)


def _verify(command: argparse.ArgumentParser) -> None:
    command.add_argument("name", metavar="NAME", nargs="?", help="a service of the stack")
    command.add_argument(
        "--all", action="store_true", help="every service, on servers started once; a table at the end"
    )
    command.add_argument(
        "--drill",
        action="store_true",
        help="take Redis away and stop the service; in a Swarm try updates that cannot work and empty a node",
    )
    command.add_argument("--format", choices=REPORT_FORMATS, default="text", help=_FORMAT)
    _runtime(command)


def _runtime(command: argparse.ArgumentParser) -> None:
    command.add_argument("--runtime", choices=("auto", "docker", "swarm", "embedded"), default=None, help=_RUNTIME)
    command.add_argument(
        "--log-window", type=seconds, default=None, metavar="S", help="how long logs are watched (default: 5 seconds)"
    )
    command.add_argument(
        "--probe-in-use", action="store_true", help="send probe events although others read the channel as well"
    )
    allowed = "allow an engine on another machine"
    command.add_argument("--remote", action="store_true", default=argparse.SUPPRESS, help=allowed)


def _undo(command: argparse.ArgumentParser) -> None:
    command.add_argument("name", metavar="NAME", help="a service that the wizard made commits for")
    command.add_argument("--phase", metavar="P", help="one phase, by name or number (default: the latest)")


def _waive(command: argparse.ArgumentParser) -> None:
    command.add_argument("name", metavar="NAME", help="a service of the stack")
    command.add_argument("item", metavar="ITEM", help="an item, as `stack-wizard explain` lists them")
    what = command.add_mutually_exclusive_group(required=True)
    what.add_argument("--reason", metavar="TEXT", help="why the item need not be met")
    what.add_argument("--take-back", action="store_true", help="remove the waiver: the item is judged again")


def _trust(command: argparse.ArgumentParser) -> None:
    command.add_argument("--yes", "-y", action="store_true", help="no question: the commands were looked at")


def _untrust(_command: argparse.ArgumentParser) -> None:
    """It has no arguments."""


def _explain(command: argparse.ArgumentParser) -> None:
    command.add_argument("item", nargs="?", metavar="ITEM", help="an item, or a phase (default: list them all)")


def _templates(command: argparse.ArgumentParser) -> None:
    command.description = (
        f"{command.description}\n\nWhat the wizard writes files from. A file in .stack-wizard/templates/ with the\n"
        "name of a template is taken instead of it: Jinja, which sees what the wizard\n"
        "gives it and the two folders of templates, and nothing else."
    )
    actions = command.add_subparsers(dest="action", metavar="ACTION", title="actions")
    for name, text in TEMPLATE_ACTIONS.items():
        action = actions.add_parser(name, help=text, description=_sentence(text))
        _common(action, nested=True)
        if name != "list":
            action.add_argument(
                "templates", nargs="+", metavar="NAME", help="as list names them (docs/readme.md, or readme.md)"
            )
    actions.choices["show"].add_argument("--built-in", action="store_true", help="the wizard's, not the stack's own")
    actions.choices["copy"].add_argument("--force", action="store_true", help="over what the stack has")


def _pattern(command: argparse.ArgumentParser) -> None:
    command.description = (
        f"{command.description}\n\nA pattern is a repository with checklist.yaml, templates/ or both, in its root or\n"
        "in .stack-wizard/. It is copied into .stack-wizard/patterns/NAME/, pinned by its commit;\n"
        "the stack's own files win. Nothing of it runs: docs/CHECKLIST.md."
    )
    actions = command.add_subparsers(dest="action", metavar="ACTION", title="actions")
    for name, text in PATTERN_ACTIONS.items():
        action = actions.add_parser(name, help=text, description=_sentence(text))
        _common(action, nested=True)
        if name == "add":
            action.add_argument("source", metavar="PATH|URL", help="a git repository: a folder, https, ssh")
            action.add_argument("--name", metavar="NAME", help="what it is called here (default: as its folder)")
        elif name != "list":
            action.add_argument("name", metavar="NAME", help="as list names it")
        if name in ("add", "update"):
            action.add_argument("--at", metavar="REF", help="a branch, tag or commit (default: what it stands at)")
        if name != "list":
            action.add_argument("--yes", "-y", action="store_true", help="write it without a question")


def _completion(command: argparse.ArgumentParser) -> None:
    command.add_argument("shell", nargs="?", choices=("bash", "zsh", "fish", "tcsh"), help="whose script")
    command.add_argument("--words", choices=WORDS, help=argparse.SUPPRESS)
    command.add_argument("--line", const="", default="", nargs="?", help=argparse.SUPPRESS)


_CONFIGURE: dict[str, Callable[[argparse.ArgumentParser], None]] = {
    "demo": _demo,
    "init": _init,
    "status": _status,
    "ports": _ports,
    "map": _map,
    "report": _report,
    "check": _check,
    "run": _run,
    "verify": _verify,
    "undo": _undo,
    "waive": _waive,
    "trust": _trust,
    "untrust": _untrust,
    "explain": _explain,
    "templates": _templates,
    "pattern": _pattern,
    "completion": _completion,
}
