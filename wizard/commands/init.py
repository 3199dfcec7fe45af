"""`init`: detect where things are, show what was found and why, write the profile."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import fields, replace

from wizard.cli_types import OpenApp
from wizard.commands.terminal import ask, emit, emit_text, is_interactive, open_from, out_style
from wizard.errors import RefusedError
from wizard.output.style import Style
from wizard.pipeline.upkeep import PROFILE, detect_afresh, write_profile
from wizard.rules.text import one_line
from wizard.values.profile import Detected


def run(args: argparse.Namespace, _open_app: OpenApp | None) -> int:
    """Detects and writes `.stack-wizard/stack.yaml`; a committed profile stays unless `--force`."""
    stack = open_from(args)
    detected = _said(detect_afresh(stack), args.deploy_target)
    emit_text(detected_lines(detected, out_style(args)))
    if args.dry_run:
        return 0
    if stack.files.exists(PROFILE) and not args.force:
        raise RefusedError("the stack has a profile already", where=PROFILE, next_step="edit it, or give --force")
    if detected.unsure and is_interactive() and not ask("Write the profile with the unsure fields as shown?", True):
        return 1
    write_profile(stack, detected.profile)
    emit([f"written: {PROFILE} (commit it with your next change)"])
    return 0


def _said(detected: Detected, target: str | None) -> Detected:
    """What detection found, with the target that a person named instead of the one found."""
    if target is None:
        return detected
    why = detected.why | {"deploy_target": "said with --deploy-target"}
    unsure = tuple(field for field in detected.unsure if field != "deploy_target")
    return replace(detected, profile=replace(detected.profile, deploy_target=target), why=why, unsure=unsure)


def detected_lines(detected: Detected, style: Style) -> Iterator[str]:
    """Yields each field with its value and the line or reason it rests on; unsure ones are marked."""
    for field in fields(detected.profile):
        if field.name == "schema":
            continue
        value = _shown(getattr(detected.profile, field.name))
        why = detected.why.get(field.name, "default")
        mark = style.paint(" (unsure)", "yellow") if field.name in detected.unsure else ""
        yield f"{style.paint(f'{field.name:<18}', 'bold')} {value}{mark}"
        yield f"{' ' * 18} {style.paint(one_line(why, 300), 'dim')}"


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return one_line(", ".join(map(str, value))) or "-"
    if isinstance(value, str | int):
        return one_line(str(value)) or "-"
    parts = [f"{f.name}={getattr(value, f.name)}" for f in fields(value) if getattr(value, f.name)]  # type: ignore[arg-type]
    return one_line(" ".join(parts)) or "-"
