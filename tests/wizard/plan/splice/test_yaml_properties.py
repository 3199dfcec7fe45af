"""Law 5 on compose files in many styles: after every kind of edit the file parses, all other data is equal, and every
byte outside of the edit is where it was. The oracle is a YAML library of its own (ruamel.yaml, pure Python), not the
code under test."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from wizard.plan.splice.text import SpliceRefused
from wizard.plan.splice.yaml import YamlEdit, add_item, add_pair, replace_scalar, replace_value
from wizard.syntax.yaml import parse

WORDS = ["web", "db", "cache", "api-1", "größe", "日本", "emoji🎉", "a.b", "x_y"]
COMMENTS = ["# plain", "# - 8080:80", "#no space", "# ünïcode: 'quote", '# key: "value"', "#", "# { [ & * !"]
VALUES = [
    "redis:7",
    "'single'",
    '"double: x"',
    "8080",
    "~",
    '"yes"',
    "a # b".replace(" #", "\\#"),
    "'it''s'",
    "${A:-b}",
    '"\\u00e9"',
]


@dataclass
class Writer:
    """Draws a compose file line by line; every choice of style is drawn once a file or once a place."""

    draw: Any
    step: int = 2
    dash: int = 2
    noise: int = 2
    lines: list[str] = field(default_factory=list)

    def chance(self, of: int = 3) -> bool:
        return bool(self.draw(st.integers(0, of)) == 0)

    def pick(self, options: list[Any]) -> Any:
        return self.draw(st.sampled_from(options))

    def put(self, indent: int, text: str) -> None:
        if self.noise and self.chance(5 - self.noise):
            self.lines.append(" " * self.pick([0, indent, indent + 2]) + self.pick(COMMENTS))
        if self.noise > 1 and self.chance(8):
            self.lines.append(self.pick(["", "  "]))
        tail = (
            "  " + self.pick(COMMENTS)
            if self.noise and text and not text.rstrip().endswith(("|", ">", "|-", "|+")) and self.chance(6)
            else ""
        )
        self.lines.append(" " * indent + text + tail)

    def listing(self, indent: int, key: str, items: list[str]) -> None:
        if self.chance(4):
            self.put(indent, f"{key}: [{', '.join(items)}{self.pick(['', ',']) if items else ''}]")
            return
        self.put(indent, f"{key}:")
        for item in items:
            self.put(indent + self.dash, f"-{self.pick([' ', ' ', '   '])}{item}")

    def mapping(self, indent: int, key: str, pairs: list[tuple[str, str]]) -> None:
        if self.chance(5):
            self.put(indent, f"{key}: {{{', '.join(f'{k}: {v}' for k, v in pairs)}}}")
            return
        self.put(indent, f"{key}:")
        for name, value in pairs:
            self.put(indent + self.step, f"{name}: {value}")

    def environment(self, indent: int) -> None:
        form = self.pick(["map", "list", "none", "null", "flow"])
        if form == "map":
            self.mapping(indent, "environment", [("A", self.pick(VALUES)), ("B_C", '"1"')])
        elif form == "list":
            self.listing(indent, "environment", [self.pick(["A=1", "'A=1'", '"A=b c"']), "B"])
        elif form == "null":
            self.put(indent, "environment:")
        elif form == "flow":
            self.put(indent, self.pick(["environment: {}", "environment: []", "environment: {A: 1}"]))

    def service(self, name: str, indent: int, common: bool) -> None:
        inner = indent + self.step
        if self.chance(9):
            self.put(indent, f"{name}: {{image: x, restart: 'no'}}")
            return
        self.put(indent, f"{name}:" + (" &first" if self.chance(12) else ""))
        if common and self.chance(2):
            self.put(inner, "<<: *common")
        self.put(inner, f"image: {self.pick(VALUES)}")
        self.environment(inner)
        if self.chance(1):
            self.listing(inner, "ports", [self.pick(['"8080:80"', "'8080:80'", '"127.0.0.1:1:1"']), '"9:9"'])
        if self.chance(1):
            self.depends(inner)
        if self.chance(2):
            self.scalar_block(inner)
        if self.chance(3):
            self.listing(inner, "secrets", ["one"])
        if self.chance(3):
            self.put(inner, "labels:")
            self.put(inner + self.step, 'long: "two')
            self.lines.append(" " * (inner + self.step + 2) + 'lines # no comment"')

    def depends(self, indent: int) -> None:
        if self.chance(1):
            self.listing(indent, "depends_on", ["db", "cache"])
        else:
            self.put(indent, "depends_on:")
            self.put(indent + self.step, "db:")
            self.put(indent + 2 * self.step, "condition: service_started")

    def scalar_block(self, indent: int) -> None:
        header = self.pick(["|", ">", "|-", "|+", ">-"])
        self.put(indent, f"command: {header}")
        for line in ["a: b", "  # not a comment", "c"]:
            self.lines.append(" " * (indent + self.step) + line)
        self.lines.extend([""] * self.pick([0, 0, 1, 2]))

    def file(self) -> str:
        names = self.draw(st.lists(st.sampled_from(WORDS), min_size=0, max_size=4, unique=True))
        common = self.chance(1)
        if self.chance(4):
            self.put(0, self.pick(["---", "name: x", "version: '3.8'"]))
        if common:
            self.put(0, "x-common: &common")
            self.put(self.step, "restart: always")
            self.put(self.step, "logging: {driver: json-file}")
        self.put(0, "services:" if names else self.pick(["services:", "services: {}", "services: ~"]))
        for name in names:
            self.service(name, self.step, common)
            if self.noise and self.chance(3):
                self.lines.extend(
                    [" " * self.pick([0, self.step]) + "# old:", " " * self.pick([0, self.step]) + "#   image: y"]
                )
            self.lines.extend([""] * self.pick([0, 1, 1]))
        if self.chance(1):
            self.mapping(0, "networks", [("net", "~")])
        if self.chance(2):
            self.put(0, "secrets:")
            self.put(self.step, "one: {file: ./one}")
        return self.ending("\n".join(self.lines))

    def ending(self, text: str) -> str:
        newline = self.pick(["\n", "\n", "\r\n"])
        text += self.pick(["\n", "\n", "", "\n\n", "\n# end\n", "\n# end"])
        return str(self.pick(["", "", "\ufeff"])) + text.replace("\n", newline)


@st.composite
def compose_files(draw: Any) -> str:
    step = draw(st.sampled_from([2, 2, 3, 4, 8]))
    dash = draw(st.sampled_from([0, step, 2]))
    writer = Writer(draw, step, dash, draw(st.integers(0, 2)))
    text = writer.file()
    assume(_loads(text) is not None)
    return text


def _loads(text: str) -> Any:
    """The data under YAML 1.2, from a parser that shares nothing with ours."""
    try:
        return YAML(typ="safe", pure=True).load(text.removeprefix("\ufeff"))
    except Exception:
        return None


def _check(before: str, edit: YamlEdit, wanted: Any) -> None:
    """All other data equal, the new data there; every byte outside of the cuts identical."""
    after = edit.splice.after
    assert _loads(after) == wanted
    rebuilt, at = "", 0
    for cut, (start, end) in zip(edit.splice.cuts, edit.splice.new_spans, strict=True):
        assert before[at : cut.start] == after[start - (cut.start - at) : start]
        rebuilt += before[at : cut.start] + before[cut.start : cut.end]
        at = cut.end
        assert after[start:end] == cut.new
    assert rebuilt + before[at:] == before
    bare = after.replace("\r\n", "")
    assert ("\n" in bare) == ("\n" in before.replace("\r\n", "")) or "\n" not in before
    if "\n" in before:
        assert after.endswith("\n") == before.endswith("\n")


def _copy(data: Any) -> Any:
    return (
        {k: _copy(v) for k, v in data.items()}
        if isinstance(data, dict)
        else [_copy(v) for v in data]
        if isinstance(data, list)
        else data
    )


BODY = """\
build:
  context: ../x
  # why
