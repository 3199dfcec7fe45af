"""Which Compose files make the stack, in which order, and which one gets new services.

Evidence in this order: `COMPOSE_FILE` in `.env`, the `-f` options of commands in Makefile, scripts and documents,
Compose's own default names (https://docs.docker.com/compose/how-tos/multiple-compose-files/merge/), names such as
base and dev. A file that is there and cannot be read counts as one of them: it becomes a problem with its name.
"""

from __future__ import annotations

import posixpath
import re
from typing import cast

from wizard.stack.compose.env_file import env_lines
from wizard.stack.compose.place import tidy
from wizard.stack.detect.compose_candidates import (
    BASE_WORDS,
    DEFAULTS,
    DEV_WORDS,
    ELSEWHERE,
    OVERRIDES,
    base_of,
    find_compose_files,
    is_compose,
    is_shadowed,
    is_unread,
    words_of,
)
from wizard.stack.detect.compose_commands import commands, compose_starts, deployments, is_command_file
from wizard.stack.detect.servers import POSTGRES, REDIS
from wizard.stack.survey import Findings, Survey
from wizard.syntax.yaml import Node, get
from wizard.syntax.yaml_data import entries, resolve
from wizard.values.lean import dataclass
from wizard.values.pattern import lazy_pattern
from wizard.values.source import Source

_OTHER_WORDS = ("prod", "production", "test", "tests", "ci", "staging", "e2e", "swarm", "monitoring", "logging", "gpu")
_BARE = lazy_pattern(
    r"\bdocker[ -]compose\s+(?:--(?:profile|progress|ansi)[ =]\S+\s+)*(?:up|watch|run|build|start|exec|logs|ps|down)\b"
)


@dataclass(frozen=True, slots=True)
class _Choice:
    files: tuple[str, ...]
    why: str
    unsure: bool = False


def detect_compose(survey: Survey, findings: Findings) -> tuple[str, ...]:
    """Fills `compose_files` and `edit_file`; returns every Compose file of the stack, chosen or not."""
    candidates = find_compose_files(survey)
    choice = (
        _from_env(survey)
        or _from_commands(survey, candidates)
        or _from_deployments(survey)
        or _from_names(survey, candidates)
        or _Choice((), "no Compose file was found")
    )
    unsure = choice.unsure or _builds_elsewhere(survey, choice.files, candidates)
    findings.say("compose_files", choice.files, choice.why, unsure=unsure)
    _edit_file(survey, cast("tuple[str, ...]", findings.values["compose_files"]), findings)
    return candidates


def _builds_elsewhere(survey: Survey, files: tuple[str, ...], candidates: tuple[str, ...]) -> bool:
    """True when a file beside the chosen ones builds a service that none of them has."""
    folders = {posixpath.dirname(path) for path in files}
    has = {key for path in files for key in _services(survey, path)}
    beside = [p for p in candidates if p not in files and posixpath.dirname(p) in folders and not _is_other((p,))]
    beside = [p for p in beside if not is_shadowed(p, candidates)]
    return any(key not in has and _is_built(node) for path in beside for key, node in _services(survey, path).items())


def _from_env(survey: Survey) -> _Choice | None:
    for path in survey.tree.visible:
        if base_of(path) not in (".env", ".env.example") or path.count("/") > 3:
            continue
        for line in env_lines(survey.texts.get(path) or ""):
            if line.name == "COMPOSE_FILE" and line.value:
                folder = posixpath.dirname(path)
                files = [tidy(posixpath.join(folder, part)) for part in re.split(r"[:;,]", line.value) if part]
                present = tuple(file for file in files if survey.tree.has(file) or survey.files.is_link(file))
                if present:
                    chosen = tuple(files) if base_of(path) == ".env" else present
                    guess = base_of(path) != ".env"  # Compose reads no example: somebody may have copied it, or not
                    return _Choice(chosen, str(Source(path, line.line)), unsure=guess or len(present) < len(files))
    return None


