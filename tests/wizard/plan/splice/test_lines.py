"""Edits of SQL, INI, TOML and requirements: examples of each, and law 5 on files in many styles."""

from __future__ import annotations

import configparser
import tomllib
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizard.plan.splice.config import add_ini_entry, add_toml_entry
from wizard.plan.splice.lines import append_requirement, narrow_requirement, pin_requirement
from wizard.plan.splice.sql import append_sql
from wizard.plan.splice.text import Splice, SpliceRefused

BLOCK = "CREATE TABLE IF NOT EXISTS t (\n    id bigint\n);\nCOMMENT ON TABLE t IS 'x;y';"


def _only_added(splice: Splice) -> str:
    (cut,) = splice.cuts
    assert cut.start == cut.end
    assert splice.after[: cut.start] + splice.after[cut.start + len(cut.new) :] == splice.before
    return cut.new


def test_sql_is_appended_under_a_heading_in_the_files_style() -> None:
    ruled = "-- ------\n-- a\n-- ------\nSELECT 1;\n"
    assert append_sql(ruled, "t", BLOCK).after == ruled + f"\n-- ------\n-- t\n-- ------\n{BLOCK}\n"
    named = "-- === a ===\nSELECT 1;\n"
    assert append_sql(named, "t", BLOCK).after == named + f"\n-- === t ===\n{BLOCK}\n"
    block = "/* a */\nSELECT 1;"
    assert append_sql(block, "t", BLOCK).after == block + f"\n\n/* t */\n{BLOCK}"
    assert append_sql("", "t", BLOCK).after == f"-- t\n{BLOCK}\n"


def test_sql_goes_into_the_files_transaction() -> None:
    text = "BEGIN;\nSELECT 1;\n\n-- done\nCOMMIT;\n"
    assert append_sql(text, "t", BLOCK).after == f"BEGIN;\nSELECT 1;\n\n-- t\n{BLOCK}\n\n-- done\nCOMMIT;\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [("SELECT 1", "no semicolon"), ("SELECT 'a;\n", "string"), ("COPY t FROM stdin;\n1\n", "alter another")],
)
def test_sql_that_cannot_be_continued_is_refused(text: str, words: str) -> None:
    with pytest.raises(SpliceRefused, match=words) as caught:
        append_sql(text, "t", BLOCK)
    assert BLOCK in caught.value.paste


STATEMENTS = [
    "CREATE TABLE a (id int); -- why",
    "INSERT INTO a VALUES ('x;y', $$;$$) ON CONFLICT DO NOTHING;",
    "/* a /* nested; */ b */",
    "CREATE FUNCTION f() RETURNS int AS $b$ SELECT 1; $b$ LANGUAGE sql;",
    "-- ünïcode; 'quote",
    "\\set x 1",
    "",
    "COMMENT ON TABLE a IS 'größe';",
    'CREATE INDEX ON "A;B" (id);',
]


@given(st.data())
def test_every_script_takes_a_block(data: Any) -> None:
    parts = data.draw(st.lists(st.sampled_from(STATEMENTS), max_size=6))
    if data.draw(st.booleans()):
        parts = ["BEGIN;", *parts, "COMMIT;"]
    newline = data.draw(st.sampled_from(["\n", "\r\n"]))
    end = data.draw(st.sampled_from(["\n", "", "\n\n", "\n-- end\n", "\n-- end"]))
    text = str(data.draw(st.sampled_from(["", "\ufeff"]))) + ("\n".join(parts) + end).replace("\n", newline)
    splice = append_sql(text, "t", BLOCK)
    new = _only_added(splice)
    assert new.replace("\r\n", "\n").strip().endswith(f"\n{BLOCK}")
    assert ("\r\n" in splice.after) == (newline == "\r\n" and "\n" in text) or not text.strip("\ufeff\r\n")
    if text.strip("\ufeff\r\n"):
        assert splice.after.endswith("\n") == text.endswith("\n")


INI = "[pytest]\naddopts = -q\nmarkers =\n  unit: fast\n  # why\n  e2e: slow\n\n[other]\na = b\n"


