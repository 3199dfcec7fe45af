"""Probe events: one with every field of the spec, and those that the service's tests and README show it accepts."""

from __future__ import annotations

import ast
import contextlib
import json
import re
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path

from wizard.rules.pythons import tree_of
from wizard.values.lean import dataclass
from wizard.values.pattern import lazy_pattern
from wizard.values.spec import Channel
from wizard.verify.live import LiveCheck
from wizard.verify.ways import Way

PREFIX = "stack-wizard-probe-"
_SAMPLES: dict[str, object] = {"str": "probe", "int": 7, "float": 1.5, "bool": True}
_WRAPPERS = ("data", "payload", "event", "message", "body", "json")
"""Names under which services keep the whole event as JSON in one field of a stream's entry."""
_ENUMERATION = lazy_pattern(
    r"(?:one of|either)[:\s]+[`'\"]?([\w.-]+)|^[`'\"]?([\w.-]+)[`'\"]?\s*[|/]\s*[`'\"]?[\w.-]+", re.IGNORECASE
)
_TAKEN = lazy_pattern(r"""\[['"](\w+)['"]\]|\.get\(['"](\w+)['"]""")
_LITERAL = lazy_pattern(r"Literal\[\s*(.+?)\s*[,\]]")
_JSON_BLOCK = lazy_pattern(r"```json\n(.*?)```", re.DOTALL)
_DECODES = lazy_pattern(
    r"\b(?:(?P<name>msgpack|ormsgpack|pickle|cbor2?|bson|zlib|gzip|lz4|snappy|avro|fastavro)\.\w*"
    r"(?:load|unpack|decode|decompress|reader)\w*|(?P<proto>ParseFromString|FromString))\("
)
_LARGEST = 400_000
_TRIED = 5
"""Examples that are tried before the flow counts as unknown: each costs a whole wait."""


@dataclass(frozen=True, slots=True)
class Probe:
    """One event that goes in. `identity`: unique. `origin`: what it was made from, for a person. `known`: that is an
    example of an event that the service accepts.
    """

    identity: str
    event: dict[str, object]
    origin: str
    known: bool = False

    @property
    def text(self) -> str:
        """The event as JSON."""
        return json.dumps(self.event)


@dataclass(frozen=True, slots=True)
class ProbeTemplate:
    """The fields of an event, without id and time. `known`: the service's own tests or documents show it."""

    fields: dict[str, object]
    told: str
    known: bool


def probe_templates(live: LiveCheck, channel: Channel) -> list[ProbeTemplate]:
    """Returns the events to try, the most telling first: the one that a person gave, those of the tests and the README,
    then one made from the spec."""
    made: dict[str, object] = {}
    enumerated = False
    annotations = _annotations(live)
    for field in channel.fields:
        choice = _choice(field.description) or _literal(annotations.get(field.name, ""))
        made[field.name] = _SAMPLES[field.type] if choice is None else choice
        enumerated = enumerated or choice is not None
    wanted = {field.name for field in channel.fields}
    known = not other_format(live)  # an example of it is none of what is sent
    found = [ProbeTemplate(made | _read(channel.example), "the spec's example", known)] if channel.example else []
    found += [ProbeTemplate(made | fields, told, known) for fields, told in _examples(live, wanted)]
    return [*found[: _TRIED - 1], ProbeTemplate(made, "the fields of the spec", enumerated and known)]


def probe(live: LiveCheck, channel: Channel, template: ProbeTemplate | None = None) -> Probe:
    """Returns a new event of a template, with a unique id."""
    template = template or probe_templates(live, channel)[-1]
    identity = f"{PREFIX}{live.token}-{uuid.uuid4().hex}"
    fields = template.fields if "id" in template.fields else _with_id(template.fields, identity)
    event: dict[str, object] = fields | {"id": identity, "time": live.clock.now().isoformat()}
    ids = [name for name, value in template.fields.items() if name.endswith(("_id", "uuid")) and isinstance(value, str)]
    if "id" not in template.fields and ids:  # its events call the id something else
        event[ids[0]] = identity
    return Probe(identity, event, template.told, template.known)


def _with_id(fields: dict[str, object], identity: str) -> dict[str, object]:
    """Returns the fields with the id in what they hold: an event in an envelope has its own there."""
    found: dict[str, object] = {}
    for name, value in fields.items():
        if isinstance(value, dict):
            inner = _with_id(value, identity)
            found[name] = inner | {"id": identity} if isinstance(value.get("id"), str) else inner
        else:
            found[name] = value
    return found


def entry_fields(live: LiveCheck, way: Way, made: Probe) -> dict[str, str]:
    """Returns the fields of a stream's entry: the event's own, and the whole as JSON under the names the code asks
    for.
    """
    flat = {name: value if isinstance(value, str) else json.dumps(value) for name, value in made.event.items()}
    text = "\n".join(source for _, source in _sources(live, code=True))
    wraps = [name for name in _WRAPPERS if re.search(rf"""[\["'(b]['"]{name}['"]""", text)]
    return flat | {name: made.text for name in wraps if name not in made.event}


