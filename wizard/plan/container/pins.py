"""The versions the wizard pins: what the generated service was tested with (`tests/wizard/plan/test_judges.py`), or the
newest release that an older Python of the image installs."""

from __future__ import annotations

from wizard.plan.context import PlanContext
from wizard.rules.base_images import python_of
from wizard.rules.pythons import WRITTEN_FOR, Version, newest_for, python_of_image

# import name -> requirement line; every one is on PyPI for Python 3.11
PINS: dict[str, str] = {
    "flask": "flask==3.1.3",
    "prometheus_client": "prometheus-client==0.26.0",
    "psycopg": "psycopg[binary]==3.3.9",
    "pydantic": "pydantic==2.14.4",
    "pydantic_settings": "pydantic-settings==2.16.3",
    "redis": "redis==8.1.0",
    "waitress": "waitress==3.0.2",
}
TESTED: Version = (3, 11)
"""The Python that `PINS` are for; a later one installs them, too."""


def python_for(ctx: PlanContext) -> Version | None:
    """Returns the Python of the image that the service has or will have; None when its name does not say it."""
    file = ctx.service.dockerfile if ctx.service else None
    if file is None:
        return python_of_image(ctx.shape.base_image)
    base = file.base
    return python_of(base.image, base.tag) if base is not None else None


def too_old(ctx: PlanContext) -> str | None:
    """Returns why the wizard's own code cannot run in the service's image, None when it can."""
    python = python_for(ctx)
    if python is None or python >= WRITTEN_FOR:
        return None
    needed = ".".join(map(str, WRITTEN_FOR))
    return (
        f"the image's Python is {python[0]}.{python[1]}, and what the wizard writes needs {needed}: take a newer base"
        " image first (`--base-image python:3.12-slim@sha256:…`)"
    )


def pin(name: str, python: Version | None) -> str:
    """Returns the requirement line for an import, '' for one that the wizard has no version for. `python`: the image's,
    None when it is not known."""
    line = PINS.get(name, "")
    if not line or python is None or python >= TESTED:
        return line
    wanted = line.partition("==")[0]
    newest = newest_for(wanted.partition("[")[0], python)
    return f"{wanted}=={newest}" if newest else ""


def requirements(tables: bool, python: Version | None = None, *, redis: bool = True) -> tuple[str, ...]:
    """Returns the requirement lines of a generated service, sorted. `tables`: it writes rows, so it needs psycopg;
    `redis`: it has channels."""
    without = {name for name, used in (("psycopg", tables), ("redis", redis)) if not used}
    return tuple(pin(name, python) for name in sorted(PINS) if name not in without)
