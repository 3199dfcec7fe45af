"""Python's parser is asked for one text at a time: older ones fail when two threads ask at once."""

from __future__ import annotations

import ast
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import wizard
from wizard.rules.pythons import expression_of, tree_of

ROOT = Path(wizard.__file__).parent


def test_nobody_else_parses() -> None:
    asking = [path for path in sorted(ROOT.rglob("*.py")) if "ast.parse(" in path.read_text(encoding="utf-8")]
    assert [path.relative_to(ROOT).as_posix() for path in asking] == ["rules/pythons.py"]


def test_threads_wait_for_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    inside, most, real, changing = 0, 0, ast.parse, threading.Lock()

    def counted(*args: object, **kwargs: object) -> ast.AST:
        nonlocal inside, most
        with changing:
            inside, most = inside + 1, max(most, inside + 1)
        try:
            return real(*args, **kwargs)  # type: ignore[call-overload, no-any-return]
        finally:
            with changing:
                inside -= 1

    monkeypatch.setattr(ast, "parse", counted)
    with ThreadPoolExecutor(8) as pool:
        trees = list(pool.map(tree_of, [f"x = {number}\n" * 300 for number in range(40)]))
        list(pool.map(expression_of, ["1 + 1"] * 40))
    assert most == 1
    assert [len(tree.body) for tree in trees] == [300] * 40
