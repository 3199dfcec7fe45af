"""The text of `.stack-wizard/services/NAME.yaml`: a plain mapping that mirrors the dataclasses of `values/spec.py`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import MISSING, Field, fields, is_dataclass
from typing import Any

from wizard.syntax.roundtrip import keep_comments
from wizard.values.choice import Left
from wizard.values.edit import FileEdit
from wizard.values.facts.stack import StackFacts
from wizard.values.lean import replace
from wizard.values.pattern import lazy_pattern
from wizard.values.spec import Manifest, ServiceSpec, manifest_path

SCHEMA = 1
_PLAIN = lazy_pattern(r"[A-Za-z_][A-Za-z0-9_./+-]*\Z")
_WORDS = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n", "nan", "inf"})
_ALWAYS = frozenset({"seed"})


def plan_manifest(
    facts: StackFacts, spec: ServiceSpec, left: tuple[Left, ...] | None = None, made: tuple[str, ...] = ()
) -> FileEdit | None:
    """Returns the edit that makes the manifest say this spec, with the facts' waivers and record; None when it does.

    `left`: what was left out of the plans; None: what the facts say. `made`: for its list of commits.
    """
    service = facts.service(spec.name)
    kept = service.manifest if service is not None else None
    path = manifest_path(spec.name)
    before = facts.texts.get(path)
    base = replace(kept, schema=SCHEMA, spec=spec) if kept is not None else Manifest(SCHEMA, spec)
    base = replace(base, left=base.left if left is None else left, commits=(*base.commits, *made))
    after = keep_comments(before, manifest_text(base))
    if before == after:
        return None
    return FileEdit(path, before, after, "keep the answers the repository cannot say")


def manifest_text(manifest: Manifest) -> str:
    """Writes deterministic YAML; what has its default is left out, except answers such as `seed`."""
    head = "# Written by stack-wizard; edit it by hand if you like, unknown keys are refused.\n"
    return head + "\n".join(_mapping(manifest, "")) + "\n"


def _mapping(value: Any, indent: str) -> Iterator[str]:
    for field in fields(value):
        item = getattr(value, field.name)
        if field.name not in _ALWAYS and _is_default(field, item):
            continue
        if is_dataclass(item):
            yield f"{indent}{field.name}:"
            yield from _mapping(item, indent + "  ")
        elif isinstance(item, tuple):
            yield f"{indent}{field.name}:"
            yield from _sequence(item, indent + "  ")
        else:
            yield f"{indent}{field.name}: {scalar(item)}"


def _sequence(items: tuple[Any, ...], indent: str) -> Iterator[str]:
    for item in items:
        if is_dataclass(item):
            first, *rest = _mapping(item, indent + "  ")
            yield f"{indent}- {first.strip()}"
            yield from rest
        else:
            yield f"{indent}- {scalar(item)}"


def _is_default(field: Field[Any], item: object) -> bool:
    return field.default is not MISSING and item == field.default


def scalar(value: object) -> str:
    """Returns a YAML scalar that every YAML 1.1 and 1.2 reader takes for the same value."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    text = str(value)
    if _PLAIN.match(text) and text.lower() not in _WORDS:
        return text
    return '"' + "".join(_escaped(char) for char in text) + '"'


def _escaped(char: str) -> str:
    if char in '"\\':
        return "\\" + char
    if char.isprintable():
        return char
    code = ord(char)
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
