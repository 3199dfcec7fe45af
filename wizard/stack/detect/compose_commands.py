"""Finds the commands of a repository that start its stack: `docker compose -f …` and `docker stack deploy -c …` in
Makefile, scripts, documents and CI files, with the Compose files they name."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from wizard.rules.sockets import environment_of
from wizard.stack.compose.place import tidy
from wizard.stack.survey import Survey
from wizard.values.pattern import lazy_pattern
from wizard.values.source import Source

DEEPEST = 2
"""How many folders down commands for the whole stack are looked for."""
_COMMAND_FILES = lazy_pattern(
    r"(?:^|/)(?:Makefile|makefile|GNUmakefile|justfile|Taskfile\.ya?ml|[^/]+\.(?:sh|md|bash|ps1))$"
)
# Where a pipeline's commands stand, hidden folders included: what deploys a stack to a Swarm is often said only there.
_PIPELINE = lazy_pattern(
    r"(?:^|/)(?:\.github/workflows/[^/]+\.ya?ml|\.gitlab-ci\.ya?ml|\.gitlab/[^/]+\.ya?ml|\.circleci/config\.ya?ml|Jenkinsfile"
    r"|bitbucket-pipelines\.ya?ml|azure-pipelines\.ya?ml|\.drone\.ya?ml|\.woodpecker(?:/[^/]+)?\.ya?ml|package\.json)$"
)
_DEPLOYS = lazy_pattern(r"(?<![\w.-])docker\s+(?:--?[\w-]+[ =]\S+\s+)*stack\s+(?:deploy|up)\b(?!\s+--help)(?P<rest>.*)")
_STARTS = lazy_pattern(r"(?<![\w./])docker[ -]compose\s[^|;&`#]{0,300}?\b(?:up|watch|start)\b")
_STACK_FILE = lazy_pattern(r"(?:-c|--compose-file)[ =]*[\"']?([^\s\"'`]+)[\"']?")
_LAST = lazy_pattern(
    r"\s[\"']?([A-Za-z0-9][\w-]*)[\"']?(?:\s+--(?:prune|quiet|detach|with-registry-auth)[\w=]*)*,?[\s\v\"']*\Z"
)
_REMARK = lazy_pattern(r"^\s*(?:#|//|REM\b|<!--|@?(?:echo|printf)\b)")
_OPTION = lazy_pattern(r"(?:-f|--file)[ =]+[\"']?([^\s\"']+\.ya?ml)[\"']?")
_GONE_TO = lazy_pattern(r"(?:^|[;&]|`|\$ )\s*cd\s+[\"']?(\.?[\w./-]*\w)/?[\"']?\s*(?:$|[;&])")
_ROOTED = lazy_pattern(r"^(?:\$\{?(?:PWD|ROOT|PROJECT_ROOT|REPO_ROOT|CURDIR|\(CURDIR\))\}?|\$\(CURDIR\))/")


def is_command_file(path: str) -> bool:
    """Tells whether a file holds commands that people run on the stack."""
    return path.count("/") <= DEEPEST and bool(_COMMAND_FILES.search(path))


def commands(survey: Survey, path: str) -> Iterator[tuple[tuple[str, ...], Source]]:
    """Yields the Compose files that each command of a file names with `-f`, and its line."""
    text = survey.texts.get(path) or ""
    if "-f" not in text and "--file" not in text:
        return
    for row, line, gone_to, _ in _rows(text):
        if "compose" in row or "COMPOSE" in row:
            files = tuple(_resolved(found, path, survey, gone_to) for found in _OPTION.findall(row))
            if files:
                yield tuple(dict.fromkeys(files)), Source(path, line)


def deployments(survey: Survey) -> Iterator[tuple[tuple[str, ...], Source, str]]:
    """Yields the Compose files of each `docker stack deploy` that the repository's commands run, its line and the
    stack's name; no file where they come from the pipe or a variable, no name that a variable holds. What only speaks
    of it (prose, a remark, an `echo`) is no command."""
    for path in survey.tree.paths:
        if not (_PIPELINE.search(path) or (is_command_file(path) and not path.startswith("."))):
            continue
        text = survey.texts.get(path) or ""
        if "stack" not in text or "docker" not in text:
            continue
        prose = path.lower().endswith(".md")
        for row, line, gone_to, fenced in _rows(text):
            run = _DEPLOYS.search(row)
            if run and (fenced or not prose or row.startswith(("    ", "\t", "$ "))) and not _REMARK.match(row):
                named = [*_OPTION.findall(row[: run.start()]), *_STACK_FILE.findall(run["rest"].split("|")[0])]
                files = (_resolved(found, path, survey, gone_to) for found in named if _is_path(found))
                yield tuple(dict.fromkeys(files)), Source(path, line), _stack_name(run["rest"])


def _stack_name(rest: str) -> str:
    """The last word of `docker stack deploy …`, '' where that is none that a stack could have."""
    found = _LAST.search(re.split(r"[|;&>#)\]}`]", rest)[0])
    return found[1] if found else ""


def _is_path(word: str) -> bool:
    return word != "-" and not word.startswith(("<(", "$"))


def exports_env_file(survey: Survey) -> bool:
    """Tells whether what deploys the stack hands the variables of an env file over itself: it names one, or lets
    Compose resolve the files first."""
    texts = (survey.texts.get(source.path) or "" for _, source, _ in deployments(survey))
    return any(".env" in text or re.search(r"compose\b[^\n]*\bconfig\b", text) for text in texts)


def compose_starts(survey: Survey) -> Iterator[Source]:
    """Yields the lines of documents, scripts and the Makefile that start a stack with Compose itself."""
    for path in survey.tree.visible:
        text = survey.texts.get(path) or "" if is_command_file(path) else ""
        if "compose" in text:
            yield from (Source(path, line) for row, line, _, _ in _rows(text) if _STARTS.search(row))


def _rows(text: str) -> Iterator[tuple[str, int, str, bool]]:
    """Yields each row of a file with its line, continued ones as one; where a `cd` above it has gone to; and whether
    it stands in a fenced block of a document."""
    joined = re.sub(r"\\\r?\n", lambda match: " " * (len(match[0]) - 1) + "\v", text)
    line, gone_to, fenced = 1, "", False
    for row in joined.split("\n"):
        fence = row.lstrip().startswith(("```", "~~~"))
        if not row.strip() or fence:
            gone_to = ""
        fenced = fenced is not fence
        moved = _GONE_TO.search(row)
        gone_to = moved[1] if moved else gone_to
        yield row, line, gone_to, fenced
        line += 1 + row.count("\v")


def _resolved(file: str, path: str, survey: Survey, gone_to: str = "") -> str:
    """A path of a command: from the folder that a `cd` above it has gone to, from the root, or from the folder of the
    file that has the command."""
    bare = tidy(_ROOTED.sub("", file))
    here = posixpath.dirname(path)
    places = (gone_to, posixpath.join(here, gone_to), "", here) if gone_to else ("", here)
    found = (tidy(posixpath.join(place, bare)) for place in places)
    return next((one for one in found if survey.tree.has(one)), bare)


def elsewhere(survey: Survey, files: tuple[str, ...], beside: tuple[str, ...]) -> frozenset[str]:
    """Returns which of the files beside a stack's own are for another place (`compose.prod.yaml`) and are loaded with
    them neither by Compose itself nor by a command of the repository."""
    here = {environment_of(path) for path in files}
    others = [path for path in beside if environment_of(path) not in (None, "dev", *here)]
    if not others:
        return frozenset()
    sources = [path for path in survey.tree.visible if is_command_file(path)]
    together = [set(named) for path in sources for named, _ in commands(survey, path)]
    return frozenset(path for path in others if not any(path in named and named & set(files) for named in together))
