"""The markers that tests need, added to the pytest configuration in force."""

from __future__ import annotations

from wizard.plan.context import PlanContext
from wizard.plan.splice_config import add_ini_marker, add_toml_marker
from wizard.plan.splice_text import Splice, SpliceRefused
from wizard.syntax.toml import table_span
from wizard.values.edit import FileEdit, Refusal

MARKERS = {
    "unit": "no network, no containers, milliseconds",
    "integration": "needs a real Redis or PostgreSQL, skips without",
    "e2e": "needs the running stack, skips without",
}


def markers_edit(ctx: PlanContext) -> FileEdit | Refusal | None:
    """An edit that registers the markers that are missing, in the list's own style; None when none is. A stack without
    a pytest configuration gets a `pytest.ini`."""
    config = ctx.facts.pytest
    path = config.path if config else (ctx.profile.pytest_config or "pytest.ini")
    before = ctx.text(path)
    if before is None:
        return None if config else FileEdit(path, None, _new(ctx), "register the test markers (5.4)", ("5.4",))
    have = {m.value.split("(", 1)[0].split(":", 1)[0].strip() for m in config.markers} if config else set()
    missing = {name: text for name, text in MARKERS.items() if name not in have}
    text = before
    try:
        for name, description in missing.items():
            text = add_marker(path, text, name, description).after
    except SpliceRefused as refused:
        return Refusal("5.4", path, refused.reason, refused.paste, refused.line)
    if text == before:
        return None
    return FileEdit(path, before, text, f"register the markers {', '.join(missing)} (5.4)", ("5.4",))


def add_marker(path: str, text: str, name: str, description: str) -> Splice:
    """One marker in a pytest configuration of any of pytest's four formats. Raises `SpliceRefused`."""
    if path.endswith(".toml"):
        native = path.rsplit("/", 1)[-1] != "pyproject.toml"
        tables = ["pytest"] if native else ["tool.pytest.ini_options", "tool.pytest"]
        table = next((t for t in tables if table_span(text, t)), tables[0])
        return add_toml_marker(text, table, name, description)
    section = "tool:pytest" if path.endswith("setup.cfg") else "pytest"
    return add_ini_marker(text, section, name, description)


def _new(ctx: PlanContext) -> str:
    lines = [
        "[pytest]",
        "testpaths = tests",
        f"pythonpath = {ctx.profile.services_dir}",
        "addopts = --strict-markers",
        "markers =",
    ]
    return "\n".join([*lines, *(f"    {name}: {text}" for name, text in MARKERS.items())]) + "\n"
