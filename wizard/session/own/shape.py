"""The text of a stack's own checklist to its value: what it may say, and what is wrong with it, by line."""

from __future__ import annotations

from typing import Any, Literal

from wizard.errors import UnreadableError
from wizard.rules.merge_markers import conflict_line
from wizard.session.validate import Parsed, Wrong, check, parse_text
from wizard.values.lean import dataclass, replace

SCHEMA = 1
LARGEST = 256 * 1024
"""Characters of a checklist: a thousand items have less."""
_POINTER = "version https://git-lfs.github.com/spec/v1"
LISTS = ("contains", "lacks", "reads", "equals")
"""Keys of a check that take one value or a list of them."""
SHORT = {"file": "path", "command": "run"}
"""Checks that may be written as their one important value: `file: PATH`, `command: [WORD, …]`."""
_KINDS = ("file", "text", "key", "command", "http", "log")


@dataclass(frozen=True, slots=True)
class OwnFile:
    """`file:` a path that must be there; with `absent: true`, must not."""

    path: str
    absent: bool = False


@dataclass(frozen=True, slots=True)
class OwnText:
    """`text:` what a file has (`contains`) and has not (`lacks`)."""

    path: str
    contains: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OwnKey:
    """`key:` a key of a YAML, TOML or JSON file. `equals`: its value, or one of several."""

    path: str
    key: str
    equals: tuple[Any, ...] = ()
    absent: bool = False


@dataclass(frozen=True, slots=True)
class OwnCommand:
    """`command:` the words of a program, without a shell, and the exit code it must end with."""

    run: tuple[str, ...]
    exit: int = 0
    seconds: int = 60
    reads: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OwnHttp:
    """`http:` what the running service must answer to `GET path`."""

    path: str
    status: int = 200
    contains: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OwnLog:
    """`log:` what the running service's log must have and must not have."""

    contains: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OwnCheck:
    """One check: exactly one of its kinds."""

    file: OwnFile | None = None
    text: OwnText | None = None
    key: OwnKey | None = None
    command: OwnCommand | None = None
    http: OwnHttp | None = None
    log: OwnLog | None = None


@dataclass(frozen=True, slots=True)
class OwnItem:
    """An item. `phase`: which one it joins; left out where it stands in a phase of the file."""

    id: str
    title: str
    why: str
    checks: tuple[OwnCheck, ...]
    phase: str | None = None
    evidence: str = ""
    broken: str = ""
    hint: str = ""
    by_hand: str = ""
    example: str = ""
    links: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OwnPhase:
    """A phase behind the shipped ones."""

    phase: str
    title: str
    purpose: str
    items: tuple[OwnItem, ...]
    noun: str = ""
    kind: Literal["feat", "fix", "docs", "test", "chore", "ci", "build", "perf", "refactor"] = "feat"


@dataclass(frozen=True, slots=True)
class OwnWords:
    """Other words for a shipped item; what is left out stays."""

    item: str
    title: str | None = None
    why: str | None = None
    evidence: str | None = None
    broken: str | None = None
    hint: str | None = None
    by_hand: str | None = None
    links: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class OwnOff:
    """An item that is not asked of this stack."""

    item: str
    reason: str


@dataclass(frozen=True, slots=True)
class OwnChecklist:
    """A whole file."""

    schema: int
    phases: tuple[OwnPhase, ...] = ()
    items: tuple[OwnItem, ...] = ()
    change: tuple[OwnWords, ...] = ()
    switch_off: tuple[OwnOff, ...] = ()


def read_own(text: str, path: str) -> tuple[OwnChecklist, Parsed]:
    """Parses one file. Raises `UnreadableError` with path and line: no YAML, a newer schema, a key that is unknown
    (with the nearest one), missing or of the wrong type, a pointer of Git LFS, an unfinished merge."""
    unfit = _unfit(text)
    parsed = parse_text(text) if unfit is None else unfit
    if isinstance(parsed, Wrong):
        raise trouble(path, parsed)
    value = parsed.value
    if not isinstance(value, dict):
        raise trouble(path, Wrong("", 1, "a checklist is a group of keys (schema, phases, items, change, switch_off)"))
    schema = value.get("schema")
    if isinstance(schema, int) and not isinstance(schema, bool) and schema > SCHEMA:
        raise UnreadableError(
            f"the checklist has schema {schema}, and this stack-wizard reads schema {SCHEMA}",
            where=f"{path}:{parsed.line(('schema',))}",
            next_step="update stack-wizard to the version that the checklist was written for",
        )
    checked = check(OwnChecklist, replace(parsed, value=_whole(value)))
    if checked.value is None or checked.wrong:
        raise trouble(path, *checked.wrong)
    if checked.value.schema != SCHEMA:
        raise trouble(path, Wrong("", parsed.line(("schema",)), f"schema: must be {SCHEMA}"))
    return checked.value, parsed


def _whole(value: Any) -> Any:
    """Returns the data with what is written short written out, so that it has one shape."""
    if isinstance(value, list):
        return [_whole(one) for one in value]
    if not isinstance(value, dict):
        return value
    whole = {key: _whole(one) for key, one in value.items()}
    for check_ in whole["checks"] if isinstance(whole.get("checks"), list) else ():
        for kind, said in check_.items() if isinstance(check_, dict) else ():
            if kind in SHORT and isinstance(said, str | list):
                check_[kind] = said = {SHORT[kind]: said}
            for key in LISTS if isinstance(said, dict) else ():
                if key in said and not isinstance(said[key], list):
                    said[key] = [said[key]]
    return whole


def _unfit(text: str) -> Wrong | None:
    """What keeps a text from being a checklist before it is parsed."""
    if len(text) > LARGEST:
        return Wrong("", 0, f"it has {len(text):,} characters; a checklist has at most {LARGEST:,}")
    if text.startswith(_POINTER):
        return Wrong("", 1, "this is a pointer of Git LFS, not the checklist: fetch it with `git lfs pull`")
    line = conflict_line(text)
    return Wrong("", line, "a merge was not finished here: there are conflict markers") if line else None


def kinds_of(check: OwnCheck) -> tuple[str, ...]:
    """Returns the kinds that a check names; exactly one is right."""
    return tuple(kind for kind in _KINDS if getattr(check, kind) is not None)


def trouble(path: str, *wrong: Wrong) -> UnreadableError:
    """Returns the error that says all that is wrong with a checklist; it is never judged by half of one."""
    first = wrong[0] if wrong else Wrong("", 0, "this is no checklist")
    where = f"{path}:{first.line}" if first.line else path
    words = "; ".join([first.message if not first.place else f"{first.place}: {first.message}", *map(str, wrong[1:])])
    return UnreadableError(
        words, where=where, next_step=f"correct it (docs/CHECKLIST.md); `git log -p -- {path}` shows what it was"
    )
