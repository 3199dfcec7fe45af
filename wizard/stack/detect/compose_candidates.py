"""Which files of a stack are Compose files: by what is in them, by their name and folder, by what lies beside them."""

from __future__ import annotations

import posixpath
import re

from wizard.rules.names import PUT_AWAY
from wizard.stack.survey import Survey
from wizard.values.pattern import lazy_pattern

_YAML = (".yml", ".yaml")
_COMPOSE_NAME = lazy_pattern(
    r"(?:docker-)?compose(?:[._-].*)?\.ya?ml$|.*[._-](?:docker-)?compose\.ya?ml$", re.IGNORECASE
)
_FOLDER_NAME = lazy_pattern(r"compose|docker|deploy|infra|stack|ops|local|env", re.IGNORECASE)
ELSEWHERE = lazy_pattern(
    r"(?:^|/)(?:\.github|\.gitlab|\.circleci|k8s|kubernetes|helm|charts?|node_modules|templates)(?:/|$)"
    rf"|{PUT_AWAY}"
)
# A key of the top level in every dress that YAML allows: after a byte order mark, quoted, in braces, in lines that end
# in a carriage return only; indented only in double quotes, as JSON is (CI's own files have an indented `services:`).
_SERVICES, _INCLUDE = (
    lazy_pattern(rf"(?:^|\r)\ufeff?(?:\{{?[\"']?{key}[\"']?|\{{?[ \t]+\"{key}\")[ \t]*:", re.MULTILINE)
    for key in ("services", "include")
)
BASE_WORDS = ("base", "common", "core", "main", "compose", "docker-compose", "stack", "services")
DEV_WORDS = ("dev", "development", "local")
_EXAMPLE_WORDS = ("example", "sample", "template", "dist")
# In the order in which Compose looks for them; it takes the first of each that is there.
DEFAULTS = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")
OVERRIDES = tuple(f"{stem}.override.{ending}" for stem in ("compose", "docker-compose") for ending in ("yml", "yaml"))
_POINTER = "version https://git-lfs.github.com/spec/v1"
DEEPEST, MOST_READ = 5, 300
_HEAD = 1000
"""Characters in which a text that is none (UTF-16, an archive) shows it by a NUL."""


def find_compose_files(survey: Survey) -> tuple[str, ...]:
    """Returns the YAML files that look like Compose inside and by name or folder, with those beside them; without any
    such name all YAML files that look like it inside.
    """
    near = [
        path
        for path in survey.tree.visible
        if path.endswith(_YAML) and path.count("/") < DEEPEST and not ELSEWHERE.search(path)
    ]
    named = [
        path for path in near if _COMPOSE_NAME.match(base_of(path)) or _FOLDER_NAME.search(posixpath.dirname(path))
    ]
    folders = {posixpath.dirname(path) for path in named}
    for paths in ([path for path in near if posixpath.dirname(path) in folders], near):
        alike = [path for path in paths[:MOST_READ] if is_compose(survey, path)]
        under = {posixpath.dirname(path) for path in alike if not _is_blank(survey, path)}
        found = tuple(path for path in alike if posixpath.dirname(path) in under)
        if found:
            return tuple(path for path in found if not set(words_of(path)) & set(_EXAMPLE_WORDS)) or found
    return ()


def is_shadowed(path: str, candidates: tuple[str, ...]) -> bool:
    """Returns True when Compose takes a file of a better name instead: `docker-compose.yml` beside `compose.yaml`."""
    folder, name = posixpath.split(path)
    names = next((names for names in (DEFAULTS, OVERRIDES) if name in names), ())
    better = names[: names.index(name)] if names else ()
    return any(posixpath.join(folder, other) in candidates for other in better)


def is_unread(survey: Survey, path: str) -> bool:
    """Returns True for what is there but whose text is not: no permission, a dangling link, an LFS pointer, UTF-16."""
    text = survey.texts.get(path)
    if text is None:
        return survey.files.exists(path) or survey.files.is_link(path)
    return text.startswith(_POINTER) or "\0" in text[:_HEAD]


def _is_blank(survey: Survey, path: str) -> bool:
    """True for a layer kept empty for what comes: Compose takes one, comments or nothing, on top of another file."""
    text = survey.texts.get(path)
    rows = (text or "").lstrip("\ufeff").splitlines()
    return text is not None and all(not row.strip() or row.lstrip().startswith("#") for row in rows)


def is_compose(survey: Survey, path: str) -> bool:
    """Returns True for a file that looks like Compose inside, and for one that says nothing but is called so."""
    if is_unread(survey, path) or _is_blank(survey, path):
        return bool(_COMPOSE_NAME.match(base_of(path))) or not {*BASE_WORDS, *DEV_WORDS}.isdisjoint(words_of(path))
    text = survey.texts.get(path) or ""
    if not (_SERVICES.search(text) or (_INCLUDE.search(text) and _COMPOSE_NAME.match(base_of(path)))):
        return bool(_COMPOSE_NAME.match(base_of(path)))
    return "apiVersion:" not in text[:400]


def words_of(path: str) -> list[str]:
    """Returns the words of a file's name, and the name without its ending."""
    stem = base_of(path).removesuffix(".yml").removesuffix(".yaml").lower()
    return [*re.split(r"[._-]", stem), stem]


def base_of(path: str) -> str:
    """Returns the name of a file without its folder."""
    return path.rpartition("/")[2]
