"""Writes the wizard's own YAML files again such that the comments which people put there survive."""

from __future__ import annotations

from io import StringIO
from typing import Any

from wizard.syntax.trouble import SyntaxTrouble
from wizard.syntax.yaml import parse
from wizard.syntax.yaml_data import data

_NAMED_BY = ("name", "item", "channel", "port")
"""What tells the entries of a list apart, in the order in which it is looked for."""


def keep_comments(before: str | None, after: str) -> str:
    """Returns a text that means what `after` means and keeps the comments and the order of `before`.

    Only for files of the wizard's own: others' are spliced. Without a comment to keep, and where the two cannot be
    brought together, it is `after` itself; ruamel.yaml (31 ms to import) is asked only when there is one.
    """
    head = after.split("\n", 1)[0] if after.startswith("#") else ""
    if before is None or "#" not in before.replace(head, "", 1):
        return after
    try:
        parse(before)  # bounded in depth; ruamel.yaml takes seconds for a few thousand brackets
        made = _merged(before, after)
        same = made is not None and data(parse(made).root) == data(parse(after).root)
    except SyntaxTrouble:
        return after
    return made if made is not None and same else after


def _merged(before: str, after: str) -> str | None:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    writer = YAML()
    writer.preserve_quotes = True
    writer.width = 10_000  # a long text stays on its line, as the wizard writes it
    writer.indent(mapping=2, sequence=4, offset=2)
    try:
        old, new = writer.load(before), YAML().load(after)
        if not isinstance(old, dict) or not isinstance(new, dict):
            return None
        _update(old, new)
        out = StringIO()
        writer.dump(old, out)
    except (
        YAMLError,
        ArithmeticError,
        AssertionError,
        AttributeError,
        LookupError,
        RecursionError,
        TypeError,
        ValueError,
    ):
        # ruamel.yaml fails in many ways over texts that are no file of the wizard; then the comments are not kept
        return None
    return out.getvalue()


def _update(old: Any, new: Any) -> None:
    """Makes a mapping equal to another, in place: values that are equal keep their node and its comment."""
    for key in [key for key in old if key not in new]:
        del old[key]
    for key, value in new.items():
        there = old.get(key)
        if isinstance(there, dict) and isinstance(value, dict):
            _update(there, value)
        elif isinstance(there, list) and isinstance(value, list):
            _update_list(there, value)
        elif key not in old or there != value or type(there) is not type(value):
            old[key] = value


def _update_list(old: list[Any], new: list[Any]) -> None:
    wanted = [_name(entry) for entry in new]
    for place in range(len(old) - 1, -1, -1):
        if _name(old[place]) not in wanted:
            del old[place]
    for place, entry in enumerate(new):
        if place < len(old) and _name(old[place]) == wanted[place]:
            if isinstance(entry, dict):
                _update(old[place], entry)
        else:
            old.insert(place, entry)
    del old[len(new) :]


def _name(entry: Any) -> object:
    if isinstance(entry, dict):
        return next(((key, str(entry[key])) for key in _NAMED_BY if key in entry), None)
    return str(entry)
