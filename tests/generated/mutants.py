"""Changes a generated service a little at a time, and prints which changes its own unit tests do not notice.

`make mutants`. A row a module: how many mutants, how many were killed, the score; then every survivor. What is not
changed, because a test of it would only repeat it: docstrings, annotations, constants of a module, and the words of
logs, metrics and errors. A mutant is a fork of this process, which has imported the libraries already: it imports
the service anew with one module changed, runs the test files that are about that module, and ends at the first failure.
"""

from __future__ import annotations

import ast
import copy
import gc
import importlib
import io
import itertools
import os
import random
import re
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType
from typing import Any

import pytest

from tests.generated.stack import SPECS, written
from wizard.values.lean import dataclass

# module -> (the endings of the test files that are about it, the share of mutants that they must kill)
MODULES: dict[str, tuple[tuple[str, ...], float]] = {
    "logic": (("logic",), 0.95),
    "models": (("models",), 0.95),
    "config": (("config",), 0.95),
    "link": (("link",), 0.85),
    "delivery": (("delivery", "loop"), 0.85),
    "bus": (("loop",), 0.85),
    "store": (("rows", "statements"), 0.85),
    "telemetry": (("telemetry", "health"), 0.85),
    "service": (("health", "main"), 0.85),
    "wiring": (("health", "wiring"), 0.85),
}
COMBINATIONS = ("plain", "streams", "source_with_rows", "http_with_rows", "hand_written")
"""A service of each kind that has code of its own: the other shapes differ from these in their names alone."""
LONGEST, TIMES_AS_LONG = 60.0, 20.0
"""Seconds after which a mutant that hangs counts as killed: the tests themselves wait ten for what never happens. On a
busy machine, so many times as long as the tests take without a change."""
PYTEST = ("-q", "-x", "--assert=plain", "-p", "no:cacheprovider")
AT_ONCE = 3  # they wait for threads more than they compute
PRELOADED = (
    "flask",
    "waitress",
    "prometheus_client",
    "redis",
    "psycopg",
    "pydantic_settings",
)
"""What every mutant's tests import: once here, and never again in the processes that are forked."""
OPERATORS: dict[type[Any], type[Any]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
}
WORDS = frozenset(
    {"debug", "info", "warning", "error", "critical", "exception", "Counter", "Gauge", "Histogram", "_counter"}
)


REASONS: tuple[tuple[str, str], ...] = (
    (r"^constant: .*@dataclass\(frozen=", "nothing writes to it, so that nothing could tell"),
    (r"name=\"", "a name for debuggers"),
    (r"__main__|sys\.exit\(main", "run by the integration tests and by the image"),
    (r"super\(\).__init__\(\)", "what it sets is read by what the class replaces"),
    (r"^comparison: .*(?:monotonic\(\)|record\.created|\bsilence\b|now - self)", "one instant of a clock"),
    (r"\| if batch:", "a service with one table has no row for any other"),
    (r"_behind = False", "the first read counts anyway"),
    (r"zip\(INPUT_CHANNELS, known", "a service with one stream has no second; one transaction answers for all"),
    (r"_grace = 0\.0", "set before anything is stopped"),
    (r"tries: int = 0", "fewer than are given up"),
    (r"^constant: 0\.0 \| \"", "a column that no field of the event fills"),
    (r"_(?:retry_at|checked|looked) = ", "some moment long ago"),
    (
        r"\.wait\(|\.join\(|_given_up\.|get_message\(|_read\(pubsub|block=|timeout=|seconds: float = ",
        "how long it waits, not what it does then",
    ),
    (
        r"shutdown\(|_hand_back|LEFT_MILLISECONDS",
        "seen by a real server alone: the integration tests and `make outages`",
    ),
)
"""Why a survivor is let live: a pattern over its change and its line, the reason. One without is a test that lacks."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """A changed module: where, what became of it, the line as it was, and the tree."""

    line: int
    change: str
    source: str
    tree: ast.Module

    @property
    def reason(self) -> str:
        """Why it may live, '' when nobody knows."""
        return next((why for pattern, why in REASONS if re.search(pattern, f"{self.change} | {self.source}")), "")


def mutants(source: str) -> Iterator[Mutant]:
    """Yields every mutant of a module, in the order of its nodes."""
    tree, lines = ast.parse(source), source.splitlines()
    for number, node in enumerate(_nodes(tree)):
        for change, edit in _edits(node):
            made = copy.deepcopy(tree)
            place = next(itertools.islice(_nodes(made), number, None))
            before = ast.unparse(node)
            edit(place)
            ast.fix_missing_locations(made)
            line: int = node.lineno  # type: ignore[attr-defined]
            yield Mutant(line, f"{change}: {' '.join(before.split())[:70]}", lines[line - 1].strip(), made)


def _nodes(tree: ast.AST) -> Iterator[ast.AST]:
    """Walks what may be changed: not docstrings, annotations, constants of the module, or words."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import | ast.ImportFrom | ast.arg) or _is_words(tree, node):
            continue
        if isinstance(tree, ast.Module) and isinstance(node, ast.Assign | ast.AnnAssign | ast.Expr):
            continue
        if isinstance(node, ast.ClassDef) and any(ast.unparse(base) == "Protocol" for base in node.bases):
            continue
        if isinstance(node, ast.stmt | ast.expr):
            yield node
        yield from _nodes(node)


