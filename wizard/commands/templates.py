"""`templates`: what the wizard writes files from, and how a stack gets a text of its own for one."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence

from wizard.apply.guard import linked_part
from wizard.cli_types import OpenApp
from wizard.commands.terminal import emit, open_from, out_style
from wizard.output.style import Style
from wizard.pipeline.opening import Stack
from wizard.pipeline.upkeep import write_own
from wizard.plan.own_templates import Template, copied, named, templates
from wizard.plan.render import OVERRIDES, overrides_in
from wizard.session.own.load import PATTERNS


def run(args: argparse.Namespace, _open_app: OpenApp | None) -> int:
    """Lists the templates, prints one, or copies some into the stack. Returns 1 when the stack's own do not compile."""
    stack = open_from(args, repair=False)
    every = templates(own_texts(stack))
    if args.action in (None, "list"):
        emit(_listed(every, out_style(args)))
        return int(any(template.trouble for template in every))
    for template in dict.fromkeys(named(every, name) for name in args.templates):
        if args.action == "show":
            shown = template.builtin if args.built_in and template.builtin is not None else template.text
            emit(shown.removesuffix("\n").split("\n"))
        else:
            path, text = copied(template, force=args.force)
            write_own(stack, path, template.own, text)
            emit([f"written: {path} (edit it, and commit it; what the wizard writes from now on is made of it)"])
    return 0


def own_texts(stack: Stack) -> dict[str, str]:
    """Reads the stack's own templates and its patterns': name -> text. A link is none: what it leads to would be
    committed."""
    folders = (OVERRIDES.rstrip("/"), PATTERNS)
    paths = [path for folder in folders for path in stack.files.walk(folder) if not linked_part(path, stack.files)]
    return overrides_in({path: stack.files.read(path) for path in paths})


def _listed(every: Sequence[Template], style: Style) -> Iterator[str]:
    for template in every:
        state = "" if template.own is None else "the stack's own" if template.builtin is not None else "included only"
        if template.trouble:
            state = style.paint("broken", "red")
        yield f"{template.name:<36} {state}".rstrip()
        if template.trouble:
            yield f"{'':<36} {template.trouble}"
