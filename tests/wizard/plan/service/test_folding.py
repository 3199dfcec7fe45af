"""Folded lines: short, and the same code."""

from __future__ import annotations

import ast
import keyword

from hypothesis import given
from hypothesis import strategies as st

from wizard.plan.service import folding

ITEM = st.from_regex(r"\A[a-z]{1,40}=[a-z]{1,40}\Z").filter(
    lambda item: not any(map(keyword.iskeyword, item.split("=")))
)


@given(st.lists(ITEM, min_size=1, max_size=8), st.sampled_from([0, 4, 8]))
def test_folded_lines_are_short_and_still_the_same_call(items: list[str], indent: int) -> None:
    text = folding.fold("value = call(", items, ")", indent)
    assert all(len(line) <= folding.WIDTH for line in (" " * indent + text).split("\n"))
    assert ast.dump(ast.parse(text)) == ast.dump(ast.parse(f"value = call({', '.join(items)})"))