def test_ini_markers_follow_the_list() -> None:
    after = add_ini_entry(INI, "pytest", "integration: servers").after
    assert after == INI.replace("  e2e: slow\n", "  e2e: slow\n  integration: servers\n")
    inline = "[pytest]\r\nmarkers = unit: fast\r\n"
    assert add_ini_entry(inline, "pytest", "e2e: x").after == "[pytest]\r\nmarkers = unit: fast\r\n    e2e: x\r\n"
    keyless = "[tool:pytest]\naddopts = -q\n\n[x]\n"
    assert add_ini_entry(keyless, "tool:pytest", "e2e: x").after == (
        "[tool:pytest]\naddopts = -q\nmarkers =\n    e2e: x\n\n[x]\n"
    )
    assert add_ini_entry("[tox]\nenvlist = py\n", "pytest", "e2e: x").after == (
        "[tox]\nenvlist = py\n\n[pytest]\nmarkers =\n    e2e: x\n"
    )


def test_an_unreadable_ini_is_refused_with_its_line() -> None:
    with pytest.raises(SpliceRefused) as caught:
        add_ini_entry("[pytest]\nnonsense\n", "pytest", "e2e: x")
    assert caught.value.line == 2


@given(st.data())
def test_every_ini_takes_a_marker(data: Any) -> None:
    indent = data.draw(st.sampled_from(["  ", "    ", "\t"]))
    lines = ["; head", "[a]", "x: 1", "", "[pytest]", "addopts = -q", f"{indent}--strict-markers"]
    if data.draw(st.booleans()):
        lines.append(data.draw(st.sampled_from(["markers =", "markers = first: one", "markers:"])))
        lines += [
            indent + text
            for text in data.draw(st.lists(st.sampled_from(["unit: größe", "# note", "e2e"]), unique=True))
        ]
    lines += data.draw(st.sampled_from([[], ["", "# tail"], ["", "[z]", "y = 2"], ["pythonpath = src"]]))
    newline = data.draw(st.sampled_from(["\n", "\r\n"]))
    text = "\n".join(lines) + data.draw(st.sampled_from(["\n", "", "\n\n"]))
    text = str(data.draw(st.sampled_from(["", "\ufeff"]))) + text.replace("\n", newline)
    after = add_ini_entry(text, "pytest", "added: now")
    _only_added(after)
    old, new = _configured(text), _configured(after.after)
    assert new["pytest"].pop("markers").split("\n")[-1] == "added: now"
    old["pytest"].pop("markers", None)
    assert new == old


def _configured(text: str) -> dict[str, dict[str, str]]:
    parser = configparser.ConfigParser(interpolation=None, allow_no_value=True)
    parser.read_string(text.removeprefix("\ufeff").replace("\r\n", "\n"))
    return {name: dict(parser[name]) for name in parser.sections()}


def test_toml_markers_follow_the_array() -> None:
    table = "tool.pytest.ini_options"
    head = f"[{table}]\n"
    one = head + "markers = ['unit: fast']\n"
    assert add_toml_entry(one, table, "e2e: x").after == head + "markers = ['unit: fast', 'e2e: x']\n"
    many = head + 'markers = [\n  "unit: fast",  # why\n]\n\n[x]\n'
    assert add_toml_entry(many, table, "e2e: x").after == many.replace("# why\n", '# why\n  "e2e: x",\n')
    bare = head + 'markers = [\n  "unit: fast"\n]\n'
    assert add_toml_entry(bare, table, "e2e: x").after == head + 'markers = [\n  "unit: fast",\n  "e2e: x"\n]\n'
    assert add_toml_entry(head + "markers = []\n", table, "e2e: x").after == head + 'markers = ["e2e: x"]\n'
    missing = head + 'addopts = "-q"\n\n[x]\n'
    assert 'addopts = "-q"\nmarkers = [\n    "e2e: x",\n]\n\n[x]\n' in add_toml_entry(missing, table, "e2e: x").after
    with pytest.raises(SpliceRefused, match="another form"):
        add_toml_entry("[tool]\npytest = {ini_options = {markers = []}}\n", table, "e2e: x")


