"""The positioned YAML tree: offsets that slice, aliases that stay, trouble that names its line."""

from __future__ import annotations

import gc

import pytest

from wizard.syntax.trouble import SyntaxTrouble
from wizard.syntax.yaml import get, get_pair, last_leaf_end, parse, path, walk
from wizard.syntax.yaml_data import data, doubled_keys, entries

COMPOSE = """\
# head
x-common: &common
  restart: "always"   # why

services:
  web:
    <<: *common
    image: 'nginx:1'
    ports: ["80:80", 443]
    command: |
      a
      b

    # after the block
  db:
    image:
# tail
"""


@pytest.mark.parametrize(
    "text", [COMPOSE, COMPOSE.replace("\n", "\r\n"), "\ufeff" + COMPOSE, COMPOSE.replace("why", "wäh🎉")]
)
def test_offsets_slice_the_source(text: str) -> None:
    document = parse(text)
    web = path(document, "services", "web")
    assert web is not None
    image, ports, command = get(web, "image"), get(web, "ports"), get(web, "command")
    assert image and ports and command
    assert text[image.start : image.end] == "'nginx:1'"
    assert text[ports.start : ports.end] == '["80:80", 443]'
    assert text[command.start : last_leaf_end(command, text)].split() == ["|", "a", "b"]
    assert text[web.start :].startswith("<<: *common")
    assert image.line == 8
    assert text.replace("\r\n", "\n").split("\n")[image.line - 1].strip().startswith("image")


def test_a_block_collection_ends_with_its_last_leaf() -> None:
    text = "a:\n  b: 1  # one\n\n# for c\nc: 2\n"
    node = path(parse(text), "a")
    assert node is not None
    assert text[node.start : node.end] == "b: 1"


def test_an_empty_value_has_no_width() -> None:
    document = parse(COMPOSE)
    image = path(document, "services", "db", "image")
    assert image is not None
    assert image.start == image.end
    assert COMPOSE[: image.start].endswith("image:")
    assert data(image) is None


def test_aliases_stay_aliases_and_resolve() -> None:
    document = parse(COMPOSE)
    pair = get_pair(path(document, "services", "web"), "<<")
    assert pair is not None
    assert pair[1].kind == "alias"
    assert COMPOSE[pair[1].start : pair[1].end] == "*common"
    assert pair[1].target is path(document, "x-common")
    assert [name for name, _, _ in entries(path(document, "services", "web"))][-1] == "restart"


def test_data_merges_and_follows_the_core_schema() -> None:
    assert data(parse(COMPOSE).root) == {
        "x-common": {"restart": "always"},
        "services": {
            "web": {"restart": "always", "image": "nginx:1", "ports": ["80:80", 443], "command": "a\nb\n"},
            "db": {"image": None},
        },
    }
    values = data(parse("[yes, true, 0o17, 0x1F, 012, 1.5, .inf, ~, '1', !!str 1, 2001-01-01, 1_000]").root)
    assert values == ["yes", True, 15, 31, 12, 1.5, float("inf"), None, "1", "1", "2001-01-01", "1_000"]


def test_merge_lists_and_own_keys_win() -> None:
    text = "a: &a {x: 1, y: 1}\nb: &b {y: 2, z: 2}\nc:\n  z: 3\n  <<: [*a, *b]\n"
    document = parse(text)
    assert data(path(document, "c")) == {"x": 1, "y": 1, "z": 3}
    assert [(n, v.value) for n, _, v in entries(path(document, "c"))] == [("z", "3"), ("x", "1"), ("y", "1")]


def test_duplicates_are_kept_and_named() -> None:
    document = parse("a: 1\nb: {c: 1, c: 2}\na: 3\n")
    doubled = doubled_keys(walk(document.root))
    assert [(first.line, later.line, later.value) for first, later in doubled] == [(2, 2, "c"), (1, 3, "a")]
    assert data(document.root) == {"a": 3, "b": {"c": 2}}


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a: [1\nb: 2\n", 2, "flow sequence"),
        ("a:\n  b: 1\n\tc: 2\n", 3, "tab"),
        ("a: b: c\n", 1, "mapping values"),
        ("a: 1\n---\nb: 2\n", 2, "second document"),
        ("a: 1\nb: *nope\n", 2, "nope"),
        ("a: 1\nb: 'open\n", 3, "quoted scalar"),
        ("é: 1\nb: \x01\n", 2, "control"),
        ("[" * 300 + "]" * 300, 1, "deeper"),
    ],
)
def test_trouble_names_the_line(text: str, line: int, words: str) -> None:
    with pytest.raises(SyntaxTrouble, match=words) as caught:
        parse(text)
    assert caught.value.line == line
    assert gc.isenabled()


def test_a_bomb_is_refused_and_a_recursive_alias_too() -> None:
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
    bomb += "".join(f"a{i}: &a{i} [" + ", ".join([f"*a{i - 1}"] * 9) + "]\n" for i in range(1, 30))
    with pytest.raises(SyntaxTrouble, match="more than 200000"):
        data(parse(bomb).root)
    recursive = parse("a: &a [*a]\n")
    with pytest.raises(SyntaxTrouble, match="inside what it names"):
        data(recursive.root)
    assert entries(parse("a: &a\n  <<: *a\n  b: 1\n").root)[0][0] == "a"


def test_odd_characters_keep_offsets_and_values() -> None:
    text = "a: caf\udce9\nb: x\u0085y\nc: \u2028\n"
    document = parse(text)
    assert data(document.root) == {"a": "caf\udce9", "b": "x\u0085y", "c": "\u2028"}
    last = path(document, "c")
    assert last is not None
    assert (last.line, text[last.start : last.end]) == (3, "\u2028")


def test_empty_texts_have_no_root() -> None:
    for text in ("", "# only a comment\n", "\ufeff", "\n\n"):
        assert parse(text).root is None
    assert data(None) is None


def test_walk_is_in_document_order() -> None:
    starts = [node.start for node in walk(parse(COMPOSE).root)]
    assert starts == sorted(starts)
