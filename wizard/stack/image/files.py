"""Which files of the stack get into an image: the folder its COPY lines are written for, what they miss there, and
which imported modules they leave behind."""

from __future__ import annotations

import fnmatch
import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from wizard.stack.image.ignored import Ignored, ignored_by
from wizard.stack.image.placed import NOWHERE, file_of
from wizard.stack.survey import Survey
from wizard.values.facts.code import PythonFile
from wizard.values.facts.compose import ComposeService
from wizard.values.facts.container import DockerfileFacts
from wizard.values.lean import replace
from wizard.values.pattern import lazy_pattern
from wizard.values.source import Fact, Source

_INSTALLER = lazy_pattern(r"\b(?:uv|poetry|pdm|pipenv|conda|mamba)\b|\bpip3? (?:install|wheel)\b[^&|\n]*(?:\s\.|\*)")
_MADE = lazy_pattern(
    r"(?:^|/)(?:dist|build|target|out|node_modules|wheels?|vendor|certs?|secrets?|\.env[^/]*)(?:/|$)"
    r"|\.(?:whl|jar|tar|gz|tgz|zip|pem|crt|key|so|bin)$"
)
"""What a build or a person makes before the image is built: not in the repository, and no mistake."""
_GLOB = lazy_pattern(r"[*?\[]")
"""BuildKit copies nothing where a pattern matches nothing: it speaks for a context, and its lack against none."""


def with_files(
    file: DockerfileFacts,
    block: ComposeService | None,
    entry: str,
    python: Iterable[PythonFile],
    requirements: str,
    survey: Survey,
    placed: Mapping[str, Fact[str]] = NOWHERE,
) -> DockerfileFacts:
    """Returns the facts with `context`, `absent` and `left_out`. `block`: what builds it, active or commented out (only
    an active one has the last word on the context); `requirements`: the service's requirements file, '' without.
    `placed`: modules that the image has under another name, or from another context, or that the code searches."""
    if file.problems:
        return file
    build = block.build.value if block is not None and block.build is not None else None
    lacking = _lacking(file, build, survey)
    context = _chosen(lacking)
    in_force = build if block is not None and build is not None and not block.commented else context
    mounted = block is not None and any(_is_bind(fact.value) for fact in block.volumes)
    out = ignored_by(file.path, context, survey)
    found = () if mounted or file.binds else tuple(_left_out(file, context, entry, tuple(python), survey, placed))
    kept_out = tuple(fact for fact in found if out(_inside(fact.value, context) or ""))
    left = tuple(fact for fact in found if fact not in kept_out)
    text = survey.texts.get(file.path) or ""
    copied = _covered(requirements, context, file.sources) and _installs(text, posixpath.basename(requirements))
    named = any(posixpath.normpath(posixpath.join(context, fact.value)) == requirements for fact in file.requires)
    if requirements and not file.binds and not copied and not named:
        left = (*left, Fact(requirements, Source(file.path)))
    absent = tuple(fact for fact in lacking[in_force] if not _GLOB.search(fact.value))
    return replace(file, context=context, absent=absent, left_out=left, kept_out=kept_out, ignore_file=out.path)


def holder(file: DockerfileFacts | None, block: ComposeService | None, survey: Survey) -> Callable[[str], bool] | None:
    """Returns what tells whether the image gets a file of the stack; None where that cannot be told: without COPY, with
    folders mounted into the build or over the code."""
    mounted = block is not None and any(_is_bind(fact.value) for fact in block.volumes)
    if file is None or file.problems or file.binds or mounted or not file.sources:
        return None
    build = block.build.value if block is not None and block.build is not None else None
    context = _chosen(_lacking(file, build, survey))
    out = ignored_by(file.path, context, survey)

    def held(path: str) -> bool:
        inside = _inside(path, context)
        return inside is not None and _covered(path, context, file.sources) and not out(inside)

    return held


def _lacking(file: DockerfileFacts, build: str | None, survey: Survey) -> dict[str, tuple[Fact[str], ...]]:
    """What each folder that may be the build context lacks of the sources."""
    folders = dict.fromkeys(_folders(file.path, build))
    return {folder: _absent(file.sources, folder, ignored_by(file.path, folder, survey), survey) for folder in folders}


def _chosen(lacking: dict[str, tuple[Fact[str], ...]]) -> str:
    """The first folder that has all sources, else the one that lacks fewest: one decision for every phase."""
    return min(lacking, key=lambda folder: len(lacking[folder]))


def _inside(path: str, context: str) -> str | None:
    """A path of the stack seen from the context; None for one outside of it."""
    if not context:
        return path
    return path[len(context) + 1 :] if path.startswith(f"{context}/") else None


def _folders(path: str, build: str | None) -> Iterator[str]:
    """Build contexts that a Dockerfile may be written for, likeliest first; '' is the stack's root."""
    if build is not None:
        yield build
    folder = posixpath.dirname(path)
    while folder:
        yield folder
        folder = posixpath.dirname(folder)
    yield ""


def _absent(sources: tuple[Fact[str], ...], context: str, out: Ignored, survey: Survey) -> tuple[Fact[str], ...]:
    return tuple(
        fact for fact in sources if not _is_there(fact.value, context, survey) or out(_plain(fact.value) or ".")
    )