def _from_commands(survey: Survey, candidates: tuple[str, ...]) -> _Choice | None:
    """The `-f` options used most, those of production and tests last."""
    counts: dict[tuple[str, ...], tuple[int, str]] = {}
    for path in survey.tree.visible:
        if not is_command_file(path) or ELSEWHERE.search(path):
            continue
        for files, source in commands(survey, path):
            if all(file in candidates or is_unread(survey, file) or is_compose(survey, file) for file in files):
                count, first = counts.get(files, (0, str(source)))
                counts[files] = (count + 1, first)
    counts = {
        files: said
        for files, said in counts.items()
        if _has_default(list(files)) or not _builds_nothing_here(survey, files)
    }
    if not counts:
        return None
    alone = {files: any(_is_of_one_service(survey, path) for path in files) for files in counts}
    ranked = sorted(counts, key=lambda f: (_is_other(f), alone[f], -counts[f][0], -len(f), not _has_default(list(f))))
    best = ranked[0]
    if _is_other(best) or (len(best) == 1 and base_of(best[0]) in DEFAULTS):
        return None
    by_itself = _by_itself(survey, best, candidates, counts[best][0])
    if by_itself is not None:
        return by_itself
    close = [f for f in ranked[1:] if not _is_other(f) and set(f) != set(best) and counts[f][0] >= counts[best][0]]
    return _Choice(best, counts[best][1], unsure=bool(close))


def _is_of_one_service(survey: Survey, path: str) -> bool:
    """True for a file beside the Dockerfile of one service of several: people start that one by itself with it."""
    folder = posixpath.dirname(path)
    above = posixpath.dirname(folder)
    beside = [posixpath.join(above, name) for name in survey.tree.children(above)] if above else []
    return len([one for one in beside if survey.tree.has(f"{one}/Dockerfile")]) > 1 and survey.tree.has(
        f"{folder}/Dockerfile"
    )


def _from_deployments(survey: Survey) -> _Choice | None:
    """The files of `docker stack deploy`, where no command starts anything with Compose."""
    runs = [(files, source) for files, source, _ in deployments(survey) if files and all(map(survey.tree.has, files))]
    if not runs or next(compose_starts(survey), None) is not None:
        return None
    files, source = runs[0]
    return _Choice(files, str(source), unsure=any(set(other) != set(files) for other, _ in runs[1:]))


def _builds_nothing_here(survey: Survey, files: tuple[str, ...]) -> bool:
    """True when no folder that the files build from is there: they are for another machine."""
    base = posixpath.dirname(files[0])
    builds = [get(node, "build") for path in files for node in _services(survey, path).values()]
    written = [get(build, "context") or build for build in builds if build is not None]
    folders = [
        tidy(posixpath.join(base, node.value)) for node in written if node.kind == "scalar" and "$" not in node.value
    ]
    return bool(folders) and not any(folder in ("", ".") or survey.tree.is_folder(folder) for folder in folders)


def _by_itself(survey: Survey, files: tuple[str, ...], candidates: tuple[str, ...], count: int) -> _Choice | None:
    """What Compose loads without `-f`, where it would lay its own override on the default file that `files` begins with
    and commands do without `-f` at least as often as they name `files` (`count`)."""
    folder, name = posixpath.split(files[0])
    overrides = [posixpath.join(folder, other) for other in OVERRIDES]
    override = next((path for path in overrides if path in candidates), None)
    if name not in DEFAULTS or override is None or override in files:
        return None
    bare = [
        Source(path, number)
        for path in survey.tree.visible
        if is_command_file(path) and not ELSEWHERE.search(path)
        for number, row in enumerate((survey.texts.get(path) or "").split("\n"), start=1)
        if _BARE.search(row)
    ]
    return _Choice((files[0], override), str(bare[0])) if len(bare) >= count else None


def _is_other(files: tuple[str, ...]) -> bool:
    """True when the uppermost layer is for production, tests and the like."""
    return any(word in _OTHER_WORDS for word in words_of(files[-1]))


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
    return any(base_of(path) in DEFAULTS for path in paths)


def _included(survey: Survey, files: tuple[str, ...], rivals: list[str], folders: dict[str, list[str]]) -> bool:
    """True when the chosen files include those of the other folders."""
    texts = " ".join(survey.texts.get(file) or "" for file in files)
    return all(any(path in texts or path.rpartition("/")[0] in texts for path in folders[f]) for f in rivals)


