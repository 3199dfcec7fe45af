"""INI and TOML with offsets."""

from __future__ import annotations

import time
from contextlib import suppress

import pytest

from wizard.syntax.ini import parse
from wizard.syntax.toml import find_array, load, table_span
from wizard.syntax.trouble import SyntaxTrouble

INI = """\
; head
[pytest]
addopts = -q --strict-markers
markers =
    unit: fast
    # a comment inside
    integration: needs servers

; after

[other]
a: b
"""


@pytest.mark.parametrize("text", [INI, INI.replace("\n", "\r\n"), "\ufeff" + INI])
def test_sections_keys_and_lines(text: str) -> None:
    document = parse(text)
    section = document.section("pytest")
    assert section is not None
    markers, addopts = section.key("markers"), section.key("addopts")
    assert markers and addopts
    assert markers.values == ("unit: fast", "integration: needs servers")
    assert addopts.value == "-q --strict-markers"
    assert [line.number for line in markers.value_lines] == [5, 7]
    for line in markers.value_lines + addopts.value_lines:
        assert text[line.start : line.end] == line.text
    assert text[markers.end :].lstrip("\r\n").startswith("; after")
    assert [s.name for s in document.sections] == ["pytest", "other"]


@pytest.mark.parametrize(
    ("text", "line"),
    [("a = 1\n", 1), ("[a]\nb = 1\nb = 2\n", 3), ("[a]\n[a]\n", 2), ("[a]\nnonsense\n", 2), ("  x = 1\n", 1)],
)
def test_trouble_names_the_line(text: str, line: int) -> None:
    with pytest.raises(SyntaxTrouble) as caught:
        parse(text)
    assert caught.value.line == line


TOML = """\
[project]
name = "x"   # [tool.pytest.ini_options]
text = \"\"\"
[tool.pytest.ini_options]
markers = ["no"]
\"\"\"

[tool.pytest.ini_options]
addopts = ["-q",
  "-x"]
markers = [
    "unit: fast, [really]",  # why
    'integration: "servers"'
]

[[tool.other]]
markers = ["no"]
"""


@pytest.mark.parametrize("text", [TOML, TOML.replace("\n", "\r\n"), "\ufeff" + TOML])
def test_an_array_is_found_where_it_stands(text: str) -> None:
    array = find_array(text, "tool.pytest.ini_options", "markers")
    assert array is not None
    assert [e.source for e in array.elements] == ['"unit: fast, [really]"', "'integration: \"servers\"'"]
    assert (array.line, array.trailing_comma, text[array.start], text[array.end - 1]) == (11, False, "[", "]")
    assert find_array(text, "tool.pytest.ini_options", "nothing") is None
    span = table_span(text, "tool.pytest.ini_options")
    assert span is not None
    assert text[span[0] : span[1]].strip() == "[tool.pytest.ini_options]"
    assert text[span[2] :].startswith("[[tool.other]]")


def test_toml_trouble_names_the_line() -> None:
    with pytest.raises(SyntaxTrouble) as caught:
        load("a = 1\nb = \n")
    assert caught.value.line == 2


@pytest.mark.parametrize("text", ["a{}", "a{}= b", "a ={}b", "a = b{}", "a = b{}c"], ids=repr)
def test_long_runs_of_spaces_cost_no_square(text: str) -> None:
    """Once 5 s for 30,000 of them."""
    began = time.process_time()
    with suppress(SyntaxTrouble):
        key = parse("[x]\n" + text.format(" " * 200_000)).sections[0].keys[0]
        assert key.name == "a" and key.value.startswith("b")
    assert time.process_time() - began < 2
