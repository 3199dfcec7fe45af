"""Items are data: no id of one stands in the code, so that the checklist can grow without it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
IDENTIFIER = re.compile(r"(?<![\w.])[1-9]\.[1-9](?![\w.])")
"""An item's id in a text; `1.5` in `1.5.2` or in `psycopg==3.3.9` is none."""
OTHER = {
    "wizard/plan/service/literals.py": {"1.5"},  # a sample of a float
    "wizard/output/junit.py": {"1.0"},
    "wizard/runtime/engine/ssh_door.py": {"1.1"},  # of HTTP
    "wizard/help_words.py": {"3.5", "5.3"},  # in lines that show how a command is used
    "wizard/runtime/engine/exec.py": {"1.1"},  # of HTTP
    "wizard/runtime/swarm/peek.py": {"3.8"},  # of a Compose file
    "wizard/runtime/swarm/scratch_stack.py": {"3.8"},
}


def texts(path: Path) -> Iterator[ast.Constant]:
    """Every text of a module but its docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    bare = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in bare:
            yield node


def identifiers(room: str) -> list[str]:
    """`path:line id` of every text in a room that holds the id of an item."""
    found = []
    for path in sorted((ROOT / room).rglob("*.py")):
        name = str(path.relative_to(ROOT))
        if name.startswith("wizard/checklist/"):
            continue
        for node in texts(path):
            for match in IDENTIFIER.findall(str(node.value)):
                if match not in OTHER.get(name, ()):
                    found.append(f"{name}:{node.lineno} {match}")
    return found


@pytest.mark.parametrize("room", ["wizard", "screens"])
def test_no_item_is_named_by_its_number(room: str) -> None:
    assert not identifiers(room)
