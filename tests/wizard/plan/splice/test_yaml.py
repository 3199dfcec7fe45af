"""YAML edits by example: where the new text goes, in which style, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from wizard.plan.splice.text import SpliceRefused
from wizard.plan.splice.yaml import add_item, add_pair, replace_scalar, replace_value
from wizard.syntax.yaml import parse

BODY = 'build:\n  context: .\nports:\n  - "1:1"'
DEMO = Path(__file__).parents[4] / "templates/demo/infrastructure/compose"


def _added(text: str, body: str = "image: x") -> str:
    return add_pair(parse(text), ("services",), "new", body).splice.after


def test_a_service_goes_behind_the_last_one_and_its_comments() -> None:
    text = "services:\n  a:\n    image: x  # why\n    # ports:\n\n  # old:\n  #   image: y\n\n# networks\nnetworks:\n"
    assert _added(text) == text.replace("image: y\n", "image: y\n\n  new:\n    image: x\n")


def test_the_gap_between_services_is_followed() -> None:
    tight = "services:\n  a:\n    image: x\n  b:\n    image: y\n"
    assert _added(tight) == tight + "  new:\n    image: x\n"
    loose = tight.replace("  b:", "\n\n  # b\n  b:")
    assert _added(loose) == loose + "\n\n  new:\n    image: x\n"


def test_indent_step_and_list_style_are_followed() -> None:
    text = "services:\n    a:\n        ports:\n        - 1\n        build:\n            context: x\n"
    new = '\n    new:\n        build:\n            context: .\n        ports:\n        - "1:1"\n'
    assert _added(text, BODY) == text + new


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("services:\n", "services:\n  new:\n    image: x\n"),
        ("services:", "services:\n  new:\n    image: x"),
        ("services: {}  # none\n", "services:  # none\n  new:\n    image: x\n"),
        ("services: ~\nnetworks:\n", "services:\n  new:\n    image: x\nnetworks:\n"),
        ("services:\n  # a:\n  #   image: y\n", "services:\n  # a:\n  #   image: y\n\n  new:\n    image: x\n"),
        ("", "services:\n  new:\n    image: x\n"),
        ("# only words\n", "# only words\n\nservices:\n  new:\n    image: x\n"),
        ("name: n\r\n", "name: n\r\n\r\nservices:\r\n  new:\r\n    image: x\r\n"),
        ("\ufeffservices:\r\n  a: {}", "\ufeffservices:\r\n  a: {}\r\n\r\n  new:\r\n    image: x"),
    ],
)
def test_empty_and_missing_services(text: str, after: str) -> None:
    assert _added(text) == after


def test_blank_lines_of_a_keeping_scalar_stay_its_own() -> None:
    text = "services:\n  a:\n    command: |+\n      x\n\n\nnetworks:\n"
    assert _added(text) == text.replace("\n\n\nnetworks", "\n\n\n  new:\n    image: x\nnetworks")


def test_variables_follow_form_and_quotes() -> None:
    text = "services:\n  a:\n    environment:\n      A: 'x'\n      B: 'y'  # last\n      # C: z\n    image: i\n"
    after = add_pair(parse(text), ("services", "a", "environment"), "D", "'8005'").splice.after
    assert after == text.replace("# C: z\n", "# C: z\n      D: '8005'\n")
    listed = "services:\n  a:\n    environment:\n    - 'A=x'\n    image: i\n"
    after = add_item(parse(listed), ("services", "a", "environment"), "D=8005").splice.after
    assert after == listed.replace("'A=x'\n", "'A=x'\n    - 'D=8005'\n")


def test_flow_lists_grow_in_place() -> None:
    text = 'a: [x, "y" ]\nb: [\n  1,\n  2, # two\n]\nc: []\n'
    after = add_item(parse(text), ("a",), "z").splice.after
    after = add_item(parse(after), ("b",), "3").splice.after
    after = add_item(parse(after), ("c",), "q r").splice.after
    assert after == 'a: [x, "y", z ]\nb: [\n  1,\n  2,\n  "3", # two\n]\nc: ["q r"]\n'


def test_scalars_keep_their_quotes() -> None:
    text = "a: 'x'  # one\nb: \"y\"\nc: z\nd:\n"
    for path, value, wanted in (
        ("a", "it's", "'it''s'"),
        ("b", "é", '"é"'),
        ("c", "8005", '"8005"'),
        ("c", "ok", "ok"),
    ):
        old = {"a": "'x'", "b": '"y"', "c": "z"}[path]
        assert replace_scalar(parse(text), (path,), value).splice.after == text.replace(old, wanted, 1)
    assert replace_scalar(parse(text), ("d",), 5).splice.after == text.replace("d:", "d: 5")


def test_a_short_list_becomes_the_long_form() -> None:
    text = "services:\n    a:\n        depends_on: # stays\n            - db\n            - cache\n        image: x\n"
    with pytest.raises(SpliceRefused, match="comments"):
        replace_value(parse(text), ("services", "a", "depends_on"), "db:\n  condition: service_healthy")
    text = text.replace(" # stays", "")
    after = replace_value(parse(text), ("services", "a", "depends_on"), "db:\n  condition: service_healthy")
    assert after.splice.after == text.replace(
        "            - db\n            - cache\n", "            db:\n                condition: service_healthy\n"
    )


@pytest.mark.parametrize(
    ("text", "path", "words"),
    [
        ("x: &x {a: 1}\nservices:\n  s: *x\n", ("services", "s"), r"alias \(\*x\)"),
        ("x: &x\n  e:\n    A: 1\nservices:\n  s:\n    <<: *x\n", ("services", "s", "e"), "merge key"),
        ("services:\n  s: &s\n    e: 1\n  t:\n    <<: *s\n", ("services", "s"), r"used elsewhere as \*s"),
        ("services:\n  s: {e: 1}\n", ("services", "s"), "flow style"),
        ("{services: {s: 1}}", ("services",), "flow style"),
        ("services:\n  s: 1\n  s: 2\n", ("services", "s"), "is there twice"),
        ("services:\n  s:\n    new: 1\n", ("services", "s"), "already there"),
        ("services:\n  s: text\n", ("services", "s"), "not a mapping"),
        ("services:\n  - s\n", ("services",), "not a mapping"),
        ("services:\n  ? s\n  : image: x\n", ("services",), "begin its line"),
        ("services: &all\n", ("services",), "not a mapping"),
        ("services:\n  s:\n    image: x\n", ("services", "t"), "not in this file"),
    ],
)
def test_what_is_not_safe_is_refused(text: str, path: tuple[str, ...], words: str) -> None:
    with pytest.raises(SpliceRefused, match=words) as caught:
        add_pair(parse(text), path, "new", "k: v")
    assert "new:" in caught.value.paste


def test_duplicate_services_elsewhere_do_not_hinder() -> None:
    text = "services:\n  s: {a: 1}\n  s: {a: 2}\n"
    assert _added(text).startswith(text)


def test_the_sample_stack_gets_added_lines_only() -> None:
    for name in ("base.yml", "dev.yml", "limits.yml"):
        text = (DEMO / name).read_text()
        (cut,) = add_pair(parse(text), ("services",), "cdb_new", BODY).splice.cuts
        assert cut.start == cut.end
        assert cut.new.startswith("\n")


def test_edits_follow_each_other() -> None:
    edit = add_pair(parse("services:\n  a:\n    image: x\n"), ("services", "a"), "environment", "A: b")
    edit = add_pair(edit.document, ("services", "a", "environment"), "C", "d")
    edit = add_pair(edit.document, ("secrets",), "s", "file: ./s")
    assert edit.document.text == (
        "services:\n  a:\n    image: x\n    environment:\n      A: b\n      C: d\n\nsecrets:\n  s:\n    file: ./s\n"
    )
