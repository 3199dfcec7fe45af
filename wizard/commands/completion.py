"""`completion`: the script that a shell sources, and the words it asks for while a person types."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from wizard.adapters.files.errors import is_folder
from wizard.argument_parser import Parser
from wizard.arguments import WORDS, build_parser
from wizard.cli_types import OpenApp
from wizard.commands.shared.typed_line import folder_typed, name_typed
from wizard.commands.terminal import emit
from wizard.errors import UsageError
from wizard.pipeline.opening import Stack, checklist_in, open_stack, read

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
_OTHERWISE = {
    ("run", "port"): "ports",
    ("remove", "name"): "patterns",
    ("update", "name"): "patterns",
    ("add", "name"): "",
}
"""Arguments of some commands that are not what their name is elsewhere."""
_PREAMBLE = {
    "bash": r"""
_stack_wizard_words() {
  local word quoted
  while IFS= read -r word; do
    printf -v quoted %q "$word"
    if [[ $word == "$2"* || $quoted == "$2"* ]]; then printf '%s\n' "$quoted"; fi
  done < <(stack-wizard completion --words "$1" --line "$COMP_LINE" 2>/dev/null)
}
"""
    + "\n".join(f'_stack_wizard_{kind}() {{ _stack_wizard_words {kind} "$1"; }}' for kind in WORDS),
    "zsh": "\n".join(
        f"_stack_wizard_{kind}() {{ local -a found; "
        f'found=(${{(f)"$(stack-wizard completion --words {kind} --line "$LBUFFER" 2>/dev/null)"}}); '
        "compadd -a found }"
        for kind in WORDS
    ),
}
"""What asks the program. No word of a stack is ever expanded: `compgen -W` would run a `$(…)` in a folder's name."""


def run(args: argparse.Namespace, _open_app: OpenApp | None) -> int:
    """Prints the script; `shtab` writes it from the parser."""
    if args.words:
        typed = folder_typed(args.line)
        stack = open_stack(Path(typed if typed is not None and is_folder(Path(typed)) else args.directory))
        emit(_words(stack, args.words, args.line))
        return 0
    if args.shell is None:
        raise UsageError(
            "completion needs a shell", next_step="say `stack-wizard completion bash` (or zsh, fish, tcsh)"
        )
    import shtab

    print(shtab.complete(_with_values(build_parser()), args.shell, preamble=_PREAMBLE.get(args.shell, "")))
    return 0


def _words(stack: Stack, kind: str, line: str) -> Iterator[str]:
    """Yields what can stand in one place of the command line."""
    if kind == "templates":
        from wizard.commands.templates import own_texts
        from wizard.plan.own_templates import templates

        yield from (template.name.removesuffix(".j2") for template in templates(own_texts(stack)))
    elif kind == "patterns":
        from wizard.pipeline.own.patterns import followed

        yield from (one.name for one in followed(stack))
    elif kind == "services":
        yield from (service.name for service in read(stack).services)
    elif kind == "ports":
        from wizard.plain.ports import choices

        yield from (str(port) for port, _ in choices(read(stack), name_typed(line, "run")))
    else:
        yield from _of_checklist(stack, kind)


def _of_checklist(stack: Stack, kind: str) -> Iterator[str]:
    checklist = checklist_in(stack)
    if kind == "fixes":
        from wizard.plan.recipes.registry import RECIPES

        yield from ("safe", "all", *dict.fromkeys(recipe.name for recipe in RECIPES))
    if kind in ("items", "fixes"):
        yield from (item.id for item in checklist.items)
    if kind in ("items", "phases"):
        yield from map(str, checklist.sequence)


def _with_values(parser: Parser) -> Parser:
    """Tells `shtab` where files, folders, services, items and phases stand."""
    import shtab

    for sub in (parser, *parser.commands()):
        for action in sub._actions:
            kind = _OTHERWISE.get((sub.prog.split()[-1], action.dest), _ASKED.get(action.dest))
            if action.metavar in ("DIR", "FILE", "PATH", "PATH|URL"):
                is_dir = action.metavar in ("DIR", "PATH|URL")
                action.complete = shtab.DIR if is_dir else shtab.FILE  # type: ignore[attr-defined]
            elif kind and action.choices is None and sub is not parser:
                asked = f"stack-wizard completion --words {kind} --line (commandline -cp | string collect)"
                action.complete = {  # type: ignore[attr-defined]
                    "bash": f"_stack_wizard_{kind}",
                    "zsh": f"_stack_wizard_{kind}",
                    "fish": f"({asked} 2>/dev/null)",
                }
    return parser