def _layers(survey: Survey, paths: list[str]) -> tuple[tuple[str, ...], bool]:
    """The base file of a folder and the overlay on it that is loaded in development; whether that is clear.

    By itself Compose lays only its own override name on its own default name.
    """
    base = min(paths, key=lambda path: _base_rank(path))
    overlays = [path for path in paths if path != base and _dev_rank(path) < len(DEV_WORDS)]
    if base_of(base) in DEFAULTS:
        override = next((path for name in OVERRIDES for path in paths if base_of(path) == name), None)
        return (base, override) if override else (base,), not overlays
    if not overlays:
        others = [path for path in paths if path != base and not _is_other((path,))]
        return (base,), not others
    overlay = min(overlays, key=_dev_rank)
    shared = set(_services(survey, base)) & set(_services(survey, overlay))
    own = _services(survey, overlay)
    whole = [key for key in shared if get(own[key], "image") or get(own[key], "build")]
    if shared and len(whole) == len(shared):
        return (base,), False
    return (base, overlay), len(overlays) == 1


def _base_rank(path: str) -> tuple[int, int, str]:
    name = base_of(path)
    if name in DEFAULTS:
        return 0, DEFAULTS.index(name), path
    words = words_of(path)
    rank = next((index for index, word in enumerate(BASE_WORDS) if word in words), len(BASE_WORDS))
    upper = _dev_rank(path) < len(DEV_WORDS) or "override" in words
    other = 100 if _is_other((path,)) else 50 if upper else 0
    return 1 + rank + other, len(name), path


def _dev_rank(path: str) -> int:
    words = words_of(path)
    return next((index for index, word in enumerate(DEV_WORDS) if word in words), len(DEV_WORDS))


def _services(survey: Survey, path: str) -> dict[str, Node]:
    return {key: node for key, (_, node) in survey.compose.services(path).items()}


def _edit_file(survey: Survey, files: tuple[str, ...], findings: Findings) -> None:
    """Finds the file in which most services are built; when nothing is, the development file that is kept empty for
    them, then the one with the servers that a new service talks to, then the one that defines most. A tie after that
    is a guess, and `why` names the candidates."""
    if not files:
        findings.say("edit_file", "", "no Compose file was found")
        return
    counts = {path: _counts(survey, path, files[:index]) for index, path in enumerate(files)}
    most = max(counts.values())
    best = [path for path in files if counts[path] == most]
    built, servers, defined = most
    kept = [path for path in files if _dev_rank(path) < len(DEV_WORDS) and not _services(survey, path)]
    if kept and not built:
        findings.say("edit_file", kept[-1], f"{kept[-1]}: it is for development and has no service yet")
        return
    if len(best) > 1:
        why = f"a guess: {' and '.join(best)} are equally likely"
    elif built:
        why = f"{best[0]}: {_are(built, 'service')} built there"
    else:
        what = _are(servers, "server") if servers else _are(defined, "service")
        why = f"{best[0]}: {what} defined there, and nothing is built"
    findings.say("edit_file", best[-1], why, unsure=len(best) > 1)


def _are(count: int, what: str) -> str:
    return f"{count} {what} is" if count == 1 else f"{count} {what}s are"


def _counts(survey: Survey, path: str, below: tuple[str, ...]) -> tuple[int, int, int]:
    """How many services a file builds, how many are Redis or PostgreSQL, how many it defines rather than adds to. What
    Compose's own override builds again it only changes: it is for one machine."""
    lower = below if base_of(path) in OVERRIDES else ()
    known = {key for file in lower for key, node in _services(survey, file).items() if _is_built(node)}
    own = (node for key, node in _services(survey, path).items() if key not in known)
    blocks = [{name: value for name, _, value in entries(node)} for node in own]
    images = [(resolve(block["image"]) or block["image"]).value for block in blocks if "image" in block]
    servers = sum(bool(kind.image.search(image)) for image in images for kind in (REDIS, POSTGRES))
    return sum("build" in block for block in blocks), servers, sum("build" in b or "image" in b for b in blocks)


def _is_built(node: Node) -> bool:
    return any(name == "build" for name, _, _ in entries(node))
