"""Rows 8 and 12: a whole headless run, commits included, against `copier copy` of a template of 35 files."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from bench.measure import RUNS, Row, compare, run_once, script

ANSWERS = Path(__file__).parents[1] / "templates" / "demo_answers" / "sentiment.yaml"
IMAGE = f"python:3.11-slim@sha256:{'a' * 64}"
FILES = 35
TEMPLATE = '''"""{{ name }}, file {n}."""

PORT = {{ port }}


def step(event: dict) -> dict:
    """Step {n} of {{ name }}."""
    {% if tables %}rows = {{ tables }}{% else %}rows = 0{% endif %}
    return {{ "{{" }}**event, "rows": rows{{ "}}" }}
'''


def rows() -> Iterator[Row]:
    """All phases of a new service in the sample stack; what needs no live run is written and committed."""
    with tempfile.TemporaryDirectory() as folder:
        yield from _rows(Path(folder))


def _rows(folder: Path) -> Iterator[Row]:
    from wizard.session.sample import create_demo

    prepared = create_demo(folder / "prepared", author=("Bench", "bench@example.org"))
    template = _template(folder / "template")
    memory: dict[str, list[float]] = {"ours": [], "copier": []}

    def ours() -> float:
        stack = _fresh(folder / "stack")
        shutil.copytree(prepared, stack, symlinks=True)
        words = ["run", "sentiment", "--answers", str(ANSWERS), "--base-image", IMAGE, "--yes", "--no-live", "--quiet"]
        run = run_once([script("stack-wizard"), "-C", str(stack), *words])
        assert (stack / "tests" / "e2e" / "sentiment").is_dir()
        memory["ours"].append(run.mb)
        return run.ms

    def copier() -> float:
        target = _fresh(folder / "copied")
        run = run_once([script("copier"), "copy", "--defaults", "--quiet", str(template), str(target)])
        assert len(list(target.rglob("*.py"))) == FILES
        memory["copier"].append(run.mb)
        return run.ms

    yield compare(
        "whole run without live checks / copier copy, 35 files",
        ours,
        copier,
        0.45,
        runs=min(RUNS, 9),
        note="  6 commits, 25 files: phase 7 is committed after a live run only",
    )
    a, b = median(memory["ours"]), median(memory["copier"])
    yield Row("whole run / copier copy, peak memory", a, b, a / b, 0.75, "MB")


def _fresh(path: Path) -> Path:
    shutil.rmtree(path, ignore_errors=True)
    return path


def _template(folder: Path) -> Path:
    folder.mkdir()
    questions = "name: {type: str, default: sentiment}\nport: {type: int, default: 8010}\n"
    (folder / "copier.yml").write_text(questions + "tables: {type: int, default: 1}\n")
    for n in range(FILES):
        path = folder / f"part{n % 7}" / f"file{n}.py.jinja"
        path.parent.mkdir(exist_ok=True)
        path.write_text(TEMPLATE.replace("{n}", str(n)))
    return folder
