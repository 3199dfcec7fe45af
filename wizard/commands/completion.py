"""`completion`: the script that a shell sources, and the words it asks for while a person types."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from wizard.argument_parser import Parser
from wizard.arguments import build_parser
from wizard.cli_types import OpenApp
from wizard.commands.terminal import emit, open_from
from wizard.errors import UsageError

_ASKED = {
    "name": "services",
    "names": "services",
    "item": "items",
    "phase": "phases",
    "templates": "templates",
    "fix": "fixes",
    "only": "items",
    "skip": "items",
}
"""Arguments whose values only the stack or the checklist knows, by the name argparse gives them."""
_KINDS = tuple(dict.fromkeys(_ASKED.values()))
_PREAMBLE = {
    "bash": "\n".join(
        f'_stack_wizard_{kind}() {{ compgen -W "$(stack-wizard completion --words {kind} 2>/dev/null)" -- "$1"; }}'
        for kind in _KINDS
    ),
    "zsh": "\n".join(
        f'_stack_wizard_{kind}() {{ compadd -- ${{(f)"$(stack-wizard completion --words {kind} 2>/dev/null)"}} }}'
        for kind in _KINDS
    ),
}


def run(args: argparse.Namespace, _open_app: OpenApp | None) -> int:
    """Prints the script; `shtab` writes it from the parser."""
    if args.words:
        emit(_words(args))
        return 0
    if args.shell is None:
        raise UsageError(
            "completion needs a shell", next_step="say `stack-wizard completion bash` (or zsh, fish, tcsh)"
        )
    import shtab

    print(shtab.complete(_with_values(build_parser()), args.shell, preamble=_PREAMBLE.get(args.shell, "")))
    return 0


def _words(args: argparse.Namespace) -> Iterator[str]:
    """Yields what can stand in one place of the command line."""
    if args.words == "templates":
        from wizard.commands.templates import own_texts
        from wizard.plan.own_templates import templates

        own = own_texts(open_from(args, repair=False))
        yield from (template.name.removesuffix(".j2") for template in templates(own))
        return
    from wizard.pipeline.opening import checklist_in, read

    stack = open_from(args, repair=False)
    checklist = checklist_in(stack)
    if args.words == "fixes":
        from wizard.plan.recipes.registry import RECIPES

        yield from ("safe", "all", *dict.fromkeys(recipe.name for recipe in RECIPES), *(i.id for i in checklist.items))
        return
    if args.words == "items":
        yield from (item.id for item in checklist.items)
    if args.words in ("items", "phases"):
        yield from map(str, checklist.sequence)
        return
    yield from (service.name for service in read(stack).services)


def _with_values(parser: Parser) -> Parser:
    """Tells `shtab` where files, folders, services, items and phases stand."""
    import shtab

    for sub in (parser, *parser.commands()):
        for action in sub._actions:
            kind = _ASKED.get(action.dest)
            if action.metavar in ("DIR", "FILE", "PATH"):
                action.complete = shtab.DIR if action.metavar == "DIR" else shtab.FILE  # type: ignore[attr-defined]
            elif kind and action.choices is None and sub is not parser:
                action.complete = {  # type: ignore[attr-defined]
                    "bash": f"_stack_wizard_{kind}",
                    "zsh": f"_stack_wizard_{kind}",
                    "fish": f"(stack-wizard completion --words {kind} 2>/dev/null)",
                }
    return parser
