"""Markdown edits: examples of each, and law 5 on documents in many styles."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from wizard.plan.splice.markdown import add_section
from wizard.plan.splice.markdown_lines import add_row, insert_line, replace_cells, replace_line
from wizard.plan.splice.text import Splice, SpliceRefused
from wizard.rules.text import width
from wizard.syntax.markdown import parse

SECTION = "### market\n\nText.\n\n#### More\n\n```sh\n# no heading\nx\n```\n"


def _only_added(splice: Splice) -> str:
    """The new text, provided that taking it out gives the old text back."""
    (cut,) = splice.cuts
    assert cut.start == cut.end
    assert splice.after[: cut.start] + splice.after[cut.start + len(cut.new) :] == splice.before
    return cut.new


def test_a_section_goes_behind_its_sibling_before_the_next_chapter() -> None:
    text = "# T\n\n## Services\n\n### a\n\nx\n\n### b\n\ny\n\n## Else\n\nz\n"
    assert add_section(text, SECTION, after=9).after == text.replace("y\n\n## Else", f"y\n\n{SECTION}\n## Else")


def test_numbers_go_on_and_levels_shift() -> None:
    text = "# T\n## 1. A\nx\n\n\n## 2. B\ny\n"
    assert _only_added(add_section(text, SECTION, after=6)).startswith("\n\n\n## 3. market\n\nText.\n\n### More\n")


def test_setext_closed_hashes_and_rules_are_followed() -> None:
    setext = "Title\n=====\n\nA\n---\n\nx\n\nB\n---\n\ny"
    assert _only_added(add_section(setext, SECTION, after=9)).startswith("\n\nmarket\n------\n\nText.\n\n### More\n")
    closed = "## A ##\n\nx\n\n---\n\n## B ##\n\ny\n"
    assert _only_added(add_section(closed, SECTION)).startswith("\n\n---\n\n## market ##\n\n")


def test_a_footer_stays_the_end() -> None:
    text = "# T\n\n## A\n\nx\n\n## B\n\ny\n\n---\n\n**Last updated**: today\n"
    after = add_section(text, SECTION).after
    assert after.endswith("```\n\n---\n\n**Last updated**: today\n")


def test_a_document_without_sections() -> None:
    assert add_section("", SECTION).after == SECTION.replace("####", "@").replace("###", "##").replace("@", "###")
    assert add_section("# T\n", SECTION).after.startswith("# T\n\n## market\n")
    assert add_section("# T\n\n## S\n\nx\n", SECTION, under=3).after.startswith("# T\n\n## S\n\nx\n\n### market\n")


def test_a_wrong_line_is_refused() -> None:
    with pytest.raises(SpliceRefused, match="no heading") as caught:
        add_section("# T\n\nx\n", SECTION, after=3)
    assert (caught.value.line, caught.value.paste) == (3, SECTION)


TABLE = """\
| Service | Code | Status |
|---------|:----:|--------|
| a       | ✅   | Running |
| größe   |      | x \\| y |
"""


def test_cells_that_differ_are_replaced_alone() -> None:
    splice = replace_cells(TABLE, 3, {0: "a", 2: "Off"})
    assert splice.after == TABLE.replace("| Running |", "| Off |")
    aligned = "| a  | b   |\n|----|-----|\n| x  | yes |\n"
    assert replace_cells(aligned, 3, {1: "n"}).after == aligned.replace("| yes |", "| n   |")
    assert replace_cells(aligned, 3, {1: "longer"}).after == aligned.replace("| yes |", "| longer |")
    with pytest.raises(SpliceRefused):
        replace_cells(TABLE, 3, {7: "x"})
    with pytest.raises(SpliceRefused):
        replace_cells(TABLE, 3, {1: "a | b"})


def test_rows_follow_the_table() -> None:
    assert add_row(TABLE, 1, ["new", "❌", "Off"]).after == TABLE + "| new     | ❌   | Off |\n"
    bare = "a | b\n--|--\nx | y"
    assert add_row(bare, 1, ["u", "v"]).after == bare + "\nu | v"
    middle = add_row("|n|\n|-|\n|1|\n|3|\n", 1, ["2"], after=3)
    assert middle.after == "|n|\n|-|\n|1|\n|2|\n|3|\n"
    with pytest.raises(SpliceRefused):
        add_row(TABLE, 1, ["too few"])


def test_lines_are_inserted_and_replaced() -> None:
    text = "- 1: a\r\n- 3: c\r\n"
    assert insert_line(text, 1, "- 2: b").after == "- 1: a\r\n- 2: b\r\n- 3: c\r\n"
    assert replace_line(text, 2, "c", "d").after == "- 1: a\r\n- 3: d\r\n"
    for line, old in ((1, "x"), (9, "a"), (1, "")):
        with pytest.raises(SpliceRefused):
            replace_line(text, line, old, "y")


def test_width_counts_columns() -> None:
    assert [width(text) for text in ("a", "日本", "é", "✅")] == [1, 4, 1, 2]


BLOCKS = [
    "plain text\nover two lines",
    "- one\n- two\n  - deeper\n\n  more",
    "1. first\n2. second",
    "```\n# no heading\n## neither\n```",
    "~~~ yaml\n---\nkey: value\n~~~",
    "| a | b |\n|---|---|\n| ü | 日本 |",
    "<!-- # hidden\n## too -->",
    "> # quoted",
    "    # indented code",
    "**Note**: *emphasis* 🎉",
]


@st.composite
def documents(draw: Any) -> tuple[str, str]:
    """A document with at least one chapter of sections, and the form of its headings."""
    form = draw(st.sampled_from(["atx", "closed", "setext", "numbered"]))
    ruled = draw(st.booleans())
    parts = ["# Title" if form != "setext" else "Title\n====="]
    for number in range(1, draw(st.integers(1, 4)) + 1):
        title = f"Part {number}"
        heading = {
            "atx": f"## {title}",
            "closed": f"## {title} ##",
            "setext": f"{title}\n------",
            "numbered": f"## {number}. {title}",
        }[form]
        if ruled and number > 1:
            parts.append("---")
        parts += [heading, *draw(st.lists(st.sampled_from(BLOCKS), max_size=3))]
        if draw(st.booleans()):
            parts += ["### Inner", draw(st.sampled_from(BLOCKS))]
    parts += draw(st.sampled_from([[], ["---", "**Last Updated**: 2025"]]))
    newline = draw(st.sampled_from(["\n", "\n", "\r\n"]))
    text = "\n\n".join(parts) + draw(st.sampled_from(["\n", "", "\n\n"]))
    return str(draw(st.sampled_from(["", "\ufeff"]))) + text.replace("\n", newline), form


def _headings(text: str) -> list[tuple[int, str, str, bool]]:
    return [(h.level, h.title, h.style, h.closed) for h in parse(text).headings]


@given(documents(), st.data())
def test_every_document_takes_a_section(drawn: tuple[str, str], data: Any) -> None:
    text, form = drawn
    chapters = [h for h in parse(text).headings if h.level == 2]
    assume(chapters)
    place = data.draw(st.sampled_from([0, *(h.line for h in chapters)]))
    splice = add_section(text, SECTION, after=place)
    _only_added(splice)
    behind = form == "numbered" and place in (0, chapters[-1].line)
    title = f"{len(chapters) + 1}. market" if behind else "market"
    before, after = _headings(text), _headings(splice.after)
    fresh = [h for h in after if h not in before]
    style = "setext" if form == "setext" else "atx"
    assert (2, title, style, form == "closed") in fresh
    assert [h for h in after if h in before] == before
    assert len(after) == len(before) + 2
    assert ("\r\n" in text) == ("\r\n" in splice.after)
    assert "\n" not in splice.after.replace("\r\n", "") or "\r\n" not in text
    assert splice.after.endswith("\n") == text.endswith("\n")


@given(documents(), st.sampled_from(["x", "größer als vorher", "", "✅"]))
def test_every_table_takes_a_cell_and_a_row(drawn: tuple[str, str], value: str) -> None:
    text, _ = drawn
    tables = parse(text).tables
    assume(tables)
    line = tables[0].rows[0].line
    after = replace_cells(text, line, {1: value}).after
    assert parse(after).tables[0].rows[0].texts == ("ü", value)
    assert _headings(after) == _headings(text)
    grown = add_row(text, tables[0].header.line, ["k", value])
    _only_added(grown)
    assert parse(grown.after).tables[0].rows[1].texts == ("k", value)
