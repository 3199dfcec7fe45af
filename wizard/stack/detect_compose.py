"""Which Compose files make the stack, in which order, and which one gets new services.

Evidence in this order: `COMPOSE_FILE` in `.env`, the `-f` options of commands in Makefile, scripts and documents,
Compose's own default names (https://docs.docker.com/compose/how-tos/multiple-compose-files/merge/), names such as
base and dev.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import NamedTuple

from wizard.stack.compose_env import env_lines
from wizard.stack.compose_place import tidy
from wizard.stack.survey import Findings, Survey
from wizard.syntax.yaml import Node, get
from wizard.syntax.yaml_data import entries
from wizard.values.pattern import lazy_pattern
from wizard.values.source import Source

_YAML = (".yml", ".yaml")
_COMPOSE_NAME = lazy_pattern(
    r"(?:docker-)?compose(?:[._-].*)?\.ya?ml$|.*[._-](?:docker-)?compose\.ya?ml$", re.IGNORECASE
)
_FOLDER_NAME = lazy_pattern(r"compose|docker|deploy|infra|stack|ops|local|env", re.IGNORECASE)
_ELSEWHERE = lazy_pattern(
    r"(?:^|/)(?:\.github|\.gitlab|\.circleci|k8s|kubernetes|helm|charts?|node_modules|templates)(?:/|$)"
)
_SERVICES = lazy_pattern(r"^services[ \t]*:", re.MULTILINE)
_INCLUDE = lazy_pattern(r"^include[ \t]*:", re.MULTILINE)
_BASE_WORDS = ("base", "common", "core", "main", "compose", "docker-compose", "stack", "services")
_DEV_WORDS = ("override", "dev", "development", "local")
_OTHER_WORDS = ("prod", "production", "test", "tests", "ci", "staging", "e2e", "swarm", "monitoring", "logging", "gpu")
_DEFAULTS = ("compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml")
_COMMAND_FILES = lazy_pattern(
    r"(?:^|/)(?:Makefile|makefile|GNUmakefile|justfile|Taskfile\.ya?ml|[^/]+\.(?:sh|md|bash|ps1))$"
)
_OPTION = lazy_pattern(r"(?:-f|--file)[ =]+[\"']?([^\s\"']+\.ya?ml)[\"']?")
_ROOTED = lazy_pattern(r"^(?:\$\{?(?:PWD|ROOT|PROJECT_ROOT|REPO_ROOT|CURDIR|\(CURDIR\))\}?|\$\(CURDIR\))/")
DEEPEST, MOST_READ = 5, 300


class _Choice(NamedTuple):
    files: tuple[str, ...]
    why: str
    unsure: bool = False


def detect_compose(survey: Survey, findings: Findings) -> tuple[str, ...]:
    """Fill `compose_files` and `edit_file`; returns every Compose file of the stack, chosen or not."""
    candidates = find_compose_files(survey)
    choice = (
        _from_env(survey)
        or _from_commands(survey, candidates)
        or _from_names(survey, candidates)
        or _Choice((), "no Compose file was found")
    )
    unsure = choice.unsure or _builds_elsewhere(survey, choice.files, candidates)
    findings.say("compose_files", choice.files, choice.why, unsure=unsure)
    _edit_file(survey, choice.files, findings)
    return candidates


def _builds_elsewhere(survey: Survey, files: tuple[str, ...], candidates: tuple[str, ...]) -> bool:
    """True when a file beside the chosen ones builds a service that none of them has."""
    folders = {posixpath.dirname(path) for path in files}
    has = {key for path in files for key in _services(survey, path)}
    beside = [p for p in candidates if p not in files and posixpath.dirname(p) in folders and not _is_other((p,))]
    return any(key not in has and _is_built(node) for path in beside for key, node in _services(survey, path).items())


def find_compose_files(survey: Survey) -> tuple[str, ...]:
    """The YAML files that look like Compose inside and by name or folder, with those beside them; without any such name
    all YAML files that look like it inside."""
    near = [
        path
        for path in survey.tree.visible
        if path.endswith(_YAML) and path.count("/") < DEEPEST and not _ELSEWHERE.search(path)
    ]
    named = [path for path in near if _COMPOSE_NAME.match(_base(path)) or _FOLDER_NAME.search(posixpath.dirname(path))]
    folders = {posixpath.dirname(path) for path in named}
    for paths in ([path for path in near if posixpath.dirname(path) in folders], near):
        found = tuple(path for path in paths[:MOST_READ] if _is_compose(survey, path))
        if found:
            return found
    return ()


def _is_compose(survey: Survey, path: str) -> bool:
    text = survey.texts.get(path) or ""
    if not (_SERVICES.search(text) or (_INCLUDE.search(text) and _COMPOSE_NAME.match(_base(path)))):
        return bool(_COMPOSE_NAME.match(_base(path))) and bool(text.strip())
    return "apiVersion:" not in text[:400]


def _from_env(survey: Survey) -> _Choice | None:
    for path in survey.tree.visible:
        if _base(path) not in (".env", ".env.example") or path.count("/") > 3:
            continue
        for line in env_lines(survey.texts.get(path) or ""):
            if line.name == "COMPOSE_FILE" and line.value:
                folder = posixpath.dirname(path)
                files = [tidy(posixpath.join(folder, part)) for part in re.split(r"[:;,]", line.value) if part]
                present = tuple(file for file in files if survey.tree.has(file))
                if present:
                    return _Choice(present, str(Source(path, line.line)), unsure=len(present) < len(files))
    return None


def _from_commands(survey: Survey, candidates: tuple[str, ...]) -> _Choice | None:
    """The `-f` options used most, those of production and tests last."""
    counts: dict[tuple[str, ...], tuple[int, str]] = {}
    for path in survey.tree.visible:
        if not _COMMAND_FILES.search(path) or path.count("/") > 2 or _ELSEWHERE.search(path):
            continue
        for files, source in _commands(survey, path):
            if all(file in candidates or _is_compose(survey, file) for file in files):
                count, first = counts.get(files, (0, str(source)))
                counts[files] = (count + 1, first)
    if not counts:
        return None
    ranked = sorted(counts, key=lambda files: (_is_other(files), -counts[files][0], -len(files)))
    best = ranked[0]
    if _is_other(best) or (len(best) == 1 and _base(best[0]) in _DEFAULTS):
        return None
    close = [f for f in ranked[1:] if not _is_other(f) and set(f) != set(best) and counts[f][0] >= counts[best][0]]
    return _Choice(best, counts[best][1], unsure=bool(close))


def _commands(survey: Survey, path: str) -> Iterator[tuple[tuple[str, ...], Source]]:
    text = survey.texts.get(path) or ""
    if "-f" not in text and "--file" not in text:
        return
    joined = re.sub(r"\\\r?\n", lambda match: " " * (len(match[0]) - 1) + "\v", text)
    line = 1
    for row in joined.split("\n"):
        if "compose" in row or "COMPOSE" in row:
            files = tuple(_resolved(found, path, survey) for found in _OPTION.findall(row))
            if files:
                yield tuple(dict.fromkeys(files)), Source(path, line)
        line += 1 + row.count("\v")


def _resolved(file: str, path: str, survey: Survey) -> str:
    """A path of a command, from the root or from the folder of the file that has the command."""
    bare = tidy(_ROOTED.sub("", file))
    beside = tidy(posixpath.join(posixpath.dirname(path), bare))
    return bare if survey.tree.has(bare) or not survey.tree.has(beside) else beside


def _is_other(files: tuple[str, ...]) -> bool:
    """True when the uppermost layer is for production, tests and the like."""
    return any(word in _OTHER_WORDS for word in _words(files[-1]))


def _words(path: str) -> list[str]:
    stem = _base(path).removesuffix(".yml").removesuffix(".yaml").lower()
    return [*re.split(r"[._-]", stem), stem]


def _from_names(survey: Survey, candidates: tuple[str, ...]) -> _Choice | None:
    if not candidates:
        return None
    folders: dict[str, list[str]] = {}
    for path in candidates:
        folders.setdefault(posixpath.dirname(path), []).append(path)
    sizes = {folder: sum(len(_services(survey, path)) for path in paths) for folder, paths in folders.items()}
    ranked = sorted(folders, key=lambda f: (not _has_default(folders[f]), f.count("/") + bool(f), -sizes[f], f))
    folder = ranked[0]
    rivals = [f for f in ranked[1:] if _has_default(folders[f]) == _has_default(folders[folder]) and sizes[f] >= 2]
    files, sure = _layers(survey, folders[folder])
    why = (
        f"the only Compose file: {files[0]}"
        if len(candidates) == 1
        else f"named like Compose's own: {', '.join(files)}"
    )
    return _Choice(files, why, unsure=not sure or (bool(rivals) and not _included(survey, files, rivals, folders)))


def _has_default(paths: list[str]) -> bool:
    return any(_base(path) in _DEFAULTS for path in paths)


def _included(survey: Survey, files: tuple[str, ...], rivals: list[str], folders: dict[str, list[str]]) -> bool:
    """True when the chosen files include those of the other folders."""
    texts = " ".join(survey.texts.get(file) or "" for file in files)
    return all(any(path in texts or path.rpartition("/")[0] in texts for path in folders[f]) for f in rivals)


def _layers(survey: Survey, paths: list[str]) -> tuple[tuple[str, ...], bool]:
    """The base file of a folder and the development overlay on it; whether that is clear."""
    base = min(paths, key=lambda path: _base_rank(path))
    overlays = [path for path in paths if path != base and _dev_rank(path) < len(_DEV_WORDS)]
    if not overlays:
        others = [path for path in paths if path != base and not _is_other((path,))]
        return (base,), not others or _base(base) in _DEFAULTS
    overlay = min(overlays, key=_dev_rank)
    shared = set(_services(survey, base)) & set(_services(survey, overlay))
    own = _services(survey, overlay)
    whole = [key for key in shared if get(own[key], "image") or get(own[key], "build")]
    if shared and len(whole) == len(shared) and "override" not in _words(overlay):
        return (base,), False
    return (base, overlay), len(overlays) == 1


def _base_rank(path: str) -> tuple[int, int, str]:
    name = _base(path)
    if name in _DEFAULTS:
        return 0, _DEFAULTS.index(name), path
    words = _words(path)
    rank = next((index for index, word in enumerate(_BASE_WORDS) if word in words), len(_BASE_WORDS))
    other = 100 if _is_other((path,)) else 50 if _dev_rank(path) < len(_DEV_WORDS) else 0
    return 1 + rank + other, len(name), path


def _dev_rank(path: str) -> int:
    words = _words(path)
    return next((index for index, word in enumerate(_DEV_WORDS) if word in words), len(_DEV_WORDS))


def _services(survey: Survey, path: str) -> dict[str, Node]:
    root = survey.compose.root(path)
    return {key: node for key, _, node in entries(get(root, "services"))}


def _edit_file(survey: Survey, files: tuple[str, ...], findings: Findings) -> None:
    """The file in which most services are built; the last one when none is."""
    if not files:
        findings.say("edit_file", "", "no Compose file was found")
        return
    built = {path: sum(1 for _, node in _services(survey, path).items() if _is_built(node)) for path in files}
    best = max(files, key=lambda path: (built[path], files.index(path)))
    ties = [path for path in files if path != best and built[path] == built[best] > 0]
    why = f"{best}: {built[best]} services are built there" if built[best] else f"{best}: the last of the files"
    findings.say("edit_file", best, why, unsure=bool(ties) or (not built[best] and len(files) > 1))


def _is_built(node: Node) -> bool:
    return any(name == "build" for name, _, _ in entries(node))


def _base(path: str) -> str:
    return path.rpartition("/")[2]
