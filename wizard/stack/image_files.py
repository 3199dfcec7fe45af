"""Which files of the stack get into an image: the folder its COPY lines are written for, what they miss there, and
which imported modules they leave behind."""

from __future__ import annotations

import fnmatch
import posixpath
import re
from collections.abc import Callable, Iterable, Iterator

from wizard.stack.survey import Survey
from wizard.values.code_facts import PythonFile
from wizard.values.compose_facts import ComposeService
from wizard.values.container_facts import DockerfileFacts
from wizard.values.lean import replace
from wizard.values.source import Fact, Source

_INSTALLER = re.compile(r"\b(?:uv|poetry|pdm|pipenv|conda|mamba)\b|\bpip3? (?:install|wheel)\b[^&|\n]*(?:\s\.|\*)")
_MADE = re.compile(
    r"(?:^|/)(?:dist|build|target|out|node_modules|wheels?|vendor|certs?|secrets?|\.env[^/]*)(?:/|$)"
    r"|\.(?:whl|jar|tar|gz|tgz|zip|pem|crt|key|so|bin)$"
)
"""What a build or a person makes before the image is built: not in the repository, and no mistake."""


def with_files(
    file: DockerfileFacts,
    block: ComposeService | None,
    entry: str,
    python: Iterable[PythonFile],
    requirements: str,
    survey: Survey,
) -> DockerfileFacts:
    """The facts with `context`, `absent` and `left_out`. `block`: what builds it, active or commented out;
    `requirements`: the service's requirements file, '' without."""
    if file.problems:
        return file
    build = block.build.value if block is not None and block.build is not None else None
    lacking = {folder: _absent(file.sources, folder, survey) for folder in _folders(file.path, build)}
    chosen = next((folder for folder, missing in lacking.items() if not missing), None)
    nearest = build if build is not None else min(lacking, key=lambda folder: len(lacking[folder]))
    context = nearest if chosen is None else chosen
    mounted = block is not None and any(_is_bind(fact.value) for fact in block.volumes)
    left = () if mounted or file.binds else tuple(_left_out(file, context, entry, tuple(python), survey))
    text = survey.texts.get(file.path) or ""
    copied = _covered(requirements, context, file.sources) and _installs(text, posixpath.basename(requirements))
    if requirements and not file.binds and not copied:
        left = (*left, Fact(requirements, Source(file.path)))
    return replace(file, context=context, absent=lacking[nearest], left_out=left)


def _folders(path: str, build: str | None) -> Iterator[str]:
    """Build contexts that a Dockerfile may be written for, likeliest first; '' is the stack's root."""
    if build is not None:
        yield build
    folder = posixpath.dirname(path)
    while folder:
        yield folder
        folder = posixpath.dirname(folder)
    yield ""


def _absent(sources: tuple[Fact[str], ...], context: str, survey: Survey) -> tuple[Fact[str], ...]:
    return tuple(fact for fact in sources if not _is_there(fact.value, context, survey))


def _is_there(source: str, context: str, survey: Survey) -> bool:
    """True for a source that the context has, or that cannot be looked for (variables, files made before a build)."""
    name = _plain(source)
    if not name or "$" in name or _MADE.search(name):
        return True
    if re.search(r"[*?\[]", name):
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


def imported(entry: str, load: Callable[[str], PythonFile | None], survey: Survey) -> Iterator[Fact[str]]:
    """The stack's files that are imported when the entry is, each with the line that does. `load`: a parsed file, None
    for one whose own imports are not followed. Late and optional imports are left alone."""
    todo, seen = [entry], {entry}
    while todo:
        path = todo.pop(0)
        file = load(path)
        lines = (survey.texts.get(path) or "").split("\n") if file is not None else []
        for module, source in _modules(file, lines):
            found = _resolved(module, path, entry, survey)
            if found and found not in seen:
                seen.add(found)
                todo.append(found)
                yield Fact(found, source)


def _left_out(
    file: DockerfileFacts, context: str, entry: str, python: tuple[PythonFile, ...], survey: Survey
) -> Iterator[Fact[str]]:
    """The imported files that no source covers."""
    files = {one.path: one for one in python}
    found = imported(entry, files.get, survey)
    return (fact for fact in found if not _covered(fact.value, context, file.sources))


def _modules(file: PythonFile | None, lines: list[str]) -> Iterator[tuple[str, Source]]:
    for module, optional, source in file.pending.modules if file is not None and file.pending is not None else ():
        late = source.line <= len(lines) and lines[source.line - 1][:1] in (" ", "\t")
        if not optional and not late:
            yield module, source


def _resolved(module: str, path: str, entry: str, survey: Survey) -> str:
    """The file of the stack that an import means; '' for what comes from elsewhere."""
    bare = module.lstrip(".")
    base = posixpath.dirname(path)
    if module.startswith("."):
        for _ in range(len(module) - len(bare) - 1):
            base = posixpath.dirname(base)
        return _module_file(posixpath.join(base, bare.replace(".", "/")), survey)
    folder = posixpath.dirname(entry)
    roots = dict.fromkeys((folder, base, posixpath.dirname(folder), ""))
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
