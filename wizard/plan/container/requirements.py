"""Item 2.4: a new requirements.txt, or the lines and pins that the one there lacks."""

from __future__ import annotations

import posixpath
import re
import sys
from collections import Counter
from collections.abc import Callable
from functools import partial

from wizard.plan.container.lock import locked
from wizard.plan.container.pins import PINS, TESTED, pin, python_for, requirements
from wizard.plan.context import PlanContext
from wizard.plan.service.modules import is_generated, is_wired
from wizard.plan.splice.lines import append_requirement, narrow_requirement, pin_requirement
from wizard.plan.splice.text import Splice, SpliceRefused
from wizard.rules.projects.needs import declaring, export_command
from wizard.rules.pythons import WRITTEN_FOR, installable, newest_for
from wizard.values.edit import FileEdit, Refusal
from wizard.values.facts.code import PythonFile, Requirement
from wizard.values.finding import Status
from wizard.values.source import Source

NARROWED = "pin-range"
"""The recipe that narrows a version range to one version."""
_IMPORT_OF = {re.split(r"[=\[]", line)[0]: name for name, line in PINS.items()}


def requirement_edits(ctx: PlanContext) -> tuple[tuple[FileEdit, ...], tuple[Refusal, ...]]:
    """Returns the edits that item 2.4 asks for, and a refusal for every version that only the engineer can say."""
    if not ctx.wants("requirements"):
        return (), ()
    facts = ctx.service.requirements if ctx.service else None
    path = facts.path if facts else posixpath.normpath(posixpath.join(ctx.folder, "requirements.txt"))
    before = ctx.text(path)
    return _new(ctx, path) if before is None else _more(ctx, path, before)


def compile_command(ctx: PlanContext) -> str:
    """Returns what makes a `requirements.txt` with hashes of a `requirements.in`, run in the service's folder."""
    python = python_for(ctx)
    lowest = f" --python-version {python[0]}.{python[1]}" if python else ""
    return f"uv pip compile --universal{lowest} --generate-hashes requirements.in -o requirements.txt"


def _new(ctx: PlanContext, path: str) -> tuple[tuple[FileEdit, ...], tuple[Refusal, ...]]:
    own = ctx.service.own_files if ctx.service else ()
    elsewhere, command = declaring(own), export_command(own)
    if elsewhere:
        way = f": `{command}`" if command else ""
        reason = f"the dependencies are declared in {elsewhere}; export them from there{way}"
        return (), (Refusal("requirements", path, reason),)
    lines, unknown = _wanted(ctx)
    whole, command = (locked(lines) if not unknown and _locks_fit(ctx) else ()), compile_command(ctx)
    text = ctx.fill("container/requirements.txt.j2", requirements=lines, locked=whole, command=command)
    edits = [FileEdit(path, None, text, "pin what the service imports", ("requirements",))]
    source = path.removesuffix(".txt") + ".in"
    if whole and posixpath.basename(path) == "requirements.txt" and not ctx.exists(source):
        text = ctx.fill("container/requirements.in.j2", requirements=lines, command=command)
        edits.append(FileEdit(source, None, text, "say what the pins with hashes are made from", ("requirements",)))
    return tuple(edits), tuple(_unknown(path, name) for name in unknown)


def _locks_fit(ctx: PlanContext) -> bool:
    """Tells whether the image's Python installs what the pins with hashes were resolved for; code of a person's in an
    image that does not say its Python may run on an older one."""
    python = python_for(ctx)
    return python >= WRITTEN_FOR if python else ctx.service is None or not ctx.service.python


def _more(ctx: PlanContext, path: str, before: str) -> tuple[tuple[FileEdit, ...], tuple[Refusal, ...]]:
    """Pins first (the lines keep their numbers), then the lines that are missing."""
    text = before
    refusals: list[Refusal] = []
    for step in _steps(ctx, path):
        if isinstance(step, Refusal):
            refusals.append(step)
            continue
        try:
            text = step(text).after
        except SpliceRefused as refused:
            refusals.append(Refusal("requirements", path, refused.reason, refused.paste, refused.line))
    edit = FileEdit(path, before, text, "require what the service imports, pinned", ("requirements",))
    return ((edit,) if text != before else ()), tuple(refusals)


def _steps(ctx: PlanContext, path: str) -> list[Callable[[str], Splice] | Refusal]:
    facts = ctx.service.requirements if ctx.service else None
    steps: list[Callable[[str], Splice] | Refusal] = []
    python = python_for(ctx)
    for fixed in facts.requirements if facts and python else ():
        version = fixed.specifier.removeprefix("==")
        if python and fixed.pinned and installable(fixed.name, version, python) is False:
            newest = newest_for(fixed.name, python)
            reason = f"{fixed.name}{fixed.specifier} needs a later Python than the image's {python[0]}.{python[1]}"
            words = f"{reason}: pin the newest release for it, or take a newer base image"
            steps.append(
                Refusal("requirements", fixed.source.path, words, f"{fixed.name}=={newest}\n", fixed.source.line)
            )
    for loose in facts.requirements if facts else ():
        if loose.pinned or loose.source.path != path:
            continue
        own = pin(_IMPORT_OF.get(loose.name, ""), python_for(ctx))
        pinned, line = _pin_elsewhere(ctx, loose.name) or own, loose.source.line
        version = version_within(ctx, loose)
        if version and ctx.choice.takes(NARROWED, ctx.item_of("requirements"), "unsafe"):
            steps.append(partial(narrow_requirement, line=line, name=loose.name, version=version))
            continue
        known = partial(pin_requirement, line=line, name=loose.name, pinned=pinned)
        steps.append(known if pinned else _unknown(path, loose.name, line))
    have = {r.name for r in facts.requirements} if facts else set()
    for name, pinned in _needed(ctx, have):
        steps.append(partial(append_requirement, line=pinned) if pinned else _unknown(path, name))
    return steps


