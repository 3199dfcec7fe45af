"""The JSON Schema of a stack's own checklist, for editors: made from the shape that is read, with the short forms."""

from __future__ import annotations

from typing import Any

from wizard.session.own.shape import LISTS, SHORT, OwnChecklist

PLACE = "https://json-schema.org/draft/2020-12/schema"


def checklist_schema() -> dict[str, Any]:
    """Returns the schema that `docs/checklist.schema.json` holds."""
    from pydantic import TypeAdapter

    schema = TypeAdapter(OwnChecklist).json_schema()
    kinds = schema["$defs"]
    for kind in kinds.values():
        kind["additionalProperties"] = False
        for name in LISTS:
            if name in kind.get("properties", {}):
                many = kind["properties"][name]
                kind["properties"][name] = {"anyOf": [many.get("items") or {}, many], "title": many["title"]}
    check = kinds["OwnCheck"]
    # `null` stands for a kind that is left out; written down it is no check.
    for name, said in check["properties"].items():
        (form,) = [one for one in said["anyOf"] if "$ref" in one]
        whole = kinds[form["$ref"].rpartition("/")[2]]
        short = [whole["properties"][SHORT[name]]] if name in SHORT else []
        check["properties"][name] = {"anyOf": [form, *short]} if short else form
    check |= {"minProperties": 1, "maxProperties": 1}
    return {"$schema": PLACE, "title": "stack-wizard checklist", **schema, "additionalProperties": False}
