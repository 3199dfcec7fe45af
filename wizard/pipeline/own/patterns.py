"""Patterns: a team's templates and checklist, copied from its repository, pinned by commit, changed only by a diff."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path, PurePosixPath

from wizard.adapters.git.foreign import Blob, checked_source, fetch, files_of, texts_of
from wizard.apply.guard import linked_part
from wizard.errors import RefusedError, UsageError, WizardError
from wizard.pipeline.opening import Stack
from wizard.plan.manifest import scalar
from wizard.plan.own_templates import templates
from wizard.rules.text import one_line
from wizard.session.own.load import CHECKLIST, merged, own_texts
from wizard.session.own.pattern import PIN, SCHEMA, Pattern, digest_of, home_of, names_of, read_pattern, texts_here
from wizard.values.edit import ChangeSet, FileEdit
from wizard.values.lean import dataclass
from wizard.values.pattern import lazy_pattern
from wizard.values.phase import Phase

MOST_FILES, LARGEST, ALL = 200, 256 * 1024, 2 * 1024 * 1024
"""Of a pattern: files, bytes of one, bytes of all. The shipped templates are 100 files of 200 kB together."""
TEMPLATES = "templates/"
_NAME = lazy_pattern(r"[a-z][a-z0-9_-]{0,39}\Z", re.ASCII)
_PATH = lazy_pattern(r"(?!\.{1,2}(?:/|\Z))[\w.-]+(?:/(?!\.{1,2}(?:/|\Z))[\w.-]+)*\Z", re.ASCII)
_POINTER = "version https://git-lfs.github.com/spec/v1"


@dataclass(frozen=True, slots=True)
class Follows:
    """A pattern of the stack. `edited`: its files are not as they were copied. `trouble`: why its pin is unreadable."""

    name: str
    pattern: Pattern | None
    paths: tuple[str, ...]
    edited: bool = False
    trouble: str = ""


def followed(stack: Stack) -> tuple[Follows, ...]:
    """Returns the patterns that the stack follows."""
    return tuple(_followed(stack, name) for name in names_of(stack.files))


def _followed(stack: Stack, name: str) -> Follows:
    texts = texts_here(stack.files, name)
    try:
        pattern = read_pattern(stack.files, name)
    except WizardError as trouble:
        return Follows(name, None, tuple(texts), trouble=f"{trouble.where}: {trouble.message}")
    return Follows(name, pattern, tuple(texts), pattern.digest != digest_of(texts))


def plan_add(stack: Stack, source: str, at: str, name: str) -> ChangeSet:
    """Returns what a new pattern would write. Raises `WizardError`: it is not there, hostile or wrong."""
    place = checked_source(source)
    if place.startswith("/") and not source.startswith(("/", "~")):
        source = os.path.relpath(place, stack.root)  # so that it is found on a colleague's machine, too
    else:
        source = place
    name = name or _name_of(place)
    if not _NAME.match(name):
        raise UsageError(f"{one_line(name)!r} is no name of a pattern", next_step="give a small word with --name")
    if name in names_of(stack.files):
        raise UsageError(f"there is a pattern {name} already", next_step=f"stack-wizard pattern update {name}")
    return _copied(stack, name, source, at)


def plan_update(stack: Stack, name: str, at: str | None) -> ChangeSet:
    """Returns what is other in the source now; empty when nothing is. `at` None: what it followed before."""
    pattern = read_pattern(stack.files, _known(stack, name))
    return _copied(stack, name, pattern.source, pattern.at if at is None else at)


def plan_remove(stack: Stack, name: str) -> ChangeSet:
    """Returns the removal of a pattern with everything in its folder."""
    here = {f"{home_of(name)}/{path}": text for path, text in texts_here(stack.files, _known(stack, name)).items()}
    pin = f"{home_of(name)}/{PIN}"
    if stack.files.exists(pin):
        here[pin] = stack.files.read(pin)
    return _changes(FileEdit(path, text, None, f"the pattern {name} goes") for path, text in here.items())


def write(stack: Stack, changes: ChangeSet) -> None:
    """Writes what was shown, all of it or nothing. Raises `RefusedError` when a file changed since."""
    done: list[FileEdit] = []
    link = next((found for edit in changes.edits if (found := linked_part(edit.path, stack.files))), "")
    if link:
        raise RefusedError(f"{link} is a symbolic link", where=link, next_step="a pattern is kept in plain folders")
    try:
        for edit in changes.edits:
            if not stack.files.swap(edit.path, edit.before, edit.after):
                raise RefusedError(f"{edit.path} changed meanwhile", where=edit.path, next_step="run the command again")
            done.append(edit)
    except BaseException:
        for edit in reversed(done):
            with suppress(WizardError):
                stack.files.swap(edit.path, edit.after, edit.before)
        raise
    gone = {str(folder) for edit in changes.edits if edit.after is None for folder in PurePosixPath(edit.path).parents}
    for folder in sorted((one for one in gone if one.startswith(".stack-wizard/")), key=len, reverse=True):
        stack.files.remove_folder(folder)


def _known(stack: Stack, name: str) -> str:
    names = names_of(stack.files)
    if name not in names:
        there = f"there are {', '.join(names)}" if names else "this stack follows none"
        raise UsageError(f"there is no pattern {one_line(name)!r}", next_step=there)
    return name


def _name_of(place: str) -> str:
    last = place.rstrip("/").rpartition("/")[2].rpartition(":")[2].removesuffix(".git")
    return re.sub(r"[^a-z0-9_-]+", "-", last.lower()).strip("-_0123456789")[:40]


def _copied(stack: Stack, name: str, source: str, at: str) -> ChangeSet:
    with tempfile.TemporaryDirectory(prefix="stack-wizard-") as scratch:
        commit = fetch(_from_root(stack, source), at, Path(scratch))
        taken = _taken(files_of(Path(scratch), commit), source)
        texts = _named(texts_of(Path(scratch), taken.values()), taken)
    _check(stack, name, texts)
    pattern = Pattern(SCHEMA, name, source, commit, digest_of(texts), at)
    home, here = home_of(name), texts_here(stack.files, name)
    pin = f"{home}/{PIN}"
    before = {**{f"{home}/{path}": text for path, text in here.items()}}
    if stack.files.exists(pin):
        before[pin] = stack.files.read(pin)
    after = {**{f"{home}/{path}": text for path, text in texts.items()}, pin: pin_text(pattern)}
    why = f"{name} at {commit[:12]}"
    paths = sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))
    return _changes(FileEdit(path, before.get(path), after.get(path), why) for path in paths)


def _from_root(stack: Stack, source: str) -> str:
    """Returns a recorded source as git takes it: a relative folder is beside the stack."""
    beside = stack.root / source
    return checked_source(str(beside) if beside.is_dir() else source)


def _changes(edits: Iterable[FileEdit]) -> ChangeSet:
    return ChangeSet("", Phase(0, "pattern"), tuple(edits))


def pin_text(pattern: Pattern) -> str:
    """Returns the text of `pattern.yaml`."""
    rows = [f"{key}: {scalar(getattr(pattern, key))}" for key in ("schema", "name", "source", "at", "commit", "digest")]
    head = "# Written by `stack-wizard pattern`: whence this folder is. `stack-wizard pattern update` changes it.\n"
    return head + "\n".join(row for row in rows if row != 'at: ""') + "\n"


def _taken(blobs: Sequence[Blob], source: str) -> dict[str, Blob]:
    """Returns the files that make the pattern, by their path in it. Raises `RefusedError` for what no pattern has."""
    paths = {blob.path for blob in blobs}
    inner = "" if any(p == "checklist.yaml" or p.startswith(TEMPLATES) for p in paths) else ".stack-wizard/"
    mine = {
        blob.path[len(inner) :]: blob
        for blob in blobs
        if blob.path == f"{inner}checklist.yaml" or blob.path.startswith(inner + TEMPLATES)
    }
    if not mine:
        text = "it has neither checklist.yaml nor templates/, in its root or in .stack-wizard/"
        raise RefusedError(text, where=source, next_step="docs/CHECKLIST.md says what a pattern is")
    for path, blob in mine.items():
        if blob.mode not in ("100644", "100755"):
            kind = {"120000": "a symbolic link", "160000": "a submodule"}.get(blob.mode, f"of mode {blob.mode}")
            raise RefusedError(f"{one_line(path)} is {kind}", where=source, next_step="a pattern holds files only")
        if not _PATH.match(path) or ".git" in path.lower().split("/"):
            step = "use letters, digits, dots and dashes"
            raise RefusedError(f"{one_line(path)!r} is no name of a file of a pattern", where=source, next_step=step)
        if blob.size > LARGEST:
            text = f"{one_line(path)} has {blob.size:,} bytes; a file of a pattern has at most {LARGEST:,}"
            raise RefusedError(text, where=source, next_step="keep what is large elsewhere")
    if len({path.lower() for path in mine}) != len(mine):
        raise RefusedError("two of its files differ in case only", where=source, next_step="rename one of them")
    if len(mine) > MOST_FILES or sum(blob.size for blob in mine.values()) > ALL:
        text = f"it has {len(mine)} files; a pattern has at most {MOST_FILES}, of {ALL:,} bytes together"
        raise RefusedError(text, where=source, next_step="keep what is no template elsewhere")
    return mine


def _named(texts: dict[str, str], taken: dict[str, Blob]) -> dict[str, str]:
    found = {path: texts[blob.path] for path, blob in taken.items()}
    for path, text in found.items():
        if text.startswith(_POINTER):
            raise RefusedError(f"{path} is a pointer of Git LFS", next_step="a pattern holds its files themselves")
    return found


def _check(stack: Stack, name: str, texts: dict[str, str]) -> None:
    """Raises `WizardError` when the stack could not be judged or written with this pattern."""
    own = own_texts(stack.files)
    place = f"{home_of(name)}/checklist.yaml"
    own.pop(place, None)
    if "checklist.yaml" in texts:
        own[place] = texts["checklist.yaml"]
    patterns = {path: text for path, text in sorted(own.items()) if path != CHECKLIST}
    merged({**patterns, **{path: text for path, text in own.items() if path == CHECKLIST}})
    made = {path.removeprefix(TEMPLATES): text for path, text in texts.items() if path.startswith(TEMPLATES)}
    wrong = [template.trouble for template in templates(made) if template.trouble]
    if wrong:
        raise RefusedError(
            f"its templates do not compile: {'; '.join(wrong[:3])}", next_step="mend them in the pattern"
        )
