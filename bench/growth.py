"""How reading grows: each kind of input at one size and at four times it, in CPU time; linear is 4, the goal 4.6."""

from __future__ import annotations

import gc
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

from bench.measure import Row
from bench.stack import HEAD, make_stack
from wizard.adapters.files.files import DiskFiles
from wizard.stack.compose.model import read_compose
from wizard.stack.documents.sql import read_sql
from wizard.stack.read import read_stack
from wizard.syntax.markdown import parse as parse_markdown
from wizard.syntax.toml import find_array

GOAL = 4.6
TIMES = 4
RUNS = 5
Work = Callable[[], object]


def rows() -> Iterator[Row]:
    """Whole stacks, then the readers of single files."""
    yield from _stacks("services", (250, 1000), lambda root, size: make_stack(root, size))
    yield from _stacks("Python files in one service", (125, 500), _wide_service)
    sql = "INSERT INTO book (id, price)\n  VALUES ('entry', 1.50) ON CONFLICT (id) DO NOTHING;\n"
    yield _grown("SQL, 1 MB", lambda size: lambda: read_sql(sql * (size * 2_900), "seed.sql"))
    tables = "".join(f"CREATE TABLE IF NOT EXISTS t{n} (id text PRIMARY KEY);\n" for n in range(20_000))
    yield _grown("SQL, 20,000 tables", lambda size: lambda: read_sql(_part(tables, size), "schema.sql"))
    yield _grown("Compose, 20,000 lines", lambda size: _compose(size * 1_000))
    nested = "    image: ${A:-" + "x" * 12 + "${B:-y}}\n"
    yield _grown("Compose, variables", lambda size: _compose(size * 500, nested))
    section = "## Part\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n1. ```sh\n   make\n   ```\n\ntext\n\n"
    yield _grown("Markdown, 1 MB", lambda size: lambda: parse_markdown(section * (size * 3_300)))
    marker = '  "marker: of a test",\n'
    yield _grown("TOML, an array", lambda size: _array(marker * (size * 2_500)))


def _stacks(what: str, sizes: tuple[int, int], make: Callable[[Path, int], object]) -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder:
        roots = [Path(folder) / str(size) for size in sizes]
        for root, size in zip(roots, sizes, strict=True):
            make(root, size)
        small, large = (lambda root=root: read_stack(DiskFiles(root)) for root in roots)
        yield _row(f"a stack of {sizes[1]:,} {what}", small, large, runs=3)


def _grown(name: str, make: Callable[[int], Work]) -> Row:
    return _row(name, make(1), make(TIMES))


def _row(name: str, small: Work, large: Work, runs: int = RUNS) -> Row:
    pairs = [(_cpu(large), _cpu(small)) for _ in range(runs)]
    ours, reference = median(pair[0] for pair in pairs), median(pair[1] for pair in pairs)
    return Row(name, ours, reference, median(one / other for one, other in pairs), GOAL, note="4x against 1x, CPU")


def _cpu(work: Work) -> float:
    gc.collect()
    gc.disable()  # as `read_stack` does
    begun = time.process_time()
    work()
    spent = time.process_time() - begun
    gc.enable()
    return spent * 1000


def _part(lines: str, size: int) -> str:
    """A quarter of the lines, or all of them."""
    return lines if size == TIMES else lines[: lines.index("\n", len(lines) // TIMES) + 1]


def _compose(services: int, line: str = "    image: x\n") -> Work:
    body = "".join(
        f"  svc{n}:\n{line}    depends_on: [redis]\n    ports: ['{n % 60000}:80']\n" for n in range(services)
    )
    texts = {"compose.yaml": HEAD + body}
    return lambda: read_compose(("compose.yaml",), texts.get)


def _array(elements: str) -> Work:
    text = f"[tool.pytest.ini_options]\nmarkers = [\n{elements}]\n"
    return lambda: find_array(text, "tool.pytest.ini_options", "markers")


def _wide_service(root: Path, files: int) -> None:
    """One service whose code is many files that import each other."""
    make_stack(root, 1)
    code = (root / "services/svc0/service.py").read_text()
    for number in range(files):
        beside = f"from part{number - 1} import step_0 as before\n" if number else ""
        (root / f"services/svc0/part{number}.py").write_text(beside + code)
    (root / "services/svc0/service.py").write_text(f"from part{files - 1} import step_0\n{code}")
