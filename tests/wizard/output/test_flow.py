"""The message flow in other people's formats: names are outside text, and the documents are valid."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import jsonschema
import pytest

from wizard.output.flow.asyncapi import asyncapi
from wizard.output.flow.graph import dot, graph_of, mermaid, part_of
from wizard.output.flow.svg import drawing
from wizard.output.flow.text import flow_json, flow_lines
from wizard.output.style import Style
from wizard.values.flow import Carrier, End, Flow, FlowField, Unseen
from wizard.values.source import Source

SCHEMA = json.loads(Path(__file__).with_name("schemas").joinpath("asyncapi-3.0.0.json").read_text())
HOSTILE = '"]; </text><script>alert(1)</script> \x1b[31m\u202e%%{init}%% --> `x` #quot; \\N'


def end(service: str, way: str, *fields: FlowField) -> End:
    return End(service, way, Source(f"{service}/a.py", 3), fields or None, certain=True, model="M" if fields else "")


def field(name: str, kind: str = "", *, nullable: bool = False) -> FlowField:
    return FlowField(name, kind, True, Source("m.py", 1), nullable)


def flow(name: str = "prices", service: str = "feed") -> Flow:
    fields = (field("id", "str"), field("price", "float", nullable=True), field(name))
    both = Carrier("channel", name, (end(service, "writes", *fields),), (end("view", "reads"),))
    return Flow(
        (both, Carrier("stream", name, (end(service, "writes"),)), Carrier("table", name, (end("view", "writes"),)))
    )


@pytest.mark.parametrize("service", ["feed", "view"])
@pytest.mark.parametrize("name", ["prices", "a.b:c-d", "*", HOSTILE])
def test_asyncapi_documents_are_valid_by_the_specifications_own_schema(name: str, service: str) -> None:
    document = json.loads(asyncapi(flow(name), service, "4f2a"))
    jsonschema.Draft7Validator(SCHEMA).validate(document)
    assert document["info"]["title"] == service
    assert {operation["action"] for operation in document["operations"].values()} == (
        {"send"} if service == "feed" else {"receive"}
    )
    for operation in document["operations"].values():
        key = operation["channel"]["$ref"].removeprefix("#/channels/")
        (message,) = (one["$ref"].rpartition("/")[2] for one in operation["messages"])
        assert message in document["channels"][key]["messages"]
        assert message in document["components"]["messages"]


def test_the_schema_refuses_what_is_none() -> None:
    document = json.loads(asyncapi(flow(), "feed", "4f2a"))
    document["operations"]["send.prices"]["action"] = "shout"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft7Validator(SCHEMA).validate(document)


def test_two_media_of_one_name_are_two_channels() -> None:
    document = json.loads(asyncapi(flow(), "feed", "4f2a"))
    assert {one["x-medium"] for one in document["channels"].values()} == {"channel", "stream"}


def test_a_payload_has_the_fields_that_the_code_says() -> None:
    document = json.loads(asyncapi(flow(), "feed", "4f2a"))
    payload = document["components"]["messages"]["prices.sent"]["payload"]
    assert payload["properties"] == {"id": {"type": "string"}, "price": {"type": ["number", "null"]}, "prices": {}}
    assert payload["required"] == ["id", "price", "prices"]


def test_no_name_leaves_its_quotes_in_mermaid() -> None:
    lines = list(mermaid(flow(HOSTILE, HOSTILE)))
    assert lines[0] == "flowchart LR"
    for line in lines[1:]:
        assert line.count('"') in (0, 2)
        assert (
            not set("<>`;%\\\x1b\u202e").intersection(line.split('"')[1].replace("#", "")) - {";"}
            if '"' in line
            else True
        )


def test_no_name_leaves_its_quotes_in_dot() -> None:
    for line in dot(flow(HOSTILE, HOSTILE)):
        assert "\x1b" not in line
        bare = line.replace("\\\\", "").replace('\\"', "")
        assert bare.count('"') in (0, 2)


def test_the_drawing_is_one_closed_document_without_scripts_or_links() -> None:
    text = drawing(flow(HOSTILE, HOSTILE))
    root = ElementTree.fromstring(text)  # noqa: S314
    tags = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert tags <= {"svg", "style", "g", "title", "rect", "text", "path"}
    assert not [name for element in root.iter() for name in element.attrib if name.startswith("on") or "href" in name]


def test_every_node_is_on_the_paper_and_none_covers_another() -> None:
    whole = flow()
    root = ElementTree.fromstring(drawing(whole))  # noqa: S314
    boxes = [element.attrib for element in root.iter() if element.tag.endswith("rect")]
    assert len(boxes) == len(graph_of(whole).nodes)
    places = [(float(b["x"]), float(b["y"]), float(b["width"]), float(b["height"])) for b in boxes]
    for number, (x, y, w, h) in enumerate(places):
        assert x >= 0
        assert y >= 0
        assert x + w <= float(root.attrib["width"])
        assert y + h <= float(root.attrib["height"])
        for left, top, wide, high in places[number + 1 :]:
            assert x + w <= left or left + wide <= x or y + h <= top or top + high <= y


def test_a_cycle_and_a_flow_without_edges_are_drawn() -> None:
    there = Carrier("channel", "a", (end("x", "writes"),), (end("y", "reads"),))
    back = Carrier("channel", "b", (end("y", "writes"),), (end("x", "reads"),))
    assert drawing(Flow((there, back))).count("<rect") == 4
    assert drawing(Flow()).startswith("<svg")


def test_text_says_what_was_not_seen_and_json_has_every_end() -> None:
    whole = Flow(flow().carriers, (Unseen("web", "", Source("c.yml", 4), "its code is not Python"),))
    text = "\n".join(flow_lines("/s", whole, (), Style()))
    assert "not seen: web: its code is not Python  c.yml:4" in text
    document = json.loads(flow_json(whole, ()))
    assert (document["schema"], document["kind"]) == (1, "map")
    assert document["carriers"][0]["writers"][0]["fields"][1] == {
        "name": "price",
        "type": "float",
        "required": True,
        "nullable": True,
        "evidence": {"path": "m.py", "line": 1},
    }


def test_a_part_has_only_what_a_service_is_an_end_of() -> None:
    assert [one.medium for one in part_of(flow(), ("view",)).carriers] == ["channel", "table"]
