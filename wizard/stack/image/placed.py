"""Finds where files of the repository lie in an image: COPY may give a file or a folder another name, or put what a
folder holds where imports begin; a further build context (`COPY --from=NAME`, `additional_contexts`) brings others."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from types import MappingProxyType

from wizard.stack.image.search_path import search_folders
from wizard.stack.survey import Survey
from wizard.values.facts.compose import ComposeService
from wizard.values.facts.container import DockerfileFacts, Placed
from wizard.values.source import Fact

NOWHERE: Mapping[str, Fact[str]] = MappingProxyType({})
_HOMES = ("/app", "/code", "/srv", "/src", "/usr/src/app")
"""Where images keep their code when neither WORKDIR nor PYTHONPATH says it."""


def placed_modules(
    file: DockerfileFacts | None, block: ComposeService | None, survey: Survey
) -> Mapping[str, Fact[str]]:
    """Returns the modules that an image has under another name, from another context than the build's, or from a folder
    whose content lies where imports begin: name -> file or folder of the repository, with the COPY that brings it."""
    if file is None or not file.placed:
        return {}
    found: dict[str, Fact[str]] = {}
    roots = _import_roots(file, block)
    for placed in file.placed:
        path = _path_of(placed, block, file, survey)
        if placed.target in roots and not placed.context and not placed.origin.strip("./"):
            over = dict(_modules(path or "", survey))  # the whole context, over what came there before it
            found = {name: fact for name, fact in found.items() if name not in over}
        if path is None:
            continue
        parent, name = posixpath.split(placed.target)
        if survey.tree.has(path) and placed.target.endswith(".py"):
            name = name.removesuffix(".py")
        elif not survey.tree.is_folder(path):
            continue
        inside = _below(placed.target, roots) if placed.context or placed.origin.strip("./") else ()
        for folder in () if path.endswith(".py") else inside:
            reached = _modules(posixpath.join(path, folder) if folder else path, survey)
            found |= {child: Fact(where, placed.source) for child, where in reached}
        renamed = placed.context or posixpath.basename(path) != posixpath.basename(placed.target)
        if parent in roots and renamed and name.isidentifier():
            found[name] = Fact(path, placed.source)
    return found


def searched_modules(paths: Iterable[str], folder: str, survey: Survey) -> Mapping[str, Fact[str]]:
    """Returns the modules of other folders that a service's files (`paths`, of `folder`) bring into reach by
    `sys.path`: name -> file or folder of the repository, with the line that adds it."""
    found: dict[str, Fact[str]] = {}
    for path in paths:
        text = (survey.texts.get(path) or "") if path.endswith(".py") else ""
        if "sys.path" not in text:
            continue
        for fact in survey.memo.made(("search path", path, text), partial(search_folders, text, path)):
            if f"{fact.value}/".startswith(f"{folder}/"):
                continue
            for name, inside in _modules(fact.value.strip("."), survey):
                if inside.endswith(".py") or any(child.endswith(".py") for child in survey.tree.children(inside)):
                    found.setdefault(name, Fact(inside, fact.source))
    return found


def file_of(module: str, placed: Mapping[str, Fact[str]]) -> str:
    """Returns the path without its ending of a dotted module that lies in the image under another name; '' for any
    other."""
    top, _, rest = module.partition(".")
    known = placed.get(top)
    if known is None:
        return ""
    stem = known.value.removesuffix(".py")
    return posixpath.join(stem, rest.replace(".", "/")) if rest else stem


def _below(target: str, roots: frozenset[str]) -> Iterator[str]:
    """Yields where imports begin at or below the place of a COPY, relative to it."""
    for root in sorted(roots):
        if f"{root}/".startswith(f"{target.rstrip('/')}/"):
            yield root[len(target.rstrip("/")) + 1 :]


def _import_roots(file: DockerfileFacts, block: ComposeService | None) -> frozenset[str]:
    """Where imports begin: the working folder, and PYTHONPATH, of which Compose's has the last word."""
    given = [(name, value) for name, value, _ in file.env if name == "PYTHONPATH"]
    set_to = (
        [(entry.name, entry.value or "") for entry in block.environment if entry.name == "PYTHONPATH"] if block else []
    )
    path = next((value for _, value in (*set_to, *given)), "")
    work = (file.workdir.value,) if file.workdir is not None else _HOMES
    return frozenset((*work, *(posixpath.normpath(part) for part in path.split(":") if part)))


def _path_of(placed: Placed, block: ComposeService | None, file: DockerfileFacts, survey: Survey) -> str | None:
    """The path in the repository, None for what comes from elsewhere or is not there."""
    if placed.context:
        contexts = (fact.value.partition("=") for fact in block.build_contexts) if block is not None else ()
        folders = [where for name, _, where in contexts if name.lower() == placed.context]
    elif block is not None and block.build is not None:
        folders = [block.build.value]
    else:
        folders = [posixpath.dirname(file.path), ""]
    origin = placed.origin.lstrip("/") or "."
    paths = (posixpath.normpath(posixpath.join(folder, origin)) for folder in folders if "://" not in folder)
    return next((path for path in paths if survey.tree.has(path) or survey.tree.is_folder(path)), None)


def _modules(folder: str, survey: Survey) -> Iterator[tuple[str, str]]:
    for name in survey.tree.children(folder):
        path = posixpath.join(folder, name)
        if name.removesuffix(".py").isidentifier() and (name.endswith(".py") or survey.tree.is_folder(path)):
            yield name.removesuffix(".py"), path
