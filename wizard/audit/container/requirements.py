"""Item 2.4: the requirements parse, cover what is imported, are pinned, and fit the Python of the image."""

from __future__ import annotations

import sys

from wizard.audit.context import Context, listed
from wizard.rules.base_images import python_of
from wizard.rules.projects.needs import declaring
from wizard.rules.pythons import Version, applies, installable, newest_for
from wizard.rules.text import plural
from wizard.values.facts.code import Requirement, RequirementsFacts
from wizard.values.finding import Finding
from wizard.values.pattern import lazy_pattern
from wizard.values.source import Fact

_SEPARATORS = lazy_pattern(r"[-_.]+")
_GONE = {("pydantic", "2"): ("pydantic.BaseSettings", "pydantic-settings has it now")}
"""(distribution, major release) -> (name that it no longer has, where it went); using it fails at import."""


def requirements(ctx: Context) -> Finding:
    """Judges item 2.4: requirements.txt parses, covers the third-party imports, is pinned and installs in the image."""
    file = ctx.service.requirements if ctx.service else None
    if file is None:
        return _no_requirements(ctx)
    if file.problems:
        return ctx.broken(file.problems[0].message, *(p.source for p in file.problems[:4]))
    others = _of_others(ctx, file)
    if others:
        return others
    missing = _uncovered(ctx, file)
    known = {fact.source for fact in ctx.service.brought} if ctx.service else set()
    unnamed = [r for r in file.requirements if not r.named and r.source not in known]
    if missing and not unnamed:
        names = listed([fact.value.split(".", 1)[0] for fact in missing])
        hint = f"Add {listed(_packages(ctx, missing))} with `==` and a full version to {file.path}."
        lines = (*(f.source for f in missing[:4]), ctx.at_file(file.path, None))
        return ctx.broken(f"imported but not required: {names}", *lines, hint=hint)
    wrong = _unfit(ctx, file)
    if wrong:
        return wrong
    if missing:
        names = listed([fact.value.split(".", 1)[0] for fact in missing])
        words = f"whether {listed([r.specifier for r in unnamed])} brings {names} cannot be read from here"
        return ctx.unknown(words, *(f.source for f in missing[:4]), *(r.source for r in unnamed[:4]))
    return _judge_pins(ctx, file)


def _of_others(ctx: Context, file: RequirementsFacts) -> Finding | None:
    """The finding for a file of the stack's root that this image, which names its packages itself, does not install:
    what is in it says nothing about this service. None for any other."""
    image = ctx.dockerfile
    if ctx.folder != "." or image is None or not image.packages:
        return None
    if not any(fact.value == file.path for fact in image.left_out):
        return None
    words = f"{image.path} does not install {file.path}; it names its packages itself"
    hint = f"Put what {image.path} installs into a requirements file, with `==` and a full version, and install that."
    return ctx.unmet(words, *(fact.source for fact in image.packages[:4]), hint=hint)


def _judge_pins(ctx: Context, file: RequirementsFacts) -> Finding:
    loose = [r for r in file.requirements if not r.pinned]
    if loose:
        return ctx.unmet(f"not pinned: {listed([r.name for r in loose])}", *(r.source for r in loose[:4]))
    image = ctx.dockerfile
    if image and any(fact.value == file.path for fact in image.left_out):
        words, hint = f"{image.path} does not install it", f"Copy and install {file.path} in {image.path}."
        return ctx.broken(words, ctx.at_file(file.path, None), ctx.at_file(image.path, None), hint=hint)
    note = "" if file.path.endswith(".txt") else f" (in {file.path}; the document asks for requirements.txt)"
    at = ctx.at_file(file.path, None)
    return ctx.met(f"{plural(len(file.requirements), 'pinned requirement')} cover the imports{note}", at)


def _unfit(ctx: Context, file: RequirementsFacts) -> Finding | None:
    """What cannot be installed under the image's Python, or what the code uses that is not there."""
    gone = _gone(ctx, file)
    if gone:
        return gone
    base = ctx.dockerfile.base if ctx.dockerfile else None
    python = python_of(base.image, base.tag) if base else None
    if base is None or python is None:
        return None
    here = f"Python {python[0]}.{python[1]} of {base.image}:{base.tag}"
    for wanted in file.requirements:
        if not applies(wanted, python) or installable(wanted.name, _version(wanted), python) is not False:
            continue
        newest = newest_for(wanted.name, python)
        hint = f"Pin {wanted.name}=={newest}, the newest release for it, or take a newer base image."
        words = f"{wanted.name}{wanted.specifier} cannot be installed under the {here}"
        return ctx.broken(words, wanted.source, base.source, hint=hint)
    return _too_new(ctx, here, base.source.path, python)


