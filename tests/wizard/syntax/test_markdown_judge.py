"""The Markdown scanner held against markdown-it-py, a whole CommonMark parser, on shapes that mislead line readers."""

from __future__ import annotations

from itertools import pairwise, product

import pytest
from markdown_it import MarkdownIt

from wizard.syntax.markdown import parse

Blocks = list[tuple[str, int, int]]
JUDGE = MarkdownIt("commonmark").enable("table")


def ours(text: str) -> Blocks:
    """Headings with level and first line, fences with first and last line, rules and tables."""
    document = parse(text)
    found = [(f"h{heading.level}", heading.line, heading.end_line) for heading in document.headings]
    found += [("fence", fence.line, fence.end_line) for fence in document.fences]
    found += [("hr", rule.number, rule.number) for rule in document.rules]
    found += [("table", table.header.line, (*table.rows, table.delimiter)[0].line) for table in document.tables]
    return sorted(found, key=lambda block: block[1])


def judged(text: str) -> Blocks:
    """The same from markdown-it-py; what stands in a quote is left out, as the scanner does."""
    found: Blocks = []
    quotes = 0
    lines = text.split("\n")
    for token in JUDGE.parse(text):
        quotes += (token.type == "blockquote_open") - (token.type == "blockquote_close")
        if quotes or token.map is None:
            continue
        first, last = token.map[0] + 1, token.map[1]
        if token.type == "heading_open":
            found.append((token.tag, first, last))
        elif token.type == "fence":
            found.append(("fence", first, last))
        elif token.type == "hr":
            found.append(("hr", first, first))
        elif token.type == "table_open":
            found.append(("table", first, first + 2 if last > first + 1 and lines[first + 1].strip() else first + 1))
    return found


SHAPES = [
    "1. ```bash\n   make up\n   ```\n\n## After\n",
    "- ~~~\n  a\n  ~~~\n# After\n",
    "- ```\n  open\n\n## Ends the item and its fence\n",
    "1. one\n\n   ```\n   # in it\n   ```\n\n2. two\n\n# After\n",
    "- a\n  - ```sh\n    # in it\n    ```\n\n## After\n",
    "- a\n\n  ```\nnot in the item\n\n# Heading\n",
    "10. ```\n    # in it\n    ```\n# After\n",
    "-     ```\n\n# After\n",
    "~~~ sh ``` x\nmake\n~~~\n\n## After\n",
    "~~~ a ~~~ b\n# in it\n~~~\n# After\n",
    "``` a ` b\n# Heading, for no fence opens\n",
    "````\n```\n# in it\n````\n# After\n",
    "```\n# in it\n    ```\n# still in it\n```\n# After\n",
    "```\n~~~\n# in it\n```\n# After\n",
    "``` \n# in it\n``` x\n# still\n```\n",
    "   ```\n   # in it\n  ```\n# After\n",
    "    ```\n# After, for that was indented code\n",
    "   Title\n   ===\n\ntext\n",
    "  Two\nlines\n---\n# After\n",
    " Title\n    ===\n# the underline was text\n",
    "Title\n= =\n\n- - -\n",
    "- item\n---\n# After\n",
    "- item\n===\n\n# After\n",
    "> quote\n---\n# After\n",
    "> # quoted\n> ```\n# After\n",
    "text\n#hash\n####### seven\n#\n# After #\n",
    "<div>\n# in it\n\n# After\n",
    "<details>\n<summary>x</summary>\n\n## Heading\n\n</details>\n",
    "<!-- a\n\n# in it\n--> tail\n# After\n",
    "<!-- one line --> text\n# After\n",
    "<pre>\n# in it\n\n```\n</pre>\n# After\n",
    "<script>\n\n# in it\n</script>\n# After\n",
    "<?php\n\n# in it\n?>\n# After\n",
    "<!DOCTYPE html>\n# After\n",
    "<![CDATA[\n\n# in it\n]]>\n# After\n",
    "<custom-tag a='1'>\n# in it\n\n# After\n",
    "text\n<custom-tag>\n# After\n",
    "text\n<div>\n# in it\n\n# After\n",
    "<https://example.org>\n# After\n",
    "<a b c\n# After\n",
    "    <div>\n# After\n",
    "| a | b |\n|---|---|\n| 1 | 2 |\n\n# After\n",
    "a | b\n-|-\n1 | 2\n# After\n",
    "```\n| a |\n|---|\n```\n| a |\n|---|\n| b |\n",
    "- a\n\n      # code in the item\n\n# After\n",
    "\t# code\n\n# After\n",
    "text\n\t# no code, text\n",
    "***\n* * *\n_____\n--\n+++\n# After\n",
    "text\n    ```\n# After\n",
    "# Before\n    ```\n# After\n",
    "text\n10. ```\n# After\n",
    "> # quoted\n|---|\n",
]


@pytest.mark.parametrize("text", SHAPES)
def test_sees_the_blocks_that_commonmark_has(text: str) -> None:
    assert ours(text) == judged(text)
    assert ours(text.replace("\n", "\r\n")) == judged(text)


@pytest.mark.parametrize(("one", "two"), [*pairwise(SHAPES), *product(SHAPES[:3], SHAPES[-9:])])
def test_sees_them_one_behind_the_other(one: str, two: str) -> None:
    text = f"{one}\n\n{two}"
    assert ours(text) == judged(text)