def ranges(ctx: PlanContext) -> tuple[str, ...]:
    """Returns the requirements file when a range in it could be narrowed to a version that is known."""
    facts = ctx.service.requirements if ctx.service else None
    if facts is None or not any(r.source.path == facts.path and version_within(ctx, r) for r in facts.requirements):
        return ()
    return (facts.path,)


def version_within(ctx: PlanContext, loose: Requirement) -> str:
    """Returns a version that a range allows and the image's Python installs: what the stack's other services pin, what
    the wizard was tested with, the newest; '' when none is known."""
    if loose.pinned or not loose.specifier:
        return ""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    python = python_for(ctx)
    lines = (_pin_elsewhere(ctx, loose.name), pin(_IMPORT_OF.get(loose.name, ""), python))
    known = [line.partition("==")[2] for line in lines] + [newest_for(loose.name, python or TESTED)]
    try:
        allowed = SpecifierSet(loose.specifier)
    except InvalidSpecifier:
        return ""
    return next((version for version in known if version and allowed.contains(version)), "")


def _pin_elsewhere(ctx: PlanContext, name: str) -> str:
    """The line that pins a distribution for most other services of the stack; '' for code of the wizard's, which was
    tested with versions of its own."""
    if is_generated(ctx) or is_wired(ctx) or ctx.service is None or not ctx.service.python:
        return ""
    others = (s.requirements for s in ctx.facts.services if s.name != ctx.spec.name and s.requirements)
    python = python_for(ctx)
    found = (r for file in others for r in file.requirements if r.name == name and r.pinned)
    pins = [r.specifier for r in found if python is None or installable(name, r.specifier[2:], python) is not False]
    return f"{name}{Counter(pins).most_common(1)[0][0]}" if pins and pins[0].startswith("==") else ""


def _unknown(path: str, name: str, line: int = 0) -> Refusal:
    return Refusal(
        "requirements", path, f"{name} is needed; which version you want is yours to say", f"{name}==…\n", line
    )


def _wanted(ctx: PlanContext) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(lines of a new requirements file, the distributions beside them whose version nobody gave)."""
    if ctx.service is None or not ctx.service.python:
        channels = bool(ctx.spec.inputs or ctx.spec.outputs)
        return requirements(bool(ctx.spec.tables), python_for(ctx), redis=channels), ()
    found = _missing(ctx, set())
    lines = tuple(sorted(dict.fromkeys(line for _, line in found if line)))
    return lines, tuple(name for name, line in found if not line)


def _needed(ctx: PlanContext, have: set[str]) -> list[tuple[str, str]]:
    """The imports that the report says no requirement covers: a requirement may bring more than its own name."""
    finding = ctx.finding("requirements")
    if finding is None or finding.status is not Status.BROKEN:
        return []
    files = ctx.service.python if ctx.service else ()
    said = {s for s in finding.sources if s.line and any(s.path == file.path for file in files)}
    return _missing(ctx, have, said if len(said) < 4 else None)


def _missing(ctx: PlanContext, have: set[str], at: set[Source] | None = None) -> list[tuple[str, str]]:
    """(distribution, requirement line or '') of every third-party import that is not among `have`; `at`: on these lines
    only."""
    files = ctx.service.python if ctx.service else ()
    local = {file.path.rsplit("/", 1)[-1].removesuffix(".py") for file in files} | {ctx.spec.name, "services", "tests"}
    found: dict[str, str] = {}
    for file in files:
        for fact in file.imports:
            top = fact.value.split(".", 1)[0]
            if at is not None and fact.source not in at:
                continue
            if not top or top in sys.stdlib_module_names or top in local:
                continue
            name, line = _provider(ctx, file, top)
            if name not in have:
                found.setdefault(name, line)
    return list(found.items())


def _provider(ctx: PlanContext, file: PythonFile, top: str) -> tuple[str, str]:
    """(the distribution that provides an import, its requirement line or ''). What the image installs by name today is
    the one that is meant: `psycopg2-binary` for `psycopg2`."""
    likely = dict(file.distributions).get(top, ())
    candidates = {top.replace("_", "-").lower(), *likely}
    image = ctx.service.dockerfile if ctx.service else None
    asked = next((p.value for p in image.packages if _named(p.value) in candidates), "") if image else ""
    tested = pin(top, python_for(ctx))
    name = _named(asked or tested or (likely[0] if likely else top))
    if "==" in asked:
        return name, asked
    return name, _pin_elsewhere(ctx, name) or (tested if _named(tested) == name else "")


def _named(line: str) -> str:
    """The normalised name in a requirement line."""
    return re.split(r"[=\[<>!~ ]", line)[0].replace("_", "-").lower()
