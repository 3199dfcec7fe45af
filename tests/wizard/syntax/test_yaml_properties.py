"""Whatever ruamel.yaml (YAML 1.2) writes down, the tree reads back: the same data, and every scalar where it says it
is."""

from __future__ import annotations

from io import StringIO
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from wizard.syntax.yaml import last_leaf_end, parse, walk
from wizard.syntax.yaml_data import data

TEXTS = st.text(
    st.characters(
        exclude_categories=["Cc", "Cs", "Zs", "Zl", "Zp"], include_characters=" ", exclude_characters="\ufeff"
    ),
    max_size=12,
) | st.sampled_from(
    [
        "yes",
        "0x1f",
        "1_000",
        "1e3",
        "~",
        "a: b",
        "# c",
        "- d",
        "x\ny\n",
        "'",
        '"',
        "\t",
        "é 🎉 \u2028 \x85",
        "12:30",
        "=",
        "<<",
    ]
)
# libyaml reads `{:a: 1}` and `{?a: 1}` as YAML 1.1 does; no file of a stack is written so
TEXTS = TEXTS.filter(lambda text: not text.startswith((":", "?")))
LEAVES = st.none() | st.booleans() | st.integers(-(10**12), 10**12) | TEXTS
DATA = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4), max_leaves=25
)


@given(
    st.dictionaries(TEXTS, DATA, max_size=5),
    st.sampled_from([None, True, False]),
    st.integers(2, 6),
    st.booleans(),
    st.booleans(),
)
@settings(deadline=None, database=None)
def test_written_and_read_back(value: Any, flow: bool | None, indent: int, unicode: bool, bom: bool) -> None:
    text = _written(value, flow, indent, unicode)
    assume(":?" not in text)  # libyaml refuses a plain scalar with it inside a flow collection; YAML 1.2 allows it
    text = ("\ufeff" if bom else "") + text
    document = parse(text)
    assert data(document.root) == value
    for node in walk(document.root):
        assert 0 <= node.start <= node.end <= len(text)
        assert node.start <= last_leaf_end(node, text) <= node.end
        assert node.line == text.count("\n", 0, node.start) + 1
        if node.kind == "scalar" and node.style in ("'", '"'):
            assert text[node.start] == text[node.end - 1] == node.style


def _written(value: Any, flow: bool | None, indent: int, unicode: bool) -> str:
    writer = YAML(typ="safe", pure=True)
    writer.default_flow_style, writer.allow_unicode, writer.width = flow, unicode, 4096
    writer.indent(mapping=indent, sequence=indent, offset=indent - 2)
    writer.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    stream = StringIO()
    writer.dump(value, stream)
    return stream.getvalue()