def _is_there(source: str, context: str, survey: Survey) -> bool:
    """True for a source that the context has, or that cannot be looked for (variables, files made before a build)."""
    name = _plain(source)
    if not name or "$" in name or _MADE.search(name):
        return True
    if _GLOB.search(name):
        return any(_matches(path, name) for path in _below(context, survey))
    path = posixpath.normpath(posixpath.join(context, name))
    return survey.tree.has(path) or survey.tree.is_folder(path) or survey.files.exists(path)


def _plain(source: str) -> str:
    """A source relative to the context: `./x/`, `/x` and `x` are one; '' is all of it."""
    name = posixpath.normpath(source.lstrip("/") or ".")
    return "" if name == "." else name


def _below(context: str, survey: Survey) -> Iterator[str]:
    start = len(context) + 1 if context else 0
    return (path[start:] for path in survey.tree.below(context))


def _matches(path: str, pattern: str) -> bool:
    """True when a pattern names the file or a folder above it; `*` stops at a slash."""
    parts, wanted = path.split("/"), pattern.split("/")
    return len(parts) >= len(wanted) and all(
        fnmatch.fnmatchcase(part, want) for part, want in zip(parts, wanted, strict=False)
    )


def _is_bind(volume: str) -> bool:
    return volume.startswith((".", "/", "~", "$"))


def imported(
    entry: str,
    load: Callable[[str], PythonFile | None],
    survey: Survey,
    *,
    late: bool = False,
    placed: Mapping[str, Fact[str]] = NOWHERE,
) -> Iterator[Fact[str]]:
    """Yields the stack's files that are imported when the entry is, each with the line that does. `load`: a parsed
    file, None for one whose own imports are not followed. Late and optional imports are left alone, unless `late`.
    `placed`: modules that the image has under another name."""
    todo, seen = [entry], {entry}
    while todo:
        path = todo.pop(0)
        file = load(path)
        lines = (survey.texts.get(path) or "").split("\n") if file is not None else []
        for module, source in _modules(file, lines, late=late):
            renamed = file_of(module, placed)
            found = _module_file(renamed, survey) if renamed else _resolved(module, path, entry, survey)
            if found and found not in seen:
                seen.add(found)
                todo.append(found)
                yield Fact(found, source)


def _left_out(
    file: DockerfileFacts,
    context: str,
    entry: str,
    python: tuple[PythonFile, ...],
    survey: Survey,
    placed: Mapping[str, Fact[str]],
) -> Iterator[Fact[str]]:
    """The imported files that no source covers."""
    files = {one.path: one for one in python}
    found = imported(entry, files.get, survey, placed=placed)
    # a COPY brought the others; what the code adds to its search path has to be copied all the same
    brought = tuple(fact.value for fact in placed.values() if not fact.source.path.endswith(".py"))
    out = ignored_by(file.path, context, survey)
    return (
        fact
        for fact in found
        if not any(f"{fact.value}/".startswith(f"{path}/") for path in brought)
        if not _covered(fact.value, context, file.sources) or out(_inside(fact.value, context) or "")
    )


def _modules(file: PythonFile | None, lines: list[str], *, late: bool) -> Iterator[tuple[str, Source]]:
    pending = file.pending if file is not None else None
    if pending is None:
        return
    taken: dict[str, list[str]] = {}
    for _, module, name in pending.imported if lines else ():
        taken.setdefault(module, []).append(name)
    for module, optional, source in pending.modules:
        inner = source.line <= len(lines) and lines[source.line - 1][:1] in (" ", "\t")
        if late or (not optional and not inner):
            yield module, source
            dot = "" if module.endswith(".") else "."
            yield from ((f"{module}{dot}{name}", source) for name in taken.get(module, ()) if name)


def _resolved(module: str, path: str, entry: str, survey: Survey) -> str:
    """The file of the stack that an import means; '' for what comes from elsewhere."""
    bare = module.lstrip(".")
    base = posixpath.dirname(path)
    if module.startswith("."):
        for _ in range(len(module) - len(bare) - 1):
            base = posixpath.dirname(base)
        return _module_file(posixpath.join(base, bare.replace(".", "/")), survey)
    folder = posixpath.dirname(entry)
    above = [folder.rsplit("/", depth)[0] for depth in range(1, folder.count("/") + 1)]
    roots = dict.fromkeys((folder, base, *above, ""))  # `src/app/jobs/x.py` imports `app.config` from `src`
    found = (_module_file(posixpath.join(root, bare.replace(".", "/")), survey) for root in roots)
    return next((path for path in found if path), "")


def _module_file(stem: str, survey: Survey) -> str:
    names = (f"{stem}.py", f"{stem}/__init__.py")
    return next((path for path in names if survey.tree.has(path)), "")


def _installs(text: str, name: str) -> bool:
    """True when a Dockerfile names a requirements file outside its COPY lines, or installs with another tool."""
    lines = [line for line in text.split("\n") if not re.match(r"\s*(?:#|(?:COPY|ADD)\b)", line, re.IGNORECASE)]
    return name in "\n".join(lines) or bool(_INSTALLER.search("\n".join(lines)))


def _covered(path: str, context: str, sources: tuple[Fact[str], ...]) -> bool:
    if context and not path.startswith(f"{context}/"):
        return False
    inside = path[len(context) + 1 :] if context else path
    for fact in sources:
        name = _plain(fact.value)
        if not name or "$" in name or inside == name or inside.startswith(f"{name}/") or _matches(inside, name):
            return True
    return False