def _is_words(parent: ast.AST, node: ast.AST) -> bool:
    if isinstance(parent, ast.AnnAssign | ast.FunctionDef) and node in (
        getattr(parent, "annotation", None),
        getattr(parent, "returns", None),
    ):
        return True
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return True
    if isinstance(parent, ast.Raise) or isinstance(node, ast.JoinedStr):
        return True
    called = parent.func if isinstance(parent, ast.Call) else None
    name = called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""
    return name in WORDS


def _edits(node: ast.AST) -> Iterator[tuple[str, Callable[[Any], None]]]:
    """Yields the changes of one node, each as a function that makes it in place."""
    if isinstance(node, ast.Compare) and type(node.ops[0]) in OPERATORS:
        yield "comparison", lambda n: n.ops.__setitem__(0, OPERATORS[type(n.ops[0])]())
    if isinstance(node, ast.BoolOp | ast.BinOp) and type(node.op) in OPERATORS:
        yield "operator", lambda n: setattr(n, "op", OPERATORS[type(n.op)]())
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield "not twice", lambda n: setattr(n, "operand", ast.UnaryOp(ast.Not(), n.operand))
    if isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield "constant", lambda n: setattr(n, "value", not n.value)
    elif isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        yield "constant", lambda n: setattr(n, "value", n.value + 1)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str | bytes) and node.value:
        yield "constant", lambda n: setattr(n, "value", n.value + n.value[:1])
    if isinstance(node, ast.If | ast.IfExp | ast.While):
        yield "never", lambda n: setattr(n, "test", ast.Constant(False))
        if not isinstance(node, ast.While):
            yield "always", lambda n: setattr(n, "test", ast.Constant(True))
    if isinstance(node, ast.Return) and node.value is not None and not _is_none(node.value):
        yield "returns None", lambda n: setattr(n, "value", ast.Constant(None))
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and not _logs(node.value):
        yield "left out", lambda n: setattr(n, "value", ast.Constant(None))
    if isinstance(node, ast.AugAssign) and type(node.op) in OPERATORS:
        yield "operator", lambda n: setattr(n, "op", OPERATORS[type(n.op)]())