def _too_new(ctx: Context, here: str, path: str, python: Version) -> Finding | None:
    used = ctx.service.too_new if ctx.service else ()
    if not used:
        return None
    names = listed([fact.value for fact in used[:4]])
    hint = f"Write it for Python {python[0]}.{python[1]}, or take a newer base image in {path}."
    return ctx.broken(f"the {here} does not have {names}", *(fact.source for fact in used[:4]), hint=hint)


def _gone(ctx: Context, file: RequirementsFacts) -> Finding | None:
    """A name that the pinned major release of a distribution no longer has."""
    majors = {r.name: (_version(r).partition(".")[0], r) for r in file.requirements if r.pinned}
    for (name, major), (gone, where) in _GONE.items():
        pinned = majors.get(name)
        if pinned is None or pinned[0] != major:
            continue
        used = next((fact for fact in _subclassed(ctx) if fact.value == gone), None)
        if used is not None:
            words = f"{name} {major} has no {gone} ({where}): the import fails"
            return ctx.broken(words, used.source, pinned[1].source)
    return None


def _subclassed(ctx: Context) -> list[Fact[str]]:
    """Every class that the code's own classes are made from, by its full name, unless it may come from elsewhere."""
    found: list[Fact[str]] = []
    for file in ctx.service.code if ctx.service else ():
        if file.pending is None:
            continue
        for one in file.pending.classes:
            tails = {base.rpartition(".")[2] for base in one.bases}
            sources = {module for _, module, name in file.pending.imported if name in tails}
            found += [Fact(base, one.source) for base in one.bases if len(sources) < 2]
    return found


def _version(requirement: Requirement) -> str:
    return requirement.specifier.removeprefix("===").removeprefix("==") if requirement.pinned else ""


def _no_requirements(ctx: Context) -> Finding:
    own = ctx.service.own_files if ctx.service else ()
    other = declaring(own)
    if other:
        return ctx.unmet(f"dependencies are declared in {other}, not in requirements.txt", ctx.at_file(other, None))
    return ctx.unmet("there is no requirements.txt", ctx.own("requirements.txt"))


def _packages(ctx: Context, missing: list[Fact[str]]) -> list[str]:
    """What the package index calls the imports, as far as that is known."""
    known = {
        top: found[0] for f in (ctx.service.code if ctx.service else ()) for top, found in f.distributions if found
    }
    return [known.get(top, top) for top in (fact.value.split(".", 1)[0] for fact in missing)]


def _uncovered(ctx: Context, file: RequirementsFacts) -> list[Fact[str]]:
    """The first import of each third-party package that no requirement provides."""
    names = frozenset(r.name for r in file.requirements)
    brought = {fact.value for fact in ctx.service.brought} if ctx.service else set()
    local = ctx.index.packages | brought | {f.path.rsplit("/", 1)[-1].removesuffix(".py") for f in ctx.code.files}
    seen: dict[str, Fact[str]] = {}
    for fact in ctx.code.imports:
        top = fact.value.split(".", 1)[0]
        if top and top not in seen and top not in sys.stdlib_module_names and top not in local:
            seen[top] = fact
    known = {top: candidates for f in (ctx.service.code if ctx.service else ()) for top, candidates in f.distributions}
    return [fact for top, fact in seen.items() if not provided(names, top, known.get(top, ()))]


def provided(requirements: frozenset[str], module: str, candidates: tuple[str, ...]) -> bool:
    """Returns True when one of the (normalised) requirement names brings `module`: one of the distributions the reader
    knows for it, or one whose words include the module's (`telegram` in `python-telegram-bot`).
    """
    if not requirements.isdisjoint(candidates):
        return True
    words = set(_SEPARATORS.split(module.lower()))
    return any(words <= set(_SEPARATORS.split(name.lower())) for name in requirements)
