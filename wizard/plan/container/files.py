"""What the image needs and no COPY takes along."""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from functools import partial

from wizard.plan.context import PlanContext
from wizard.plan.splice.image_files import copy_beside, copy_package, install
from wizard.plan.splice.text import Splice
from wizard.values.edit import Refusal
from wizard.values.facts.container import DockerfileFacts
from wizard.values.lean import replace
from wizard.values.pattern import lazy_pattern
from wizard.values.source import Fact, Source

Step = tuple[str, Callable[[str], Splice]]
_ONLY_BUILDKIT = lazy_pattern(
    r"(?im)^\s*(?:RUN\s+(?:--\S+\s+)*--(?:mount|network|security)=|(?:COPY|ADD)\s+--(?:link|chmod)|# *syntax *=)"
)
"""What the builder before BuildKit refuses in a Dockerfile (https://docs.docker.com/build/buildkit/#getting-started)."""


def builds_with_buildkit(ctx: PlanContext) -> bool:
    """Tells whether another Dockerfile of the stack can only be built by BuildKit: then a new one may ask for it."""
    others = {service.dockerfile.path for service in ctx.facts.services if service.dockerfile is not None}
    return any(_ONLY_BUILDKIT.search(ctx.text(path) or "") for path in others)


def image_steps(ctx: PlanContext, file: DockerfileFacts, requirements: str, refusals: list[Refusal]) -> list[Step]:
    """Returns the COPY lines that are missing, and the install of the requirements; what is copied but not there is
    refused. `requirements`: a file that is being made, '' without.
    """
    for fact in file.absent if ctx.wants("non-root-user") and file.context is not None else ():
        reason = f"COPY {fact.value}: there is no such file; take the line out, or add it"
        refusals.append(Refusal("non-root-user", file.path, reason, "", fact.source.line))
    if file.context is None:
        return []
    fresh = (Fact(requirements, Source(file.path)),) if requirements else ()
    whole = replace(file, left_out=(*file.left_out, *fresh))
    line = _entry_line(ctx, file)
    if not line:
        refusals += _refused(ctx, whole)
        return []
    return _steps(ctx, whole, line)


def _refused(ctx: PlanContext, file: DockerfileFacts) -> list[Refusal]:
    """The lines to paste where no COPY shows how the code gets into the image."""
    own, packages, requirements = _sorted(ctx, file)
    found: list[Refusal] = []
    if (own or packages) and ctx.wants("non-root-user"):
        lines = [f"COPY {' '.join(own)} ./\n"] * bool(own) + [f"COPY {name} ./{name}/\n" for name in packages]
        reason = "no COPY in it takes the service's own file along; these are needed, too"
        found.append(Refusal("non-root-user", file.path, reason, "".join(lines), file.end_user_line))
    if requirements and ctx.wants("requirements"):
        name = posixpath.basename(requirements[0])
        paste = f"COPY {requirements[0]} ./\nRUN pip install --no-cache-dir -r {name}\n"
        found.append(
            Refusal("requirements", file.path, "it does not install the requirements", paste, file.end_user_line)
        )
    return found


def _steps(ctx: PlanContext, file: DockerfileFacts, line: int) -> list[Step]:
    """Lower lines first, so that the COPY to stand beside keeps its number."""
    own, packages, requirements = _sorted(ctx, file)
    steps: list[Step] = []
    if ctx.wants("non-root-user"):
        steps += [
            ("non-root-user", partial(copy_package, line=line, package=package)) for package in reversed(packages)
        ]
        steps += [("non-root-user", partial(copy_beside, line=line, sources=own))] if own else []
    if ctx.wants("requirements"):
        steps += [("requirements", partial(install, line=line, requirements=path)) for path in requirements]
    return steps


def _sorted(ctx: PlanContext, file: DockerfileFacts) -> tuple[list[str], list[str], list[str]]:
    """(modules of the service, packages of the stack, requirements files), as seen from the build context."""
    own, packages, requirements = [], [], []
    for fact in file.left_out:
        inside = posixpath.relpath(fact.value, file.context or ".")
        if inside.startswith("../"):
            continue
        if not fact.value.endswith(".py"):
            requirements.append(inside)
        elif posixpath.dirname(fact.value) == ctx.folder:
            own.append(inside)
        else:
            packages.append(inside.split("/", 1)[0])
    return own, list(dict.fromkeys(packages)), requirements


def _entry_line(ctx: PlanContext, file: DockerfileFacts) -> int:
    """The line of the COPY that takes the service's code along; 0 when none does."""
    entry = posixpath.relpath(ctx.service.entry, file.context or ".") if ctx.service and ctx.service.entry else ""
    folder = posixpath.dirname(entry)
    wanted = {entry, posixpath.join(folder, "*.py"), folder or "."}
    found = [fact for fact in file.copies if posixpath.normpath(fact.value) in wanted]
    return found[-1].source.line if found else 0