def _is_none(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value is None


def _logs(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Attribute) and call.func.attr in WORDS


@dataclass(frozen=True, slots=True)
class Trial:
    """A module, the tests that are about it, and what every process would compile again: file -> code."""

    root: Path
    path: Path
    tests: tuple[str, ...]
    codes: dict[str, CodeType]


def trial(root: Path, name: str, module: str) -> Trial:
    """Returns what is needed to try the mutants of a module."""
    folder = root / "tests" / "unit" / name
    tests = [folder / f"test_{name}_{ending}.py" for ending in MODULES[module][0]]
    files = [*tests, *(root / "services" / name).glob("*.py")]
    codes = {str(p): compile(p.read_text(), p, "exec", dont_inherit=True) for p in files if p.exists()}
    return Trial(
        root, root / "services" / name / f"{module}.py", tuple(str(p) for p in tests if str(p) in codes), codes
    )


def survivors(of: Trial, share: float) -> tuple[int, list[Mutant]]:
    """Returns how many mutants of a module were tried, and those that its tests did not notice."""
    source = of.path.read_text()
    tried = list(mutants(source))
    if not of.tests:
        return len(tried), tried
    longest = max(LONGEST, TIMES_AS_LONG * _unchanged(of, source))
    if share < 1:
        tried = random.Random(13).sample(tried, max(1, round(share * len(tried))))  # noqa: S311
    left: list[Mutant] = []
    running: dict[int, tuple[Mutant, float]] = {}
    for mutant in tried:
        running[_start(of, mutant.tree)] = (mutant, time.monotonic() + longest)
        while len(running) >= AT_ONCE:
            left += _ended(running)
    while running:
        left += _ended(running)
    return len(tried), sorted(left, key=lambda mutant: mutant.line)


def _unchanged(of: Trial, source: str) -> float:
    """Returns how many seconds the tests take without any change; where they fail, no score would mean anything."""
    begun = time.monotonic()
    _, status = os.waitpid(_start(of, ast.parse(source)), 0)
    if status:
        raise SystemExit(f"{of.path}: its tests fail without any change")
    return time.monotonic() - begun


def _start(of: Trial, tree: ast.Module) -> int:
    """Forks a process that runs the tests with one module changed; it ends with 0 when they notice nothing."""
    child = os.fork()
    if child:
        return child
    os.setpgid(0, 0)
    os.chdir(of.root)
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 1)
    os.dup2(null, 2)
    original = SourceFileLoader.source_to_code
    codes = of.codes | {str(of.path): compile(tree, of.path, "exec", dont_inherit=True)}

    def changed(self: Any, data: Any, where: Any, **more: Any) -> Any:
        return codes.get(where) or original(self, data, where, **more)

    SourceFileLoader.source_to_code = changed  # type: ignore[assignment]
    code = 1
    try:
        code = pytest.main([*PYTEST, *of.tests])
    finally:
        os._exit(int(code))


def _ended(running: dict[int, tuple[Mutant, float]]) -> list[Mutant]:
    """Waits a moment for those that end; returns the mutants that nothing noticed."""
    survived = []
    for child, (mutant, until) in list(running.items()):
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            del running[child]
            survived += [mutant] if status == 0 else []
        elif time.monotonic() > until:
            os.killpg(child, signal.SIGKILL)
            os.waitpid(child, 0)
            del running[child]
    time.sleep(0.01)
    return survived


def main(words: list[str]) -> int:
    """Prints the table of each combination. Returns 1 when a module misses its goal.

    `words`: names of combinations and modules, and a number between 0 and 1, the share of mutants that is tried.
    """
    share = next((float(word) for word in words if word.replace(".", "", 1).isdigit()), 1.0)
    _prepare()
    missed, tried, killed = False, 0, 0
    for combination in [n for n in COMBINATIONS if n in words] or COMBINATIONS:
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder).resolve()
            name = written(SPECS.get(combination), root).spec.name
            modules = [m for m in MODULES if (root / "services" / name / f"{m}.py").exists()]
            for module in [m for m in modules if m in words] or modules:
                count, left = survivors(trial(root, name, module), share)
                tried, killed = tried + count, killed + count - len(left)
                missed |= _tell(combination, module, count, left)
    print(f"{'all':<28}{tried:>6}{killed:>6}{killed / tried:>7.2f}")
    return int(missed)


def _prepare() -> None:
    """Imports what every mutant needs, and nothing that the tests do not use: its time would be that of each."""
    sys.dont_write_bytecode = True
    sys.pycache_prefix = os.devnull
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    for library in PRELOADED:
        importlib.import_module(library)
    with tempfile.TemporaryDirectory() as nothing, redirect_stdout(io.StringIO()):
        pytest.main([*PYTEST, nothing])  # loads its own plugins
    gc.freeze()


def _tell(combination: str, module: str, count: int, left: list[Mutant]) -> bool:
    """Prints the row of a module and its survivors. Returns whether it misses its goal."""
    if not count:
        return False
    score, goal = 1 - len(left) / count, MODULES[module][1]
    mark = "" if score >= goal else "  MISSED"
    print(f"{combination:<18}{module:<10}{count:>6}{count - len(left):>6}{score:>7.2f} of {goal}{mark}", flush=True)
    for mutant in left:
        why = f"  ({mutant.reason})" if mutant.reason else f"  in `{mutant.source}`"
        print(f"    {module}.py:{mutant.line}: {mutant.change}{why}", flush=True)
    return score < goal


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