@given(st.data())
def test_every_toml_takes_a_marker(data: Any) -> None:
    table = "tool.pytest.ini_options"
    items = data.draw(st.lists(st.sampled_from(['"unit: a, [b] # c"', "'e2e: größe'", '"q: \\"x\\""']), max_size=3))
    comma = data.draw(st.sampled_from(["", ","]))
    form = data.draw(st.sampled_from(["inline", "lines", "none", "mixed"]))
    body = {
        "inline": f"markers = [{', '.join(items)}{comma if items else ''}]",
        "lines": "markers = [ # open\n"
        + "".join(f"   {item}{',' if comma or i + 1 < len(items) else ''} # c\n" for i, item in enumerate(items))
        + "]",
        "none": "x = 1",
        "mixed": f"markers = [\n  {', '.join(items)}\n]",
    }[form]
    parts = [
        '[project]\ntext = """\n[tool.pytest.ini_options]\nmarkers = []\n"""',
        f"[{table}]\naddopts = ['-q']\n{body}",
    ]
    if data.draw(st.booleans()):
        parts.append("[[tool.x]]\nmarkers = ['no']")
    newline = data.draw(st.sampled_from(["\n", "\r\n"]))
    text = ("\n\n".join(parts) + data.draw(st.sampled_from(["\n", "", "\n# end\n"]))).replace("\n", newline)
    splice = add_toml_entry(text, table, 'added: it\'s "now"')
    _only_added(splice)
    old, new = tomllib.loads(text), tomllib.loads(splice.after)
    options = new["tool"]["pytest"]["ini_options"]
    assert options["markers"].pop() == 'added: it\'s "now"'
    if "markers" not in old["tool"]["pytest"]["ini_options"]:
        assert options.pop("markers") == []
    assert new == old


def test_requirements() -> None:
    assert append_requirement("a\nb", "c==1").after == "a\nb\nc==1"
    assert append_requirement("a\r\n", "c==1").after == "a\r\nc==1\r\n"
    assert append_requirement("", "c==1").after == "c==1\n"
    for text in ("a==1 --hash=sha256:00\n", "a \\\n", "a \\"):
        with pytest.raises(SpliceRefused):
            append_requirement(text, "c==1")
    assert pin_requirement("flask  # web\nx\n", 1, "flask", "flask==3").after == "flask==3  # web\nx\n"
    with pytest.raises(SpliceRefused):
        pin_requirement("flask>=2\n", 1, "flask", "flask==3")


NAMED = ["flask", "Flask", "flask[async]", "flask [async,dotenv]"]
RANGES = [">=3", ">= 3.0", ">=3,<4", "~=3.1", "!=3.0.2,>=2", " >=3 , <4"]
BEHIND = ["", "  # why", ' ; python_version > "3.8"', '; sys_platform != "win32"  # not there', "   "]


@given(st.sampled_from(NAMED), st.sampled_from(RANGES), st.sampled_from(BEHIND), st.booleans(), st.booleans())
def test_a_range_becomes_one_version_within_it(name: str, versions: str, rest: str, windows: bool, more: bool) -> None:
    text = f"# ours\n{name}{versions}{rest}" + ("\nredis>=5\n" if more else "")
    text = text.replace("\n", "\r\n") if windows else text
    after = narrow_requirement(text, 2, "flask", "3.1.3").after
    assert after == text.replace(f"{name}{versions}", f"{name}==3.1.3", 1) or versions.startswith(" ")
    old, new = text.splitlines(), after.splitlines()
    assert [old[0], *old[2:]] == [new[0], *new[2:]]
    assert new[1].startswith(name) and new[1].endswith(rest) and "==3.1.3" in new[1]


@pytest.mark.parametrize(
    "text",
    [
        "flask>=4\n",
        "flask>=3 --hash=sha256:00\n",
        "flask @ https://example.org/flask.whl\n",
        "-e .[flask]\n",
        "flask>=3 \\\n",
        "flask\n",
    ],
)
def test_a_line_that_says_more_than_a_range_is_not_narrowed(text: str) -> None:
    with pytest.raises(SpliceRefused, match="yours to say"):
        narrow_requirement(text, 1, "flask", "3.1.3")


def test_requirements_in_utf16_are_not_mixed_with_utf8() -> None:
    text = "\ufeffflask\nredis>=5\n".encode("utf-16-le").decode("utf-8", "surrogateescape")
    edits: list[Callable[[], Splice]] = [
        lambda: append_requirement(text, "pika==1.3.2"),
        lambda: pin_requirement(text, 1, "flask", "flask==3.1.0"),
        lambda: narrow_requirement(text, 2, "redis", "5.1.1"),
    ]
    for edit in edits:
        with pytest.raises(SpliceRefused, match="save it as UTF-8"):
            edit()