environment:
  X_PORT: "8005"
command: |
  a
    b
ports:
  - "127.0.0.1:8005:8005"
"""
BODY_DATA = {
    "build": {"context": "../x"},
    "environment": {"X_PORT": "8005"},
    "ports": ["127.0.0.1:8005:8005"],
    "command": "a\n  b\n",
}


@given(compose_files())
def test_add_a_service(text: str) -> None:
    data = _loads(text)
    wanted = _copy(data)
    wanted["services"] = {**(wanted["services"] or {}), "fresh": BODY_DATA}
    _check(text, add_pair(parse(text), ("services",), "fresh", BODY), wanted)


@given(
    compose_files(),
    st.sampled_from([("secrets", "two", "file: ./two"), ("volumes", "v", ""), ("networks", "n", "driver: bridge")]),
)
def test_add_a_top_level_entry(text: str, entry: tuple[str, str, str]) -> None:
    section, name, body = entry
    data = _loads(text)
    wanted = _copy(data)
    wanted[section] = {**(wanted.get(section) or {}), name: _loads(body)}
    try:
        edit = add_pair(parse(text), (section,), name, body)
    except SpliceRefused as refused:
        # A last block scalar without a line break would get one, and with it another value.
        assert refused.paste and ("flow" in refused.reason or not text.endswith(("\n", "\r")))
        return
    _check(text, edit, wanted)


@st.composite
def _places(draw: Any) -> tuple[str, str]:
    text = draw(compose_files())
    services = (_loads(text) or {}).get("services") or {}
    assume(services)
    return text, draw(st.sampled_from(sorted(services)))


@given(
    _places(),
    st.sampled_from(
        [("healthcheck", 'test: ["CMD", "x"]\nretries: 3'), ("restart", "unless-stopped"), ("expose", '- "1"')]
    ),
)
def test_add_a_key_to_a_service(place: tuple[str, str], entry: tuple[str, str]) -> None:
    text, name = place
    key, body = entry
    wanted = _copy(_loads(text))
    try:
        edit = add_pair(parse(text), ("services", name), key, body)
    except SpliceRefused as refused:
        assert refused.paste and (
            key in wanted["services"][name]
            or "flow" in refused.reason
            or "*" in refused.reason
            or not text.endswith(("\n", "\r"))
        )
        return
    wanted["services"][name] = {**wanted["services"][name], key: _loads(body)}
    _check(text, edit, wanted)


@given(
    _places(),
    st.sampled_from(
        ["http://x:1/{a}", "8005", "yes", "a # b", "plain", "it's", "with: colon", "ü🎉", "", "x,y", "$$HOME"]
    ),
)
def test_add_a_variable(place: tuple[str, str], value: str) -> None:
    text, name = place
    wanted = _copy(_loads(text))
    service = wanted["services"][name]
    held = service.get("environment", "absent")
    path = ("services", name, "environment")
    try:
        if isinstance(held, list):
            edit = add_item(parse(text), path, f"NEW={value}")
            service["environment"] = [*held, f"NEW={value}"]
        elif held == "absent":
            return
        else:
            from wizard.plan.splice.yaml_style import scalar_source

            edit = add_pair(parse(text), path, "NEW", scalar_source(value, ""))
            service["environment"] = {**(held or {}), "NEW": value}
    except SpliceRefused as refused:
        assert refused.paste
        return
    _check(text, edit, wanted)


@given(
    _places(),
    st.sampled_from(["ports", "depends_on", "secrets"]),
    st.sampled_from(["127.0.0.1:1:1", "plain", "8005:8005", "x y"]),
)
def test_add_a_list_item(place: tuple[str, str], key: str, value: str) -> None:
    text, name = place
    wanted = _copy(_loads(text))
    held = wanted["services"][name].get(key)
    assume(isinstance(held, list))
    try:
        edit = add_item(parse(text), ("services", name, key), value)
    except SpliceRefused as refused:
        assert refused.paste and "*" in refused.reason
        return
    wanted["services"][name][key] = [*held, value]
    _check(text, edit, wanted)


@given(_places(), st.sampled_from(["redis:8", "8005", "it's", 'say "x"', "true", "a: b", "ü"]))
def test_replace_a_scalar(place: tuple[str, str], value: str) -> None:
    text, name = place
    wanted = _copy(_loads(text))
    path: tuple[str | int, ...] = ("services", name, "image")
    if isinstance(wanted["services"][name].get("ports"), list):
        path = ("services", name, "ports", 1)
        wanted["services"][name]["ports"][1] = value
    else:
        wanted["services"][name]["image"] = value
    try:
        edit = replace_scalar(parse(text), path, value)
    except SpliceRefused as refused:
        assert "*" in refused.reason or "merge" in refused.reason
        return
    _check(text, edit, wanted)
    assert edit.splice.after.count("\n") == text.count("\n")


@given(_places())
def test_replace_a_list_by_a_mapping(place: tuple[str, str]) -> None:
    text, name = place
    wanted = _copy(_loads(text))
    assume("depends_on" in wanted["services"][name])
    body = "db:\n  condition: service_healthy\ncache:\n  condition: service_started"
    try:
        edit = replace_value(parse(text), ("services", name, "depends_on"), body)
    except SpliceRefused as refused:
        assert "#" in text or "*" in refused.reason
        return
    wanted["services"][name]["depends_on"] = _loads(body)
    _check(text, edit, wanted)


def test_the_profile_in_force_says_how_many_examples() -> None:
    from hypothesis import settings

    assert settings.default is not None
    thorough = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"
    assert settings.default.max_examples == (2000 if thorough else 100)
