"""Finds the packages of the repository that an image installs from a folder, and the modules they bring."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from wizard.stack.image.shell_words import commands
from wizard.stack.survey import Survey
from wizard.values.facts.code import RequirementsFacts
from wizard.values.facts.container import DockerfileFacts, Placed
from wizard.values.pattern import lazy_pattern
from wizard.values.source import Fact

_BUILDS = ("pyproject.toml", "setup.py", "setup.cfg")
_FILES = frozenset(
    {"-r", "--requirement", "-c", "--constraint", "-f", "--find-links", "-t", "--target", "--prefix"}
    | {"-i", "--index-url", "--extra-index-url", "--trusted-host", "--timeout", "--retries", "--root"}
)
_ATTACHED = lazy_pattern(r"(?:--requirement=|-r(?=[^=\s]))(\S+)\Z")
_PIPS = frozenset({"pip", "pip3", "uv"})
_BY_NAME = lazy_pattern(r"[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?(?:\[[\w,.-]*\])?(?:[=<>!~][^$]*)?\Z")
"""A distribution's name (PEP 503), extras and a version; no file, no URL, no variable."""


def installed_paths(text: str, workdir: str) -> Iterator[str]:
    """Yields the absolute folders that the commands of a RUN hand to `pip install`, `cd` followed."""
    place = workdir or "/"
    for words in commands(text):
        if words[0].rsplit("/", 1)[-1] == "cd" and len(words) > 1:
            place = posixpath.normpath(posixpath.join(place, words[1]))
        for word in _asked_of_pip(words):
            bare = word.partition("[")[0]
            if "://" not in word and (bare.startswith((".", "/")) or "/" in bare):
                yield posixpath.normpath(posixpath.join(place, bare))


def required_files(text: str, workdir: str) -> Iterator[str]:
    """Yields the absolute paths of the requirements files that the commands of a RUN hand to `pip install`."""
    place = workdir or "/"
    for words in commands(text):
        if words[0].rsplit("/", 1)[-1] == "cd" and len(words) > 1:
            place = posixpath.normpath(posixpath.join(place, words[1]))
        if not _installs(words):
            continue
        for before, word in pairwise(words):
            attached = _ATTACHED.match(word)
            path = word if before in ("-r", "--requirement") else attached[1] if attached else ""
            if path and "://" not in path:
                yield posixpath.normpath(posixpath.join(place, path))


def installed_names(text: str) -> Iterator[str]:
    """Yields what the commands of a RUN hand to `pip install` by name, as written: `flask`, `psycopg2-binary==2.9`."""
    for words in commands(text):
        yield from (word for word in _asked_of_pip(words) if _BY_NAME.match(word))


def _asked_of_pip(words: Sequence[str]) -> Iterator[str]:
    """The arguments of a `pip install` that are no options and no values of options."""
    if _installs(words):
        for before, word in pairwise(words[words.index("install") :]):
            if before not in _FILES and not word.startswith("-"):
                yield word


def _installs(words: Sequence[str]) -> bool:
    """Tells whether the words are a `pip install`, in one of its forms."""
    program = words[0].rsplit("/", 1)[-1]
    return (program in _PIPS or (program.startswith("python") and "pip" in words[1:3])) and "install" in words


def source_of(path: str, placed: Iterable[Placed]) -> str | None:
    """Returns the folder of the build context that lies at a path of the image; None when no COPY put one there."""
    for one in reversed(tuple(placed)):
        if path == one.target or path.startswith(one.target.rstrip("/") + "/"):
            return posixpath.normpath(
                posixpath.join(one.origin.lstrip("/") or ".", path[len(one.target) :].lstrip("/"))
            )
    return None


def brought_modules(
    file: DockerfileFacts | None, wanted: RequirementsFacts | None, survey: Survey
) -> tuple[Fact[str], ...]:
    """Returns the modules of the repository's own packages that the image installs: by a folder in a RUN, or in a line
    of the requirements."""
    found: list[Fact[str]] = []
    context = (file.context or "") if file is not None else ""
    for fact in file.installs if file is not None else ():
        folder = posixpath.normpath(posixpath.join(context, fact.value))
        found += [Fact(name, fact.source) for name in _modules(folder, survey)]
    for line in wanted.requirements if wanted is not None else ():
        if line.named or "://" in line.specifier:
            continue
        path = line.specifier.partition("[")[0].partition(";")[0].strip()
        starts = dict.fromkeys((posixpath.dirname(line.source.path), context, ""))
        folders = (posixpath.normpath(posixpath.join(start, path)) for start in starts)
        names = next((names for folder in folders if (names := tuple(_modules(folder, survey)))), ())
        found += [Fact(name, line.source) for name in names]
    return tuple(found)


def _modules(folder: str, survey: Survey) -> Iterator[str]:
    """The importable names of a folder that can be installed: packages and modules in it, or in its `src`."""
    folder = "" if folder == "." else folder
    tree = survey.tree
    if folder.startswith("..") or not any(tree.has(posixpath.join(folder, name)) for name in _BUILDS):
        return
    for root in (folder, posixpath.join(folder, "src")):
        for name in tree.children(root):
            path = posixpath.join(root, name)
            if name.endswith(".py") and name != "setup.py":
                yield name.removesuffix(".py")
            elif tree.is_folder(path) and any(child.endswith(".py") for child in tree.children(path)):
                yield name
