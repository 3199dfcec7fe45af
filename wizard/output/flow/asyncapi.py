"""One service's message flow as an AsyncAPI 3.0 document (https://www.asyncapi.com/docs/reference/specification/v3.0.0)."""

from __future__ import annotations

import json

from wizard import __version__
from wizard.output.data import Json
from wizard.rules.text import clean
from wizard.values.flow import READS, TABLE, WRITES, Carrier, End, Flow
from wizard.values.pattern import lazy_pattern

VERSION = "3.0.0"
_NOT_IN_IDS = lazy_pattern(r"[^A-Za-z0-9_.\-]")
"""AsyncAPI's keys are `^[A-Za-z0-9_.-]+$`; a channel's real name is its `address`."""
_TYPES = {"str": "string", "int": "integer", "float": "number", "bool": "boolean"}


def asyncapi(flow: Flow, service: str, version: str) -> str:
    """Returns the document of one service: what it sends and receives, with the fields that the code says.

    `version`: of the service, such as the commit that was read; AsyncAPI demands one.
    """
    mine = [(carrier, end) for carrier in flow.carriers if carrier.medium != TABLE for end in _ends(carrier, service)]
    addresses: dict[str, tuple[str, str]] = {}
    carried: dict[str, dict[str, Json]] = {}
    operations: dict[str, Json] = {}
    messages: dict[str, Json] = {}
    for carrier, end in mine:
        key = _free(_key(carrier.name), carrier, addresses)
        name = f"{key}.{'sent' if end.way == WRITES else 'received'}"
        messages[name] = _message(carrier, end)
        addresses[key] = carrier.name, carrier.medium
        carried.setdefault(key, {})[name] = {"$ref": f"#/components/messages/{name}"}
        action = "send" if end.way == WRITES else "receive"
        operations[f"{action}.{key}"] = {
            "action": action,
            "channel": {"$ref": f"#/channels/{key}"},
            "messages": [{"$ref": f"#/channels/{key}/messages/{name}"}],
        }
    whole: dict[str, Json] = {
        "asyncapi": VERSION,
        "info": {
            "title": clean(service),
            "version": clean(version) or "0",
            "description": f"Read from the code by stack-wizard {__version__}.",
        },
        "defaultContentType": "application/json",
        "channels": {key: _channel(*addresses[key], carried[key]) for key in addresses},
        "operations": operations,
        "components": {"messages": messages},
    }
    return json.dumps(whole, ensure_ascii=False, indent=2)


def _ends(carrier: Carrier, service: str) -> list[End]:
    """Its first end of each side: two lines that write the same channel are one operation."""
    found: dict[str, End] = {}
    for end in (*carrier.writers, *carrier.readers):
        if end.service == service:
            found.setdefault(end.way, end)
    return [found[way] for way in (WRITES, READS) if way in found]


def _key(name: str) -> str:
    return _NOT_IN_IDS.sub("_", name) or "_"


def _free(key: str, carrier: Carrier, taken: dict[str, tuple[str, str]]) -> str:
    """Returns the key, with the medium and a number where another channel has it already."""
    number = 1
    free = key
    while taken.get(free, (carrier.name, carrier.medium)) != (carrier.name, carrier.medium):
        number += 1
        free = f"{key}.{carrier.medium}{number}"
    return free


def _channel(name: str, medium: str, messages: dict[str, Json]) -> Json:
    return {"address": clean(name), "x-medium": medium, "messages": messages, "bindings": {"redis": {}}}


def _message(carrier: Carrier, end: End) -> Json:
    title = clean(end.model) or clean(carrier.name)
    made: dict[str, Json] = {"name": title, "x-read-at": clean(str(end.source))}
    if end.fields is None:
        return made
    properties = {clean(one.name): _schema(one.type, nullable=one.nullable) for one in end.fields}
    required = [clean(one.name) for one in end.fields if one.required]
    payload: dict[str, Json] = {"type": "object", "properties": properties}
    if required:
        payload["required"] = required
    return {**made, "payload": payload, "x-certain": end.certain}


def _schema(kind: str, *, nullable: bool) -> Json:
    if not kind:
        return {}
    return {"type": [_TYPES[kind], "null"] if nullable else _TYPES[kind]}
