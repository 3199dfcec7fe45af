"""Item 2.4: a new requirements.txt, or the lines and pins that the one there lacks."""

from __future__ import annotations

import posixpath
import re
import sys
from collections import Counter
from collections.abc import Callable
from functools import partial

from wizard.plan.context import PlanContext
from wizard.plan.modules import is_generated, is_wired
from wizard.plan.pins import PINS, requirements
from wizard.plan.splice_lines import append_requirement, pin_requirement
from wizard.plan.splice_text import Splice, SpliceRefused
from wizard.values.edit import FileEdit, Refusal
from wizard.values.finding import Status
from wizard.values.source import Source

_ELSEWHERE = ("/pyproject.toml", "/poetry.lock", "/uv.lock", "/Pipfile", "/setup.py", "/setup.cfg")
_PINS_BY_NAME = {re.split(r"[=\[]", line)[0]: line for line in PINS.values()}


def requirement_edits(ctx: PlanContext) -> tuple[FileEdit | None, tuple[Refusal, ...]]:
    """The edit that item 2.4 asks for, and a refusal for every version that only the engineer can say."""
    if not ctx.wants("2.4"):
        return None, ()
    facts = ctx.service.requirements if ctx.service else None
    path = facts.path if facts else posixpath.join(ctx.folder, "requirements.txt")
    before = ctx.text(path)
    return _new(ctx, path) if before is None else _more(ctx, path, before)


def _new(ctx: PlanContext, path: str) -> tuple[FileEdit | None, tuple[Refusal, ...]]:
    lines, unknown = _wanted(ctx)
    elsewhere = next((p for p in (ctx.service.own_files if ctx.service else ()) if p.endswith(_ELSEWHERE)), "")
    if elsewhere:
        reason = f"the dependencies are declared in {elsewhere}; export them from there"
        return None, (Refusal("2.4", path, reason, "".join(f"{line}\n" for line in lines)),)
    text = ctx.fill("container/requirements.txt.j2", requirements=lines)
    edit = FileEdit(path, None, text, "pin what the service imports (2.4)", ("2.4",))
    return edit, tuple(_unknown(path, name) for name in unknown)


def _more(ctx: PlanContext, path: str, before: str) -> tuple[FileEdit | None, tuple[Refusal, ...]]:
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
            refusals.append(Refusal("2.4", path, refused.reason, refused.paste, refused.line))
    edit = FileEdit(path, before, text, "require what the service imports, pinned (2.4)", ("2.4",))
    return (edit if text != before else None), tuple(refusals)


def _steps(ctx: PlanContext, path: str) -> list[Callable[[str], Splice] | Refusal]:
    facts = ctx.service.requirements if ctx.service else None
    steps: list[Callable[[str], Splice] | Refusal] = []
    for loose in facts.requirements if facts else ():
        if loose.pinned or loose.source.path != path:
            continue
        pinned, line = _pin_elsewhere(ctx, loose.name) or _PINS_BY_NAME.get(loose.name, ""), loose.source.line
        known = partial(pin_requirement, line=line, name=loose.name, pinned=pinned)
        steps.append(known if pinned else _unknown(path, loose.name, line))
    have = {r.name for r in facts.requirements} if facts else set()
    for name, pinned in _needed(ctx, have):
        steps.append(partial(append_requirement, line=pinned) if pinned else _unknown(path, name))
    return steps


def _pin_elsewhere(ctx: PlanContext, name: str) -> str:
    """The line that pins a distribution for most other services of the stack; '' for code of the wizard's, which was
    tested with versions of its own."""
    if is_generated(ctx) or is_wired(ctx) or ctx.service is None or not ctx.service.python:
        return ""
    others = (s.requirements for s in ctx.facts.services if s.name != ctx.spec.name and s.requirements)
    pins = [r.specifier for file in others for r in file.requirements if r.name == name and r.pinned]
    return f"{name}{Counter(pins).most_common(1)[0][0]}" if pins and pins[0].startswith("==") else ""


def _unknown(path: str, name: str, line: int = 0) -> Refusal:
    return Refusal("2.4", path, f"{name} is needed; which version you want is yours to say", f"{name}==…\n", line)


def _wanted(ctx: PlanContext) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(lines of a new requirements file, the distributions among them whose version nobody gave)."""
    if ctx.service is None or not ctx.service.python:
        return requirements(bool(ctx.spec.tables)), ()
    found = _missing(ctx, set())
    lines = tuple(sorted(dict.fromkeys(line or name for name, line in found)))
    return lines, tuple(name for name, line in found if not line)


def _needed(ctx: PlanContext, have: set[str]) -> list[tuple[str, str]]:
    """The imports that the report says no requirement covers: a requirement may bring more than its own name."""
    finding = next((f for f in ctx.report.findings if f.item == "2.4"), None)
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
            line = PINS.get(top, "")
            own = re.split(r"[=\[<>!~ ]", line)[0] if line else top.replace("_", "-").lower()
            line = _pin_elsewhere(ctx, own) or line
            name = re.split(r"[=\[<>!~ ]", line)[0] if line else top.replace("_", "-").lower()
            if name.replace("_", "-").lower() not in have:
                found.setdefault(name, line)
    return list(found.items())