def other_format(live: LiveCheck) -> str:
    """Returns what the code reads its events as, when that is not JSON, which all probes are; '' when it is."""
    match = next((found for text in live.code() if (found := _DECODES.search(text))), None)
    return "" if match is None else (match["name"] or "protobuf")


def place_of(value: object, identity: str, depth: int = 0) -> str | None:
    """Returns the path of the field that holds the id (`source.id`), '' for the value itself; None when it is not
    there.
    """
    if isinstance(value, str):
        if value == identity:
            return ""
        if identity in value and value.lstrip()[:1] in ("{", "[") and depth < 4:
            with contextlib.suppress(ValueError, RecursionError):
                return place_of(json.loads(value), identity, depth + 1)
        return "text" if identity in value else None
    pairs: Iterator[tuple[object, object]] = iter(())
    if isinstance(value, Mapping):
        pairs = iter(value.items())
    elif isinstance(value, list):
        pairs = iter(enumerate(value))
    for key, inner in pairs:
        found = place_of(inner, identity, depth + 1) if depth < 8 else None
        if found is not None:
            return f"{key}.{found}".rstrip(".")
    return None


def _read(example: str) -> dict[str, object]:
    """Reads an event's text; {} for one that a manifest written by hand spoils."""
    with contextlib.suppress(ValueError, RecursionError):
        event = json.loads(example)
        return event if isinstance(event, dict) else {}
    return {}


def _choice(description: str) -> str | None:
    match = _ENUMERATION.search(description)
    return next((word for word in match.groups() if word), None) if match else None


def _literal(annotation: str) -> object:
    match = _LITERAL.search(annotation)
    with contextlib.suppress(ValueError, SyntaxError):
        return ast.literal_eval(match[1]) if match else None
    return None


def _annotations(live: LiveCheck) -> dict[str, str]:
    service = live.facts.service(live.spec.name)
    models = [model for file in service.python for model in file.models] if service is not None else []
    return {name: kind for model in models for name, kind in model.fields}


def _examples(live: LiveCheck, wanted: set[str]) -> Iterator[tuple[dict[str, object], str]]:
    """Events in the service's tests and README that have at least half of the wanted fields, the fullest first.

    When the spec names no fields, those count that the code takes out of something by name.
    """
    told = [
        (event, path)
        for path, text in _sources(live, code=False)
        for event in (_json_blocks(text) if path.endswith(".md") else _literals(text))
    ]
    if wanted:
        found = [(len(wanted & e.keys()), e, path) for e, path in told if len(wanted & e.keys()) * 2 >= len(wanted)]
    else:
        asked = {name for _, text in _sources(live, code=True) for pair in _TAKEN.findall(text) for name in pair}
        found = [(len(asked & e.keys()), e, path) for e, path in told if len(e) > 1 and _asked_for(e, asked)]
    seen: list[dict[str, object]] = []
    for _, event, path in sorted(found, key=lambda item: -item[0]):
        if event not in seen:
            seen.append(event)
            yield event, f"an example in {path}"


def _asked_for(event: dict[str, object], asked: set[str]) -> bool:
    """Whether the code takes more than half of an event by name; half of one that holds another."""
    taken, nested = len(asked & event.keys()) * 2, any(isinstance(value, dict) for value in event.values())
    return taken > len(event) or (nested and taken == len(event))


def _sources(live: LiveCheck, *, code: bool) -> Iterator[tuple[str, str]]:
    service = live.facts.service(live.spec.name)
    if service is None:
        return
    paths = [file.path for file in service.code]
    if not code:
        paths = [file.path for files in service.tests.values() for file in files]
        paths += [service.readme.path] if service.readme is not None else []
    for path in paths:
        with contextlib.suppress(OSError):
            yield path, (Path(live.facts.root) / path).read_text("utf-8", "replace")[:_LARGEST]


def _literals(text: str) -> Iterator[dict[str, object]]:
    """Every dictionary of plain values, and every call with plain keyword values, in a Python text."""
    try:
        tree = tree_of(text)
    except (SyntaxError, ValueError, RecursionError):
        return
    for node in ast.walk(tree):
        pairs: list[tuple[object, ast.expr]] = []
        if isinstance(node, ast.Dict):
            pairs = [
                (key.value, value)
                for key, value in zip(node.keys, node.values, strict=True)
                if isinstance(key, ast.Constant)
            ]
        elif isinstance(node, ast.Call):
            pairs = [(word.arg, word.value) for word in node.keywords if word.arg]
        event = {key: value for key, node in pairs if isinstance(key, str) and (value := _plain(node)) is not None}
        if event:
            yield event


def _plain(node: ast.expr) -> object:
    try:
        value: object = ast.literal_eval(node)
        json.dumps(value)
    except (ValueError, TypeError, SyntaxError, RecursionError):
        return None
    return value


def _json_blocks(text: str) -> Iterator[dict[str, object]]:
    for block in _JSON_BLOCK.findall(text):
        with contextlib.suppress(ValueError, RecursionError):
            event = json.loads(block)
            if isinstance(event, dict):
                yield event
