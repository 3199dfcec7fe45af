"""Block structure of Markdown with offsets."""

from __future__ import annotations

import pytest

from wizard.syntax.markdown import parse

DOC = """\
---
title: front
---
# Title #

Intro
text
====

```bash
# not a heading
- 8001: nobody
```

## List

- 8001: Signal Service
* 8002: Risk
  - nested
lazy
---

1. one

    # code

<!--
# hidden
-->

| Service | Code | 2 |
|:--------|:----:|---|
| a \\| b  | ✅   |   |
| c | d
text

### Deep
## Next
"""


@pytest.mark.parametrize("text", [DOC, DOC.replace("\n", "\r\n"), "\ufeff" + DOC, DOC.rstrip("\n")])
def test_structure(text: str) -> None:
    document = parse(text)
    assert [(h.level, h.title, h.style) for h in document.headings] == [
        (1, "Title", "atx"),
        (1, "Intro text", "setext"),
        (2, "List", "atx"),
        (3, "Deep", "atx"),
        (2, "Next", "atx"),
    ]
    assert document.headings[0].closed
    for heading in document.headings:
        assert heading.title.split()[0] in text[heading.start : heading.end]
    assert [(f.info, f.body, f.line, f.end_line) for f in document.fences] == [
        ("bash", "# not a heading\n- 8001: nobody\n", 10, 13)
    ]
    assert [(i.marker, i.text) for i in document.items] == [
        ("-", "8001: Signal Service"),
        ("*", "8002: Risk"),
        ("-", "nested"),
        ("1.", "one"),
    ]
    assert all(text[i.text_start : i.end] == i.text for i in document.items)
    assert [rule.number for rule in document.rules] == [21]
    (table,) = document.tables
    assert table.header.texts == ("Service", "Code", "2")
    assert [row.texts for row in table.rows] == [("a \\| b", "✅", ""), ("c", "d"), ("text",)]
    for row in table.rows:
        assert all(text[c.start : c.end].strip() == c.text for c in row.cells)


def test_sections_and_children() -> None:
    document = parse("# A\n## B\n### C\n## D\n# E\n")
    a, b, _, d, e = document.headings
    assert document.section_end(b) == d.start
    assert document.section_end(a) == e.start
    assert document.section_end(e) == len(document.text)
    assert [h.title for h in document.children(a)] == ["B", "D"]


def test_a_setext_needs_a_paragraph() -> None:
    assert parse("\n---\n\n- a\n---\n").headings == ()
    (heading,) = parse("Start\n-----\n").headings
    assert (heading.level, heading.start, heading.end, heading.line, heading.end_line) == (2, 0, 11, 1, 2)


def test_an_open_fence_reaches_to_the_end() -> None:
    document = parse("~~~\n# a\n```\n## b\n")
    assert document.headings == ()
    assert document.fences[0].end == len("~~~\n# a\n```\n## b")


def test_fences_inside_lists_hide_their_content() -> None:
    assert parse("- a\n\n    ```sh\n    # x\n    ```\n\n  # y\n").headings[0].title == "y"
