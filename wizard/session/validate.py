"""Parses YAML or JSON and validates it against a plain dataclass; names all that is wrong at once, with its line."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Iterator
from copy import deepcopy
from dataclasses import fields, is_dataclass
from functools import cache
from types import GenericAlias
from typing import TYPE_CHECKING, Any, Generic, TypeVar, get_args, get_type_hints

from wizard.rules.merge_markers import UNFINISHED, conflict_line
from wizard.syntax.trouble import SyntaxTrouble
from wizard.syntax.yaml import Node, parse, walk
from wizard.syntax.yaml_data import Data, data, doubled_keys, entries, resolve
from wizard.values.lean import dataclass

if TYPE_CHECKING:
    from pydantic import TypeAdapter
    from pydantic_core import ErrorDetails

T = TypeVar("T")
Step = str | int
Steps = tuple[Step, ...]
_UNKNOWN = ("unexpected_keyword_argument", "extra_forbidden")
_MISSING = ("missing", "missing_argument", "missing_keyword_only_argument")
_KINDS = {
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "string_type": "text (put it in quotes if it looks like a number)",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "dataclass_type": "a group of keys",
    "dataclass_exact_type": "a group of keys",
}


@dataclass(frozen=True, slots=True)
class Wrong:
    """One thing that is wrong. `place`: `inputs[0].name`, `''` for the whole. `line`: 0 when unknown."""

    place: str
    line: int
    message: str

    def __str__(self) -> str:
        place = f"{self.place}: " if self.place else ""
        return f"line {self.line}: {place}{self.message}" if self.line else f"{place}{self.message}"


@dataclass(frozen=True, slots=True)
class Parsed:
    """A text as data and as a tree that knows the lines."""

    value: Data
    root: Node | None

    def line(self, steps: Steps) -> int:
        """Returns the line of the deepest node on the way that `steps` describe."""
        node, line = self.root, 1 if self.root is not None else 0
        for step in steps:
            node, found = _child(node, step)
            if node is None:
                break
            line = found
        return line


@dataclass(frozen=True, slots=True)
class Checked(Generic[T]):
    """Everything that is wrong, by line, and the value with stand-ins for it; None when nothing else is left."""

    value: T | None
    wrong: tuple[Wrong, ...]


def parse_text(text: str) -> Parsed | Wrong:
    """Parses YAML (and so JSON) to data; the first syntax error, or a key that is there twice, as `Wrong`."""
    if line := conflict_line(text):
        return Wrong("", line, UNFINISHED)
    try:
        document = parse(text)
        value = data(document.root)
    except SyntaxTrouble as trouble:
        return Wrong("", trouble.line, trouble.message)
    for first, again in doubled_keys(walk(document.root)):
        return Wrong("", again.line, f"the key {again.value!r} is there twice, first in line {first.line}")
    return Parsed(value, document.root)


def check(kind: type[T], parsed: Parsed) -> Checked[T]:
    """Validates `parsed` as a `kind`: unknown keys (with the nearest known one), missing ones and wrong types, all at
    once.
    """
    from pydantic import ValidationError

    adapter: TypeAdapter[tuple[T]] = _adapter(kind)  # type: ignore[arg-type]  # a class can be hashed
    try:
        return Checked(adapter.validate_json(_json(parsed.value))[0], ())
    except ValidationError as error:
        details = error.errors(include_url=False)
    wrong = tuple(sorted((_wrong(kind, detail, parsed) for detail in details), key=lambda one: (one.line, one.place)))
    rest = mended(parsed.value, ((detail["type"], detail["loc"][1:]) for detail in details))
    try:
        return Checked(adapter.validate_json(_json(rest))[0], wrong)
    except ValidationError:
        return Checked(None, wrong)


def schema_of(kind: type[Any]) -> dict[str, Any]:
    """Returns the JSON Schema of what `check` takes as a `kind`: it knows every key, and no other."""
    schema = _adapter(kind).json_schema()  # type: ignore[arg-type]  # a class can be hashed
    definitions: dict[str, Any] = schema["$defs"]
    return {**definitions.pop(kind.__name__), "$defs": definitions}


@cache
def _adapter(kind: type[Any]) -> TypeAdapter[Any]:
    """The validator of a kind; building one takes 5 ms."""
    from pydantic import ConfigDict, TypeAdapter

    # The configuration of a bare dataclass can only be given from around it; it holds for the nested ones too.
    shape: Any = GenericAlias(tuple, (kind,))
    return TypeAdapter(shape, config=ConfigDict(extra="forbid", strict=True))


def _json(value: object) -> str:
    return json.dumps([value], default=str)


def nearest(name: str, known: tuple[str, ...]) -> str:
    """Returns ` (did you mean 'purpose'?)`, or which ones there are."""
    close = difflib.get_close_matches(name, known, 1, 0.5)
    return f" (did you mean {close[0]!r}?)" if close else f" (known: {', '.join(known)})"


def _wrong(kind: type[Any], detail: ErrorDetails, parsed: Parsed) -> Wrong:
    steps = tuple(detail["loc"][1:])
    what, place = detail["type"], _place(steps)
    if what in _UNKNOWN:
        known = tuple(field.name for field in fields(_kind_at(kind, steps[:-1])))
        key = str(steps[-1])
        return Wrong(_place(steps[:-1]), parsed.line(steps), f"unknown key {key!r}{nearest(key, known)}")
    if what in _MISSING:
        return Wrong(_place(steps[:-1]), parsed.line(steps[:-1]), f"the key {str(steps[-1])!r} is missing")
    if what == "literal_error":
        expected = str(detail.get("ctx", {}).get("expected", "another value")).removeprefix("'', ")  # '' says nothing
        return Wrong(place, parsed.line(steps), f"must be {expected}")
    wanted = _KINDS.get(what)
    message = f"must be {wanted}, not {_shown(detail['input'])}" if wanted else detail["msg"].lower()
    return Wrong(place, parsed.line(steps), message)


def _kind_at(kind: type[Any], steps: Steps) -> type[Any]:
    """The dataclass that holds the keys at `steps`."""
    current: Any = kind
    for step in steps:
        if isinstance(step, str) and is_dataclass(current):
            current = next(_dataclasses(get_type_hints(current)[step]), current)
    return current  # type: ignore[no-any-return]


def _dataclasses(hint: Any) -> Iterator[Any]:
    if is_dataclass(hint):
        yield hint
    for inner in get_args(hint):
        yield from _dataclasses(inner)


def _child(node: Node | None, step: Step) -> tuple[Node | None, int]:
    node = resolve(node)
    if node is None:
        return None, 0
    if isinstance(step, int):
        items = node.items
        return (items[step], items[step].line) if step < len(items) else (None, 0)
    return next(((value, key.line) for name, key, value in entries(node) if name == step), (None, 0))


def _place(steps: Steps) -> str:
    words = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)
    return words.removeprefix(".")


def _shown(value: object) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, dict | list):
        return "a group of keys" if isinstance(value, dict) else "a list"
    text = json.dumps(value, ensure_ascii=True)
    return text if len(text) <= 40 else f"{text[:37]}…"


def mended(value: Any, wrong: Iterable[tuple[str, Steps]]) -> Any:
    """Returns a copy of `value` in which every wrong place (pydantic's error type, where) is left out or filled:
    so the rest of it can be judged too."""
    copy = deepcopy(value)
    for number, (what, steps) in enumerate(wrong):
        if steps:
            _mend(copy, what, steps, f"stand_in_{number}")
    return copy


def _mend(value: Any, what: str, steps: Steps, name: str) -> None:
    parent, last = value, steps[-1]
    for step in steps[:-1]:
        try:
            parent = parent[step]
        except (KeyError, IndexError, TypeError):
            return
    if what in _UNKNOWN or what in ("tuple_type", "literal_error", "bool_type"):
        # Every list, choice and flag of the spec has a default.
        if isinstance(parent, dict):
            parent.pop(last, None)
    elif what in _MISSING or what == "string_type":
        parent[last] = name
    elif what.startswith("int_"):
        parent[last] = 0
    elif what.startswith("dataclass_"):
        parent[last] = {"name": name}
