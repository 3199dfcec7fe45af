"""What tests need of the pytest configuration in force: their markers, and a way to import the services."""

from __future__ import annotations

import posixpath

from wizard.plan.context import PlanContext
from wizard.plan.splice.config import add_ini_entry, add_toml_entry
from wizard.plan.splice.text import Splice, SpliceRefused
from wizard.syntax.toml import table_span
from wizard.values.edit import FileEdit, Refusal

MARKED, FOUND = "test-markers", "unit-tests"  # the checks of the items that a configuration serves
MARKERS = {
    "unit": "no network, no containers, milliseconds",
    "integration": "needs a real Redis or PostgreSQL, skips without",
    "e2e": "needs the running stack, skips without",
}


def config_edit(ctx: PlanContext, *, imports: bool) -> FileEdit | Refusal | None:
    """Returns an edit that registers the markers that are missing and, when new tests import the service (`imports`),
    lets pytest find it, in the lists' own style; None when nothing is missing. A stack without a pytest configuration
    gets a `pytest.ini`.
    """
    config = ctx.facts.pytest
    path = config.path if config else (ctx.profile.pytest_config or "pytest.ini")
    before = ctx.text(path)
    if before is None:
        return None if config else FileEdit(path, None, _new(ctx), "register the test markers", (MARKED,))
    have = {m.value.split("(", 1)[0].split(":", 1)[0].strip() for m in config.markers} if config else set()
    missing = {name: text for name, text in MARKERS.items() if name not in have}
    root = posixpath.relpath(ctx.profile.services_dir or ".", posixpath.dirname(path) or ".")
    known = {posixpath.normpath(entry) for entry in config.pythonpath} if config else set()
    unfound = imports and bool(ctx.shape.dot) and root not in known
    text = before
    try:
        for name, description in missing.items():
            text = _with_entry(path, text, f"{name}: {description}").after
        if unfound:
            text = _with_entry(path, text, root, "pythonpath").after
    except SpliceRefused as refused:
        return Refusal(MARKED if missing else FOUND, path, refused.reason, refused.paste, refused.line)
    if text == before:
        return None
    markers = [f"register the markers {', '.join(missing)}"] if missing else []
    found = [f"let pytest import from {root}"] if unfound else []
    items = (MARKED,) * bool(missing) + (FOUND,) * unfound
    return FileEdit(path, before, text, "; ".join(markers + found), items)


def _with_entry(path: str, text: str, entry: str, name: str = "markers") -> Splice:
    """An entry in a list of a pytest configuration of any of pytest's four formats. Raises `SpliceRefused`."""
    if path.endswith(".toml"):
        native = path.rsplit("/", 1)[-1] != "pyproject.toml"
        tables = ["pytest"] if native else ["tool.pytest.ini_options", "tool.pytest"]
        table = next((t for t in tables if table_span(text, t)), tables[0])
        return add_toml_entry(text, table, entry, name)
    return add_ini_entry(text, "tool:pytest" if path.endswith("setup.cfg") else "pytest", entry, name)


def _new(ctx: PlanContext) -> str:
    lines = [
        "[pytest]",
        "testpaths = tests",
        f"pythonpath = {ctx.profile.services_dir or '.'}",
        "addopts = --strict-markers",
        "markers =",
    ]
    return "\n".join([*lines, *(f"    {name}: {text}" for name, text in MARKERS.items())]) + "\n"
