"""The answers about a service as lines, each with where it was read."""

from __future__ import annotations

from collections.abc import Iterator

from wizard.output.clean import one_line
from wizard.output.style import Style
from wizard.pipeline.sheet import Sheet
from wizard.values.spec import Inferred, ServiceSpec


def answer_lines(inferred: Inferred, spec: ServiceSpec, style: Style) -> Iterator[str]:
    """Every answer that is not empty: the field, its value, and the line it was read from, or that it was given."""
    sheet = Sheet.from_spec(spec)
    yield style.paint(f"answers about {spec.name}", "bold")
    for field, value in _shown(sheet):
        said = getattr(inferred.spec, field) == getattr(spec, field)
        source = inferred.sources.get(field, "default") if said else "registry" if field == "port" else "given"
        yield f"  {field:<10} {one_line(value, 300)}  {style.paint(one_line(source, 200), 'dim')}"


def _shown(sheet: Sheet) -> Iterator[tuple[str, str]]:
    yield "purpose", sheet.purpose
    yield "port", sheet.port
    for field, rows in (("inputs", sheet.inputs), ("outputs", sheet.outputs), ("tables", sheet.tables)):
        yield from ((field, f"{row.name}: {row.members}" if row.members else row.name) for row in rows)
    if sheet.tables:
        yield "seed", "yes" if sheet.seed else "no"
    yield "handler", sheet.handler
    yield from (("variables", f"{v.name} = {v.value or v.default or '(unset)'}") for v in sheet.variables)
    yield from (
        (field, value) for field, value in (("talks_to", sheet.talks_to), ("base_image", sheet.base_image)) if value
    )
